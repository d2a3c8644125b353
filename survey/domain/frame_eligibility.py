"""Which dossiers are asked about: a stated rule, and the reason of each one that is left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any

from survey.domain.frame_fields import APPLICANT_TITLES, RESULT_TITLES
from survey.errors import InvalidInput, Problem


class Reason(StrEnum):
    """Why a row is not in the frame, in the order in which reasons are looked for."""

    RESULT = "result"
    NOT_RETURNED = "not_returned"
    OUTSIDE_WINDOW = "outside_window"
    OTHER_UNIT = "other_unit"
    APPLICANT = "applicant"
    FIELD = "field"
    CHANNEL = "channel"
    UNDER_AGE = "under_age"
    NO_CONTACT = "no_contact"
    REPEATED = "repeated"


#: Reason -> what the reports call it.
REASON_TITLES = {
    Reason.RESULT: "trạng thái không được tính",
    Reason.NOT_RETURNED: "chưa trả kết quả (không có ngày trả)",
    Reason.OUTSIDE_WINDOW: "ngày trả ngoài khoảng của đợt",
    Reason.OTHER_UNIT: "đơn vị ngoài đợt khảo sát",
    Reason.APPLICANT: "đối tượng không được tính",
    Reason.FIELD: "lĩnh vực không được tính",
    Reason.CHANNEL: "cách nộp không được tính",
    Reason.UNDER_AGE: "chưa đủ tuổi",
    Reason.NO_CONTACT: "không có cách liên hệ",
    Reason.REPEATED: "mã hồ sơ lặp lại (giữ dòng đầu)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """The rule as a wave's settings state it (``[settings.eligibility]``)."""

    results: tuple[str, ...] = ("returned", "refused")
    applicants: tuple[str, ...] = ("person", "organisation")
    excluded_fields: tuple[str, ...] = ()
    excluded_channels: tuple[str, ...] = ()
    #: Years of age of a person on the day of the result; 0: not looked at.
    min_age: int = 0
    contact_required: bool = False
    #: "refuse": a unit of another wave is a fault of the file; "exclude": its rows are left out.
    other_units: str = "refuse"

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Eligibility:
        """The rule of a wave.  Raises InvalidInput with all faults."""
        data = settings.get("eligibility") or {}
        faults = _faults(data, settings)
        if faults:
            raise InvalidInput(
                "Quy tắc chọn hồ sơ của đợt có %(n)s lỗi.",
                faults,
                code="eligibility.invalid",
                n=len(faults),
            )
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in data.items()})

    def result_reason(self, result: str | None) -> str:
        """Why a dossier in this state does not count; empty if it does, or none is told."""
        counts = result is None or result in self.results
        return "" if counts else Reason.RESULT.value

    def day_reason(self, returned_on: date | None, window: tuple[date, date]) -> str:
        if returned_on is None:
            return Reason.NOT_RETURNED.value
        return "" if window[0] <= returned_on <= window[1] else Reason.OUTSIDE_WINDOW.value

    def kind_reason(self, applicant: str | None, field: str | None, channel: str | None) -> str:
        if applicant is not None and applicant not in self.applicants:
            return Reason.APPLICANT.value
        if field in self.excluded_fields:
            return Reason.FIELD.value
        return Reason.CHANNEL.value if channel in self.excluded_channels else ""

    def is_under_age(self, applicant: str | None, birth_year: int, year: int | None) -> bool:
        """Many systems know the year of birth only, so the year of the result decides."""
        looked_at = self.min_age and year and applicant == "person"
        return bool(looked_at) and year - birth_year < self.min_age

    def to_dict(self) -> dict[str, Any]:
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    def sentences(self) -> list[Problem]:
        """The rule in words, one sentence each, for people and for the record."""
        said = [
            Problem(
                "eligibility.window",
                "Kết quả được trả trong khoảng ngày của đợt khảo sát.",
            ),
            Problem(
                "eligibility.results",
                "Trạng thái được tính: %(results)s.",
                {"results": ", ".join(RESULT_TITLES[code] for code in self.results)},
            ),
            Problem(
                "eligibility.applicants",
                "Đối tượng được tính: %(applicants)s.",
                {"applicants": ", ".join(APPLICANT_TITLES[code] for code in self.applicants)},
            ),
        ]
        for codes, message in (
            (self.excluded_fields, "Không tính lĩnh vực: %(codes)s."),
            (self.excluded_channels, "Không tính cách nộp: %(codes)s."),
        ):
            if codes:
                said.append(Problem("eligibility.codes", message, {"codes": ", ".join(codes)}))
        if self.min_age:
            said.append(
                Problem(
                    "eligibility.age",
                    "Cá nhân đủ %(age)s tuổi vào năm trả kết quả.",
                    {"age": self.min_age},
                )
            )
        if self.contact_required:
            said.append(Problem("eligibility.contact", "Có cách liên hệ với người nộp."))
        if self.other_units == "exclude":
            said.append(
                Problem(
                    "eligibility.units", "Hồ sơ của đơn vị ngoài đợt khảo sát được để ra ngoài."
                )
            )
        return said


_CHOICES = {"results": RESULT_TITLES, "applicants": APPLICANT_TITLES}
_CATALOGUES = {"excluded_fields": "fields", "excluded_channels": "channels"}


def _faults(data: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Problem]:
    if not isinstance(data, Mapping):
        return [_fault("eligibility")]
    faults = []
    for key, value in data.items():
        if key not in {each.name for each in fields(Eligibility)}:
            faults.append(
                Problem("eligibility.unknown", "Không có mục nào tên “%(key)s”.", {"key": key})
            )
        elif not _fits(key, value, settings):
            faults.append(_fault(key))
    return faults


def _fits(key: str, value: object, settings: Mapping[str, Any]) -> bool:
    if key == "min_age":
        return type(value) is int and 0 <= value <= 100
    if key == "contact_required":
        return isinstance(value, bool)
    if key == "other_units":
        return value in ("refuse", "exclude")
    known = _CHOICES.get(key) or settings.get(_CATALOGUES.get(key, ""), {})
    may_be_empty = key in _CATALOGUES
    return (
        isinstance(value, list)
        and (may_be_empty or bool(value))
        and all(isinstance(code, str) and code in known for code in value)
    )


def _fault(key: str) -> Problem:
    return Problem(
        "eligibility.value", "Mục “eligibility.%(key)s” có giá trị không hợp lệ.", {"key": key}
    )
