"""What goes with the data files of a package: codebook, script and the figures it compares with."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from analysis.estimation.replicaterows import ReplicateRows
from survey.render.microdata import rscript
from survey.services.microdata import codebooks
from survey.services.microdata.source import Source

if TYPE_CHECKING:
    from survey.services.microdata.files import Export

_FIGURES = (
    *("n_effective", "satisfaction", "satisfaction_se", "satisfaction_low", "satisfaction_high"),
    *("unweighted", "survey_points", "verified_points", "total", "total_se", "total_low"),
    *("total_high", "denominator", "index_percent"),
)
#: Figures that only a composed row has; of the whole wave or an uncomposed unit they are empty.
_COMPOSED = _FIGURES[6:]


def all_of(export: Export) -> Iterator[tuple[str, bytes]]:
    """Name and content of every file that goes with the data."""
    yield from codebooks.of_export(export)
    if export.rows.replicates is not None:
        yield "replicates.csv", _replicates(export.rows.replicates)
    if export.order.script:
        yield from _script(export)
    if export.facts.steps and not export.order.public:
        yield "weights.json", _history(export.facts)


def _history(facts: Source) -> bytes:
    """Every step of the weights with its figures: classes, factors, what was joined and why."""
    told = {"run": facts.run_id, "cells": facts.cell_number, "steps": facts.steps}
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def _script(export: Export) -> Iterator[tuple[str, bytes]]:
    facts = export.facts
    yield "index-leaves.csv", _leaves(facts)
    yield "index-items.csv", _items(facts)
    yield "verified.csv", _verified(facts)
    yield "published.csv", _published(facts)
    made = export.rows.replicates
    text = rscript.script(
        title=export.title,
        about=f"{facts.slug}, weights run {facts.run_id}, {facts.organisation}",
        data=f"{facts.slug}.csv",
        level=(facts.table or {}).get("level", 0.95),
        decimals=facts.scheme.decimals,
        rounding=facts.scheme.rounding,
        replicate_scale=made.scale if made else None,
        at_home=bool(facts.areas),
    )
    yield "analyse.R", text.encode()


def _leaves(facts: Source) -> bytes:
    heading = ["area", "leaf", "source", "concept", "max", *(f"score_{k}" for k in range(1, 6))]
    rows = []
    for area in facts.scheme.areas:
        for leaf in area.leaves:
            own = leaf.rule.get("weights", {}) if leaf.rule.get("kind") == "options" else {}
            scores = [own.get(str(k), "") for k in range(1, 6)]
            rows.append(
                [area.id, leaf.id, leaf.source, leaf.concept, repr(leaf.max_points), *scores]
            )
    return _csv(heading, rows)


def _items(facts: Source) -> bytes:
    """The rating questions behind each criterion of the survey, as columns of the file."""
    asked = {leaf.concept for leaf in facts.scheme.survey_leaves}
    name_of = {variable.question.name: variable.name for variable in facts.variables}
    rows = [
        [question.concept, name_of[question.name]]
        for question in facts.definition
        if question.is_rating and question.concept in asked
    ]
    return _csv(["concept", "variable"], rows)


def _verified(facts: Source) -> bytes:
    rows = [
        [*key.split("@"), leaf, "" if points is None else repr(points)]
        for key, of_unit in facts.verified.items()
        for leaf, points in of_unit.items()
    ]
    return _csv(["unit", "unit_from", "leaf", "points"], rows)


def _published(facts: Source) -> bytes:
    """The stored table with all its digits; what was withheld stays empty."""
    table = facts.table or {"rows": [], "whole": None}
    leaves = [leaf.id for leaf in facts.scheme.survey_leaves]
    areas = [area.id for area in facts.scheme.areas]
    heading = ["unit", "unit_from", "name", *_FIGURES]
    heading += [f"{kind}.{leaf}" for leaf in leaves for kind in ("satisfaction", "points")]
    heading += [f"area.{area}" for area in areas]
    rows = [_row(row, leaves, areas) for row in [*table["rows"], table["whole"]] if row]
    return _csv(heading, rows)


def _row(row: dict[str, Any], leaves: Sequence[str], areas: Sequence[str]) -> list[str]:
    composed = row["total"] is not None
    figures = [row[name] if composed or name not in _COMPOSED else None for name in _FIGURES]
    concepts = {score["id"]: score for score in row["concepts"]}
    figures += [
        concepts.get(leaf, {}).get(kind) for leaf in leaves for kind in ("satisfaction", "points")
    ]
    points = {score["id"]: score["points"] for score in row["areas"]}
    figures += [points.get(area) for area in areas]
    shown = ["" if figure is None else repr(figure) for figure in figures]
    return [row["unit_code"], row["valid_from"] or "", row["name"], *shown]


def _replicates(made: ReplicateRows) -> bytes:
    rows = [
        [f"rw_{r}", repr(made.scale), repr(float(spread))]
        for r, spread in enumerate(made.rscales, 1)
    ]
    return _csv(["replicate", "scale", "rscale"], rows)


def _csv(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(heading)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")
