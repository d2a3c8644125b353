"""The estimators of `analysis.estimation.estimators` over sums of rows that are read elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.engines.kernel import WeightKernel
from analysis.engines.readings import ReadBelow, ReadItems, ReadPairs, ReadShares, ReadSquares
from analysis.engines.replicated import replicate_scores
from analysis.engines.scores import StoredScores
from analysis.engines.singlerows import SingleRowScores
from analysis.engines.store import Placed, Store
from analysis.engines.summing import Summed, again, summed
from analysis.errors import EstimationError
from analysis.estimation.estimates import Estimates
from analysis.estimation.estimators import REFERENCE, srs_variance, table
from analysis.estimation.intervals import check_level, proportion_interval
from analysis.estimation.linear import Linear, about_means
from analysis.estimation.quantile import assemble, check_quantiles
from analysis.estimation.quantilerules import Distribution
from analysis.estimation.stages import as_list
from analysis.estimation.sums import refuse_zero

Names = str | Sequence[str]

#: Rules that look at the row, not at the value: tied rows in another order change them.
BY_ROW = ("hf4", "hf5", "hf6", "hf7", "hf8", "hf9", "shahvaish")


def linear(found: Summed, *, total: bool = False, names: list[str] | None = None) -> Linear:
    """Totals, or ratios to the reading's bottom, with their variance."""
    sums, centre = found.sums, found.reading.centre
    if not total:
        refuse_zero(sums, found.placed.domains, names)
    theta = sums.top if total else sums.top / sums.bottom
    estimate = sums.top + centre * sums.bottom if total else theta + centre
    size = None if total else sums.bottom
    if found.store.replicates is not None:
        centred = estimate if total else theta
        whence = replicate_scores(found, centred, total=total)
    elif found.store.rows_apart:
        whence = SingleRowScores(found, theta, size)
    else:
        whence = StoredScores(found, theta, size)
    n = np.broadcast_to(sums.n, theta.shape)
    df = np.broadcast_to(whence.df[:, None], theta.shape)
    return Linear(estimate, sums.bottom, n, df, whence)


def mean(store: Store, items: Names, by, na: str, level: float, deff: str) -> Estimates:
    """See `SurveyDesign.mean`."""
    found, names = _items(store, items, by, na, level, deff)
    made = linear(found, names=names)
    return table(_notes(store), found.placed.domains, names, made, level,
                 srs_variance(found.sums, deff), deff)  # fmt: skip


def total(store: Store, items: Names, by, na: str, level: float, deff: str) -> Estimates:
    """See `SurveyDesign.total`."""
    found, names = _items(store, items, by, na, level, deff)
    refuse_zero(found.sums, found.placed.domains, names)
    made = linear(found, total=True)
    reference = srs_variance(found.sums, deff) * found.sums.bottom**2
    return table(_notes(store), found.placed.domains, names, made, level, reference, deff)


def ratio(store: Store, num: Names, den: Names, by, na: str, level: float) -> Estimates:
    """See `SurveyDesign.ratio`."""
    check_level(level)
    tops, bottoms = as_list(num), as_list(den)
    if len(tops) != len(bottoms):
        raise EstimationError(
            "ratio.pairs", f"{len(tops)} numerators but {len(bottoms)} denominators."
        )
    names = [f"{a}/{b}" for a, b in zip(tops, bottoms, strict=True)]
    columns = _numeric(store, [*tops, *bottoms])
    reading = ReadPairs(columns, na == "listwise")
    found = summed(store, store.domains(as_list(by)), reading, na)
    return table(_notes(store), found.placed.domains, names, linear(found, names=names), level)


def variance(store: Store, item: str, by, na: str, level: float) -> Estimates:
    """See `SurveyDesign.variance`."""
    found, names = _items(store, item, by, na, level, "wor")
    sums = found.sums
    refuse_zero(sums, found.placed.domains, names)
    if (sums.n < 2).any():
        raise EstimationError("variance.one_row", "A variance needs two rows in each domain.")
    mean_ = sums.top / sums.bottom + found.reading.centre
    stretch = np.broadcast_to(sums.n / (sums.n - 1), mean_.shape)
    replicated = store.replicates is not None
    squares = ReadSquares(found.reading.columns, False, mean_, stretch, replicated)
    made = linear(again(found, squares))
    if replicated:
        made = about_means(made, stretch)
    return table(_notes(store), found.placed.domains, names, made, level)


def proportion(store: Store, item: str, by, na: str, method: str, level: float) -> Estimates:
    """See `SurveyDesign.proportion`."""
    placed, code, levels = _categories(store, item, as_list(by), na)
    found = summed(store, placed, ReadShares(code, len(levels)), squares=True)
    made = linear(found)
    names = [item] * len(levels)
    out = table(_notes(store), found.placed.domains, names, made, level,
                srs_variance(found.sums, "wor"), "wor", levels)  # fmt: skip
    low, high = proportion_interval(
        *(out.table[name].to_numpy(dtype=float) for name in ("estimate", "se", "df", "n")),
        method=method,
        level=level,
    )
    return Estimates(out.table.assign(ci_low=low, ci_high=high), made.covariance, out.notes)


def quantile(
    store: Store, item: str, probs, by, rule: str, interval: str, na: str, level: float
) -> Estimates:
    """See `SurveyDesign.quantile`.

    Raises EstimationError ``engine.quantile_rule`` for a rule that depends on the order of tied
    rows, too.
    """
    p = check_quantiles(probs, rule, interval, level)
    _numeric(store, [item])
    placed = _with_values(store, item, as_list(by), na, every_domain=True)
    values = placed.keys.table[item].to_numpy(dtype=float, na_value=np.nan)
    kernel = WeightKernel(store.weighing, 1, len(placed.keys), twice_inverted=True)
    sums = store.fold(placed.keys, (), kernel)
    spread = []
    kept = np.bincount(placed.code[placed.code >= 0], sums["rows"][placed.code >= 0]) > 0
    placed = placed if kept.all() else placed.only(kept)
    live = np.where(sums["rows"] > 0, placed.code, -1)
    order = np.argsort(live, kind="stable")
    edges = np.searchsorted(live[order], np.arange(len(placed) + 1))
    for mine in np.split(order, edges)[1:-1]:
        if rule in BY_ROW and (sums["rows"][mine] > 1).any():
            raise EstimationError(
                "engine.quantile_rule",
                f"Rule {rule!r} depends on which of several rows with the same value comes first, "
                "and a file has no order.",
                hint="Use math, school, hf1, hf2 or hf3.",
                rule=rule,
                item=item,
            )
        spread.append(Distribution.of_sums(values[mine], sums["total"][mine], sums["rows"][mine]))
    estimate = np.array([one.quantile(p, rule) for one in spread])
    found = summed(store, placed, ReadBelow(values, estimate))
    made = linear(found)
    return assemble(_notes(store), placed.domains, item, p, estimate, made, spread,
                    rule, interval, level)  # fmt: skip


def _items(store: Store, items: Names, by, na, level, deff) -> tuple[Summed, list[str]]:
    check_level(level)
    if deff not in REFERENCE:
        raise EstimationError("estimate.deff", f"Unknown deff={deff!r}.", hint="'wor' or 'wr'.")
    names = as_list(items)
    if not names:
        raise EstimationError("estimate.no_items", "Name at least one column.")
    columns = _numeric(store, names)
    reading = ReadItems(columns, na == "listwise", _centre(store, columns))
    found = summed(store, store.domains(as_list(by)), reading, na, squares=True)
    return found, names


def _numeric(store: Store, names: Sequence[str]) -> tuple[str, ...]:
    kinds = store.require(names)
    for name in names:
        if kinds[name] == "O":
            raise EstimationError(
                "estimate.not_numeric",
                f"Column {name!r} holds no numbers.",
                hint="proportion() takes categories.",
                column=name,
            )
    return tuple(names)


def _centre(store: Store, names: Sequence[str]) -> NDArray[np.float64]:
    """Values (q,) near the means: sums about them keep the digits of the spread."""
    few = store.engine.peek(names, 512).to_numpy(dtype=float, na_value=np.nan)
    held = np.isfinite(few)
    return np.where(held, few, 0.0).sum(axis=0) / np.maximum(held.sum(axis=0), 1)


def _categories(
    store: Store, item: str, by: list[str], na: str
) -> tuple[Placed, NDArray[np.int64], list]:
    """Domains without the rows that have no category; category of each key; those that occur."""
    placed = _with_values(store, item, by, na)
    code, levels = pd.factorize(placed.keys.table[item], sort=True)
    kept = np.unique(code[placed.code >= 0])
    place = np.full(len(levels) + 1, -1)
    place[kept] = np.arange(kept.size)
    return placed, place[code], list(levels[kept])


def _with_values(
    store: Store, item: str, by: list[str], na: str, *, every_domain: bool = False
) -> Placed:
    """Domains of the rows that have a value of the item; perhaps every domain must have one."""
    store.require([*by, item])
    keys = store.engine.keys(list(dict.fromkeys([*by, *store.masked, item])))
    inside, gone = store.inside(keys), keys.table[item].isna().to_numpy()
    missing = int(keys.rows[inside & gone].sum())
    if missing and na == "fail":
        raise EstimationError(
            "estimate.missing",
            f"Column {item!r} has {missing} missing values.",
            hint="Name what to do: na='drop' or na='listwise'.",
            column=item,
            missing=missing,
        )
    if missing and every_domain:
        asked = store.place(keys, inside, by).domains
        held = set(asked.code[inside & ~gone].tolist())
        for d, key in enumerate(asked.keys):
            if d not in held:
                raise EstimationError(
                    "estimate.zero_denominator", f"No value in domain {key!r}.", domain=key
                )
    return store.place(keys, inside & ~gone, by)


def _notes(store: Store):
    return store.basis(pd.DataFrame(), np.ones(0), np.ones(0, dtype=bool))


def degrees_of_freedom(store: Store) -> float:
    """See `SurveyDesign.df`."""
    placed = store.domains([])
    nothing = ReadShares(np.zeros(len(placed.keys), dtype=np.int64), 1)
    return float(linear(summed(store, placed, nothing), total=True).df[0, 0])
