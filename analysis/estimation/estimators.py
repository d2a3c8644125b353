"""Means, totals, ratios, variances and proportions of a design, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import EstimationError
from analysis.estimation.basis import (
    Basis,
    Columns,
    Domains,
    read_columns,
    read_domains,
    refuse_missing,
    require_column,
)
from analysis.estimation.estimates import Estimates
from analysis.estimation.intervals import check_level, critical_all, proportion_interval
from analysis.estimation.linear import Linear, linear
from analysis.estimation.stages import as_list
from analysis.estimation.sums import squares_by_domain

Names = str | Sequence[str]
_REFERENCE = {
    "wor": "deff: against simple random sampling without replacement of the same n",
    "wr": "deff: against simple random sampling with replacement of the same n",
}


def mean(basis, items, by=None, na="fail", level=0.95, deff="wor") -> Estimates:
    """Means by domain; see `SurveyDesign.mean`."""
    basis, columns, domains = _read(basis, items, by, na)
    found = linear(
        basis, domains, columns.values, columns.indicator(), columns.present, names=columns.names
    )
    reference = _srs(basis, columns, domains, found, deff)
    return _table(basis, domains, columns.names, found, level, reference, deff)


def total(basis, items, by=None, na="fail", level=0.95, deff="wor") -> Estimates:
    """Totals by domain; see `SurveyDesign.total`."""
    basis, columns, domains = _read(basis, items, by, na)
    found = linear(basis, domains, columns.values, columns.indicator(), columns.present, total=True)
    average = linear(
        replace(basis, steps=(), replicates=None, lonely="remove"),
        domains, columns.values, columns.indicator(), columns.present, names=columns.names,
    )  # fmt: skip
    reference = _srs(basis, columns, domains, average, deff) * average.size**2
    return _table(basis, domains, columns.names, found, level, reference, deff)


def ratio(basis, num, den, by=None, na="fail", level=0.95) -> Estimates:
    """Ratios by domain; see `SurveyDesign.ratio`."""
    tops, bottoms = as_list(num), as_list(den)
    if len(tops) != len(bottoms):
        raise EstimationError(
            "ratio.pairs", f"{len(tops)} numerators but {len(bottoms)} denominators."
        )
    names = [f"{a}/{b}" for a, b in zip(tops, bottoms, strict=True)]
    basis, columns, domains = _read(basis, [*tops, *bottoms], by, na)
    q, present = len(tops), columns.present
    top, bottom = columns.values[:, :q], columns.values[:, q:]
    if present is not None:
        present = present[:, :q] & present[:, q:]
        top, bottom = np.where(present, top, 0.0), np.where(present, bottom, 0.0)
    found = linear(basis, domains, top, bottom, present, names=names)
    return _table(basis, domains, names, found, level, np.nan, None)


def variance(basis, item: str, by=None, na="fail", level=0.95) -> Estimates:
    """Population variance of a column; see `SurveyDesign.variance`."""
    basis, columns, domains = _read(basis, item, by, na)
    bare = replace(basis, steps=(), replicates=None, lonely="remove")
    centre = linear(
        bare, domains, columns.values, columns.indicator(), columns.present, names=columns.names
    )
    if (centre.n < 2).any():
        raise EstimationError("variance.one_row", "A variance needs two rows in each domain.")
    code = np.maximum(domains.code, 0)
    stretch = (centre.n / (centre.n - 1))[code]
    squares = (columns.values - centre.estimate[code]) ** 2 * stretch
    if columns.present is not None:
        squares = np.where(columns.present, squares, 0.0)
    found = linear(basis, domains, squares, columns.indicator(), columns.present)
    return _table(basis, domains, columns.names, found, level, np.nan, None)


def proportion(basis, item: str, by=None, na="fail", method="logit", level=0.95) -> Estimates:
    """Shares of the categories of a column; see `SurveyDesign.proportion`."""
    require_column(basis.frame, item)
    code, levels = pd.factorize(basis.frame[item], sort=True)
    missing = basis.used & (code < 0)
    if missing.any():
        if na == "fail":
            refuse_missing(item, int(np.flatnonzero(missing)[0]), int(missing.sum()))
        basis = replace(basis, inside=basis.inside & (code >= 0))
    domains = read_domains(basis, by)
    kept = np.unique(code[domains.code >= 0])
    values = (code[:, None] == kept).astype(float)
    found = linear(basis, domains, values)
    columns = Columns([item] * kept.size, values, None)
    reference = _srs(basis, columns, domains, found, "wor")
    made = _table(basis, domains, columns.names, found, level, reference, "wor", list(levels[kept]))
    table = made.table
    low, high = proportion_interval(
        *(table[name].to_numpy(dtype=float) for name in ("estimate", "se", "df", "n")),
        method=method,
        level=level,
    )
    return Estimates(table.assign(ci_low=low, ci_high=high), found.covariance, made.notes)


def _read(basis: Basis, items, by, na) -> tuple[Basis, Columns, Domains]:
    """Columns and domains; a row that leaves every item leaves the domain.

    Degrees of freedom stay those of the domain asked for, as R counts them.
    """
    names = as_list(items)
    if not names:
        raise EstimationError("estimate.no_items", "Name at least one column.")
    columns = read_columns(basis, names, na)
    present, domains = columns.present, read_domains(basis, by)
    if present is not None and (present == present[:, :1]).all():
        code = np.where(present[:, 0], domains.code, -1)
        domains = replace(domains, code=code, reach=domains.code)
        columns = Columns(columns.names, columns.values, None)
    return basis, columns, domains


def _srs(basis, columns: Columns, domains, found: Linear, reference: str) -> NDArray[np.float64]:
    """Variance (D, J) of the means of a simple random sample of the same n."""
    if reference not in _REFERENCE:
        raise EstimationError(
            "estimate.deff", f"Unknown deff={reference!r}.", hint="'wor' or 'wr'."
        )
    # About a value near the mean, so that squares do not lose the digits of the spread.
    middle = columns.values.mean(axis=0) if len(columns.values) else 0.0
    squares = squares_by_domain(
        domains.code, len(domains), basis.weights, columns.values, middle, columns.present
    )
    size, n = found.size, found.n
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = (squares / size - (found.estimate - middle) ** 2) * n / (n - 1)
        share = 1.0 if reference == "wr" else (size - n) / size
        return np.where((n > 1) & (share > 0), spread * share / n, np.nan)


def _table(
    basis, domains: Domains, names, found: Linear, level, reference, kind, categories=None
) -> Estimates:
    """The table in the order of domains, then items."""
    check_level(level)
    d, q = found.estimate.shape
    variances = np.maximum(found.variances(), 0.0)
    se = np.sqrt(variances)
    reach = critical_all(level, found.df) * se
    table = pd.DataFrame(
        {
            name: np.repeat(pd.Series([key[k] for key in domains.keys]).to_numpy(), q)
            for k, name in enumerate(domains.names)
        }
    )
    table["item"] = list(names) * d
    if categories is not None:
        table["category"] = categories * d
    with np.errstate(divide="ignore", invalid="ignore"):
        deff = variances / np.broadcast_to(reference, variances.shape)
    columns = {
        "estimate": found.estimate, "se": se, "ci_low": found.estimate - reach,
        "ci_high": found.estimate + reach, "df": found.df, "n": found.n, "deff": deff,
    }  # fmt: skip
    for name, values in columns.items():
        table[name] = values.ravel()
    notes = basis.notes if kind is None else (*basis.notes, _REFERENCE[kind])
    return Estimates(table, found.covariance, notes)
