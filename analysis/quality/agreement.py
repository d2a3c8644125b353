"""Do the items of a scale measure one thing: Cronbach's alpha and its companions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import EstimationError

NA_RULES = ("fail", "pairwise", "listwise")


@dataclass(frozen=True, slots=True)
class Alpha:
    """Reliability of a sum of k items.

    ``raw`` from covariances, ``standardised`` from correlations, ``guttman6`` Guttman's λ₆ (NaN
    where the items are collinear), ``mean_r`` the mean correlation.  Per item (k,): ``if_dropped``
    raw alpha of the others, ``item_rest`` the correlation of the item with the sum of the others.
    ``ci_low``, ``ci_high``: Feldt's interval.  ``n``: rows used (pairwise: rows with an answer).
    """

    raw: float
    standardised: float
    guttman6: float
    mean_r: float
    if_dropped: NDArray[np.float64]
    item_rest: NDArray[np.float64]
    ci_low: float
    ci_high: float
    n: int
    level: float
    na: str
    notes: tuple[str, ...]


def cronbach_alpha(
    items: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    na: str = "fail",
    level: float = 0.95,
) -> Alpha:
    """Cronbach's alpha, as R's ``psych::alpha`` defines it, for weighted data too.

    Parameters
    ----------
    items : (n, k) float
        Answers; NaN where missing.  Two or more items, all keyed in the same direction.
    weights : (n,) float
        Survey weights; default 1.  Their scale does not matter.
    na : str
        ``fail``: a missing answer is an error; ``pairwise``: each covariance from the rows that
        have both items (psych's default); ``listwise``: only complete rows.
    level : float
        Of Feldt's interval.

    Raises
    ------
    EstimationError
        ``alpha.shape``, ``alpha.na``, ``alpha.missing``, ``alpha.weights``, ``alpha.too_few``
        (a pair of items has fewer than two common rows), ``alpha.constant`` (an item never
        varies, or the sum of the items does not).

    Notes
    -----
    α = k/(k−1) (1 − tr C / ΣΣ C).  Weighted covariances are divided by Σw − Σw²/Σw, which is
    n − 1 for equal weights.  Feldt's interval assumes simple random sampling and two-way
    effects; with unequal weights it uses Kish's effective n.  It is not a design-based interval.
    Source: Cronbach (1951), Psychometrika 16; Guttman (1945); Feldt, Woodruff and Salih (1987),
    Appl. Psych. Meas. 11.
    """
    x, w = _checked(items, weights, na)
    if na == "listwise":
        complete = np.isfinite(x).all(axis=1)
        x, w = x[complete], w[complete]
    used = np.isfinite(x).any(axis=1) & (w > 0)
    x, w = x[used], w[used]
    cov = _covariance(x, w)
    sd = np.sqrt(np.diag(cov))
    correlation = cov / np.outer(sd, sd)
    k = x.shape[1]
    others = ~np.eye(k, dtype=bool)
    rest = np.array([cov[np.ix_(o, o)].sum() for o in others])
    raw = _alpha(cov)
    n_eff = w.sum() ** 2 / (w @ w)
    low, high = _feldt(raw, n_eff, k, level)
    return Alpha(
        raw=raw,
        standardised=_alpha(correlation),
        guttman6=_guttman6(correlation),
        mean_r=float(correlation[others].mean()),
        if_dropped=np.array([_alpha(cov[np.ix_(o, o)]) if k > 2 else np.nan for o in others]),
        item_rest=np.array([cov[i, others[i]].sum() / sd[i] for i in range(k)]) / np.sqrt(rest),
        ci_low=low,
        ci_high=high,
        n=int(x.shape[0]),
        level=level,
        na=na,
        notes=_notes(cov, correlation, na),
    )


def _checked(items: ArrayLike, weights: ArrayLike | None, na: str) -> tuple[NDArray, NDArray]:
    x = np.asarray(items, dtype=np.float64)
    if x.ndim != 2 or x.shape[1] < 2 or x.shape[0] < 2:
        raise EstimationError(
            "alpha.shape", f"Two rows and two items at least, not {x.shape}.", shape=x.shape
        )
    if na not in NA_RULES:
        raise EstimationError("alpha.na", f"Unknown rule {na!r}.", hint=f"One of {NA_RULES}.")
    missing = ~np.isfinite(x)
    if na == "fail" and missing.any():
        raise EstimationError(
            "alpha.missing",
            f"{int(missing.any(axis=1).sum())} rows have a missing answer.",
            hint="na='pairwise' or na='listwise'",
            rows=int(missing.any(axis=1).sum()),
            by_item=missing.sum(axis=0).tolist(),
        )
    w = np.ones(x.shape[0]) if weights is None else np.asarray(weights, dtype=np.float64)
    if w.shape != (x.shape[0],) or not (np.isfinite(w) & (w >= 0)).all() or not w.any():
        raise EstimationError(
            "alpha.weights", "Each row needs one finite weight, not negative.", rows=x.shape[0]
        )
    return x, w


def _covariance(x: NDArray[np.float64], w: NDArray[np.float64]) -> NDArray[np.float64]:
    """(k, k) weighted covariances, each from the rows that have both items."""
    known = np.isfinite(x)
    # Centred first, so that sums of squares lose no digits; each pair is centred again below.
    shifted = np.where(known, x - np.nanmean(x, axis=0), 0.0)
    present = known * w[:, None]
    total = known.T @ present
    squares = known.T @ (known * (w**2)[:, None])
    sums = shifted.T @ present  # [i, j]: sum of item i over the rows that have j
    cross = shifted.T @ (shifted * w[:, None])
    divisor = total - squares / np.where(total > 0, total, 1.0)
    thin = np.argwhere((known.T.astype(int) @ (known & (w > 0)[:, None]) < 2) | (divisor <= 0))
    if thin.size:
        i, j = thin[0].tolist()
        raise EstimationError(
            "alpha.too_few", f"Items {i} and {j} have fewer than two rows in common.", pair=[i, j]
        )
    cov = (cross - sums * sums.T / total) / divisor
    constant = np.flatnonzero(np.diag(cov) <= 1e-14 * (1 + np.nanmean(x, axis=0) ** 2))
    if constant.size:
        raise EstimationError(
            "alpha.constant",
            f"Items {constant.tolist()} have the same answer in every row.",
            hint="Leave them out of the scale.",
            items=constant.tolist(),
        )
    if cov.sum() <= 0:
        raise EstimationError(
            "alpha.constant",
            "The sum of the items does not vary.",
            hint="Are some items keyed in the other direction?",
        )
    return cov


def _alpha(cov: NDArray[np.float64]) -> float:
    k = cov.shape[0]
    return float(k / (k - 1) * (1 - np.trace(cov) / cov.sum()))


def _guttman6(r: NDArray[np.float64]) -> float:
    if np.linalg.cond(r) > 1e12:
        return float("nan")
    return float(1 - (1 / np.diag(np.linalg.inv(r))).sum() / r.sum())


def _feldt(alpha: float, n: float, k: int, level: float) -> tuple[float, float]:
    from scipy.special import fdtri  # scipy is loaded where it is used: imports stay cheap

    df1, df2 = n - 1, (n - 1) * (k - 1)
    tail = (1 - level) / 2
    return (
        float(1 - (1 - alpha) * fdtri(df1, df2, 1 - tail)),
        float(1 - (1 - alpha) * fdtri(df1, df2, tail)),
    )


def _notes(cov: NDArray, r: NDArray, na: str) -> tuple[str, ...]:
    notes = []
    others = ~np.eye(cov.shape[0], dtype=bool)
    against = [i for i, o in enumerate(others) if cov[i, o].sum() < 0]
    if against:
        notes.append(f"Items {against} run against the others: are they keyed the other way?")
    if na == "pairwise" and np.linalg.eigvalsh(r)[0] < -1e-10:
        notes.append("The pairwise covariances fit no single population; compare na='listwise'.")
    return tuple(notes)
