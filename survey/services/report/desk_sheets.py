"""The quarterly sheet of TT 01/2018/TT-VPCP: nine indices a dossier, 0 to 2 points each.

An index of a unit is the sum of its dossiers' points over their number, to one decimal; the sum of
the nine, at most 18, gives the class.  A unit with an index that nothing was scored on has no sum.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.index.tt01 import tt01_band, tt01_index
from survey.domain.collation import sort_key
from survey.domain.text import clean_line
from survey.errors import InvalidInput, Problem
from survey.render.annex import annex_xlsx
from survey.render.numbers import MISSING, number, percent
from survey.render.report import About, Report, Table
from survey.store import audit, units, waves
from survey.store.models import DeskSheet

INDICES = tuple(f"i{i}" for i in range(1, 10))
COLUMNS = ("unit_code", "dossier_code", *INDICES)
#: How satisfied the person was, where the desk's device asked: 1 not, 2 satisfied, 3 very.
LEVEL = "satisfaction"
TITLES = {
    "vi": (
        "Thời gian giải quyết so với quy định",
        "Thời gian thực hiện của từng cơ quan phối hợp",
        "Số lần phải liên hệ nơi tiếp nhận",
        "Số cơ quan phải liên hệ",
        "Tổ chức tiếp nhận, giải quyết, trả kết quả",
        "Công khai thủ tục hành chính",
        "Thái độ của công chức",
        "Tiếp thu, giải trình phản ánh, kiến nghị",
        "Tiến độ, chất lượng dịch vụ trực tuyến",
    ),
    "en": (
        "Time taken against the legal time",
        "Time of each coordinating agency",
        "Contacts with the receiving desk",
        "Agencies to be contacted",
        "Reception, handling and return",
        "Publicity of procedures",
        "Attitude of officers",
        "Feedback accepted and explained",
        "Progress and quality of online service",
    ),
}
CLASSES_EN = {"Xuất sắc": "Excellent", "Tốt": "Good", "Khá": "Fair", "Trung bình": "Average",
              "Yếu": "Weak"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SheetRow:
    """``indices``: None where nothing was scored; ``counts``: dossiers with 0, 1, 2 points."""

    unit_code: str
    unit: str
    n_dossiers: int
    indices: tuple[float | None, ...]
    counts: tuple[tuple[int, int, int], ...]
    total: float | None
    band: str
    #: People not satisfied, satisfied, very satisfied.
    levels: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Sheet:
    year: int
    quarter: int
    file_name: str
    sha256: str
    imported_at: datetime
    imported_by: str
    rows: tuple[SheetRow, ...]


def import_file(
    session: Session,
    slug: str,
    content: bytes,
    *,
    year: int,
    quarter: int,
    name: str,
    by: str,
    now: datetime,
) -> Sheet:
    """Check a quarter's points and store its sheet.

    Raises NotFound, InvalidInput with all faults; nothing is half loaded.
    """
    wave = waves.get(session, slug)
    if quarter not in (1, 2, 3, 4) or not 2019 <= year <= 2100:
        raise InvalidInput(
            "Quý phải từ 1 đến 4, năm từ 2019 (TT 01/2018 có hiệu lực).", code="tt01.bad_quarter"
        )
    names = {unit.code: unit.name for unit in units.of_wave(session, wave.id)}
    reader = _Reader(names)
    reader.read(content)
    if reader.problems or not reader.points:
        raise InvalidInput(
            "Bảng chấm điểm TT 01/2018 có %(n)s lỗi; chưa nạp dòng nào.",
            reader.problems,
            code="tt01.invalid",
            n=len(reader.problems),
        )
    stored = DeskSheet(
        wave_id=wave.id,
        year=year,
        quarter=quarter,
        file_name=clean_line(name)[:120],
        sha256=hashlib.sha256(content).hexdigest(),
        rows=[_row(code, names[code], reader) for code in sorted(reader.points)],
        imported_at=now,
        imported_by=by,
    )
    session.add(stored)
    session.flush()
    audit.append(
        session, "tt01.imported", by=by, at=now, wave=slug, year=year, quarter=quarter,
        sha256=stored.sha256,
    )  # fmt: skip
    return _view(stored)


def of_wave(session: Session, slug: str) -> list[Sheet]:
    """The newest sheet of each quarter, newest quarter first.  Raises NotFound."""
    wave = waves.get(session, slug)
    query = select(DeskSheet).where(DeskSheet.wave_id == wave.id).order_by(DeskSheet.id)
    newest = {(each.year, each.quarter): each for each in session.scalars(query)}
    return [_view(newest[key]) for key in sorted(newest, reverse=True)]


def xlsx(session: Session, slug: str, year: int, quarter: int) -> bytes | None:
    """One quarter's sheet as a workbook; None where there is none.  Raises NotFound."""
    wave = waves.get(session, slug)
    sheet = next(
        (s for s in of_wave(session, slug) if (s.year, s.quarter) == (year, quarter)), None
    )
    if sheet is None:
        return None
    head = ("Đơn vị", "Số hồ sơ", *(f"{i}. {t}" for i, t in enumerate(TITLES["vi"], start=1)),
            "Tổng điểm", "Xếp loại", "Không hài lòng", "Hài lòng", "Rất hài lòng")  # fmt: skip
    values = tuple(
        (row.unit, row.n_dossiers, *row.indices, row.total, row.band or MISSING, *row.levels)
        for row in sheet.rows
    )
    table = Table(
        caption=f"Bảng 1. Đánh giá giải quyết thủ tục hành chính quý {quarter} năm {year}",
        head=head,
        align="l" + "r" * (len(head) - 1),
        rows=tuple(tuple("" if v is None else str(v) for v in row) for row in values),
        source=f"tệp {sheet.file_name}, sha256 {sheet.sha256}; cách tính: TT 01/2018/TT-VPCP, "
        "Điều 15 khoản 2",
        widths=(2.4, *(1.2,) * (len(head) - 1)),
        values=values,
        formats=("", "#,##0", *("0.0",) * 10, "", *("#,##0",) * 3),
    )
    about = About(organisation=wave.organisation)
    report = Report(about, table.caption, wave.synthetic, False, (table,), (), None)
    return annex_xlsx(report)


def cells(row: SheetRow, language: str) -> dict[str, Any]:
    """A row as the page shows it."""
    n = sum(row.levels)
    return {
        "indices": [number(value, 1, language) for value in row.indices],
        "total": number(row.total, 1, language),
        "band": (row.band if language == "vi" else CLASSES_EN.get(row.band, "")) or MISSING,
        "levels": [percent(k / n, 1, language) if n else MISSING for k in row.levels],
    }


def _row(code: str, name: str, reader: _Reader) -> dict[str, Any]:
    points = reader.points[code]
    indices = [tt01_index(points[i]) if points[i] else None for i in INDICES]
    total = None if None in indices else round(sum(indices), 1)
    return {
        "unit_code": code,
        "unit": name,
        "n_dossiers": len(reader.dossiers[code]),
        "counts": [[points[i].count(k) for k in (0, 1, 2)] for i in INDICES],
        "indices": indices,
        "total": total,
        "band": "" if total is None else tt01_band(total),
        "levels": [reader.levels[code][k] for k in (1, 2, 3)],
    }


def _view(stored: DeskSheet) -> Sheet:
    rows = [
        SheetRow(
            row["unit_code"], row["unit"], row["n_dossiers"], tuple(row["indices"]),
            tuple(tuple(c) for c in row["counts"]), row["total"], row["band"],
            tuple(row["levels"]),
        )
        for row in stored.rows
    ]  # fmt: skip
    rows.sort(key=lambda row: sort_key(row.unit))
    return Sheet(
        stored.year, stored.quarter, stored.file_name, stored.sha256, stored.imported_at,
        stored.imported_by, tuple(rows),
    )  # fmt: skip


class _Reader:
    """Points by unit and index; a row without a dossier scores what belongs to the unit."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        self.points: dict[str, dict[str, list[int]]] = {}
        self.dossiers: dict[str, set[str]] = {}
        self.levels: dict[str, Counter[int]] = {}
        self.problems: list[Problem] = []

    def read(self, content: bytes) -> None:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            self._fault("not_utf8", "Dòng %(row)s: không phải UTF-8.",
                        content[: error.start].count(b"\n") + 1)  # fmt: skip
            return
        heading = text.partition("\n")[0]
        delimiter = ";" if heading.count(";") > heading.count(",") else ","
        rows = csv.reader(io.StringIO(text), delimiter=delimiter)
        head = [clean_line(cell) for cell in next(rows, [])]
        for column in COLUMNS:
            if column not in head:
                self._fault("missing_column", "Dòng 1: thiếu cột “%(column)s”.", 1, column=column)
        if self.problems:
            return
        for number_, cells_ in enumerate(rows, start=2):
            if any(cell.strip() for cell in cells_):
                self._row(number_, dict(zip(head, map(clean_line, cells_), strict=False)))

    def _row(self, row: int, cell: Mapping[str, str]) -> None:
        code, dossier = cell.get("unit_code", ""), cell.get("dossier_code", "")
        if code not in self.names:
            self._fault("unknown_unit", "Dòng %(row)s: không có đơn vị “%(unit)s”.", row, unit=code)
            return
        points = self.points.setdefault(code, {i: [] for i in INDICES})
        seen = self.dossiers.setdefault(code, set())
        levels = self.levels.setdefault(code, Counter())
        if dossier and dossier in seen:
            words = "Dòng %(row)s: hồ sơ “%(dossier)s” đã có ở trên."
            self._fault("twice", words, row, dossier=dossier)
            return
        seen |= {dossier} - {""}
        for index in INDICES:
            given = cell.get(index, "")
            if given in ("0", "1", "2"):
                points[index].append(int(given))
            elif given:
                self._fault(
                    "bad_points", "Dòng %(row)s, cột %(column)s: “%(text)s” không phải 0, 1 hay 2.",
                    row, column=index, text=given,
                )  # fmt: skip
        level = cell.get(LEVEL, "")
        if level in ("1", "2", "3"):
            levels[int(level)] += 1
        elif level:
            self._fault(
                "bad_level", "Dòng %(row)s, cột %(column)s: “%(text)s” không phải 1, 2 hay 3.",
                row, column=LEVEL, text=level,
            )  # fmt: skip

    def _fault(self, code: str, message: str, row: int, **facts: object) -> None:
        self.problems.append(Problem(f"tt01.{code}", message, {"row": row} | facts))
