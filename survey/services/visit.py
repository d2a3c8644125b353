"""Where one visitor stands: one round trip, read the same way by every step of a visit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from forms import pages
from forms.model import Questionnaire
from forms.pages import Layout
from survey.domain import assessed
from survey.domain.calendar import local_day, local_minute
from survey.services import definitions, entry
from survey.services.entry import Entry, Refusal
from survey.store import visits


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whom a cookie remembers: a case or a desk.

    ``draft_id``: the browser's draft, or the one that it would begin; a case that has a draft keeps
    to that.
    """

    kind: str
    id: int
    draft_id: str


@dataclass(frozen=True)
class Visit:
    """A visit that may go on, as the database has it now."""

    visitor: Visitor
    row: Row
    definition: Questionnaire
    settings: Mapping[str, Any]
    context: Mapping[str, str]
    entry: Entry
    #: The version that is answered.
    questionnaire_id: int

    @cached_property
    def layout(self) -> Layout:
        return Layout(self.settings.get("layout", Layout.JOINED))

    @property
    def has_draft(self) -> bool:
        return self.row.draft_id is not None

    @property
    def answers(self) -> dict[str, Any]:
        return self.row.answers or {}

    @property
    def visited(self) -> list[str]:
        """Sections that were sent at least once."""
        return self.row.visited or []

    @cached_property
    def path(self) -> tuple[pages.Page, ...]:
        return self.pages_with(self.answers)

    def pages_with(self, answers: Mapping[str, Any]) -> tuple[pages.Page, ...]:
        """The pages that apply once these answers are in."""
        return pages.path(self.definition, self.layout, answers, self.context)


def find(session: Session, visitor: Visitor, *, now: datetime) -> Visit | Refusal | None:
    """Where a visitor stands, or why nothing can be done.  None: what the cookie says is gone."""
    row = visits.find(session, visitor.kind, visitor.id, visitor.draft_id)
    if row is None:
        return None
    if row.answered:
        return Refusal("spent", facts={"synthetic": row.synthetic})
    refusal = entry.closed_or_early(row, now)
    if refusal is not None:
        return refusal
    return visit_of(session, visitor, row, now=now)


def visit_of(
    session: Session,
    visitor: Visitor,
    row: Row,
    *,
    now: datetime,
    version: tuple[int, str] | None = None,
) -> Visit:
    """The visit of a row that ``survey.store.visits.find`` gave.

    ``version``: number and digest of another version of the wave's than the row names.
    """
    number, sha256 = version or (row.questionnaire_id, row.questionnaire_sha256)
    settings = _settings(row.settings)
    definition = definitions.of_digest(session, number, sha256)
    seed = row.draft_id or visitor.draft_id
    units = assessed_units(row, definition, settings, seed)
    return Visit(
        visitor,
        row,
        definition,
        settings,
        {
            "unit_name": row.unit_name,
            "case_field": row.stratum,
            "case_channel": row.channel,
            "today": local_day(now).isoformat(),
            "now": local_minute(now),
            "order_seed": seed,
            **{slot: unit["name"] for slot, unit in units.items()},
        },
        entry.of_row(row, settings, kind=visitor.kind, id_=visitor.id),
        number,
    )


def assessed_units(
    row: Row, definition: Questionnaire, settings: Mapping[str, Any], seed: str
) -> dict[str, Mapping[str, Any]]:
    """The units that this visitor is asked to assess; none on most questionnaires."""
    if assessed.SETTING not in settings:
        return {}
    names = assessed.slots([variable.name for variable in definition.variables])
    return assessed.chosen(settings, names, own=row.unit_id, seed=seed)


@lru_cache(maxsize=64)
def _settings(text: str) -> Mapping[str, Any]:
    return json.loads(text)
