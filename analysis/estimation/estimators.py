"""Means, totals, ratios, variances and proportions of a design, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import EstimationError
from analysis.estimation.basis import Basis, Domains, read_domains, require_column
from analysis.estimation.codes import factorized
from analysis.estimation.columns import Columns, read_columns, refuse_missing
from analysis.estimation.estimates import Estimates
from analysis.estimation.intervals import check_level, critical_all, proportion_interval
from analysis.estimation.linear import Linear, about_means, linear
from analysis.estimation.sources import Items, Pairs, Shares, Squares
from analysis.estimation.stages import as_list
from analysis.estimation.sums import DomainSums, domain_sums, refuse_zero

Names = str | Sequence[str]
#: References of the design effect, and what the notes say of them.
REFERENCE = {
    "wor": "deff: against simple random sampling without replacement of the same n",
    "wr": "deff: against simple random sampling with replacement of the same n",
}


def mean(basis, items, by=None, na="fail", level=0.95, deff="wor") -> Estimates:
    """Means by domain; see `SurveyDesign.mean`."""
    columns, domains = _read(basis, items, by, na)
    source = Items(columns, columns.centre(domains.code >= 0))
    sums = _about(basis, domains, source, deff)
    found = linear(basis, domains, source, sums, names=columns.names)
    return table(basis, domains, columns.names, found, level, srs_variance(sums, deff), deff)


def total(basis, items, by=None, na="fail", level=0.95, deff="wor") -> Estimates:
    """Totals by domain; see `SurveyDesign.total`."""
    columns, domains = _read(basis, items, by, na)
    found = linear(basis, domains, Items(columns), total=True)
    centred = Items(columns, columns.centre(domains.code >= 0))
    sums = _about(basis, domains, centred, deff)
    refuse_zero(sums, domains, columns.names)
    reference = srs_variance(sums, deff) * sums.bottom**2
    return table(basis, domains, columns.names, found, level, reference, deff)


def ratio(basis, num, den, by=None, na="fail", level=0.95) -> Estimates:
    """Ratios by domain; see `SurveyDesign.ratio`."""
    tops, bottoms = as_list(num), as_list(den)
    if len(tops) != len(bottoms):
        raise EstimationError(
            "ratio.pairs", f"{len(tops)} numerators but {len(bottoms)} denominators."
        )
    names = [f"{a}/{b}" for a, b in zip(tops, bottoms, strict=True)]
    columns, domains = _read(basis, [*tops, *bottoms], by, na)
    found = linear(basis, domains, Pairs(columns), names=names)
    return table(basis, domains, names, found, level)


def variance(basis, item: str, by=None, na="fail", level=0.95) -> Estimates:
    """Population variance of a column; see `SurveyDesign.variance`."""
    columns, domains = _read(basis, item, by, na)
    source = Items(columns, columns.centre(domains.code >= 0))
    sums = domain_sums(basis, domains, source)
    refuse_zero(sums, domains, columns.names)
    if (sums.n < 2).any():
        raise EstimationError("variance.one_row", "A variance needs two rows in each domain.")
    mean_ = sums.top / sums.bottom + source.centre
    stretch = np.broadcast_to(sums.n / (sums.n - 1), mean_.shape)
    replicated = basis.replicates is not None
    squares = Squares(columns, domains.code, mean_, stretch, with_means=replicated)
    found = linear(basis, domains, squares)
    if replicated:
        found = about_means(found, stretch)
    return table(basis, domains, columns.names, found, level)


def proportion(basis, item: str, by=None, na="fail", method="logit", level=0.95) -> Estimates:
    """Shares of the categories of a column; see `SurveyDesign.proportion`."""
    require_column(basis.frame, item)
    code, levels = factorized(basis.frame[item])
    missing = basis.used & (code < 0)
    if missing.any():
        if na == "fail":
            refuse_missing(item, int(np.flatnonzero(missing)[0]), int(missing.sum()))
        basis = replace(basis, inside=basis.inside & (code >= 0))
    domains = read_domains(basis, by)
    kept = np.unique(code[domains.code >= 0])
    source = Shares(code, kept)
    sums = domain_sums(basis, domains, source, squares=True)
    found = linear(basis, domains, source, sums)
    names, categories = [item] * kept.size, list(levels[kept])
    made = table(basis, domains, names, found, level, srs_variance(sums, "wor"), "wor", categories)
    low, high = proportion_interval(
        *(made.table[name].to_numpy(dtype=float) for name in ("estimate", "se", "df", "n")),
        method=method,
        level=level,
    )
    return Estimates(made.table.assign(ci_low=low, ci_high=high), found.covariance, made.notes)


def _read(basis: Basis, items, by, na) -> tuple[Columns, Domains]:
    """Columns and domains; a row that leaves every item leaves the domain.

    Degrees of freedom stay those of the domain asked for, as R counts them.
    """
    names = as_list(items)
    if not names:
        raise EstimationError("estimate.no_items", "Name at least one column.")
    columns = read_columns(basis, names, na)
    domains = read_domains(basis, by)
    if not columns.gaps:
        return columns, domains
    counts = columns.everywhere()
    if counts is None:
        return columns, domains
    code = np.where(counts, domains.code, -1)
    return columns, replace(domains, code=code, reach=domains.code)


def _about(basis: Basis, domains: Domains, source: Items, reference: str) -> DomainSums:
    """Sums with squares about a value near the mean: they keep the digits of the spread."""
    if reference not in REFERENCE:
        raise EstimationError(
            "estimate.deff", f"Unknown deff={reference!r}.", hint="'wor' or 'wr'."
        )
    return domain_sums(basis, domains, source, squares=True)


def srs_variance(sums: DomainSums, reference: str) -> NDArray[np.float64]:
    """Variance (D, q) of the means of a simple random sample of the same n, NaN without meaning."""
    size, n = sums.bottom, sums.n
    with np.errstate(divide="ignore", invalid="ignore"):
        square = sums.squares / size
        spread = (square - (sums.top / size) ** 2) * n / (n - 1)
        share = 1.0 if reference == "wr" else (size - n) / size
        # Where all values are equal, what is left is rounding.
        meant = (n > 1) & (share > 0) & (spread > 1e-12 * square)
        return np.where(meant, spread * share / n, np.nan)


def table(
    basis: Basis,
    domains: Domains,
    names: Sequence[str],
    found: Linear,
    level: float,
    reference: NDArray[np.float64] | float = np.nan,
    kind: str | None = None,
    categories: Sequence | None = None,
) -> Estimates:
    """The result in the order of domains, then items; ``reference`` is what deff divides by."""
    check_level(level)
    d, q = found.estimate.shape
    variances = np.maximum(found.variances(), 0.0)
    se = np.sqrt(variances)
    reach = critical_all(level, found.df) * se
    made = pd.DataFrame(
        {
            name: np.repeat(pd.Series([key[k] for key in domains.keys]).to_numpy(), q)
            for k, name in enumerate(domains.names)
        }
    )
    made["item"] = list(names) * d
    if categories is not None:
        made["category"] = list(categories) * d
    with np.errstate(divide="ignore", invalid="ignore"):
        deff = variances / np.broadcast_to(reference, variances.shape)
    columns = {
        "estimate": found.estimate, "se": se, "ci_low": found.estimate - reach,
        "ci_high": found.estimate + reach, "df": found.df, "n": found.n, "deff": deff,
    }  # fmt: skip
    for name, values in columns.items():
        made[name] = values.ravel()
    notes = basis.notes if kind is None else (*basis.notes, REFERENCE[kind])
    return Estimates(made, found.covariance, notes)
