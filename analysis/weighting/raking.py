"""Post-stratification and raking: weights brought to known counts of categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from analysis.errors import CalibrationError
from analysis.estimation.basis import Basis
from analysis.estimation.codes import crossed, factorized, recoded
from analysis.estimation.stages import as_list
from analysis.weighting.calibration import Recipe, refuse_replicates, remember
from analysis.weighting.residuals import Known, indicators, make_step


@dataclass(frozen=True, eq=False)
class Margin:
    """A known distribution: ``code`` (n,) of each row's category, and ``totals`` by category."""

    name: str
    keys: list[Any]
    code: NDArray[np.int32]
    totals: NDArray[np.float64]

    @property
    def live(self) -> NDArray[np.bool_]:
        """Categories with a total above 0."""
        return self.totals > 0

    @property
    def labels(self) -> list[str]:
        """A name for each live category."""
        return [
            f"{self.name}={key}" for key, live in zip(self.keys, self.live, strict=True) if live
        ]

    def columns(self, code: NDArray[np.integer]) -> sparse.csr_matrix:
        """Indicators (P, live categories) of some codes (P,)."""
        return indicators(code, self.totals.size)[:, self.live]


def make_margin(
    frame: pd.DataFrame, columns: str | Sequence[str], totals: Mapping[Any, float]
) -> Margin:
    """Code a margin and check its totals.

    Raises
    ------
    CalibrationError
        ``calibrate.no_column``, ``calibrate.unknown_category`` (a row has no total),
        ``calibrate.total`` (not a positive number).
    """
    names = as_list(columns)
    name = " × ".join(names)
    for column in names:
        if column not in frame:
            raise CalibrationError(
                "calibrate.no_column", f"There is no column {column!r}.", column=column
            )
    given = dict(totals.items())  # a mapping, or a pandas Series
    keys = list(given)
    values = np.array([_number(name, key, total) for key, total in given.items()])
    place = {key: code for code, key in enumerate(keys)}
    code = recoded(frame[names[0]], place) if len(names) == 1 else _coded(frame[names], place)
    if code.min(initial=0) < 0:
        row = int(np.argmax(code < 0))
        found = frame[names].iloc[row]
        key = found.iloc[0] if len(names) == 1 else tuple(found)
        key = None if pd.isna(found).any() else key
        raise CalibrationError(
            "calibrate.unknown_category",
            f"Row {row}: {name} has no total for {key!r}.",
            hint="Give every category of the sample a total, or recode it.",
            row=row,
            margin=name,
            category=key,
        )
    return Margin(name, keys, code, values)


def _coded(part: pd.DataFrame, place: Mapping[Any, int]) -> NDArray[np.int32]:
    """The place of each row's combination, −1 for one that has none."""
    coded = [factorized(part[name]) for name in part]
    missing = np.logical_or.reduce([code < 0 for code, _ in coded])
    both, parts = crossed([np.maximum(code, 0) for code, _ in coded])
    levels = [list(found[codes]) for (_, found), codes in zip(coded, parts, strict=True)]
    table = np.array([place.get(key, -1) for key in zip(*levels, strict=True)], dtype=np.int32)
    return np.where(missing, np.int32(-1), table[both])


def _number(name: str, key: Any, total: float) -> float:
    try:
        value = float(total)
    except (TypeError, ValueError):
        value = float("nan")
    if not np.isfinite(value) or value < 0:
        raise CalibrationError(
            "calibrate.total",
            f"{name}: the total of {key!r} must be a number of at least 0, not {total!r}.",
            margin=name,
            category=key,
        )
    return value


def require_filled(margin: Margin, sums: NDArray[np.float64]) -> None:
    """A category with a total must hold weight (its ``sums``), and the reverse.

    Raises CalibrationError ``calibrate.empty_category``, ``calibrate.total``.
    """
    for key, total, held in zip(margin.keys, margin.totals, sums, strict=True):
        if total > 0 and held == 0:
            raise CalibrationError(
                "calibrate.empty_category",
                f"{margin.name}: category {key!r} of {total:g} has no respondent.",
                hint="Merge it with a neighbour.",
                margin=margin.name,
                category=key,
                total=float(total),
            )
        if total == 0 and held > 0:
            raise CalibrationError(
                "calibrate.total",
                f"{margin.name}: category {key!r} has respondents but a total of 0.",
                margin=margin.name,
                category=key,
            )


def poststratified(basis: Basis, strata: str | Sequence[str], totals: Mapping[Any, float]) -> Basis:
    """See `SurveyDesign.poststratify`."""
    refuse_replicates(basis)
    margin = make_margin(basis.frame, strata, totals)
    before = inside_weights(basis)
    everything = Known(margin.code, indicators(np.arange(margin.totals.size), margin.totals.size))
    require_filled(margin, everything.sums(before))
    known = Known(margin.code, everything.table[:, margin.live])
    recipe = Recipe(known, margin.totals[margin.live], "linear", None)
    after = recipe.applied(before)
    step = make_step(everything, before, after)
    return remember(basis, after, recipe, [step], f"post-stratified by {margin.name}")


def raked(
    basis: Basis,
    margins: Mapping[str | tuple[str, ...], Mapping[Any, float]],
    tol: float,
    max_iter: int,
) -> Basis:
    """See `SurveyDesign.rake`.

    Notes
    -----
    The weights are the limit of iterative proportional fitting, found by Newton's method on its
    dual, over the cells of the crossed margins; scores lose the cell means of each margin in turn,
    ten times over, as R's ``survey`` does.
    Source: Ireland and Kullback (1968), Biometrika 55; Deville, Särndal and Sautory (1993).
    """
    refuse_replicates(basis)
    if not margins:
        raise CalibrationError("calibrate.no_totals", "Name at least one margin.")
    made = [make_margin(basis.frame, columns, totals) for columns, totals in margins.items()]
    before = inside_weights(basis)
    pattern, codes = crossed([margin.code for margin in made])
    sums = np.bincount(pattern, before, minlength=codes.shape[1])
    for margin, code in zip(made, codes, strict=True):
        require_filled(margin, np.bincount(code, sums, minlength=margin.totals.size))
    _refuse_unequal(made)
    tables = [margin.columns(code) for margin, code in zip(made, codes, strict=True)]
    recipe = Recipe(
        Known(pattern, sparse.hstack(tables, format="csr")),
        np.concatenate([margin.totals[margin.live] for margin in made]),
        "raking", None, tol, max_iter,
        tuple(label for margin in made for label in margin.labels),
    )  # fmt: skip
    after = before * recipe.ratios(sums)[pattern]
    first = make_step(Known(pattern, tables[0]), np.ones(len(before)), after)
    steps = [first, *(replace(first, known=Known(pattern, table)) for table in tables[1:])]
    names = ", ".join(margin.name for margin in made)
    return remember(basis, after, recipe, steps, f"raked to {names}", rounds=10)


def inside_weights(basis: Basis) -> NDArray[np.float64]:
    """Weights (n,), 0 outside the domain."""
    return basis.weights if basis.inside.all() else np.where(basis.inside, basis.weights, 0.0)


def _refuse_unequal(margins: Sequence[Margin]) -> None:
    sizes = {margin.name: float(margin.totals.sum()) for margin in margins}
    if max(sizes.values()) - min(sizes.values()) > 1e-9 * max(sizes.values()):
        raise CalibrationError(
            "calibrate.contradiction",
            f"The margins add up to different populations: {sizes}.",
            hint="Bring the margins to one population size.",
            sizes=sizes,
        )
