"""Where the figures of one unit came from, for its page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from survey.render.comparison import ComparisonRow
from survey.render.table import ResultRow, ResultTable, Text
from survey.services.results import results, shelf
from survey.services.results import standing as result_standing
from survey.services.results import unit as result_unit
from survey.services.results.listing import Rows
from survey.services.results.standing import ChannelLine, StandingLine
from survey.store.models import IndexDrivers, IndexRun, IndexTrace, WeighRun

#: The steps of a weights run by their stored names.
STEPS: Mapping[str, Text] = {
    "reserves": {"vi": "Hồ sơ dự phòng đã thả", "en": "Released reserves"},
    "base": {"vi": "Quyền số gốc: nghịch đảo xác suất chọn", "en": "Base: inverse probability"},
    "cells": {"vi": "Gộp ô quá ít phiếu", "en": "Cells of few answers merged"},
    "nonresponse": {"vi": "Hiệu chỉnh không trả lời", "en": "Non-response adjustment"},
    "poststratification": {
        "vi": "Hậu phân tầng theo số hồ sơ",
        "en": "Post-stratified to dossiers",
    },
}
RULES: Mapping[str, Text] = {
    "share": {"vi": "tỷ lệ hài lòng × điểm tối đa", "en": "share satisfied × maximum"},
    "options": {
        "vi": "điểm trung bình của phương án × tối đa",
        "en": "mean score × maximum",
    },
    "tiers": {"vi": "bậc thang theo tỷ lệ", "en": "tiers of the share"},
    "tt01": {"vi": "Thông tư 01/2018: 0–2 điểm", "en": "Circular 01/2018: 0–2 points"},
    "formula": {"vi": "công thức của bộ chỉ số", "en": "formula of the scheme"},
}


#: What stands for the unit's name in a question as it was put in all of them.
_ANY_UNIT = {"vi": "đơn vị", "en": "the unit"}


@dataclass(frozen=True, slots=True)
class TracePage:
    """``unit_code`` empty: of the whole wave.  ``with_excluded``: of the table from all answers."""

    table: ResultTable
    name: str
    unit_code: str
    valid_from: str
    content: Mapping[str, Any]
    leaves: Mapping[str, tuple[Mapping[str, Any], ...]]
    steps: tuple[Text, ...]
    #: Whether counts of very few people are shown: to the office alone.
    all_counts: bool
    withheld: bool
    #: The table was computed before traces were kept.
    missing: bool = False
    with_excluded: bool = False
    #: Whether the same figures exist from other answers too: all of them, or without some.
    has_other: bool = False
    #: How the ranking was made, and the unit's place in it; None without one.
    ranking: Mapping[str, Any] | None = None
    standing: StandingLine | None = None
    #: Names of the units that cannot be told apart from this one.
    tied: tuple[str, ...] = ()
    change: ChangeTrace | None = None
    #: Of the whole wave alone.
    channels: tuple[ChannelLine, ...] = ()
    drivers: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ChangeTrace:
    """The comparison with the wave before: its row, its cells in words, what it rests on."""

    row: ComparisonRow
    cells: Mapping[str, str]
    statement: str
    slug: str


def page(
    session: Session,
    slug: str,
    code: str,
    since: str,
    language: str,
    *,
    private: bool,
    with_excluded: bool = False,
) -> TracePage | None:
    """The trace of a unit of the shown table, of all of them with an empty ``code``.

    None where there is no such unit, table or variant.  Who may see the wave has been asked
    before.  Raises NotFound.
    """
    shown = results.shown(session, slug)
    if shown is None:
        return None
    run, table = shown
    has_other = shelf.has_excluded(session, run)
    if with_excluded and not has_other:
        return None
    which = shelf.table(session, run, with_excluded)
    row = _row(shelf.rows(session, run, with_excluded), which, code, since)
    if row is None:
        return None
    key = f"{code}@{since}" if code else ""
    stored = session.get(IndexTrace, (run.id, key + ("+" if with_excluded else "")))
    # A table may withhold later what was computed before.
    withheld = bool(row.suppressed) or stored is None
    content: Mapping[str, Any] = stored.content if stored else {}
    if row.suppressed and content.get("satisfaction"):
        content = {}
    leaves: dict[str, list[Mapping[str, Any]]] = {}
    for leaf in content.get("leaves", ()):
        leaves.setdefault(leaf["area"], []).append(_worded(leaf, row.name))
    beside = {} if stored is None or with_excluded else _beside(session, run, table, row, language)
    return TracePage(
        table=table,
        name=row.name,
        unit_code=code,
        valid_from=since,
        content=content,
        leaves={area: tuple(found) for area, found in leaves.items()},
        steps=_steps(session, content["weights"]["run"]) if content else (),
        all_counts=private,
        withheld=withheld,
        missing=stored is None and not row.suppressed,
        with_excluded=with_excluded,
        has_other=has_other,
        **beside,
    )


def _row(rows: Rows, table: ResultTable, code: str, since: str) -> ResultRow | None:
    return rows.find(code, since) if code else table.whole


def _beside(
    session: Session, run: IndexRun, table: ResultTable, row: ResultRow, language: str
) -> dict[str, Any]:
    """What was computed beside the table: ranks, chances, the wave before, channels, drivers."""
    standing = result_standing.of_run(session, run)
    if not row.unit_code:
        stored = session.get(IndexDrivers, run.id)
        return {
            "ranking": standing,
            "channels": result_standing.channels(standing, language) if standing else (),
            "drivers": stored.content if stored else None,
        }
    if row.suppressed:
        line = standing and result_standing.line(row, standing, language)
        return {"ranking": standing, "standing": line}
    change = result_unit.before(session, run, table, row, language)
    found: dict[str, Any] = {
        "ranking": standing,
        "change": change and ChangeTrace(*change, table.before.wave_slug),
    }
    if standing:
        own = result_standing.key(row)
        groups = [group for group in standing["groups"] if own in group]
        names = shelf.rows(session, run, False).names
        found |= {
            "standing": result_standing.line(row, standing, language),
            "tied": tuple(dict.fromkeys(names[u] for group in groups for u in group if u != own)),
        }
    return found


def _worded(leaf: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A leaf with the words of its rule, and of its questions as they were put in this unit."""
    kind = leaf["rule"].get("kind", "")
    rule = RULES.get(kind, {"vi": kind, "en": kind})
    items = [
        item
        | {
            "words": {
                lang: item["text"].get(lang, item["name"]).replace("${unit_name}", name or unit)
                for lang, unit in _ANY_UNIT.items()
            }
        }
        for item in leaf.get("items", ())
    ]
    return {**leaf, "words": rule, "items": items, "tiers": leaf["rule"].get("tiers", ())}


def _steps(session: Session, run_id: int) -> tuple[Text, ...]:
    names = [step["name"] for step in session.get_one(WeighRun, run_id).steps]
    return tuple(STEPS.get(name, {"vi": name, "en": name}) for name in names)
