"""The table as a JSON document for everybody, and the JSON Schema that it keeps to."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from survey.render.table import ResultTable
from survey.services.results import results, shelf
from survey.services.results import standing as result_standing

SCHEMA = Path(__file__).parents[2] / "data" / "open-data" / "results.schema.json"
#: Grows when a reader of the document before could misread this one.
VERSION = 1
#: Ten figures: more than any estimate has, fewer than the noise of binary fractions.
_FIGURES = 10


@cache
def schema() -> bytes:
    """The schema of the document, JSON Schema 2020-12."""
    return SCHEMA.read_bytes()


def document(session: Session, slug: str, *, schema: str) -> bytes | None:
    """The shown table of a wave as UTF-8 JSON; None where there is none.  Raises NotFound.

    Who may see the wave has been asked before.
    """
    shown = results.shown(session, slug)
    if shown is None:
        return None
    run, table = shown
    before = table.before is not None
    standing = result_standing.of_run(session, run)

    def make() -> bytes:
        other = None
        if shelf.has_excluded(session, run):
            other = shelf.table(session, run, with_excluded=True)
        return _encoded(_document(table, other, schema) | {"standing": standing})

    return shelf.kept(session, run, ("json", before, schema), make)


def _encoded(content: dict[str, Any]) -> bytes:
    return json.dumps(_rounded(content), ensure_ascii=False, separators=(",", ":")).encode()


def _document(table: ResultTable, other: ResultTable | None, schema: str) -> dict[str, Any]:
    data = table.to_dict()
    kept = (
        "organisation", "synthetic", "level", "min_respondents", "run_id", "scheme_title",
        "scheme_sha256", "sample_seed", "computed_on", "fieldwork_from", "fieldwork_to",
        "n_excluded", "concepts", "areas", "method", "notes", "sources",
    )  # fmt: skip
    return {
        "$schema": schema,
        "version": VERSION,
        "wave": data["wave_slug"],
        "title": data["wave_title"],
        **{name: data[name] for name in kept},
        "units": data["rows"],
        "whole": data["whole"],
        "with_excluded": other and _variant(other),
        "before": data["before"],
    }


def _variant(table: ResultTable) -> dict[str, Any]:
    data = table.to_dict()
    return {"units": data["rows"], "whole": data["whole"]}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(format(value, f".{_FIGURES}g"))
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list) else value
