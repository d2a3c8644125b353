"""Quantiles by domain, with Woodruff's intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import EstimationError
from analysis.estimation.basis import Basis, Domains, read_domains
from analysis.estimation.columns import read_columns
from analysis.estimation.estimates import Estimates
from analysis.estimation.intervals import check_level, critical_all, proportion_interval
from analysis.estimation.linear import Linear, linear
from analysis.estimation.quantilerules import RULES, Distribution
from analysis.estimation.sources import Below

INTERVALS = {"mean": "wald", "beta": "beta", "xlogit": "xlogit", "asin": "asin"}


def quantiles(
    basis: Basis,
    item: str,
    probs: float | Sequence[float],
    by: str | Sequence[str] | None,
    rule: str,
    interval: str,
    na: str,
    level: float,
) -> Estimates:
    """Quantiles of a column, by domain; the table has a column ``prob``.

    Parameters
    ----------
    probs : float or sequence of float in [0, 1]
    rule : str
        One of `analysis.estimation.quantilerules.RULES`.
    interval : str
        How the distribution function at the quantile gets its interval: ``mean``, ``beta``,
        ``xlogit`` or ``asin``; its ends are read back through the rule.

    Raises
    ------
    EstimationError
        ``quantile.rule``, ``quantile.interval``, ``quantile.probs``, and those of a mean.

    Notes
    -----
    se is the length of the interval over twice Student's t; an end below 0 or above 1 has no
    quantile and leaves NaN, as does a quantile at the largest value under ``beta``, ``xlogit`` and
    ``asin``.  ``cov`` has the correlations of the distribution functions.
    Source: Woodruff (1952), JASA 47, 635–646; Francisco and Fuller (1991).
    """
    p = check_quantiles(probs, rule, interval, level)
    columns = read_columns(basis, [item], na)
    domains = read_domains(basis, by)
    values = columns.arrays[0]
    if columns.gaps:
        domains = replace(domains, code=np.where(np.isfinite(values), domains.code, -1))
    order, edges = _by_domain(domains)
    spread = [
        Distribution(values[rows], basis.weights[rows])
        for rows in np.split(order, edges[1:-1])
    ]  # fmt: skip
    estimate = np.array([one.quantile(p, rule) for one in spread])
    found = linear(basis, domains, Below(values, domains.code, estimate))
    return assemble(basis, domains, item, p, estimate, found, spread, rule, interval, level)


def check_quantiles(probs, rule: str, interval: str, level: float) -> NDArray[np.float64]:
    """Probabilities (k,); raises as `quantiles` does."""
    check_level(level)
    if rule not in RULES:
        raise EstimationError("quantile.rule", f"Unknown {rule!r}.", hint=f"One of {RULES}.")
    if interval not in INTERVALS:
        raise EstimationError(
            "quantile.interval", f"Unknown {interval!r}.", hint=f"One of {tuple(INTERVALS)}."
        )
    p = np.atleast_1d(np.asarray(probs, dtype=float))
    if p.ndim != 1 or not p.size or not ((p >= 0) & (p <= 1)).all():
        raise EstimationError("quantile.probs", f"{probs!r} are not probabilities.", probs=probs)
    return p


def _by_domain(domains: Domains) -> tuple[NDArray, NDArray]:
    """Rows in the order of their domains, and where each domain starts."""
    order = np.argsort(domains.code, kind="stable")
    edges = np.searchsorted(domains.code[order], np.arange(len(domains) + 1))
    empty = np.flatnonzero(np.diff(edges) == 0)
    if empty.size:
        key = domains.keys[int(empty[0])]
        raise EstimationError(
            "estimate.zero_denominator", f"No value in domain {key!r}.", domain=key
        )
    return order[edges[0] :], edges - edges[0]


def _limits(
    found: Linear, spread: list[Distribution], rule: str, interval: str, level: float
) -> tuple[NDArray, NDArray]:
    share, se = found.estimate, np.sqrt(np.maximum(found.variances(), 0.0))
    ends = proportion_interval(
        share, se, found.df, found.n.astype(float), method=INTERVALS[interval], level=level
    )
    if interval == "beta":
        # All values lie at or below the quantile: the share says nothing of its own error.
        ends = tuple(np.where(share > 1 - 1e-12, np.nan, end) for end in ends)
    low, high = (
        np.array([one.quantile(row, rule) for one, row in zip(spread, _settled(end), strict=True)])
        for end in ends
    )
    return low, high


def _settled(end: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rounding must not decide whether an end lies beyond 0 or 1, and so has no quantile."""
    nearest = np.clip(end, 0.0, 1.0)
    return np.where(np.abs(end - nearest) < 1e-12, nearest, end)


def assemble(
    basis: Basis,
    domains: Domains,
    item: str,
    p: NDArray[np.float64],
    estimate: NDArray[np.float64],
    found: Linear,
    spread: list[Distribution],
    rule: str,
    interval: str,
    level: float,
) -> Estimates:
    """The result, from quantiles (D, k) and the distribution function ``found`` at them."""
    low, high = _limits(found, spread, rule, interval, level)
    figures = (estimate, (high - low) / (2 * critical_all(level, found.df)), low, high)
    d, q = len(domains), p.size
    table = pd.DataFrame(
        {
            name: np.repeat(pd.Series([key[k] for key in domains.keys]).to_numpy(), q)
            for k, name in enumerate(domains.names)
        }
    )
    table["item"] = [item] * (d * q)
    table["prob"] = np.tile(p, d)
    for name, numbers in zip(("estimate", "se", "ci_low", "ci_high"), figures, strict=True):
        table[name] = numbers.ravel()
    table["df"], table["n"] = found.df.ravel(), found.n.ravel()
    table["deff"] = np.nan
    se = figures[1].ravel()

    def covariance() -> NDArray[np.float64]:
        cov = found.covariance()
        root = np.sqrt(np.diag(cov))
        with np.errstate(divide="ignore", invalid="ignore"):
            stretch = np.where(root > 0, se / root, 0 * se)
        return cov * np.outer(stretch, stretch)

    return Estimates(table, covariance, basis.notes)
