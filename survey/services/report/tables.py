"""Tables of the report and its annexes, as texts for paper and numbers for a workbook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from survey.render import numbers
from survey.render.columns import SUPPRESSED
from survey.render.figures.importance import Point
from survey.render.report import Block, Paragraph, Table
from survey.render.table import ResultRow, ResultTable

_VI = "vi"
#: Kinds of columns: how a cell is written, and the number format of a workbook.
COUNT, SHARE, POINTS, INDEX, TEXT = "#,##0", "0.0%", "0.00", "0.00####", ""


def _written(value: Any, shape: str) -> str:
    if value is None:
        return numbers.MISSING
    if shape == SHARE:
        return numbers.percent(value, 1, _VI)
    if shape == "0.000":
        return numbers.number(value, 3, _VI)
    if shape == TEXT:
        return str(value)
    if shape == INDEX:
        return numbers.published(value, _VI)
    return numbers.number(value, 0 if shape == COUNT else 2, _VI)


def made(
    caption: str,
    columns: Sequence[tuple[str, str, float]],
    rows: Sequence[tuple[Any, ...]],
    source: str,
    *,
    landscape: bool = False,
) -> Table:
    """``columns``: title, format and width of each; ``rows``: values."""
    shapes = tuple(shape for _, shape, _ in columns)
    return Table(
        caption=caption,
        head=tuple(title for title, _, _ in columns),
        align="".join("r" if shape else "l" for shape in shapes),
        rows=tuple(tuple(_written(v, s) for v, s in zip(row, shapes, strict=True)) for row in rows),
        source=source,
        widths=tuple(width for *_, width in columns),
        landscape=landscape,
        values=tuple(tuple(row) for row in rows),
        formats=shapes,
    )


def origin(table: ResultTable) -> str:
    """Where the figures under a table come from."""
    synthetic = ", số liệu giả lập" if table.synthetic else ""
    return (
        f"{table.organisation}, “{table.wave_title[_VI]}”, lần tính {table.run_id} ngày "
        f"{numbers.day(table.computed_on, _VI)}{synthetic}; căn cứ từng số: "
        f"/ket-qua/{table.wave_slug}/can-cu"
    )


def responses(table: ResultTable) -> Table:
    columns = [("Đơn vị", TEXT, 3.0), ("Số hồ sơ", COUNT, 1.2), ("Phiếu phát ra", COUNT, 1.2),
               ("Phiếu trả lời", COUNT, 1.2), ("Tỷ lệ trả lời", SHARE, 1.2)]  # fmt: skip
    rows = [
        (name(row), row.n_population, row.n_issued, row.n_respondents, row.response_rate)
        for row in (*table.rows, table.whole)
    ]
    return made("Phụ lục 1. Phiếu phát ra và thu về", columns, rows, origin(table))


def satisfaction(table: ResultTable) -> Table:
    level = numbers.percent(table.level, 0, _VI)
    columns = [("Đơn vị", TEXT, 2.6), ("Số phiếu", COUNT, 0.9), ("Tỷ lệ hài lòng", SHARE, 1.1),
               ("Sai số chuẩn", SHARE, 1.0), (f"Cận dưới {level}", SHARE, 1.0),
               (f"Cận trên {level}", SHARE, 1.0), ("Chưa gia quyền", SHARE, 1.0),
               ("Không công bố vì", TEXT, 1.6)]  # fmt: skip
    rows = [
        (name(row), row.n_respondents, row.satisfaction, row.satisfaction_se,
         row.satisfaction_low, row.satisfaction_high, row.unweighted,
         SUPPRESSED[row.suppressed][_VI])
        for row in (*table.rows, table.whole)
    ]  # fmt: skip
    return made("Phụ lục 2. Tỷ lệ hài lòng", columns, rows, origin(table))


def index(table: ResultTable) -> Table:
    """Units by index, highest first; those without a figure last."""
    ranked = sorted(
        table.rows, key=lambda row: (row.index_percent is None, -(row.index_percent or 0), row.name)
    )
    level = numbers.percent(table.level, 0, _VI)
    columns = [("Đơn vị", TEXT, 1.9), ("Điểm thẩm định", POINTS, 0.9),
               ("Điểm điều tra", POINTS, 0.85), ("Tổng điểm", POINTS, 0.85),
               (f"Cận dưới {level}", POINTS, 0.85), (f"Cận trên {level}", POINTS, 0.85),
               ("Chỉ số (%)", INDEX, 0.85), ("Xếp loại", TEXT, 2.6)]  # fmt: skip
    rows = [
        (row.name, row.verified_points, row.survey_points, row.total, row.total_low, row.total_high,
         row.index_percent, row.band[_VI] if row.band else SUPPRESSED[row.suppressed][_VI])
        for row in ranked
    ]  # fmt: skip
    return made("Bảng 1. Chỉ số và xếp loại các đơn vị", columns, rows, origin(table))


def areas(table: ResultTable) -> Table:
    """Points by area, the maximum that applies beside them."""

    def points(row: ResultRow, area: str) -> float | None:
        return next((s.points for s in row.areas if s.id == area), None)

    def lost(row: ResultRow) -> float | None:
        return sum(s.max_points - s.points for s in row.areas) if row.areas else None

    columns = [("Đơn vị", TEXT, 2.0)]
    columns += [(area.title[_VI], POINTS, 1.0) for area in table.areas]
    columns += [("Điểm bị mất", POINTS, 0.9)]
    rows = [
        (row.name, *(points(row, area.id) for area in table.areas), lost(row)) for row in table.rows
    ]
    return made("Phụ lục 3. Điểm theo lĩnh vực", columns, rows, origin(table), landscape=True)


def alerts(table: ResultTable) -> Iterator[Block]:
    """Who must answer and for what, by the scheme's rules."""
    rows = [(row.name, "; ".join(a.text[_VI].rstrip(".") for a in row.alerts))
            for row in table.rows if row.alerts]  # fmt: skip
    if not rows:
        yield Paragraph("Không đơn vị nào thuộc diện phải có phương án khắc phục.")
        return
    yield Paragraph(
        f"{len(rows)} đơn vị thuộc diện phải gửi phương án khắc phục theo quy định của bộ chỉ số:"
    )
    columns = [("Đơn vị", TEXT, 1.0), ("Lý do", TEXT, 3.0)]
    yield made("Bảng 2. Đơn vị phải có phương án khắc phục", columns, rows, origin(table))


def drivers(points: Sequence[Point], table: ResultTable) -> Table:
    columns = [("Nội dung", TEXT, 2.4), ("Tỷ lệ hài lòng", SHARE, 1.0),
               ("Tương quan với hài lòng chung", POINTS, 1.2), ("Cận dưới", POINTS, 0.9),
               ("Cận trên", POINTS, 0.9), ("Hệ số hồi quy chuẩn hoá", POINTS, 1.2),
               ("Sai số chuẩn", POINTS, 0.9)]  # fmt: skip
    rows = [
        (p.title[_VI], p.performance, p.importance, p.importance_low, p.importance_high, p.beta,
         p.beta_se)
        for p in points
    ]  # fmt: skip
    return made("Phụ lục 4. Điều đi cùng với hài lòng chung", columns, rows, origin(table))


def check(table: ResultTable, number: int | None, manifest: str, key: str, annex: int = 5) -> Table:
    """With what a reader can compute the table again."""
    released = f"bản {number}" if number else "chưa công bố"
    facts: list[tuple[str, str]] = [
        ("Bản công bố", released),
        ("sha256 của manifest.json", manifest or "–"),
        ("Khoá công khai (Ed25519)", key or "–"),
        ("Bộ chỉ số", table.scheme_title[_VI]),
        ("sha256 của bộ chỉ số", table.scheme_sha256),
        ("Hạt giống rút mẫu", table.sample_seed or "–"),
        ("Lần tính", table.run_id),
        ("Căn cứ của từng số", f"/ket-qua/{table.wave_slug}/can-cu, và trang của từng đơn vị"),
        ("Cách kiểm tra", "flask index verify TỆP --key KHOÁ (không cần cơ sở dữ liệu)"),
    ]
    columns = [("Mục", TEXT, 1.0), ("Giá trị", TEXT, 2.6)]
    return made(f"Phụ lục {annex}. Kiểm tra lại bảng", columns, facts, origin(table))


def name(row: ResultRow) -> str:
    """A unit's name, or that of all of them."""
    return row.name or "Toàn đợt"
