"""What a frame is checked against: the wave, its units on each day, its words and its rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.frame_cells import phone_number
from survey.domain.frame_eligibility import Eligibility
from survey.domain.text import clean_line
from survey.errors import Conflict
from survey.services.households import plan as rounds
from survey.store import units, waves
from survey.store.models import Unit, Wave

#: A unit's first day, the first day without it, its row in the register (0: not of this wave).
Span = tuple[date, date, int]
FOR_EVER = date.max


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    wave_id: int
    slug: str
    synthetic: bool
    window: tuple[date, date]
    delete_after: date
    rule: Eligibility
    #: Code or name without case -> the units it meant, each with its days.
    units: Mapping[str, tuple[Span, ...]]
    fields: Mapping[str, str]
    channels: Mapping[str, str]
    official_phones: frozenset[str]
    settings: Mapping[str, Any] = field(default_factory=dict)


def of(session: Session, slug: str) -> Target:
    """Raises NotFound; Conflict once a plan rests on the wave's frame; InvalidInput (the rule)."""
    wave = rounds.dossier_wave(session, slug)
    refuse_if_planned(session, wave)
    return Target(
        wave_id=wave.id,
        slug=slug,
        synthetic=wave.synthetic,
        window=(wave.window_from, wave.window_to),
        delete_after=wave.closes_on + timedelta(days=wave.settings["retention_days"]),
        rule=Eligibility.of(wave.settings),
        units=_units(session, wave),
        fields=_names(wave.settings["fields"]),
        channels=_names(wave.settings["channels"]),
        official_phones=frozenset({phone_number(wave.contact)} - {""}),
        settings=wave.settings,
    )


def refuse_if_planned(session: Session, wave: Wave) -> None:
    if waves.plan_of(session, wave.id) is not None:
        raise Conflict(
            "Đợt “%(slug)s” đã có phương án mẫu; không thay được danh sách hồ sơ nữa.",
            code="frame.plan_exists",
            slug=wave.slug,
        )


def _units(session: Session, wave: Wave) -> dict[str, tuple[Span, ...]]:
    of_wave = {unit.id for unit in units.of_wave(session, wave.id)}
    spans: dict[str, list[Span]] = {}
    for unit in session.scalars(select(Unit)):
        until = unit.valid_to or FOR_EVER
        mine = unit.id if unit.id in of_wave else 0
        name = clean_line(unit.name).casefold()
        for word in (unit.code.casefold(), name, f"ubnd {name}", f"ủy ban nhân dân {name}"):
            spans.setdefault(word, []).append((unit.valid_from, until, mine))
    return {word: tuple(found) for word, found in spans.items()}


def _names(catalogue: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Every name an entry is known by, without case -> its code."""
    return {
        name.casefold(): code
        for code, titles in catalogue.items()
        for name in (code, *titles.values())
    }
