"""What a table was computed from, as the plain files of a release.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.index.unit_sums import OVERALL, UnitSums
from survey.render import release_files as files
from survey.services import weigh
from survey.services.composition.publish import Inputs
from survey.services.composition.year_on_year import Earlier

UNIT_COLUMNS = (
    "unit_code", "valid_from", "name", "n_population", "n_issued", "n_respondents",
    "n_ineligible", "n_answered",
)  # fmt: skip
VERIFIED_COLUMNS = ("unit_code", "valid_from", "leaf", "points")
FRAME_COLUMNS = ("unit", "field", "dossiers")
STRATA_COLUMNS = (
    "unit", "field", "population", "n_issued", "n_main", "n_ineligible", "drawn", "probability",
    "enlarged",
)  # fmt: skip
TOTAL_COLUMNS = ("unit", "n", "n_effective", "unweighted", "complete")
SUM_COLUMNS = ("unit", "concept", "score", "valid", "heard", "deff")
COVARIANCE_COLUMNS = ("unit", "concept_a", "concept_b", "covariance")
ANSWER_COLUMNS = ("unit", "stratum", "probability", "outcome", "excluded")
#: How the sums over all items are called in the files.
ALL_ITEMS = "(all)"


def facts(inputs: Inputs, *, computed_at: str) -> bytes:
    """What of the wave and its settings the table needs."""
    left_out = ("id", "scheme_id", "fieldwork")
    return files.json_file(
        {
            **{name: value for name, value in inputs.wave.items() if name not in left_out},
            "fieldwork": [day.isoformat() for day in inputs.wave["fieldwork"]],
            "concepts": [[name, items] for name, items in inputs.concepts.items()],
            "others": [[each.group, each.slug, each.n] for each in inputs.others],
            "computed_at": computed_at,
            "weigh_run": inputs.weigh_run_id,
            "weigh_run_with_excluded": inputs.with_excluded,
            "n_excluded": inputs.n_excluded,
            "verified": any(unit.verified is not None for unit in inputs.units),
        }
    )


def units(inputs: Inputs, sums: Sequence[UnitSums]) -> bytes:
    """One line a unit, in the order of the wave."""
    n = {each.unit: each.n for each in sums}
    rows = [
        (u.code, u.valid_from, u.name, u.n_population, u.n_issued, u.n_respondents)
        + (u.n_ineligible, n[u.key])
        for u in inputs.units
    ]
    return files.csv_bytes(UNIT_COLUMNS, rows)


def verified(inputs: Inputs) -> bytes:
    """Points that the inspectors gave, one line a unit and sub-criterion."""
    rows = [
        (u.code, u.valid_from, leaf, files.NOT_APPLICABLE if points is None else float(points))
        for u in inputs.units
        for leaf, points in sorted((u.verified or {}).items())
    ]
    return files.csv_bytes(VERIFIED_COLUMNS, rows)


def frame(counts: Iterable[tuple[str, str, int]]) -> bytes:
    """Dossiers of the frame by unit and field, the fields without a drawn case too."""
    return files.csv_bytes(FRAME_COLUMNS, sorted(counts))


def strata(inputs: weigh.Inputs) -> bytes:
    """Counts of the strata in which answers are stored: dossiers, cases in the field, chances."""
    rows = inputs.strata[list(STRATA_COLUMNS)].itertuples(index=False, name=None)
    return files.csv_bytes(STRATA_COLUMNS, [[_plain(value) for value in row] for row in rows])


def weights(inputs: weigh.Inputs, main: Inputs, whole: Inputs | None) -> bytes:
    """The rules of weighting and what each step of each run found."""

    def run(found: Inputs) -> dict[str, Any]:
        return {"run": found.weigh_run_id, "steps": found.steps, "populations": found.populations}

    return files.json_file(
        {
            "min_cell": inputs.min_cell,
            "field_order": inputs.field_order,
            "main": run(main),
            "with_excluded": run(whole) if whole else None,
        }
    )


def sums(shown: Sequence[UnitSums]) -> dict[str, bytes]:
    """``totals.csv``, ``sums.csv`` and ``covariance.csv`` of these units."""
    return {
        files.TOTALS: files.csv_bytes(
            TOTAL_COLUMNS,
            [(s.unit, s.n, float(s.n_effective), s.unweighted, int(s.complete)) for s in shown],
        ),
        files.SUMS: files.csv_bytes(
            SUM_COLUMNS,
            [
                (each.unit, name or ALL_ITEMS, float(each.score[i]), float(each.valid[i]))
                + (int(each.heard[i]), float(each.deff[i]))
                for each in shown
                for i, name in enumerate(each.names)
            ],
        ),
        files.COVARIANCE: files.csv_bytes(
            COVARIANCE_COLUMNS, (row for each in shown for row in _covariances(each))
        ),
    }


def _covariances(each: UnitSums):
    """The upper triangle; of all items together only the variance, which is all that is used."""
    for i, a in enumerate(each.names):
        for j in range(i, len(each.names)):
            b = each.names[j]
            if (a == OVERALL) == (b == OVERALL):
                yield each.unit, a or ALL_ITEMS, b or ALL_ITEMS, float(each.covariance[i, j])


def answers(
    responses: pd.DataFrame, values: pd.DataFrame, units: dict[Any, str], excluded: Sequence[str]
) -> bytes:
    """One line an answer without anything that tells when or by whom; sorted, so order is lost."""
    gone = set(excluded)
    items = [
        ["" if np.isnan(value) else int(value) for value in row]
        for row in values.loc[responses["id"]].to_numpy(dtype=float)
    ]
    rows = [
        (units[row.unit_id], row.stratum, float(row.probability), str(row.outcome))
        + (int(row.id in gone), *given)
        for row, given in zip(responses.itertuples(index=False), items, strict=True)
    ]
    lines = sorted(rows, key=lambda row: tuple(map(str, row)))
    return files.csv_bytes((*ANSWER_COLUMNS, *values.columns), lines)


def earlier(found: Earlier) -> bytes:
    """The table of the wave before, and how its units lie in this wave's."""
    spreads = {
        str(unit): {
            "shares": {str(new): share for new, share in spread.shares.items()},
            "unknown": sorted(spread.unknown),
            "lost": spread.lost,
        }
        for unit, spread in found.shares.old.items()
    }
    return files.json_file(
        {
            "table": found.table.to_dict(),
            "spreads": spreads,
            "order": list(found.shares.new),
            "old": {str(unit): [code, day.isoformat()] for unit, (code, day) in found.old.items()},
            "new": {str(unit): [code, day.isoformat()] for unit, (code, day) in found.new.items()},
            "names": {str(unit): found.names[unit] for unit in {*found.old, *found.new}},
            "units_on": found.units_on.isoformat(),
        }
    )


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
