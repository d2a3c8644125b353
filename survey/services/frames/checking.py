"""One row after the other: its values, its faults, the reason why it does not count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from operator import itemgetter
from secrets import token_bytes
from typing import Any, NamedTuple

from survey.domain import frame_cells
from survey.domain.frame_eligibility import Reason
from survey.domain.frame_fields import FIELDS, MAY_BE_EMPTY
from survey.domain.frame_layout import Layout
from survey.domain.frame_quality import Sign
from survey.services.fieldwork import contacts
from survey.services.fieldwork.contacts import Seal
from survey.services.frames.cell_faults import CellFaults
from survey.services.frames.faults import Faults
from survey.services.frames.meaning import Meaning
from survey.services.frames.memo import Memo
from survey.services.frames.target import Target

NAMES = tuple(each.name for each in FIELDS)
#: What the scratch table keeps of a row, in its order (see survey.services.frames.scratch).
Staged = tuple[Any, ...]
# Members of an IntFlag are slow to combine a million times.
NO_CONTACT, BAD_PHONE = Sign.NO_CONTACT.value, Sign.BAD_PHONE.value
OFFICIAL_PHONE, BAD_NAME = Sign.OFFICIAL_PHONE.value, Sign.BAD_NAME.value


class Person(NamedTuple):
    """What a row says of the person behind it."""

    #: Name, phone, address, other; None where there is nothing to seal.
    contact: tuple[str, str, str, str] | None
    reached: bool
    #: Equal for rows of one person, and for rows with one telephone number; no other use.
    who: int | None
    phone: int | None
    birth_year: int | None
    signs: int


NOBODY = Person(None, False, None, None, None, NO_CONTACT)


class RowChecker:
    """Reads rows of one file under one layout for one wave."""

    def __init__(
        self,
        target: Target,
        layout: Layout,
        places: Mapping[str, int],
        headings: Sequence[str],
        *,
        seal: Seal,
        faults: Faults,
        today: date,
    ) -> None:
        self.seal, self.rule = seal, target.rule
        self.all, self.faults = faults, CellFaults(faults, places, headings)
        self.width = len(headings)
        given = set(places) | set(layout.constants)
        self.required = [(i, name) for i, name in enumerate(NAMES) if name in given - MAY_BE_EMPTY]
        # A field without a column is read from what follows the row's own cells: nothing, or one
        # value for the whole file.
        self._tail = ["", *layout.constants.values()]
        at = {name: self.width + 1 + i for i, name in enumerate(layout.constants)} | dict(places)
        self._pick = itemgetter(*(at.get(name, self.width) for name in NAMES))
        self.officials = target.official_phones | {
            frame_cells.phone_number(text) for text in layout.official_phones
        }
        #: Links rows of one person within this file; nobody keeps it.
        self._salt = token_bytes(16)
        self.meaning = Meaning(target, layout)
        self.words = Memo(self.meaning.words)
        self.days = Memo(lambda texts: self.meaning.days(texts, today))
        self.places = Memo(self.meaning.place)
        self.names = Memo(_name)
        self.births = Memo(self.meaning.birth_year)

    def row(self, number: int, cells: list[str], *, padded: bool) -> Staged | None:
        """What is kept of a row; None if it has not the cells of the headings."""
        if len(cells) != self.width:
            cells = self._fitted(number, cells, padded=padded)
            if cells is None:
                return None
        raw = self._pick(cells + self._tail)
        code, unit, field, channel, received, due, returned, applicant, result = raw[:9]
        before = self.all.total
        words = self.words[field, channel, applicant, result]
        days = self.days[received, due, returned]
        place = self.places[unit, returned]
        if not (words.good and days.good and place.good):
            self._tell(number, raw)
        code = self._code(number, code)
        cells = raw[9:]
        person = self._person(number, cells) if any(cells) else NOBODY
        reason = (
            words.result_reason
            or days.reason
            or place.reason
            or words.reason
            or self._own_reason(words.applicant, days.year, person)
        )
        if not reason and not (code and place.unit_id and words.complete and days.received):
            self._empty(number, raw)
        sealed = None
        if person.contact and not reason and self.all.total == before:
            sealed = self.seal.seal(code, person.contact)
        signs = days.signs | person.signs
        return (
            *(number, code, reason, place.unit_id, words.field, words.channel),
            *(days.received, days.due, days.returned, words.applicant),
            *(person.who, person.phone, sealed, signs),
        )

    def _fitted(self, number: int, cells: list[str], *, padded: bool) -> list[str] | None:
        extra = len(cells) - self.width
        if extra == 0:
            return cells
        if extra > 0 and not any(cells[self.width :]):
            return cells[: self.width]
        if extra < 0 and padded:
            return cells + [""] * -extra
        self.faults.cell_count(number, len(cells))
        return None

    def _code(self, number: int, raw: str) -> str:
        code = frame_cells.clean(raw)
        if len(code) > frame_cells.MAX_LENGTH:
            self.faults.too_long(number, "dossier_code")
        elif "+" in code and frame_cells.MADE_A_NUMBER.fullmatch(code):
            self.faults.code_is_number(number, code)
        elif code[:1] == "#" and frame_cells.CELL_ERROR.fullmatch(code):
            self.faults.formula(number, "dossier_code", code)
        return "" if frame_cells.UNREADABLE in code else code

    def _tell(self, number: int, raw: Sequence[str]) -> None:
        """The faults of a row's words and days, one by one."""
        meaning, faults = self.meaning, self.faults
        _code, unit, field, channel, received, due, returned, applicant, result = raw[:9]
        for name, text in (
            *(("unit_code", unit), ("field", field), ("channel", channel)),
            *(("applicant", applicant), ("result", result)),
        ):
            if text and meaning.word(name, text) is None:
                faults.unknown_word(number, name, text)
        days = {"received_on": received, "due_on": due, "returned_on": returned}
        read = {name: meaning.day(text) for name, text in days.items()}
        for name, day in read.items():
            if day is None and days[name]:
                faults.bad_date(number, name, days[name])
        for name in ("returned_on", "due_on"):
            if read[name] and read["received_on"] and read[name] < read["received_on"]:
                faults.before_received(number, name, read[name], read["received_on"])
        fault = self.places[unit, returned].fault
        if fault == "other":
            faults.unknown_word(number, "unit_code", unit)
        elif fault == "not_valid":
            faults.unit_not_valid(number, unit, read["returned_on"])

    def _person(self, number: int, cells: Sequence[str]) -> Person:
        name, phone, address, contact, person_id, birth = cells
        clean = frame_cells.clean
        who = None
        digits = ""
        name, folded, signs = self.names[name] if name else ("", "", 0)
        if phone:
            digits = frame_cells.phone_number(phone)
            # A number that cannot be read as one is kept as it stands.
            phone = digits or clean(phone)
            if not frame_cells.is_plausible_phone(digits):
                signs |= BAD_PHONE
            if digits in self.officials:
                signs |= OFFICIAL_PHONE
        address = clean(address) if address else ""
        contact = clean(contact) if contact else ""
        year = None
        if birth:
            year = self.births[birth]
            if year is None:
                self.faults.bad_date(number, "birth", birth)
        if person_id:
            who = hash((self._salt, clean(person_id)))
        elif digits and not signs & OFFICIAL_PHONE:
            # An officer's number says nothing about who the applicant is.
            who = hash((self._salt, digits, folded))
        reached = bool(phone or address or contact)
        parts = (name, phone, address, contact)
        if len(name) + len(phone) + len(address) + len(contact) > frame_cells.MAX_LENGTH:
            self._lengths(number, parts)
        return Person(
            parts if reached or name else None,
            reached,
            who,
            hash((self._salt, digits)) if digits else None,
            year,
            signs if reached else signs | NO_CONTACT,
        )

    def _lengths(self, number: int, parts: Sequence[str]) -> None:
        for field, text in zip(contacts.PARTS, parts, strict=True):
            if len(text) > frame_cells.MAX_LENGTH:
                self.faults.too_long(number, field)

    def _own_reason(self, applicant: str | None, year: int | None, person: Person) -> str:
        """What depends on the single person: age, and a way to reach them."""
        if person.birth_year and self.rule.is_under_age(applicant, person.birth_year, year):
            return Reason.UNDER_AGE.value
        if self.rule.contact_required and not person.reached:
            return Reason.NO_CONTACT.value
        return ""

    def _empty(self, number: int, raw: Sequence[str]) -> None:
        for place, field in self.required:
            text = raw[place]
            if not frame_cells.clean(text):
                self.faults.empty(number, field)


def _name(raw: str) -> tuple[str, str, int]:
    """A name, the same without case, and its signs."""
    name = frame_cells.clean(raw)
    odd = name and not frame_cells.is_plausible_name(name)
    return name, name.casefold(), BAD_NAME if odd else 0
