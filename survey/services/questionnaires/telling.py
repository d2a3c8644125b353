"""What changed between two versions, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forms.comparison import Change, Comparison, Item, Verdict
from survey.errors import Problem

#: Aspect -> its name.
_ASPECTS = {
    problem.code: problem
    for problem in (
        Problem("kind", "Loại câu hỏi"),
        Problem("concept", "Khái niệm đo (concept)"),
        Problem("calculation", "Cách tính (calculation)"),
        Problem("choice_filter", "Điều kiện lọc phương án"),
        Problem("required", "Bắt buộc trả lời"),
        Problem("constraint", "Giới hạn câu trả lời (constraint)"),
        Problem("default", "Giá trị đầu"),
        Problem("randomize", "Xáo thứ tự phương án"),
        Problem("sensitive", "Đánh dấu nhạy cảm"),
        Problem("item", "Tên ngắn trong bảng (item)"),
        Problem("trigger", "Câu làm tính lại (trigger)"),
        Problem("labels", "Lời câu hỏi (%(detail)s)"),
        Problem("hints", "Gợi ý (%(detail)s)"),
        Problem("guidance", "Hướng dẫn thêm (%(detail)s)"),
        Problem("required_messages", "Lời nhắc khi bỏ trống (%(detail)s)"),
        Problem("constraint_messages", "Lời nhắc khi quá giới hạn (%(detail)s)"),
        Problem("parameter", "Tham số %(detail)s"),
        Problem("appearance", "Cách hiển thị"),
        Problem("option", "Thêm hoặc bỏ phương án %(detail)s"),
        Problem("missing", "Phương án %(detail)s là lý do thiếu"),
        Problem("option_columns", "Cột lọc của phương án %(detail)s"),
        Problem("option_label", "Lời phương án %(detail)s"),
        Problem("media", "Hình, tiếng kèm câu hỏi (%(detail)s)"),
        Problem("option_media", "Hình, tiếng kèm phương án (%(detail)s)"),
        Problem("options_order", "Thứ tự phương án"),
        Problem("universe", "Ai được hỏi"),
        Problem("universe_source", "Ai được hỏi tuỳ câu đã đổi nghĩa: %(detail)s"),
        Problem("place", "Chỗ đứng giữa các câu khác"),
        Problem("form_id", "Mã phiếu"),
        Problem("version", "Phiên bản"),
        Problem("default_language", "Tiếng chính"),
        Problem("languages", "Các thứ tiếng"),
        Problem("eligibility", "Ai thuộc đối tượng khảo sát"),
        Problem("titles", "Tên phiếu (%(detail)s)"),
        Problem("section", "Tên trang (%(detail)s)"),
    )
}
#: How far answers may be taken together -> in words.
VERDICTS: Mapping[Verdict, Problem] = {
    Verdict(problem.code): problem
    for problem in (
        Problem("same", "Giống hệt"),
        Problem("comparable", "So sánh được"),
        Problem("judge", "Cần người xét"),
        Problem("broken", "Không so sánh được"),
        Problem("added", "Câu mới"),
        Problem("removed", "Câu đã bỏ"),
    )
}


@dataclass(frozen=True, slots=True)
class Told:
    """One difference with the name of what differs."""

    aspect: Problem
    before: str
    after: str
    verdict: Verdict


def told(change: Change) -> Told:
    named = _ASPECTS[change.aspect]
    aspect = Problem(named.code, named.message, {"detail": change.detail})
    return Told(aspect, change.before, change.after, change.verdict)


def title(found: Comparison, item: Item, language: str) -> str:
    """How an item is called: what it asks, else its name."""
    q, row = (found.after, item.after) if item.after else (found.before, item.before)
    return q.text(row.labels, language) or item.name
