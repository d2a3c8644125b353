"""Faults of a scheme in words, each with the cell or the key where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from analysis.index.scheme_fault import Fault
from survey.errors import Problem

#: What the linter's codes mean to a person.
_WORDS = {
    problem.code: problem.message
    for problem in (
        Problem("not_table", "%(place)s: phải là một nhóm thiết lập."),
        Problem("not_list", "%(place)s: phải là một danh sách."),
        Problem("unknown_setting", "%(place)s: không có thiết lập “%(name)s”."),
        Problem("not_text", "%(place)s: phải là chữ."),
        Problem("missing", "%(place)s: để trống."),
        Problem("not_date", "%(place)s: phải là ngày (2024-01-31)."),
        Problem("bad_decimals", "%(place)s: phải là số nguyên từ 0 đến 6."),
        Problem("not_positive", "%(place)s: phải là số lớn hơn 0."),
        Problem("not_percentage", "%(place)s: phải là số từ 0 đến 100."),
        Problem("not_share", "%(place)s: phải là số lớn hơn 0, không quá 1 (0,75 là 75%%)."),
        Problem("not_one_of", "%(place)s: phải là một trong: %(allowed)s."),
        Problem("not_yes_no", "%(place)s: phải là có hoặc không."),
        Problem("no_area", "%(place)s: bộ chỉ số cần ít nhất một lĩnh vực."),
        Problem("no_criterion", "%(place)s: lĩnh vực chưa có tiêu chí nào."),
        Problem("no_leaf", "%(place)s: tiêu chí chưa có tiêu chí thành phần nào."),
        Problem("no_concept", "%(place)s: điểm khảo sát phải nêu khái niệm được hỏi."),
        Problem("two_rules", "%(place)s: khái niệm “%(concept)s” đã được chấm theo cách khác."),
        Problem("sum_differs", "%(place)s: ghi %(written)s điểm, các phần cộng lại được %(sum)s."),
        Problem("input_twice", "%(place)s: “%(name)s” đã dùng cho “%(other)s”."),
        Problem("no_band", "%(place)s: bộ chỉ số cần ít nhất một mức xếp loại."),
        Problem("same_cut", "%(place)s: đã có mức xếp loại khác bắt đầu từ %(index)s."),
        Problem("lowest_band", "%(place)s: mức thấp nhất phải nhận mọi đơn vị (từ 0, không sàn)."),
        Problem("id_twice", "%(place)s: mã “%(name)s” dùng %(n)s lần."),
        Problem("no_title", "%(place)s: cần tên tiếng Việt và tên tiếng Anh."),
        Problem(
            "bad_text",
            "%(place)s: có ký tự không nhìn thấy, chữ tách dấu, hoặc dấu cách ở đầu, cuối.",
        ),
        Problem("bad_weights", "%(place)s: mỗi phương án cần một hệ số từ 0 đến 1."),
        Problem("bad_scores", "%(place)s: mỗi mức trả lời 1 đến 5 cần 0, 1 hoặc 2 điểm."),
        Problem("no_tiers", "%(place)s: cần ít nhất một bậc."),
        Problem("bad_tier", "%(place)s: bậc cần hai số: từ giá trị nào, được mấy điểm."),
        Problem("tier_twice", "%(place)s: hai bậc bắt đầu từ cùng một giá trị."),
        Problem("tier_points", "%(place)s: điểm của bậc phải từ 0 đến điểm tối đa."),
        Problem("tiers_fall", "%(place)s: bậc cao hơn lại được ít điểm hơn."),
        Problem("bad_formula", "%(place)s: công thức sai từ ký tự thứ %(column)s."),
        Problem("unknown_name", "%(place)s: công thức dùng “%(name)s”, ở đây không có."),
        Problem(
            "off_scale",
            "%(place)s: khi %(percent)s%% hài lòng, công thức không cho điểm từ 0 đến %(maximum)s.",
        ),
        Problem("no_names", "%(place)s: công thức không dùng số liệu nào của đơn vị."),
    )
}


def problems(faults: Iterable[Fault], places: Mapping[str, str] | None = None) -> list[Problem]:
    """Each fault told with its place: a cell (``Tiêu chí!E7``) where ``places`` knows it."""
    return [
        Problem(
            f"scheme.{fault.code}",
            _WORDS[fault.code],
            {"place": place_of(fault.place, places), **fault.facts},
        )
        for fault in faults
    ]


def place_of(path: str, places: Mapping[str, str] | None) -> str:
    """The cell of a path, or of the nearest thing around it; without a workbook the path."""
    if places is None:
        return path or "TOML"
    while path not in places and path:
        cut = max(path.rfind("."), path.rfind("["))
        path = path[: max(cut, 0)]
    return places.get(path, "XLSX")
