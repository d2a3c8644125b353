"""How alike are answers taken by one interviewer, or ratings of one subject."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import EstimationError
from analysis.estimation.onewayreml import fit_random_intercept


@dataclass(frozen=True, slots=True)
class IntraClass:
    """Intra-class correlation of interviewers.

    ``anova`` from mean squares (may be negative), ``reml`` from variance components (0 at
    least), with ``between`` and ``within`` mean squares, ``n0`` the cases of an interviewer
    that count, ``sigma2u`` and ``sigma2e`` the REML variances, ``f`` and ``p`` the F test of
    no interviewer effect, ``deff`` = 1 + (n0 − 1) max(anova, 0).
    """

    anova: float
    reml: float
    between: float
    within: float
    n0: float
    sigma2u: float
    sigma2e: float
    f: float
    p: float
    deff: float
    groups: int
    n: int


@dataclass(frozen=True, slots=True)
class RaterAgreement:
    """One of Shrout and Fleiss' six coefficients, with its F test and interval."""

    kind: str
    icc: float
    f: float
    df1: int
    df2: int
    p: float
    ci_low: float
    ci_high: float


def interviewer_icc(values: ArrayLike, interviewer: ArrayLike) -> IntraClass:
    """Share of the variance of an answer that lies between interviewers.

    Parameters
    ----------
    values : (n,) float
        An item, or a respondent's mean over the items of a scale; no missing values.
    interviewer : (n,) labels
        Who took the interview.

    Raises
    ------
    EstimationError
        ``icc.shape``, ``icc.missing``, ``icc.constant``, ``randomintercept.one_group``,
        ``randomintercept.no_replicates``, ``randomintercept.perfect_fit``.

    Notes
    -----
    ρ = (MSB − MSW) / (MSB + (n₀ − 1) MSW), n₀ = (n − Σn_g²/n) / (G − 1).  A high ρ is a reason
    to look, not a verdict: interviewers are seldom given their respondents at random.
    Source: Kish (1962), JASA 57; Donner (1986), Int. Stat. Rev. 54.
    """
    from scipy.special import fdtrc  # scipy is loaded where it is used: imports stay cheap

    y, labels = np.asarray(values, dtype=np.float64), np.asarray(interviewer)
    if y.ndim != 1 or y.size == 0 or labels.shape != y.shape:
        raise EstimationError("icc.shape", f"{y.shape} values and {labels.shape} interviewers.")
    if not np.isfinite(y).all():
        raise EstimationError(
            "icc.missing",
            f"{int((~np.isfinite(y)).sum())} values are missing or infinite.",
            hint="Leave these rows out on both sides.",
            rows=np.flatnonzero(~np.isfinite(y))[:20].tolist(),
        )
    unnamed = [i for i, label in enumerate(labels.tolist()) if label is None or label != label]
    if unnamed:
        raise EstimationError(
            "icc.missing",
            f"{len(unnamed)} cases have no interviewer.",
            hint="Give them a label of their own, or leave them out.",
            rows=unnamed[:20],
        )
    if (y == y[0]).all() and y.size > 1:
        raise EstimationError("icc.constant", "All values are equal.", n=int(y.size))
    of = np.unique(labels, return_inverse=True)[1]
    model = fit_random_intercept(y, np.ones((y.size, 1)), of)
    between, within, n0 = _mean_squares(y, of)
    anova = (between - within) / (between + (n0 - 1) * within)
    groups = model.n.size
    return IntraClass(
        anova=float(anova),
        reml=model.sigma2u / (model.sigma2u + model.sigma2e),
        between=between,
        within=within,
        n0=n0,
        sigma2u=model.sigma2u,
        sigma2e=model.sigma2e,
        f=between / within,
        p=float(fdtrc(groups - 1, y.size - groups, between / within)),
        deff=1 + (n0 - 1) * max(float(anova), 0.0),
        groups=int(groups),
        n=int(y.size),
    )


def _mean_squares(y: NDArray[np.float64], of: NDArray[np.int64]) -> tuple[float, float, float]:
    n = np.bincount(of)
    means = np.bincount(of, y) / n
    between = float(n @ (means - y.mean()) ** 2) / (n.size - 1)
    within = float(((y - means[of]) ** 2).sum()) / (y.size - n.size)
    n0 = float(y.size - (n @ n) / y.size) / (n.size - 1)
    return between, within, n0


def rater_agreement(ratings: ArrayLike, *, level: float = 0.95) -> tuple[RaterAgreement, ...]:
    """The six intra-class correlations of Shrout and Fleiss, with F tests and intervals.

    Parameters
    ----------
    ratings : (n, k) float
        n subjects, each rated by the same k raters; no missing values.

    Returns
    -------
    ICC1 (each subject has its own raters), ICC2 (random raters), ICC3 (these raters only), each
    for one rating, then for the mean of k (ICC1k, ICC2k, ICC3k).

    Raises
    ------
    EstimationError
        ``icc.shape``, ``icc.missing``, ``icc.constant``.

    Notes
    -----
    Source: Shrout and Fleiss (1979), Psych. Bull. 86; the intervals of ICC2 as in McGraw and
    Wong (1996), Psych. Methods 1.
    """
    x = np.asarray(ratings, dtype=np.float64)
    if x.ndim != 2 or x.shape[0] < 2 or x.shape[1] < 2:
        raise EstimationError("icc.shape", f"Two subjects and raters at least, not {x.shape}.")
    if not np.isfinite(x).all():
        raise EstimationError(
            "icc.missing",
            "A rating is missing or infinite.",
            hint="Leave out subjects that not all raters rated.",
            rows=np.flatnonzero(~np.isfinite(x).all(axis=1))[:20].tolist(),
        )
    squares = _two_way(x)
    if min(squares.within, squares.error) <= 0:
        raise EstimationError("icc.constant", "The raters agree in everything or differ by a sum.")
    return _six(squares, level)


@dataclass(frozen=True, slots=True)
class _Squares:
    subjects: float
    raters: float
    error: float
    within: float
    n: int
    k: int


def _two_way(x: NDArray[np.float64]) -> _Squares:
    n, k = x.shape
    rows, columns, grand = x.mean(axis=1), x.mean(axis=0), x.mean()
    residual = x - rows[:, None] - columns + grand
    return _Squares(
        subjects=float(k * ((rows - grand) ** 2).sum() / (n - 1)),
        raters=float(n * ((columns - grand) ** 2).sum() / (k - 1)),
        error=float((residual**2).sum() / ((n - 1) * (k - 1))),
        within=float(((x - rows[:, None]) ** 2).sum() / (n * (k - 1))),
        n=n,
        k=k,
    )


def _six(s: _Squares, level: float) -> tuple[RaterAgreement, ...]:
    from scipy.special import fdtrc, fdtri  # scipy is loaded where it is used

    n, k, tail = s.n, s.k, 1 - (1 - level) / 2
    df1, dfw, dfe = n - 1, n * (k - 1), (n - 1) * (k - 1)
    f1, f3 = s.subjects / s.within, s.subjects / s.error
    low1, high1 = f1 / fdtri(df1, dfw, tail), f1 * fdtri(dfw, df1, tail)
    low3, high3 = f3 / fdtri(df1, dfe, tail), f3 * fdtri(dfe, df1, tail)
    icc2 = (s.subjects - s.error) / (s.subjects + (k - 1) * s.error + k * (s.raters - s.error) / n)
    low2, high2 = _icc2_interval(s, icc2, level)

    def one(f: float) -> float:
        return (f - 1) / (f + k - 1)

    def mean(r: float) -> float:
        return r * k / (1 + r * (k - 1))

    single = (
        ("ICC1", one(f1), f1, dfw, one(low1), one(high1)),
        ("ICC2", icc2, f3, dfe, low2, high2),
        ("ICC3", one(f3), f3, dfe, one(low3), one(high3)),
    )
    averaged = tuple(
        (f"{kind}k", mean(r), f, df2, mean(low), mean(high))
        for kind, r, f, df2, low, high in single
    )
    return tuple(
        RaterAgreement(
            kind, float(r), float(f), df1, df2, float(fdtrc(df1, df2, f)), float(low), float(high)
        )
        for kind, r, f, df2, low, high in (*single, *averaged)
    )


def _icc2_interval(s: _Squares, icc2: float, level: float) -> tuple[float, float]:
    """Satterthwaite's degrees of freedom for the mixture of mean squares."""
    from scipy.special import fdtri

    n, k, tail = s.n, s.k, 1 - (1 - level) / 2
    fj = s.raters / s.error
    a = k * icc2 * fj
    b = n * (1 + (k - 1) * icc2) - k * icc2
    v = (k - 1) * (n - 1) * (a + b) ** 2 / ((n - 1) * a**2 + b**2)
    f_low, f_high = fdtri(n - 1, v, tail), fdtri(v, n - 1, tail)
    common = k * s.raters + (k * n - k - n) * s.error
    low = n * (s.subjects - f_low * s.error) / (f_low * common + n * s.subjects)
    high = n * (f_high * s.subjects - s.error) / (common + n * f_high * s.subjects)
    return float(low), float(high)
