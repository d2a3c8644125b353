"""Contact attempts: what is logged of one, when a case has been tried enough, what it ends with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from survey.domain.calendar import LOCAL, local_day
from survey.domain.disposition import MEANINGS, Disposition
from survey.errors import Problem

MAX_NOTE = 200


class Mode(StrEnum):
    PHONE = "phone"
    VISIT = "visit"
    MESSAGE = "message"
    LETTER = "letter"


MODE_TITLES = {
    Mode.PHONE: {"vi": "Gọi điện", "en": "Phone call"},
    Mode.VISIT: {"vi": "Đến tận nơi", "en": "Visit"},
    Mode.MESSAGE: {"vi": "Tin nhắn SMS/Zalo", "en": "SMS or Zalo message"},
    Mode.LETTER: {"vi": "Thư", "en": "Letter"},
}
#: Modes in which somebody speaks with somebody.
PERSONAL = frozenset({Mode.PHONE, Mode.VISIT})

#: Results that end nothing: AAPOR has no final code for them.
AGREED, APPOINTMENT = "agreed", "appointment"
_TEMPORARY = {
    AGREED: {"vi": "Đồng ý, sẽ trả lời bằng phiếu mời", "en": "Agreed, will use the slip"},
    APPOINTMENT: {"vi": "Hẹn liên hệ lúc khác", "en": "Asked for another time"},
}

_ALL = frozenset(Mode)
#: Result of an attempt -> the modes in which it can occur.
MODES_OF: dict[str, frozenset[Mode]] = {
    AGREED: _ALL,
    APPOINTMENT: _ALL,
    Disposition.RESPONDENT_REFUSAL: _ALL,
    Disposition.OTHER_PERSON_REFUSAL: _ALL,
    Disposition.NON_CONTACT: PERSONAL,
    Disposition.AWAY: _ALL,
    Disposition.ANSWERING_DEVICE: frozenset({Mode.PHONE}),
    Disposition.DECEASED: _ALL,
    Disposition.INCAPABLE: _ALL,
    Disposition.LANGUAGE: PERSONAL,
    Disposition.OTHER_REASON: _ALL,
    Disposition.BUSY: frozenset({Mode.PHONE}),
    Disposition.NO_ANSWER: PERSONAL,
    Disposition.OUT_OF_REACH: frozenset({Mode.VISIT}),
    Disposition.NOT_LOCATED: frozenset({Mode.VISIT}),
    Disposition.NOTHING_RETURNED: frozenset({Mode.MESSAGE, Mode.LETTER}),
    Disposition.UNKNOWN_PERSON: PERSONAL,
    Disposition.UNDELIVERED: frozenset({Mode.PHONE, Mode.MESSAGE, Mode.LETTER}),
    Disposition.UNKNOWN_OTHER: _ALL,
    Disposition.OUT_OF_SAMPLE: _ALL,
    Disposition.DUPLICATE: _ALL,
}
RESULT_TITLES = _TEMPORARY | {code: MEANINGS[code].titles for code in MODES_OF if code in MEANINGS}
#: One attempt settles these: somebody said so.  All others need the rule of the wave.
DECISIVE = frozenset(
    code for code in MODES_OF if code in MEANINGS and MEANINGS[code].category in ("R", "O", "NE")
)
#: Results that mean nothing without words.
NEEDS_NOTE = frozenset({Disposition.OTHER_REASON, Disposition.UNKNOWN_OTHER})
#: Nobody could have noticed these, so they count as no attempt to reach the person.
_NOT_COUNTED = frozenset({(Mode.MESSAGE, "3.30"), (Mode.LETTER, "3.30")})


@dataclass(frozen=True, slots=True)
class Attempt:
    at: datetime
    mode: str
    result: str

    @property
    def counts(self) -> bool:
        return (self.mode, self.result) not in _NOT_COUNTED

    @property
    def daypart(self) -> str:
        """morning, afternoon (from noon) or evening (from 18:00), by the local clock."""
        hour = self.at.astimezone(LOCAL).hour
        return "morning" if hour < 12 else "afternoon" if hour < 18 else "evening"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRule:
    """Fewest attempts before a case may end as a non-contact or as unknown."""

    attempts: int = 3
    days: int = 3
    dayparts: int = 2
    personal: int = 1

    @classmethod
    def of(cls, settings: Mapping) -> ContactRule:
        """The rule of a wave; a study that names none has the default."""
        return cls(**settings.get("contact_rule", {}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """What was done for a case, to be held against the rule."""

    attempts: int
    days: int
    dayparts: int
    personal: int

    def suffices(self, rule: ContactRule) -> bool:
        return all(getattr(self, name) >= getattr(rule, name) for name in Effort.__slots__)


def effort(attempts: Iterable[Attempt]) -> Effort:
    counted = [attempt for attempt in attempts if attempt.counts]
    return Effort(
        attempts=len(counted),
        days=len({local_day(attempt.at) for attempt in counted}),
        dayparts=len({attempt.daypart for attempt in counted}),
        personal=sum(attempt.mode in PERSONAL for attempt in counted),
    )


def decisive_code(attempts: Iterable[Attempt]) -> str:
    """The newest decisive result, unless somebody agreed or asked for another time after it."""
    said = _said(attempts)
    return said[-1] if said and said[-1] in DECISIVE else ""


def final_code(attempts: Sequence[Attempt], rule: ContactRule, *, opened: bool = False) -> str:
    """What the log lets a case end with; empty while it must be tried again.

    A decisive result ends it at once.  With the effort of the rule, a promise without an answer is
    an implicit refusal, and so is a page that was opened and never sent; otherwise what shows that
    the person exists (non-contact) comes before what shows nothing, the newest before older ones.
    """
    code = decisive_code(attempts)
    if code or not effort(attempts).suffices(rule):
        return code
    return Disposition.BREAK_OFF if opened or _said(attempts) else _most_telling(attempts)


def standing_code(attempts: Sequence[Attempt]) -> str:
    """What the log says of a case that is still worked; empty without an attempt.

    Somebody who agreed was met and is eligible: counted as contacted, not as a refusal.
    """
    if _said(attempts):
        return decisive_code(attempts) or Disposition.CONTACTED
    return _most_telling(attempts) if attempts else ""


def _said(attempts: Iterable[Attempt]) -> list[str]:
    """Results by which somebody said something, oldest first."""
    ordered = sorted(attempts, key=lambda attempt: attempt.at)
    return [a.result for a in ordered if a.result in DECISIVE or a.result in _TEMPORARY]


def _most_telling(attempts: Sequence[Attempt]) -> str:
    ordered = sorted(attempts, key=lambda attempt: attempt.at, reverse=True)
    results = [attempt.result for attempt in ordered]
    known = [code for code in results if MEANINGS[code].category == "NC"]
    return (known or results)[0]


#: Phone and identity numbers, with the blanks, dots and hyphens people put in them.
_LONG_NUMBER = re.compile(r"(?:\d[ .\-]?){7,}\d")
_ADDRESS = re.compile(r"\S+@\S+")
_TITLED_NAME = re.compile(
    r"\b(?:ông|bà|anh|chị|cô|chú|bác|cậu|dì|mrs?\.?|ms\.?)\s+([^\W\d_])", re.IGNORECASE
)


def note_fault(note: str) -> Problem | None:
    """Why a note cannot be kept: it is too long, or names or numbers a person."""
    if len(note) > MAX_NOTE:
        return Problem("attempt.note_long", "Ghi chú dài quá %(limit)s ký tự.", {"limit": MAX_NOTE})
    named = any(found[1].isupper() for found in _TITLED_NAME.finditer(note))
    if named or _LONG_NUMBER.search(note) or _ADDRESS.search(note):
        return Problem(
            "attempt.note_personal",
            "Ghi chú không được có tên người, số điện thoại, số giấy tờ hay địa chỉ thư.",
        )
    return None


def result_fault(mode: str, result: str, note: str) -> Problem | None:
    """Why mode, result and note do not go together."""
    if mode not in _ALL:
        return Problem("attempt.mode", "Không có cách liên hệ “%(mode)s”.", {"mode": mode})
    if result not in MODES_OF:
        return Problem("attempt.result", "Không có kết quả “%(result)s”.", {"result": result})
    if mode not in MODES_OF[result]:
        return Problem(
            "attempt.result_of_mode",
            "Kết quả %(result)s không hợp với cách liên hệ này.",
            {"result": result},
        )
    if result in NEEDS_NOTE and not note:
        return Problem("attempt.note_needed", "Kết quả %(result)s cần ghi chú.", {"result": result})
    return note_fault(note)


def rule_faults(value: object) -> list[Problem]:
    """What is wrong with a wave's ``contact_rule``."""
    names = ", ".join(ContactRule.__slots__)
    whole = isinstance(value, Mapping) and all(
        name in ContactRule.__slots__ and type(n) is int and n >= least
        for name, n in value.items()
        for least in [0 if name == "personal" else 1]
    )
    if not whole:
        return [
            Problem(
                "wave_file.contact_rule",
                "“contact_rule” gồm các số nguyên dương: %(names)s.",
                {"names": names},
            )
        ]
    rule = ContactRule(**value)
    if max(rule.days, rule.personal, rule.dayparts) > rule.attempts or rule.dayparts > 3:
        return [
            Problem(
                "wave_file.contact_rule_impossible",
                "“contact_rule”: số ngày, số buổi (nhiều nhất 3) và số lần gặp trực tiếp "
                "không thể lớn hơn số lần liên hệ.",
            )
        ]
    return []
