"""Verified points: a CSV with one line for each unit and sub-criterion, checked as a whole."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from analysis.index.scheme import Input, Scheme
from survey.domain import appraisal
from survey.domain.text import clean_line
from survey.errors import InvalidInput, Problem
from survey.store import audit, units, waves
from survey.store.models import Unit, VerifiedPoint, VerifiedSet

COLUMNS = ("unit_code", "leaf", "points")
#: What stands in ``points`` where the sub-criterion does not apply to the unit.
NOT_APPLICABLE = frozenset({"na", "n/a", "không áp dụng"})


@dataclass(frozen=True, slots=True)
class Imported:
    set_id: int
    n_units: int
    n_points: int


def import_file(
    session: Session, slug: str, content: bytes, *, name: str, by: str, now: datetime
) -> Imported:
    """Check and store points.  Raises InvalidInput with all faults; nothing is half loaded."""
    wave = waves.get(session, slug)
    scheme = Scheme.from_toml(wave.scheme.definition)
    limits = scheme.inputs()
    known = {unit.code: unit for unit in units.of_wave(session, wave.id)}
    reader = _Reader(known, limits, scheme.may_be_na())
    reader.read(content)
    if reader.problems:
        raise InvalidInput(
            "Bảng điểm thẩm định có %(n)s lỗi; chưa nạp dòng nào.",
            reader.problems,
            code="verified.invalid",
            n=len(reader.problems),
        )
    stored = VerifiedSet(
        wave_id=wave.id,
        name=name,
        sha256=hashlib.sha256(content).hexdigest(),
        imported_at=now,
        imported_by=by,
    )
    session.add(stored)
    session.flush()
    session.execute(
        insert(VerifiedPoint),
        [
            {"set_id": stored.id, "unit_id": known[unit].id, "leaf": leaf, "points": points}
            for (unit, leaf), (_, points) in reader.points.items()
        ],
    )
    audit.append(session, "verified.imported", by=by, at=now, wave=slug, sha256=stored.sha256)
    return Imported(stored.id, len(known), len(reader.points))


class _Reader:
    def __init__(
        self, known: Mapping[str, Unit], limits: Mapping[str, Input], may_be_na: Mapping[str, bool]
    ) -> None:
        self.known, self.limits, self.may_be_na = known, limits, may_be_na
        #: (unit, leaf) -> (row, points)
        self.points: dict[tuple[str, str], tuple[int, float | None]] = {}
        self.problems: list[Problem] = []

    def read(self, content: bytes) -> None:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            row = content[: error.start].count(b"\n") + 1
            self._fault("not_utf8", "Dòng %(row)s: không phải UTF-8.", row)
            return
        rows = list(_rows(text))
        heading = [clean_line(cell) for cell in rows[0][1]] if rows else []
        for column in COLUMNS:
            if column not in heading:
                self._fault("missing_column", "Dòng 1: thiếu cột “%(column)s”.", 1, column=column)
        if self.problems:
            return
        for row, cells in rows[1:]:
            cell = dict(zip(heading, map(clean_line, cells), strict=False))
            self._row(row, *(cell.get(column, "") for column in COLUMNS))
        for unit in self.known:
            for leaf in self.limits:
                if (unit, leaf) not in self.points and not self.problems:
                    self._missing(unit, leaf)

    def _row(self, row: int, unit: str, leaf: str, points: str) -> None:
        if unit not in self.known:
            self._fault("unknown_unit", "Dòng %(row)s: không có đơn vị “%(unit)s”.", row, unit=unit)
        elif leaf not in self.limits:
            self._fault(
                "unknown_leaf",
                "Dòng %(row)s: “%(leaf)s” không phải tiêu chí thẩm định của bộ chỉ số.",
                row,
                leaf=leaf,
            )
        elif (unit, leaf) in self.points:
            self._fault(
                "twice",
                "Dòng %(row)s: %(unit)s – %(leaf)s đã có ở dòng %(first)s.",
                row,
                unit=unit,
                leaf=leaf,
                first=self.points[unit, leaf][0],
            )
        else:
            self.points[unit, leaf] = (row, self._number(row, points, leaf))

    def _number(self, row: int, text: str, leaf: str) -> float | None:
        limit = self.limits[leaf]
        if text.casefold() in NOT_APPLICABLE:
            if not self.may_be_na[leaf]:
                words = "Dòng %(row)s: “%(leaf)s” áp dụng cho mọi đơn vị, không ghi NA được."
                self._fault("must_apply", words, row, leaf=leaf)
            return None
        value = appraisal.number(text)
        if not limit.low <= value <= limit.high:
            self._fault(
                "bad_points",
                "Dòng %(row)s: “%(text)s” không phải số từ %(low)s đến %(maximum)s.",
                row,
                text=text,
                low=f"{limit.low:g}",
                maximum=f"{limit.high:g}",
            )
        return value

    def _missing(self, unit: str, leaf: str) -> None:
        self.problems.append(
            Problem(
                "verified.missing",
                "Thiếu điểm của đơn vị %(unit)s cho “%(leaf)s” (ghi NA nếu không áp dụng).",
                {"unit": unit, "leaf": leaf},
            )
        )

    def _fault(self, code: str, message: str, row: int, **facts: object) -> None:
        self.problems.append(Problem(f"verified.{code}", message, {"row": row} | facts))


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    heading = text.partition("\n")[0]
    delimiter = ";" if heading.count(";") > heading.count(",") else ","
    for number, cells in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), start=1):
        if any(cell.strip() for cell in cells):
            yield number, cells
