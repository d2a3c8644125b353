"""Faults of single cells, each told with its row, its cell and its heading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from survey.domain import frame_cells
from survey.domain.frame_fields import BY_NAME, letters
from survey.errors import Problem
from survey.services.frames.faults import Faults

#: Distinct unknown words of a column that are told with their counts.
MOST_WORDS = 200
SHOWN = 80


class CellFaults:
    """Knows where each field stands in the file, so that a fault can say where to look."""

    def __init__(self, faults: Faults, places: Mapping[str, int], headings: Sequence[str]) -> None:
        self.all, self.places, self.headings = faults, places, headings
        #: Field -> unknown word -> how often.
        self.unknown: dict[str, Counter[str]] = {}

    def empty(self, row: int, field: str) -> None:
        self._add(
            "frame.empty_cell", "Dòng %(row)s: ô %(cell)s (%(column)s) – để trống.", row, field
        )

    def too_long(self, row: int, field: str) -> None:
        self._add(
            "frame.too_long",
            "Dòng %(row)s: ô %(cell)s (%(column)s) – dài quá %(limit)s ký tự.",
            row,
            field,
            limit=frame_cells.MAX_LENGTH,
        )

    def code_is_number(self, row: int, value: str) -> None:
        self._add(
            "frame.code_is_number",
            "Dòng %(row)s: ô %(cell)s (%(column)s) – mã “%(value)s” đã bị bảng tính đổi thành số "
            "và mất chữ số cuối; hãy xuất lại cột này dạng văn bản.",
            row,
            "dossier_code",
            value=value,
        )

    def formula(self, row: int, field: str, value: str) -> None:
        self._add(
            "frame.formula_error",
            "Dòng %(row)s: ô %(cell)s (%(column)s) – ô chứa lỗi công thức “%(value)s”.",
            row,
            field,
            value=value,
        )

    def unknown_word(self, row: int, field: str, raw: str) -> None:
        word = frame_cells.clean(raw)
        # Bytes that could not be read were told already; no second word.
        if not word or frame_cells.UNREADABLE in word:
            return
        words = self.unknown.setdefault(field, Counter())
        if word in words or len(words) < MOST_WORDS:
            words[word] += 1
        if frame_cells.CELL_ERROR.fullmatch(word):
            self.formula(row, field, word)
        elif field == "unit_code":
            self._add(
                "frame.unknown_unit",
                "Dòng %(row)s: ô %(cell)s (%(column)s) – đơn vị “%(value)s” không thuộc đợt "
                "khảo sát.",
                row,
                field,
                value=word[:SHOWN],
            )
        else:
            self._add(
                "frame.unknown_value",
                "Dòng %(row)s: ô %(cell)s (%(column)s) – “%(value)s” không có trong danh mục.",
                row,
                field,
                value=word[:SHOWN],
            )

    def unit_not_valid(self, row: int, raw: str, day: date) -> None:
        self._add(
            "frame.unit_not_valid",
            "Dòng %(row)s: ô %(cell)s (%(column)s) – đơn vị “%(value)s” chưa có hoặc không còn "
            "vào ngày %(day)s.",
            row,
            "unit_code",
            value=frame_cells.clean(raw)[:SHOWN],
            day=f"{day:%d/%m/%Y}",
        )

    def bad_date(self, row: int, field: str, raw: str) -> None:
        word = frame_cells.clean(raw)
        if not word or frame_cells.UNREADABLE in word:
            return
        if field == "birth":
            code = "frame.bad_birth"
            message = (
                "Dòng %(row)s: ô %(cell)s (%(column)s) – “%(value)s” không phải ngày sinh hay "
                "năm sinh."
            )
        else:
            code = "frame.bad_date"
            message = (
                "Dòng %(row)s: ô %(cell)s (%(column)s) – “%(value)s” không phải ngày (31/12/2023)."
            )
        self._add(code, message, row, field, value=word[:SHOWN])

    def before_received(self, row: int, field: str, day: date, received: date) -> None:
        days = {"day": f"{day:%d/%m/%Y}", "received": f"{received:%d/%m/%Y}"}
        if field == "returned_on":
            code = "frame.returned_before_received"
            message = (
                "Dòng %(row)s: ô %(cell)s (%(column)s) – ngày trả %(day)s trước ngày nhận "
                "%(received)s."
            )
        else:
            code = "frame.due_before_received"
            message = (
                "Dòng %(row)s: ô %(cell)s (%(column)s) – ngày hẹn trả %(day)s trước ngày nhận "
                "%(received)s."
            )
        self._add(code, message, row, field, **days)

    def cell_count(self, row: int, n: int) -> None:
        self.all.add(
            Problem(
                "frame.cell_count",
                "Dòng %(row)s: có %(n)s ô, tiêu đề có %(width)s.",
                {"row": row, "n": n, "width": len(self.headings)},
            )
        )

    def duplicate(self, row: int, code: str, first: int) -> None:
        self._add(
            "frame.duplicate_code",
            "Dòng %(row)s: ô %(cell)s (%(column)s) – mã hồ sơ “%(code)s” đã có ở dòng %(first)s.",
            row,
            "dossier_code",
            code=code,
            first=first,
        )

    def _add(self, fault: str, message: str, row: int, field: str, /, **facts: object) -> None:
        place = self.places.get(field)
        where = {
            "row": row,
            "cell": f"{letters(place)}{row}" if place is not None else "–",
            "column": self.headings[place] if place is not None else BY_NAME[field].vi,
        }
        self.all.add(Problem(fault, message, where | facts))
