"""The life of a wave: planned, open to answers, closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any


class WaveState(StrEnum):
    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"


class Stream(StrEnum):
    """Where an answer came from; the two are never pooled."""

    PROBABILITY = "probability"
    OPEN = "open"


def stratum_id(unit_code: str, valid_from: object, field: str) -> str:
    """Name of a stratum; the date is part of it because unit codes are reused."""
    return f"{unit_code}@{valid_from}/{field}"


#: Setting of a wave: "none" for a year in which nobody is asked.
SURVEY, NO_SURVEY = "survey", "none"


def is_surveyed(settings: Mapping[str, Any]) -> bool:
    """Whether the wave asks people, or is composed of verified points alone."""
    return settings.get(SURVEY) != NO_SURVEY


MOVES = {
    WaveState.PLANNED: frozenset({WaveState.OPEN}),
    WaveState.OPEN: frozenset({WaveState.CLOSED}),
    WaveState.CLOSED: frozenset({WaveState.OPEN}),
}


def reception(state: WaveState, opens_on: date, closes_on: date, today: date) -> str:
    """Say whether a wave takes answers today: "open", "not_open_yet" or "closed"."""
    if state is WaveState.CLOSED or today > closes_on:
        return "closed"
    if state is WaveState.PLANNED or today < opens_on:
        return "not_open_yet"
    return "open"
