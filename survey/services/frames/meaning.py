"""What the words and days of a row mean.  They repeat, so the caller remembers each answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from survey.domain import frame_cells, frame_quality
from survey.domain.frame_eligibility import Reason
from survey.domain.frame_fields import APPLICANTS, RESULTS
from survey.domain.frame_layout import Layout
from survey.services.frames.target import Target


class Words(NamedTuple):
    field: str | None
    channel: str | None
    applicant: str | None
    result_reason: str
    reason: str
    good: bool
    #: Field, channel and applicant are all there.
    complete: bool


class Days(NamedTuple):
    """Days as ISO text, the way the databases take them."""

    received: str | None
    due: str | None
    returned: str | None
    year: int | None
    reason: str
    signs: int
    good: bool


class Place(NamedTuple):
    unit_id: int
    reason: str
    #: "other": a unit that is not of this wave; "not_valid": no such unit on that day.
    fault: str
    good: bool


class Meaning:
    """Reads texts under one layout for one wave; works each out from the start."""

    def __init__(self, target: Target, layout: Layout) -> None:
        self.target, self.rule = target, target.rule
        self.month_first = layout.date_order == "mdy"
        self.known: Mapping[str, Mapping[str, Any]] = {
            "unit_code": target.units,
            "field": target.fields,
            "channel": target.channels,
            "applicant": APPLICANTS,
            "result": RESULTS,
        }
        self.own = {
            name: {w.casefold(): c.casefold() for w, c in layout.values.get(name, {}).items()}
            for name in self.known
        }

    def word(self, field: str, raw: str) -> Any:
        """What a word stands for, the layout's own words first; None if nobody knows."""
        word = frame_cells.clean(raw).casefold()
        return self.known[field].get(self.own[field].get(word, word)) if word else None

    def day(self, raw: str) -> date | None:
        return frame_cells.day(frame_cells.clean(raw), month_first=self.month_first)

    def birth_year(self, raw: str) -> int | None:
        return frame_cells.birth_year(frame_cells.clean(raw), month_first=self.month_first)

    def words(self, texts: tuple[str, str, str, str]) -> Words:
        names = ("field", "channel", "applicant", "result")
        found = [self.word(n, text) if text else None for n, text in zip(names, texts, strict=True)]
        good = all(each is not None for each, text in zip(found, texts, strict=True) if text)
        field, channel, applicant, result = found
        return Words(
            field,
            channel,
            applicant,
            self.rule.result_reason(result),
            self.rule.kind_reason(applicant, field, channel),
            good,
            None not in found[:3],
        )

    def days(self, texts: tuple[str, str, str], today: date) -> Days:
        received, due, returned = (self.day(text) if text else None for text in texts)
        good = all(
            (day is not None) or not text
            for day, text in zip((received, due, returned), texts, strict=True)
        ) and not any(day and received and day < received for day in (due, returned))
        return Days(
            *(day.isoformat() if day else None for day in (received, due, returned)),
            returned.year if returned else None,
            self.rule.day_reason(returned, self.target.window),
            frame_quality.day_signs(received, due, returned, today=today),
            good,
        )

    def place(self, texts: tuple[str, str]) -> Place:
        """The unit that a word meant on the day of the result."""
        unit, returned = texts
        spans = self.word("unit_code", unit) if unit else None
        day = self.day(returned) if returned else None
        if spans is None or day is None:
            return Place(0, "", "", spans is not None or not unit)
        another = False
        for since, until, unit_id in spans:
            if since <= day < until:
                if unit_id:
                    return Place(unit_id, "", "", True)
                another = True
        if self.rule.day_reason(day, self.target.window):
            return Place(0, "", "", True)
        if another and self.rule.other_units == "exclude":
            return Place(0, Reason.OTHER_UNIT.value, "", True)
        return Place(0, "", "other" if another else "not_valid", False)
