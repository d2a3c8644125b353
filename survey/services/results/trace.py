"""Where the figures of one unit came from, for its page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from survey.render.table import ResultTable, Text
from survey.services.results import results
from survey.store.models import IndexTrace, WeighRun

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


@dataclass(frozen=True, slots=True)
class TracePage:
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


def page(session: Session, slug: str, code: str, since: str, *, private: bool) -> TracePage | None:
    """The trace of a unit of the shown table; None where there is no such unit.

    Who may see the wave has been asked before.  Raises NotFound.
    """
    shown = results.shown(session, slug)
    if shown is None:
        return None
    run, table = shown
    row = next((r for r in table.rows if (r.unit_code, str(r.valid_from)) == (code, since)), None)
    if row is None:
        return None
    stored = session.get(IndexTrace, (run.id, f"{code}@{since}"))
    # A table may withhold later what was computed before.
    withheld = bool(row.suppressed) or stored is None
    content: Mapping[str, Any] = {} if withheld else stored.content
    leaves: dict[str, list[Mapping[str, Any]]] = {}
    for leaf in content.get("leaves", ()):
        leaves.setdefault(leaf["area"], []).append(_worded(leaf, row.name))
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
    )


def _worded(leaf: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A leaf with the words of its rule, and of its questions as they were put in this unit."""
    kind = leaf["rule"].get("kind", "")
    rule = RULES.get(kind, {"vi": kind, "en": kind})
    items = [
        item
        | {
            "words": {
                lang: item["text"].get(lang, item["name"]).replace("${unit_name}", name)
                for lang in ("vi", "en")
            }
        }
        for item in leaf.get("items", ())
    ]
    return {**leaf, "words": rule, "items": items, "tiers": leaf["rule"].get("tiers", ())}


def _steps(session: Session, run_id: int) -> tuple[Text, ...]:
    names = [step["name"] for step in session.get_one(WeighRun, run_id).steps]
    return tuple(STEPS.get(name, {"vi": name, "en": name}) for name in names)
