"""Claims as a workbook: the form that units fill in, and reading it with every fault's cell."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from analysis.index.scheme import Input
from survey.domain.appraisal import TOTAL, Action, number
from survey.domain.frame_fields import letters
from survey.domain.text import clean_line
from survey.errors import InvalidInput, Problem
from survey.render import claim_sheet
from survey.services.appraisal import entering, reading
from survey.services.frames.xlsx_rows import XlsxRows
from survey.services.verified import NOT_APPLICABLE
from survey.store import audit, units, waves
from survey.store.models import PointEvent

COLUMNS = ("unit_code", "item", "points", "note")
#: A formula that no spreadsheet has worked out yet: read as it stands, its cell would be empty.
_UNWORKED = re.compile(
    rb'<(?:\w+:)?c r="([A-Z]{1,3}\d{1,7})"[^>]*>\s*<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>)'
    rb"\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_MOST_ROWS, _LARGEST_SHEET = 200_000, 64 << 20


@dataclass(frozen=True, slots=True)
class Loaded:
    n_claims: int
    n_sums: int


def write(session: Session, slug: str, unit_id: int | None = None) -> bytes:
    """The form with every unit (or one) and item, and what was claimed so far.  Raises NotFound."""
    rows: list[tuple[object, ...]] = []
    one = [] if unit_id is None else [reading.of_unit(session, slug, unit_id)]
    for unit in one or reading.of_wave(session, slug):
        for item in unit.items:
            seen = item.standing
            missing = seen.state == "missing"
            shown = "" if missing else ("NA" if seen.claim is None else seen.claim)
            rows.append((unit.code, item.name, shown, "", item.title["vi"], item.limit.high))
    return claim_sheet.workbook((*COLUMNS, "title", "max"), rows)


def load(
    session: Session, slug: str, content: bytes, *, person: str, by: str, now: datetime,
    unit_id: int | None = None,
) -> Loaded:  # fmt: skip
    """Claims and written sums of many units, or of one alone; an empty cell claims nothing.

    Raises NotFound, Conflict after the day, InvalidInput with every fault's cell; nothing is half
    loaded.
    """
    entering.may_claim(session, slug, now)
    if not clean_line(person):
        raise InvalidInput(
            "Hãy ghi ai chịu trách nhiệm ở đơn vị (họ tên, chức vụ).", code="appraisal.no_person"
        )
    wave = waves.get(session, slug)
    scheme = reading.scheme_of(wave)
    reader = _Reader(
        {
            unit.code: unit.id
            for unit in units.of_wave(session, wave.id)
            if unit_id in (None, unit.id)
        },
        scheme.inputs(),
        scheme.may_be_na(),
        {area.id for area in scheme.areas} | {TOTAL},
    )
    reader.read(content)
    if reader.problems or not reader.rows:
        raise InvalidInput(
            "Bảng tự chấm điểm có %(n)s lỗi; chưa nạp dòng nào.", reader.problems,
            code="claims.invalid", n=len(reader.problems),
        )  # fmt: skip
    common = {"wave_id": wave.id, "person": clean_line(person)[:200], "file_sha256": None,
              "file_name": "", "at": now, "by": by}  # fmt: skip
    session.execute(insert(PointEvent), [row | common for row in reader.rows.values()])
    audit.append(session, "points.imported", by=by, at=now, wave=slug, n=len(reader.rows))
    n_sums = sum(row["action"] == Action.STATED for row in reader.rows.values())
    return Loaded(len(reader.rows) - n_sums, n_sums)


class _Reader:
    def __init__(
        self, known: dict[str, int], limits: dict[str, Input], may_be_na: dict[str, bool],
        sums: set[str],
    ) -> None:  # fmt: skip
        self.known, self.limits, self.sums = known, limits, sums
        self.may_be_na = may_be_na
        self.rows: dict[tuple[str, str], dict] = {}
        self.problems: list[Problem] = []

    def read(self, content: bytes) -> None:
        source = XlsxRows(io.BytesIO(content))
        if source.size > _LARGEST_SHEET:
            self._fault("too_long", "%(place)s: bảng quá dài.", "A1")
            return
        rows = source.rows()
        first, heading = next(rows, (1, []))
        at = {clean_line(text): i for i, text in enumerate(heading)}
        for column in COLUMNS[:3]:
            if column not in at:
                words = "%(place)s: thiếu cột “%(column)s”."
                self._fault("no_column", words, f"A{first}", column=column)
            places = [i for i, text in enumerate(heading) if clean_line(text) == column]
            for place in places[1:]:
                words = "%(place)s: cột “%(column)s” có hai lần."
                self._fault("two_columns", words, f"{letters(place)}{first}", column=column)
        if self.problems:
            return
        for row, cells in rows:
            if row > _MOST_ROWS:
                self._fault("too_long", "%(place)s: bảng quá dài.", f"A{row}")
                return
            cell = {n: clean_line(cells[i]) if i < len(cells) else "" for n, i in at.items()}
            if cell["points"]:
                self._row(cell, {name: f"{letters(i)}{row}" for name, i in at.items()})
        # Every row was read, so the archive is sound and no longer than it says.
        words = "%(place)s: công thức chưa có kết quả; hãy mở bằng bảng tính rồi lưu, hoặc ghi số."
        for place in _UNWORKED.findall(source.archive.read(source.member)):
            self._fault("formula", words, place.decode())

    def _row(self, cell: dict[str, str], place: dict[str, str]) -> None:
        unit, item = cell["unit_code"], cell["item"]
        if unit not in self.known:
            words = "%(place)s: không có đơn vị “%(text)s”."
            self._fault("unknown_unit", words, place["unit_code"], text=unit)
        elif item not in self.limits and item not in self.sums:
            words = "%(place)s: “%(text)s” không phải mục tự chấm, lĩnh vực hay “total”."
            self._fault("unknown_item", words, place["item"], text=item)
        elif (unit, item) in self.rows:
            words = "%(place)s: %(unit)s – %(text)s đã có ở trên."
            self._fault("twice", words, place["item"], unit=unit, text=item)
        else:
            self.rows[unit, item] = {
                "unit_id": self.known[unit],
                "item": item,
                "action": Action.CLAIMED if item in self.limits else Action.STATED,
                "points": self._number(cell["points"], item, place["points"]),
                "note": cell.get("note", "")[:2000],
            }

    def _number(self, text: str, item: str, place: str) -> float | None:
        limit = self.limits.get(item)
        if limit and text.casefold() in NOT_APPLICABLE:
            if not self.may_be_na[item]:
                words = "%(place)s: mục “%(text)s” áp dụng cho mọi đơn vị."
                self._fault("must_apply", words, place, text=item)
            return None
        low, high = (limit.low, limit.high) if limit else (-1000.0, 1000.0)
        value = number(text)
        if not low <= value <= high:
            words = "%(place)s: “%(text)s” không phải số từ %(low)s đến %(high)s."
            self._fault("bad_points", words, place, text=text, low=f"{low:g}", high=f"{high:g}")
        return value

    def _fault(self, code: str, message: str, place: str, **facts: object) -> None:
        self.problems.append(Problem(f"claims.{code}", message, {"place": place} | facts))
