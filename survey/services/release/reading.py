"""The files of a release, read back into what the computation takes.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from analysis.index.scheme import Scheme
from analysis.index.unit_sums import OVERALL, UnitSums, silent
from survey.domain.disposition import RESPONDED, Outcome
from survey.domain.succession import Spread
from survey.render import release_files as files
from survey.render.release_files import Unreadable, csv_rows
from survey.render.table import ResultTable
from survey.services import weigh
from survey.services.composition.publish import GroupSums, Inputs
from survey.services.composition.rows import UnitFacts
from survey.services.composition.succession import Shares
from survey.services.composition.year_on_year import Earlier
from survey.services.release import content


@dataclass(frozen=True, slots=True)
class Release:
    """A release's files, its manifest and its table, read but not judged."""

    content: Mapping[str, bytes]
    manifest: dict[str, Any]
    table: dict[str, Any]
    facts: dict[str, Any]
    scheme: Scheme
    units: list[UnitFacts]
    #: Respondents with a valid answer, of every unit.
    n_answered: dict[str, int]

    @property
    def is_full(self) -> bool:
        return files.ANSWERS in self.content

    @property
    def concepts(self) -> dict[str, list[str]]:
        """Concept -> its items, in the order of the scheme."""
        return {name: list(items) for name, items in self.facts["concepts"]}

    @property
    def computed_at(self) -> datetime:
        return datetime.fromisoformat(self.facts["computed_at"])

    def json(self, name: str) -> dict[str, Any]:
        return _json(self.content, name)


def read(found: Mapping[str, bytes]) -> Release:
    """Raises Unreadable for a file that is missing or is not what it should be."""
    manifest = manifest_of(found)
    facts = _json(found, files.FACTS)
    try:
        scheme = Scheme.from_toml(_bytes(found, files.SCHEME).decode("utf-8"))
        units, n_answered = _units(found, facts)
    except (ValueError, KeyError, TypeError) as fault:
        raise Unreadable("Không đọc được nội dung: %(fault)s", fault=fault) from None
    return Release(found, manifest, _json(found, files.TABLE), facts, scheme, units, n_answered)


def manifest_of(found: Mapping[str, bytes]) -> dict[str, Any]:
    """Raises Unreadable."""
    manifest = _json(found, files.MANIFEST)
    if manifest.get("format") != files.FORMAT or not isinstance(manifest.get("files"), dict):
        raise Unreadable("%(file)s không có dạng %(form)s.", file=files.MANIFEST, form=files.FORMAT)
    return manifest


def inputs(release: Release, respondents: pd.DataFrame, run: Mapping[str, Any]) -> Inputs:
    """What `publish.compute` takes, with these weighted answers of one run."""
    facts = release.facts
    days = tuple(date.fromisoformat(day) for day in facts["fieldwork"])
    return Inputs(
        wave={**facts, "id": 0, "scheme_id": 0, "fieldwork": days},
        scheme=release.scheme,
        units=release.units,
        respondents=respondents,
        concepts=release.concepts,
        others=_others(release),
        populations=run["populations"],
        steps=run["steps"],
        weigh_run_id=run["run"],
        verified_set_id=None,
        n_excluded=facts["n_excluded"],
        with_excluded=facts["weigh_run_with_excluded"],
        earlier=_earlier(release),
    )


def _others(release: Release) -> tuple[GroupSums, ...]:
    """What other groups' waves added up to, as published: their answers are no part of a bundle."""
    named = release.facts["others"]
    if not named:
        return ()
    found, whole = unit_sums(release)
    return tuple(GroupSums(group, slug, n, tuple(found), whole) for group, slug, n in named)


def unit_sums(release: Release) -> tuple[list[UnitSums], UnitSums]:
    """The published sums, a unit without any as one that nobody answered for; and the whole."""
    names = (*dict.fromkeys(leaf.asked for leaf in release.scheme.survey_leaves), OVERALL)
    totals = {row["unit"]: row for row in _rows(release, files.TOTALS, content.TOTAL_COLUMNS)}
    empty = {name: silent(name, names) for name in totals}
    sums = {name: _filled(empty[name], row) for name, row in totals.items()}
    place = {name or content.ALL_ITEMS: i for i, name in enumerate(names)}
    for row in _rows(release, files.SUMS, content.SUM_COLUMNS):
        made, i = sums[row["unit"]], place[row["concept"]]
        made.score[i], made.valid[i] = float(row["score"]), float(row["valid"])
        made.heard[i], made.deff[i] = int(row["heard"]), float(row["deff"])
    for row in _rows(release, files.COVARIANCE, content.COVARIANCE_COLUMNS):
        i, j = place[row["concept_a"]], place[row["concept_b"]]
        matrix = sums[row["unit"]].covariance
        matrix[i, j] = matrix[j, i] = float(row["covariance"])
    found = [
        sums.get(unit.key) or replace(silent(unit.key, names), n=release.n_answered[unit.key])
        for unit in release.units
    ]
    return found, sums[""]


def weigh_inputs(release: Release, *, with_excluded: bool) -> tuple[weigh.Inputs, pd.DataFrame]:
    """What `weigh.compute` takes, and the items of the same answers by their number."""
    rows = _rows(release, files.ANSWERS, content.ANSWER_COLUMNS)
    items = [item for names in release.concepts.values() for item in names]
    # Named, for the file of a year without a survey has a heading alone.
    table = pd.DataFrame(rows, columns=[*dict.fromkeys((*content.ANSWER_COLUMNS, *items))])
    table["id"] = [str(i) for i in range(len(table))]
    values = table[items].replace("", np.nan).astype(float).set_index(table["id"])
    gone = table["excluded"] == "1"
    kept = table if with_excluded else table[~gone]
    responses = pd.DataFrame(
        {
            "id": kept["id"],
            "unit_id": kept["unit"],
            "stratum": kept["stratum"],
            "probability": kept["probability"].astype(float),
            "outcome": kept["outcome"],
        }
    )
    rules = release.json(files.WEIGHTS)
    return (
        weigh.Inputs(
            strata(release),
            responses.reset_index(drop=True),
            rules["min_cell"],
            rules["field_order"],
            () if with_excluded else tuple(table.loc[gone, "id"]),
        ),
        values.assign(eligible=table["outcome"].isin(_RESPONDED).to_numpy()),
    )


def strata(release: Release) -> pd.DataFrame:
    """The strata with numbers as numbers; a unit's key stands for its row's number."""
    rows = _rows(release, files.STRATA, content.STRATA_COLUMNS)
    table = pd.DataFrame(rows, columns=list(content.STRATA_COLUMNS))
    for name in content.STRATA_COLUMNS[2:]:
        table[name] = table[name].astype(float if name in _FRACTIONS else int)
    return table.assign(unit_id=table["unit"])


_FRACTIONS = ("drawn", "probability", "enlarged")


def unit_counts(release: Release, *, with_excluded: bool = False) -> dict[str, Counter]:
    """What the lines of other files add up to, by column of ``units.csv`` and by unit."""
    found = {"n_population": Counter(), "n_issued": Counter()}
    for row in _rows(release, files.FRAME, content.FRAME_COLUMNS):
        found["n_population"][row["unit"]] += int(row["dossiers"])
    for row in _rows(release, files.STRATA, content.STRATA_COLUMNS):
        found["n_issued"][row["unit"]] += int(row["n_issued"])
    if not release.is_full:
        return found
    found |= {"n_respondents": Counter(), "n_ineligible": Counter()}
    for row in _rows(release, files.STRATA, content.STRATA_COLUMNS):
        found["n_ineligible"][row["unit"]] += int(row["n_ineligible"])
    for row in _rows(release, files.ANSWERS, content.ANSWER_COLUMNS):
        if with_excluded or row["excluded"] == "0":
            found["n_respondents"][row["unit"]] += row["outcome"] in _RESPONDED
            found["n_ineligible"][row["unit"]] += row["outcome"] == Outcome.INELIGIBLE
    return found


def frame_strata(release: Release) -> dict[str, int]:
    """Dossiers of the frame by stratum as the plan names it."""
    rows = _rows(release, files.FRAME, content.FRAME_COLUMNS)
    return {f"{row['unit']}/{row['field']}": int(row["dossiers"]) for row in rows}


_RESPONDED = frozenset(str(outcome) for outcome in RESPONDED)


def _units(
    found: Mapping[str, bytes], facts: Mapping[str, Any]
) -> tuple[list[UnitFacts], dict[str, int]]:
    points: dict[str, dict[str, float | None]] = {}
    verified = csv_rows(files.VERIFIED, _bytes(found, files.VERIFIED), content.VERIFIED_COLUMNS)
    for row in verified:
        value = None if row["points"] == files.NOT_APPLICABLE else float(row["points"])
        points.setdefault(f"{row['unit_code']}@{row['valid_from']}", {})[row["leaf"]] = value
    units, answered = [], {}
    for row in csv_rows(files.UNITS, _bytes(found, files.UNITS), content.UNIT_COLUMNS):
        key = f"{row['unit_code']}@{row['valid_from']}"
        answered[key] = int(row["n_answered"])
        units.append(
            UnitFacts(
                key=key,
                code=row["unit_code"],
                valid_from=date.fromisoformat(row["valid_from"]),
                name=row["name"],
                **{name: int(row[name]) for name in content.UNIT_COLUMNS[3:7]},
                verified=points.get(key) if facts["verified"] else None,
            )
        )
    return units, answered


def _filled(empty: UnitSums, row: Mapping[str, str]) -> UnitSums:
    def own(array: np.ndarray) -> np.ndarray:
        return array.copy()

    return replace(
        empty,
        n=int(row["n"]),
        n_effective=float(row["n_effective"]),
        unweighted=float(row["unweighted"]) if row["unweighted"] else None,
        complete=row["complete"] == "1",
        score=own(empty.score),
        valid=own(empty.valid),
        heard=own(empty.heard),
        deff=own(empty.deff),
        covariance=own(empty.covariance),
    )


def _earlier(release: Release) -> Earlier | None:
    if files.EARLIER not in release.content:
        return None
    data = release.json(files.EARLIER)

    def keys(name: str) -> dict[int, tuple[str, date]]:
        return {int(u): (code, date.fromisoformat(day)) for u, (code, day) in data[name].items()}

    spreads = {
        int(unit): Spread(
            {int(new): share for new, share in spread["shares"].items()},
            frozenset(spread["unknown"]),
            spread["lost"],
        )
        for unit, spread in data["spreads"].items()
    }
    return Earlier(
        ResultTable.from_dict(data["table"]),
        Shares(spreads, tuple(data["order"])),
        keys("old"),
        keys("new"),
        {int(unit): name for unit, name in data["names"].items()},
        date.fromisoformat(data["units_on"]),
    )


def _rows(release: Release, name: str, head: tuple[str, ...]) -> list[dict[str, str]]:
    return csv_rows(name, _bytes(release.content, name), head)


def _bytes(found: Mapping[str, bytes], name: str) -> bytes:
    if name not in found:
        raise Unreadable("Thiếu tệp %(file)s.", file=name)
    return found[name]


def _json(found: Mapping[str, bytes], name: str) -> dict[str, Any]:
    try:
        data = json.loads(_bytes(found, name))
    except ValueError:
        raise Unreadable("%(file)s không phải JSON.", file=name) from None
    if not isinstance(data, dict):
        raise Unreadable("%(file)s không phải JSON.", file=name)
    return data
