"""Share a sample out over strata: whole numbers that add up, floors kept, no stratum overdrawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import SamplingError
from analysis.sampling.wholenumbers import (
    bounded_shares,
    largest_remainder,
    least_variance,
    within_budget,
)

METHODS = ("proportional", "equal", "power", "neyman", "optimal")
_SPREADS = {"sd": "standard deviation", "cv": "coefficient of variation"}


def allocate(
    n: int,
    sizes: ArrayLike,
    *,
    method: str = "proportional",
    power: float = 0.5,
    sd: ArrayLike | None = None,
    cv: ArrayLike | None = None,
    cost: ArrayLike | None = None,
    floor: ArrayLike = 0,
    cap: ArrayLike | None = None,
    take_all: ArrayLike | None = None,
) -> NDArray[np.int64]:
    """Allocate ``n`` cases to strata.

    Parameters
    ----------
    n : int
        Cases to share out.
    sizes : (H,) int
        Units of each stratum in the frame, N_h.
    method : str
        ``proportional`` n_h ∝ N_h, ``equal``, ``power`` n_h ∝ N_h^power · CV_h, ``neyman``
        n_h ∝ N_h S_h, ``optimal`` n_h ∝ N_h S_h / √c_h.
    power : float
        Exponent of the power allocation, 0 (equal) to 1 (proportional).
    sd : (H,) float
        Standard deviations S_h ≥ 0, for ``neyman`` and ``optimal``.
    cv : (H,) float
        Coefficients of variation, for ``power``; the same everywhere where not given.
    cost : (H,) float
        Cost of a case, for ``optimal``; the same everywhere where not given.
    floor, cap : int or (H,) int
        Fewest and most cases of a stratum; no stratum ever gets more than N_h.
    take_all : (H,) bool
        Strata that are taken whole.

    Returns
    -------
    (H,) int64
        Whole numbers that sum to ``n``.  ``neyman``, and ``optimal`` at one cost: those with the
        least variance of the total, among all whole numbers within the bounds.  Otherwise the
        parts below one are settled by largest remainder, ties by the larger stratum, then by
        position.

    Raises
    ------
    SamplingError
        ``allocation.method``, ``allocation.floor``, ``allocation.too_few``,
        ``allocation.too_many``, ``allocation.no_sd``, ``allocation.sd``, ``allocation.cv``,
        ``allocation.cost``, ``allocation.power``, ``allocation.not_whole``,
        ``allocation.take_all``; facts name the stratum's position.

    Notes
    -----
    Source: Cochran (1977), secs. 5.5 and 5.9; power allocation: Bankier (1988); whole numbers of
    least variance: Wright (2012, 2017).
    """
    size = _counts("size", sizes, np.shape(sizes))
    low, high = _bounds(size, floor, cap, take_all)
    _check(n, low, high)
    price = None if cost is None else _positive("cost", cost, size.shape)
    score = _score(size, method, power, sd, cv, price)
    if method == "neyman" or (method == "optimal" and _is_one(price)):
        return least_variance(int(n), score, low, high)
    shares = bounded_shares(n, score, np.ones(size.shape), low, high)
    return largest_remainder(int(n), shares, size, high)


def allocate_within(
    budget: float,
    sizes: ArrayLike,
    *,
    cost: ArrayLike,
    method: str = "optimal",
    power: float = 0.5,
    sd: ArrayLike | None = None,
    cv: ArrayLike | None = None,
    floor: ArrayLike = 0,
    cap: ArrayLike | None = None,
    take_all: ArrayLike | None = None,
) -> NDArray[np.int64]:
    """Allocate as many cases as ``budget`` pays for; parameters as in `allocate`.

    Returns
    -------
    (H,) int64
        Σ c_h n_h ≤ budget, and no further case of any stratum with room could be paid for.

    Raises
    ------
    SamplingError
        ``allocation.budget``: the floors alone cost more; and those of `allocate`.

    Notes
    -----
    Source: Cochran (1977), sec. 5.5, eq. 5.22 (n for a fixed cost).
    """
    size = _counts("size", sizes, np.shape(sizes))
    low, high = _bounds(size, floor, cap, take_all)
    price = _positive("cost", cost, size.shape)
    least, most = float((price * low).sum()), float((price * high).sum())
    if not budget >= least:
        raise SamplingError(
            "allocation.budget",
            f"The floors alone cost {least:g}; the budget is {budget:g}.",
            budget=budget,
            floors=least,
        )
    score = _score(size, method, power, sd, cv, price)
    shares = bounded_shares(min(budget, most), score, price, low, high)
    return within_budget(budget, shares, size, price, high)


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


def _bounds(
    size: NDArray, floor: ArrayLike, cap: ArrayLike | None, take_all: ArrayLike | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    low = _counts("floor", floor, size.shape)
    high = size if cap is None else np.minimum(size, _counts("cap", cap, size.shape))
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
    if take_all is None:
        return low, high
    whole = np.broadcast_to(np.asarray(take_all, dtype=bool), size.shape)
    bad = np.flatnonzero(whole & (high < size))
    if bad.size:
        h = int(bad[0])
        raise SamplingError(
            "allocation.take_all",
            f"Stratum {h} is to be taken whole ({size[h]}) but is capped at {high[h]}.",
            stratum=h,
            population=int(size[h]),
            cap=int(high[h]),
        )
    return np.where(whole, size, low), high


def _is_one(price: NDArray | None) -> bool:
    return price is None or bool((price == price[:1]).all())


def _score(
    size: NDArray,
    method: str,
    power: float,
    sd: ArrayLike | None,
    cv: ArrayLike | None,
    price: NDArray | None,
) -> NDArray[np.float64]:
    if method == "proportional":
        return size.astype(float)
    if method == "equal":
        return (size > 0).astype(float)
    if method == "power":
        if not 0 <= power <= 1:
            raise SamplingError("allocation.power", "The power must lie in [0, 1].", power=power)
        variation = 1.0 if cv is None else _spread("cv", cv, size.shape)
        return size.astype(float) ** power * (size > 0) * variation
    if method in ("neyman", "optimal"):
        if sd is None:
            raise SamplingError(
                "allocation.no_sd", f"The {method} allocation needs standard deviations."
            )
        score = size * _spread("sd", sd, size.shape)
        return score if method == "neyman" or price is None else score / np.sqrt(price)
    raise SamplingError(
        "allocation.method", f"Unknown allocation {method!r}.", hint=f"One of {METHODS}."
    )


def _positive(name: str, values: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64]:
    given = np.broadcast_to(np.asarray(values, dtype=float), shape)
    bad = np.flatnonzero(~((given > 0) & np.isfinite(given)))
    if bad.size:
        h = int(bad[0])
        raise SamplingError(
            f"allocation.{name}",
            f"Stratum {h}: a {name} of {given[h]} is not positive.",
            stratum=h,
        )
    return given


def _spread(name: str, values: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64]:
    given = np.broadcast_to(np.asarray(values, dtype=float), shape)
    bad = np.flatnonzero(~((given >= 0) & np.isfinite(given)))
    if bad.size:
        h = int(bad[0])
        raise SamplingError(
            f"allocation.{name}",
            f"Stratum {h}: {given[h]} is no {_SPREADS[name]}.",
            stratum=h,
        )
    return given


def _check(n: int, low: NDArray, high: NDArray) -> None:
    if n != int(n):
        raise SamplingError("allocation.not_whole", f"{n} cases are no whole number.", n=n)
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
