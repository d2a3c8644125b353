"""Share a sample out over strata: whole numbers that add up, floors kept, no stratum overdrawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import SamplingError

METHODS = ("proportional", "equal", "power", "neyman")


def allocate(
    n: int,
    sizes: ArrayLike,
    *,
    method: str = "proportional",
    power: float = 0.5,
    sd: ArrayLike | None = None,
    floor: ArrayLike = 0,
    cap: ArrayLike | None = None,
) -> NDArray[np.int64]:
    """Allocate ``n`` cases to strata.

    Parameters
    ----------
    n : int
        Cases to share out.
    sizes : (H,) int
        Units of each stratum in the frame, N_h.
    method : str
        ``proportional`` n_h ∝ N_h, ``equal``, ``power`` n_h ∝ N_h^power, ``neyman`` n_h ∝ N_h S_h.
    power : float
        Exponent of the power allocation, 0 (equal) to 1 (proportional).
    sd : (H,) float
        Standard deviations S_h ≥ 0, for ``neyman``.
    floor, cap : int or (H,) int
        Fewest and most cases of a stratum; no stratum ever gets more than N_h.

    Returns
    -------
    (H,) int64
        Whole numbers that sum to ``n``: the parts below one are settled by largest remainder,
        ties by the larger stratum, then by position.

    Raises
    ------
    SamplingError
        ``allocation.method``, ``allocation.floor``, ``allocation.too_few``,
        ``allocation.too_many``, ``allocation.no_sd``, ``allocation.sd``, ``allocation.power``,
        ``allocation.not_whole``; facts name the stratum's position.

    Notes
    -----
    Strata at their floor or cap are fixed and the rest is shared out again, until none moves.
    Source: Cochran (1977), secs. 5.5 and 5.9; power allocation: Bankier (1988).
    """
    size = _counts("size", sizes, np.shape(sizes))
    low = _counts("floor", floor, size.shape)
    high = size if cap is None else np.minimum(size, _counts("cap", cap, size.shape))
    _check(n, low, high)
    shares = _bounded(n, _score(size, method, power, sd), low, high)
    return _whole(n, shares, size, high)


def _counts(name: str, values: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.int64]:
    given = np.broadcast_to(np.asarray(values, dtype=float), shape)
    bad = np.flatnonzero(~(given >= 0) | (given != np.floor(given)) | np.isinf(given))
    if bad.size:
        h = int(bad[0])
        raise SamplingError(
            "allocation.not_whole",
            f"Stratum {h}: the {name} {given[h]:g} is no whole number from 0.",
            stratum=h,
        )
    return given.astype(np.int64)


def _score(size: NDArray, method: str, power: float, sd: ArrayLike | None) -> NDArray[np.float64]:
    if method == "proportional":
        return size.astype(float)
    if method == "equal":
        return (size > 0).astype(float)
    if method == "power":
        if not 0 <= power <= 1:
            raise SamplingError("allocation.power", "The power must lie in [0, 1].", power=power)
        return size.astype(float) ** power * (size > 0)
    if method == "neyman":
        if sd is None:
            raise SamplingError("allocation.no_sd", "Neyman allocation needs standard deviations.")
        return size * _spread(sd, size.shape)
    raise SamplingError(
        "allocation.method", f"Unknown allocation {method!r}.", hint=f"One of {METHODS}."
    )


def _spread(sd: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64]:
    given = np.broadcast_to(np.asarray(sd, dtype=float), shape)
    bad = np.flatnonzero(~((given >= 0) & np.isfinite(given)))
    if bad.size:
        h = int(bad[0])
        raise SamplingError(
            "allocation.sd",
            f"Stratum {h}: {given[h]} is no standard deviation.",
            stratum=h,
        )
    return given


def _check(n: int, low: NDArray, high: NDArray) -> None:
    bad = np.flatnonzero(low > high)
    if bad.size:
        h = int(bad[0])
        raise SamplingError(
            "allocation.floor",
            f"Stratum {h} must hold at least {low[h]} cases but has only {high[h]} to give.",
            stratum=h,
            floor=int(low[h]),
            available=int(high[h]),
        )
    if n < low.sum():
        raise SamplingError(
            "allocation.too_few",
            f"The floors alone need {low.sum()} cases; only {n} are to be shared out.",
            n=n,
            floors=int(low.sum()),
        )
    if n > high.sum():
        raise SamplingError(
            "allocation.too_many",
            f"The strata hold {high.sum()} units; {n} cases cannot be drawn.",
            n=n,
            available=int(high.sum()),
        )


def _bounded(
    n: int, score: NDArray[np.float64], low: NDArray, high: NDArray
) -> NDArray[np.float64]:
    """Real shares in proportion to the score, within their bounds, that sum to n."""
    share = np.zeros(score.shape)
    free = np.ones(score.shape, dtype=bool)
    while free.any():
        left = n - share[~free].sum()
        total = score[free].sum()
        # Where no score is left (all zero), what remains goes by the room that remains.
        part = score[free] if total > 0 else (high - low)[free] + 1e-300
        share[free] = left * part / part.sum()
        over, under = free & (share > high), free & (share < low)
        if not (over.any() or under.any()):
            break
        # Fix the side that moves more; the other one may then come back inside by itself.
        excess = (share - high)[over].sum() - (low - share)[under].sum()
        fixed = over if excess >= 0 and over.any() else under if under.any() else over
        share[fixed] = np.where(over, high, low)[fixed]
        free &= ~fixed
    return share


def _whole(n: int, share: NDArray, size: NDArray, high: NDArray) -> NDArray[np.int64]:
    whole = np.floor(share + 1e-9).astype(np.int64)
    order = np.lexsort((np.arange(size.size), -size, -np.round(share - whole, 9)))
    missing = n - int(whole.sum())
    for h in (h for h in order if whole[h] < high[h]):
        if missing == 0:
            break
        whole[h] += 1
        missing -= 1
    return whole
