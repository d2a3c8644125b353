"""Tests of independence for two-way tables from complex samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import EstimationError
from analysis.estimation.basis import Basis, Domains, read_domains, require_column
from analysis.estimation.linear import Linear, linear
from analysis.estimation.sources import Shares
from analysis.estimation.taylor import degrees_of_freedom

STATISTICS = ("F", "Chisq", "Wald", "adjWald")


@dataclass(frozen=True)
class Independence:
    """``statistic`` with ``df`` and, for F forms, ``denominator_df``; ``p`` its probability.

    ``table`` holds the estimated population counts.
    """

    method: str
    statistic: float
    df: float
    denominator_df: float
    p: float
    table: pd.DataFrame


def independence(basis: Basis, row: str, col: str, statistic: str = "F") -> Independence:
    """Test whether two columns are independent; rows with a missing value are left out.

    Parameters
    ----------
    statistic : str
        ``F`` (Pearson's X² with the second-order Rao–Scott correction), ``Chisq`` (the same X²,
        first order), ``Wald`` or ``adjWald``.

    Raises
    ------
    EstimationError
        ``chisq.statistic``, ``chisq.one_category``, ``chisq.few_psus`` (a Wald test of more cells
        than the PSUs can tell apart), ``chisq.no_variance``, ``chisq.empty_cells``,
        ``estimate.no_column``.

    Notes
    -----
    Source: Rao and Scott (1984), Annals of Statistics 12, 46–60; Thomas and Rao (1987); Koch,
    Freeman and Freeman (1975) for the Wald tests.
    """
    check_statistic(statistic)
    rows, row_levels = _categories(basis, row)
    columns, column_levels = _categories(basis, col)
    r, c = len(row_levels), len(column_levels)
    everyone = read_domains(basis, None)
    code = np.where((rows >= 0) & (columns >= 0), everyone.code, -1)
    domains = Domains([], [()], code)
    cell = np.maximum(rows, 0) * c + np.maximum(columns, 0)
    table = Shares(cell, np.arange(r * c))
    if basis.replicates is None:
        df = float(degrees_of_freedom(basis.stages[0], basis.used))
    else:
        df = float(basis.replicates.df)
    return decide(
        statistic,
        linear(basis, domains, table, total=True),
        lambda: linear(basis, domains, table),
        (row_levels, column_levels),
        n=int(basis.used.sum()),
        df=df,
    )


def check_statistic(statistic: str) -> None:
    if statistic not in STATISTICS:
        raise EstimationError(
            "chisq.statistic", f"Unknown {statistic!r}.", hint=f"One of {STATISTICS}."
        )


def decide(
    statistic: str,
    totals: Linear,
    shares: Callable[[], Linear],
    levels: tuple[list, list],
    *,
    n: int,
    df: float,
) -> Independence:
    """The test from the totals of the cells, or from their shares, with their covariance."""
    r, c = map(len, levels)
    counts = totals.estimate[0]
    if statistic in ("Wald", "adjWald"):
        found = _wald(counts, totals.covariance(), r, c, df, adjusted=statistic == "adjWald")
    else:
        share = shares()
        found = _rao_scott(share.estimate[0], share.covariance(), r, c, n, df, statistic)
    estimated = pd.DataFrame(counts.reshape(r, c), index=levels[0], columns=levels[1])
    return Independence(statistic, *found, estimated)


def _categories(basis: Basis, name: str) -> tuple[NDArray, list]:
    """Codes of the categories that hold a row of the domain."""
    require_column(basis.frame, name)
    values = basis.frame[name].where(basis.inside)
    code, levels = pd.factorize(values, sort=True)
    if len(levels) < 2:
        raise EstimationError(
            "chisq.one_category", f"Column {name!r} has fewer than two categories.", column=name
        )
    return code, list(levels)


def _rao_scott(p, cov, r: int, c: int, n: int, df: float, statistic: str):
    """Pearson's X² over the mean of the generalised design effects."""
    from scipy.special import chdtrc, fdtrc

    shares = p.reshape(r, c)
    expected = np.outer(shares.sum(axis=1), shares.sum(axis=0))
    pearson = n * float(((shares - expected) ** 2 / expected).sum())
    contrast = _interactions(r, c)
    inverse = np.divide(1.0, p, out=np.zeros_like(p), where=p > 0)
    weighed = inverse[:, None] * contrast
    under_srs = contrast.T @ weighed / n
    if np.linalg.matrix_rank(under_srs, hermitian=True) < len(under_srs):
        raise EstimationError(
            "chisq.empty_cells",
            f"{int((p <= 0).sum())} of the {r * c} cells are empty: too many for the test.",
            hint="Join categories.",
            empty=int((p <= 0).sum()),
        )
    effects = np.linalg.solve(under_srs, weighed.T @ cov @ weighed)
    trace = float(np.trace(effects))
    k = (r - 1) * (c - 1)
    if not trace > 1e-12:
        raise EstimationError(
            "chisq.no_variance",
            "The table has no sampling variance, so nothing to test it against.",
            hint="Is every unit of the population in the sample, or each category a stratum?",
            trace=trace,
        )
    if statistic == "Chisq":
        return pearson, float(k), float("nan"), float(chdtrc(k, pearson / (trace / k)))
    d0 = trace**2 / float(np.trace(effects @ effects))
    value = pearson / trace
    return value, d0, d0 * df, float(fdtrc(d0, d0 * df, value))


def _interactions(r: int, c: int) -> NDArray[np.float64]:
    """A basis (r·c, (r−1)(c−1)) of the interactions: sums over rows and columns are 0."""

    def centred(k: int) -> NDArray:
        return (np.eye(k) - 1 / k)[:, 1:]

    return np.kron(centred(r), centred(c))


def _wald(counts, cov, r: int, c: int, df: float, *, adjusted: bool):
    """Wald's test on counts less those expected under independence."""
    from scipy.special import fdtrc

    table = counts.reshape(r, c)
    across, down, size = table.sum(axis=1), table.sum(axis=0), table.sum()
    gap = (table - np.outer(across, down) / size).ravel()
    i, j = np.divmod(np.arange(r * c), c)
    slope = (
        np.eye(r * c)
        - (i[:, None] == i) * (down[j] / size)[:, None]
        - (j[:, None] == j) * (across[i] / size)[:, None]
        + (across[i] * down[j] / size**2)[:, None]
    )
    use = (i > 0) & (j > 0)
    spread = (slope @ cov @ slope.T)[np.ix_(use, use)]
    k = (r - 1) * (c - 1)
    below = df - k + 1 if adjusted else df
    if below <= 0 or np.linalg.matrix_rank(spread, hermitian=True) < k:
        raise EstimationError(
            "chisq.few_psus",
            f"A Wald test of {k} interactions cannot be made with {df:g} degrees of freedom.",
            hint="Join categories, or use statistic='F', which needs no inverse.",
            df=df,
            interactions=k,
        )
    value = float(gap[use] @ np.linalg.solve(spread, gap[use]))
    value *= below / (k * df) if adjusted else 1 / k
    return value, float(k), below, float(fdtrc(k, below, value))
