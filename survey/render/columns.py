"""The columns of the result table, in one place for the page, the CSV file and the workbook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from survey.render import numbers
from survey.render.table import Area, Concept, ResultRow, ResultTable, Text

Value = str | int | float | date | None


class Kind(StrEnum):
    """What a column holds: decides alignment, number format and rounding."""

    TEXT = "text"
    DATE = "date"
    COUNT = "count"
    #: In [0, 1], shown as a percentage with one decimal.
    SHARE = "share"
    #: Two decimals.
    POINTS = "points"
    #: Already in percent, two decimals.
    PERCENT = "percent"
    #: One decimal.
    SIZE = "size"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``key`` is its stable name in files, ``help`` says how it was made."""

    key: str
    title: Text
    kind: Kind
    help: Text
    #: Called with the row and the language of its texts.
    value: Callable[[ResultRow, str], Value]

    @property
    def is_number(self) -> bool:
        return self.kind not in (Kind.TEXT, Kind.DATE)


def columns(table: ResultTable) -> list[Column]:
    """All columns of this table in reading order; concepts of its scheme in the middle."""
    level = {lang: numbers.percent(table.level, 0, lang) for lang in ("vi", "en")}
    return [
        *_identity(),
        *_sample(),
        *_satisfaction(level),
        *(column for concept in table.concepts for column in _concept(concept)),
        *(column for area in table.areas for column in _area(area)),
        *_index(level),
    ]


def formatted(column: Column, row: ResultRow, language: str) -> str:
    """A cell as its reader writes it; a dash where there is no figure."""
    value = column.value(row, language)
    match column.kind:
        case Kind.TEXT:
            return str(value or "")
        case Kind.DATE:
            return numbers.day(value, language)
        case Kind.COUNT:
            return numbers.count(value, language)
        case Kind.SHARE:
            return numbers.percent(value, 1, language)
        case Kind.SIZE:
            return numbers.number(value, 1, language)
        case Kind.POINTS:
            return numbers.number(value, 2, language)
        case Kind.PERCENT:
            return numbers.published(value, language)


@dataclass(frozen=True, slots=True)
class PageRow:
    """A row with its cells as text, by column key."""

    row: ResultRow
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class PageTable:
    """The table as a template prints it; the template chooses columns by key."""

    columns: dict[str, Column]
    rows: tuple[PageRow, ...]
    whole: PageRow


def page_table(table: ResultTable, language: str) -> PageTable:
    """Every cell formatted, rows in the order of the table."""
    chosen = columns(table)

    def page_row(row: ResultRow) -> PageRow:
        return PageRow(row, {column.key: formatted(column, row, language) for column in chosen})

    return PageTable(
        columns={column.key: column for column in chosen},
        rows=tuple(page_row(row) for row in table.rows),
        whole=page_row(table.whole),
    )


#: Why a row shows no estimates, in words.
SUPPRESSED: dict[str, Text] = {
    "": {"vi": "", "en": ""},
    "small_n": {"vi": "quá ít phiếu", "en": "too few answers"},
    "no_answers": {"vi": "không có phiếu", "en": "no answers"},
    "secondary": {"vi": "để không suy ra đơn vị khác", "en": "protects another unit"},
}


def _column(key: str, vi: str, en: str, kind: Kind, help_vi: str = "", help_en: str = "") -> Column:
    return Column(
        key,
        {"vi": vi, "en": en},
        kind,
        {"vi": help_vi, "en": help_en},
        lambda row, _: _get(row, key),
    )


def _get(row: ResultRow, name: str) -> Any:
    return getattr(row, name)


def _identity() -> list[Column]:
    return [
        _column("unit_code", "Mã đơn vị", "Unit code", Kind.TEXT),
        _column(
            "valid_from",
            "Mã có hiệu lực từ",
            "Code valid from",
            Kind.DATE,
            "Mã đơn vị có thể được cấp lại cho nơi khác: khóa là mã cùng ngày hiệu lực.",
            "Unit codes are given again to other places: the key is code and date together.",
        ),
        _column("name", "Đơn vị", "Unit", Kind.TEXT),
    ]


def _sample() -> list[Column]:
    return [
        _column(
            "n_population", "Số hồ sơ (N)", "Dossiers (N)", Kind.COUNT,
            "Hồ sơ của đơn vị trong khung mẫu.", "Dossiers of the unit in the frame.",
        ),
        _column(
            "n_issued", "Số phiếu phát", "Invited", Kind.COUNT,
            "Hồ sơ được chọn và đã phát mã, gồm cả mẫu dự phòng đã dùng.",
            "Sampled dossiers that got a code, released reserves included.",
        ),
        _column(
            "n_respondents", "Số phiếu trả lời (n)", "Answers (n)", Kind.COUNT,
            "Phiếu trả lời được tính.", "Answers that count.",
        ),
        _column("response_rate", "Tỷ lệ trả lời", "Response rate", Kind.SHARE),
        _column(
            "n_effective", "Cỡ mẫu hiệu dụng", "Effective n", Kind.SIZE,
            "Số phiếu của một mẫu ngẫu nhiên đơn giản cho độ chính xác như vậy do quyền số.",
            "Size of a simple random sample that would be as precise, given the weights.",
        ),
    ]  # fmt: skip


def _satisfaction(level: Text) -> list[Column]:
    return [
        _column(
            "satisfaction", "Tỷ lệ hài lòng", "Satisfied", Kind.SHARE,
            "Phần câu trả lời “Hài lòng” và “Rất hài lòng”, có gia quyền.",
            "Weighted share of answers “satisfied” and “very satisfied”.",
        ),
        _column("satisfaction_se", "Sai số chuẩn", "Standard error", Kind.SHARE),
        _column(
            "satisfaction_low", f"Cận dưới {level['vi']}", f"Lower {level['en']}", Kind.SHARE
        ),
        _column(
            "satisfaction_high", f"Cận trên {level['vi']}", f"Upper {level['en']}", Kind.SHARE
        ),
        _column(
            "unweighted", "Chưa gia quyền", "Unweighted", Kind.SHARE,
            "Tỷ lệ đếm thẳng từ phiếu; để so sánh, không dùng tính điểm.",
            "Plain share of the answers; for comparison, not used for points.",
        ),
    ]  # fmt: skip


def _concept(concept: Concept) -> list[Column]:
    def of(row: ResultRow, figure: str) -> float | None:
        found = [getattr(s, figure) for s in row.concepts if s.id == concept.id]
        return found[0] if found else None

    maximum = {lang: numbers.number(concept.max_points, 2, lang) for lang in ("vi", "en")}
    vi, en = concept.title["vi"], concept.title["en"]
    return [
        Column(
            f"{concept.id}_satisfaction",
            {"vi": f"{vi}: tỷ lệ hài lòng", "en": f"{en}: satisfied"},
            Kind.SHARE,
            {"vi": "", "en": ""},
            lambda row, _: of(row, "satisfaction"),
        ),
        Column(
            f"{concept.id}_points",
            {
                "vi": f"{vi}: điểm (tối đa {maximum['vi']})",
                "en": f"{en}: points of {maximum['en']}",
            },
            Kind.POINTS,
            {"vi": "", "en": ""},
            lambda row, _: of(row, "points"),
        ),
    ]


def _area(area: Area) -> list[Column]:
    def points(row: ResultRow, _: str) -> float | None:
        return next((score.points for score in row.areas if score.id == area.id), None)

    def ratio(row: ResultRow, _: str) -> float | None:
        found = (score for score in row.areas if score.id == area.id)
        return next((score.points / score.max_points for score in found), None)

    vi, en = area.title["vi"], area.title["en"]
    return [
        Column(
            f"area_{area.id}_points", {"vi": f"{vi}: điểm", "en": f"{en}: points"}, Kind.POINTS,
            {"vi": "", "en": ""}, points,
        ),
        Column(
            f"area_{area.id}_ratio",
            {"vi": f"{vi}: % điểm tối đa", "en": f"{en}: % of maximum"},
            Kind.SHARE,
            {
                "vi": "So với điểm tối đa của các tiêu chí áp dụng cho đơn vị.",
                "en": "Of the maximum of the criteria that apply to the unit.",
            },
            ratio,
        ),
    ]  # fmt: skip


def _index(level: Text) -> list[Column]:
    return [
        _column("survey_points", "Điểm điều tra", "Survey points", Kind.POINTS),
        _column("verified_points", "Điểm thẩm định", "Verified points", Kind.POINTS),
        _column("total", "Tổng điểm", "Total points", Kind.POINTS),
        _column(
            "total_se", "Sai số chuẩn của tổng", "Standard error of total", Kind.POINTS,
            "Chỉ gồm sai số chọn mẫu của phần điều tra; điểm thẩm định không có sai số chọn mẫu.",
            "Sampling error of the survey part only; verified points have none.",
        ),
        _column(
            "total_low", f"Tổng: cận dưới {level['vi']}", f"Total: lower {level['en']}",
            Kind.POINTS,
        ),
        _column(
            "total_high", f"Tổng: cận trên {level['vi']}", f"Total: upper {level['en']}",
            Kind.POINTS,
        ),
        _column(
            "denominator", "Điểm tối đa áp dụng", "Applicable maximum", Kind.POINTS,
            "Tiêu chí không áp dụng cho đơn vị không nằm trong mẫu số.",
            "Criteria that do not apply to the unit are left out.",
        ),
        _column("index_percent", "Chỉ số (%)", "Index (%)", Kind.PERCENT),
        Column(
            "band", {"vi": "Xếp loại", "en": "Band"}, Kind.TEXT, {"vi": "", "en": ""},
            lambda row, language: row.band[language] if row.band else None,
        ),
        Column(
            "alerts", {"vi": "Cảnh báo", "en": "Alerts"}, Kind.TEXT, {"vi": "", "en": ""},
            lambda row, language: "; ".join(alert.text[language] for alert in row.alerts),
        ),
        Column(
            "suppressed", {"vi": "Không công bố vì", "en": "Not published because"}, Kind.TEXT,
            {"vi": "", "en": ""}, lambda row, language: SUPPRESSED[row.suppressed][language],
        ),
    ]  # fmt: skip
