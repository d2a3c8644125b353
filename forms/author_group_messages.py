"""What the author of a questionnaire is told about groups and repeats."""

from __future__ import annotations

#: code -> (Vietnamese, English)
OF_GROUPS: dict[str, tuple[str, str]] = {
    "group.unopened": ("“end group” không có “begin group”.", "“end group” without “begin group”."),
    "group.unclosed": (
        "Nhóm “%(name)s” chưa có “end group”.",
        "The group “%(name)s” has no “end group”.",
    ),
    "group.deep": (
        "Nhóm lồng trong nhóm nhiều nhất %(most)s tầng.",
        "Groups may stand in groups %(most)s deep at most.",
    ),
    "group.empty": ("Nhóm “%(name)s” không có câu hỏi.", "The group “%(name)s” has no question."),
    "repeat.unclosed": (
        "“begin repeat” chưa có “end repeat”.",
        "“begin repeat” without “end repeat”.",
    ),
    "repeat.unopened": (
        "“end repeat” không có “begin repeat”.",
        "“end repeat” without “begin repeat”.",
    ),
    "repeat.rows": (
        "Các lượt của nhóm lặp thành hơn %(most)s dòng; hãy giảm max=… hoặc bớt câu.",
        "All rounds of this repeat make more than %(most)s rows; lower max=… or ask less.",
    ),
    "repeat.max": (
        "Số lượt lặp (parameters: max=…, hoặc repeat_count) từ 1 đến %(most)s.",
        "The number of rounds (parameters: max=…, or repeat_count) is from 1 to %(most)s.",
    ),
    "repeat.more_than_written": (
        "Chỉ có chỗ cho %(most)s lượt; ai trả lời số lớn hơn không được hỏi các lượt sau. "
        "Hãy tăng max=… (tối đa %(limit)s) hoặc giới hạn câu hỏi số lượt: . <= %(most)s.",
        "There is room for %(most)s rounds; whoever answers a larger number is not asked the rest. "
        "Raise max=… (%(limit)s at most) or limit the question that counts: . <= %(most)s.",
    ),
    "repeat.outside": (
        "“%(name)s” nằm trong nhóm lặp; bên ngoài chỉ dùng trong count(), count-non-empty(), "
        "sum(), min(), max(), join(), concat() và indexed-repeat().",
        "“%(name)s” is in a repeat; outside it can only stand in count(), count-non-empty(), "
        "sum(), min(), max(), join(), concat() and indexed-repeat().",
    ),
}
