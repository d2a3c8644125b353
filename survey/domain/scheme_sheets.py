"""How a scheme stands in a workbook: sheets, headings, and the words for its codes."""

from __future__ import annotations

from typing import Final

HEAD, TREE, BANDS = "Bộ chỉ số", "Tiêu chí", "Xếp loại"

#: Key of the scheme -> what stands beside it; a dot leads into a table.
HEAD_KEYS: Final = {
    "name": "Mã của bộ chỉ số",
    "title.vi": "Tên tiếng Việt",
    "title.en": "Tên tiếng Anh",
    "valid_from": "Có hiệu lực từ ngày (năm-tháng-ngày)",
    "legal_source": "Văn bản ban hành",
    "sample": "Bộ chỉ số mẫu, không phải văn bản (có/không)",
    "decimals": "Số chữ số thập phân khi công bố",
    "rounding": "Cách làm tròn: half_up, half_even, truncate",
    "no_survey": "Năm không khảo sát: rescale (quy đổi), refuse (không tính)",
    "bonus_max": "Tổng điểm thưởng nhiều nhất",
    "penalty_max": "Tổng điểm trừ nhiều nhất",
    "band_on": "Xếp loại theo chỉ số: exact (trước làm tròn), published (sau làm tròn)",
    "alert_below": "Cảnh báo khi chỉ số dưới (%)",
    "max": "Tổng điểm tối đa (để kiểm tra)",
}
#: Key of a row of the tree -> heading.
TREE_COLUMNS: Final = {
    "level": "Cấp",
    "id": "Mã",
    "title.vi": "Tên tiếng Việt",
    "title.en": "Tên tiếng Anh",
    "max": "Điểm tối đa",
    "source": "Nguồn điểm",
    "group": "Nhóm được hỏi",
    "concept": "Khái niệm",
    "rule.kind": "Cách tính",
    "rule": "Tham số",
    "not_applicable": "Khi không áp dụng",
    "alert_below": "Cảnh báo dưới",
    "was": "Mã trước đây",
}
BAND_COLUMNS: Final = {
    "id": "Mã",
    "title.vi": "Tên tiếng Việt",
    "title.en": "Tên tiếng Anh",
    "min_index": "Từ chỉ số (%)",
    "area_floor": "Sàn lĩnh vực (%)",
    "criterion_floor": "Sàn tiêu chí (%)",
    "alert": "Phải giải trình",
}
#: Key -> code -> word.  Both are understood; words are written.
WORDS: Final = {
    "level": {"area": "Lĩnh vực", "criterion": "Tiêu chí", "leaf": "Tiêu chí thành phần"},
    "source": {
        "verified": "thẩm định",
        "survey": "khảo sát",
        "statistic": "số liệu",
        "bonus": "điểm thưởng",
        "penalty": "điểm trừ",
    },
    "group": {
        "citizen": "người dân",
        "enterprise": "doanh nghiệp",
        "deputy": "đại biểu HĐND",
        "front": "MTTQ",
        "leader": "lãnh đạo",
        "official": "công chức",
    },
    "rule.kind": {
        "points": "điểm",
        "share": "tỷ lệ",
        "options": "phương án",
        "tiers": "bậc",
        "tt01": "TT 01/2018",
        "formula": "công thức",
    },
    "not_applicable": {
        "leave": "trừ khỏi mẫu số",
        "full": "đủ điểm",
        "refuse": "luôn áp dụng",
    },
}
YES, NO = "có", "không"
NUMBERS = frozenset(
    {
        *("max", "alert_below", "min_index", "area_floor", "criterion_floor"),
        *("decimals", "bonus_max", "penalty_max"),
    }
)
TRUTHS = frozenset({"sample", "alert"})
#: Rows of the tree that a sheet may have.
MOST_ROWS = 5_000


def code_of(key: str, word: str) -> str:
    """The code behind a word or code; what is not known stays as it is."""
    known = {text.casefold(): code for code, text in WORDS[key].items()}
    return known.get(word.casefold(), word)


def number_of(text: str) -> float | int | str:
    """A number typed with a comma or a point; what is none stays a text."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return text
    if value != value or value in (float("inf"), float("-inf")):
        return text
    return int(value) if value.is_integer() else value


def truth_of(text: str) -> bool | str:
    word = text.casefold()
    if word in (YES, "true", "x", "1", "yes"):
        return True
    return False if word in (NO, "false", "0", "no") else text
