"""What stands beside a released table: ranks, chances of bands, ties, traces, key drivers.

Ranks and traces are computed again with the table.  Item counts need the answers, and so does the
second table's trace: the public file's are taken as signed.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms import canonical
from survey.domain.cell_differences import same
from survey.render import release_files as files
from survey.render.table import ResultTable
from survey.services.composition import few_people, key_drivers, standing, tracing, weighted_answers
from survey.services.composition.beside_table import Sums
from survey.services.composition.publish import Inputs
from survey.services.release.differing import Differs
from survey.services.release.reading import Release
from survey.store.models import IndexDrivers, IndexStanding, IndexTrace

#: What of a trace needs the answers themselves.
_OF_ANSWERS = ("items", "cells", "spread")
#: Of the standing: how answers came is in no file.
_OF_CHANNELS = "channels"


@dataclass(frozen=True, slots=True)
class Again:
    """A table computed again, with what it was computed from."""

    inputs: Inputs
    sums: Sums
    table: ResultTable


def of_run(session: Session, index_run_id: int) -> dict[str, bytes]:
    """The files of one computed table; counts of few people are left out."""
    found: dict[str, bytes] = {}
    stands = session.get(IndexStanding, index_run_id)
    if stands is not None:
        found[files.STANDING] = files.json_file(stands.content)
    drivers = session.get(IndexDrivers, index_run_id)
    if drivers is not None:
        found[files.DRIVERS] = files.json_file(drivers.content)
    rows = session.execute(
        select(IndexTrace.unit, IndexTrace.content)
        .where(IndexTrace.index_run_id == index_run_id)
        .order_by(IndexTrace.unit)
    )
    traces = {unit: few_people.redacted(content) for unit, content in rows}
    if traces:
        found[files.TRACES] = files.json_file(traces)
    return found


def compare(release: Release, main: Again, other: Again | None) -> int:
    """Number of figures found as published.  Raises Differs with the first that is not."""
    n = 0
    if files.STANDING in release.content:
        made = standing.compute(main.inputs, main.sums[0], main.table)
        published = release.json(files.STANDING)
        made[_OF_CHANNELS] = published[_OF_CHANNELS]
        n += _compare(files.STANDING, published, made)
    if files.TRACES in release.content:
        n += _compare_traces(release, main, other)
    if files.DRIVERS in release.content and release.is_full:
        n += _compare_drivers(release, main)
    return n


def _compare_traces(release: Release, main: Again, other: Again | None) -> int:
    published = release.json(files.TRACES)
    definition = canonical.from_json(release.content[files.QUESTIONNAIRE].decode())
    texts = tracing.texts(definition)
    made = tracing.compute(main.inputs, main.sums, main.table, texts)
    if not release.is_full:
        own = {unit: t for unit, t in published.items() if not _is_other(unit)}
        return _compare(files.TRACES, _coarse(own), _coarse(made))
    others = {}
    if other is not None:
        others = tracing.compute(other.inputs, other.sums, other.table, texts)
    few_people.mark(made, others, tracing.WHOLE, main.inputs.wave["min_people"])
    made |= {unit + tracing.WITH_EXCLUDED: trace for unit, trace in others.items()}
    again = {unit: few_people.redacted(trace) for unit, trace in made.items()}
    return _compare(files.TRACES, published, again)


def _compare_drivers(release: Release, main: Again) -> int:
    """Where the overall question is one of the table's, so that its answers are in the file."""
    definition = canonical.from_json(release.content[files.QUESTIONNAIRE].decode())
    asked = weighted_answers.items(definition, [key_drivers.OVERALL])[key_drivers.OVERALL]
    rows = main.inputs.respondents
    if not asked or asked[0] not in rows:
        return 0
    made = key_drivers.compute(main.inputs, rows, asked[0])
    return _compare(files.DRIVERS, release.json(files.DRIVERS), made)


def _is_other(unit: str) -> bool:
    return unit.endswith(tracing.WITH_EXCLUDED)


def _coarse(part: Any) -> Any:
    """Without what needs the answers."""
    if isinstance(part, Mapping):
        return {name: _coarse(each) for name, each in part.items() if name not in _OF_ANSWERS}
    return [_coarse(each) for each in part] if isinstance(part, list | tuple) else part


def _compare(name: str, published: Any, made: Any) -> int:
    n = 0
    ours, theirs = dict(_leaves(published)), dict(_leaves(made))
    for place in dict.fromkeys((*ours, *theirs)):
        if (place in ours) != (place in theirs) or not same(ours[place], theirs[place]):
            raise Differs(
                "%(file)s, %(place)s: có “%(found)s”, tính lại được “%(expected)s”.",
                file=name, place=" › ".join(place), found=ours.get(place),
                expected=theirs.get(place),
            )  # fmt: skip
        n += 1
    return n


def _leaves(part: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(part, Mapping):
        for name, each in part.items():
            yield from _leaves(each, (*path, str(name) or "whole"))
    elif isinstance(part, list | tuple):
        for i, each in enumerate(part, start=1):
            inner = each.get("id", each.get("name", i)) if isinstance(each, Mapping) else i
            yield from _leaves(each, (*path, str(inner)))
    elif part is not None:
        yield path, part
