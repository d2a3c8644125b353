"""How long people take, and on what: from counts that name no answer."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.domain import durations
from survey.domain.wave import Stream
from survey.services import definitions
from survey.store import paradata, waves

#: What is counted once for each submitted sheet, besides the times of its pages.
KINDS = ("device", "language", "entry", "attempts")


@dataclass(frozen=True, slots=True)
class PageTime:
    """One page of the form: ``titles`` of its first section, sheets that stayed on it, seconds."""

    name: str
    titles: Mapping[str, str]
    n: int
    median: float
    mean: float


@dataclass(frozen=True, slots=True)
class StreamTimes:
    """``minutes``: on average for a submitted sheet, all its pages together.

    Below ``least`` sheets there is nothing but ``n``: few times are somebody's.
    """

    stream: Stream
    n: int
    least: int
    minutes: float | None
    pages: tuple[PageTime, ...]
    #: Kind -> label -> sheets.
    of_sheets: Mapping[str, Mapping[str, int]]


def of_wave(session: Session, slug: str) -> list[StreamTimes]:
    """Both streams of a wave.  Raises NotFound."""
    wave = waves.get(session, slug)
    order = {
        section.name: (place, section.labels)
        for place, section in enumerate(definitions.of(wave.questionnaire).sections)
    }
    pages: dict[str, dict[str, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
    sheets: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for stream, kind, label, n in paradata.totals(session, wave.id):
        kind, _, section = kind.partition(":")
        if kind == "section":
            pages[stream][section][int(label)] += n
        elif kind in KINDS:
            sheets[stream][kind][label] += n
    least = wave.settings["min_shown"]
    return [_stream(each, pages[each], sheets[each], order, least) for each in Stream]


def _stream(
    stream: Stream,
    pages: Mapping[str, Counter[int]],
    sheets: Mapping[str, Counter[str]],
    order: Mapping[str, tuple[int, Mapping[str, str]]],
    least: int,
) -> StreamTimes:
    n = sum(sheets["attempts"].values()) if "attempts" in sheets else 0
    if n < max(least, 1):
        return StreamTimes(stream, n, least, None, (), {})
    rows = [
        PageTime(
            name,
            order.get(name, (0, {}))[1],
            sum(bins.values()),
            durations.median(bins) or 0.0,
            durations.mean(bins) or 0.0,
        )
        for name, bins in pages.items()
    ]
    rows.sort(key=lambda row: order.get(row.name, (len(order), {}))[0])
    minutes = sum(row.mean * row.n for row in rows) / n / 60
    return StreamTimes(stream, n, least, minutes, tuple(rows), sheets)
