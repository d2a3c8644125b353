"""Differences of schemes, and recomputations under another one, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analysis.index import scheme_diff
from analysis.index.scheme import Scheme
from analysis.index.scheme_diff import Difference
from analysis.index.scheme_fault import written
from survey.domain import scheme_sheets
from survey.errors import Problem

_WORDS = {
    problem.code: problem.message
    for problem in (
        Problem("added", "Thêm %(part)s “%(title)s” (%(id)s): %(after)s"),
        Problem("removed", "Bỏ %(part)s “%(title)s” (%(id)s): %(before)s"),
        Problem("changed", "Đổi %(part)s “%(title)s” (%(id)s), %(field)s: %(before)s → %(after)s"),
        Problem("scheme", "bộ chỉ số"),
        Problem("area", "lĩnh vực"),
        Problem("criterion", "tiêu chí"),
        Problem("leaf", "tiêu chí thành phần"),
        Problem("band", "mức xếp loại"),
        Problem("title", "tên"),
        Problem("max", "điểm tối đa"),
        Problem("rule", "cách tính"),
        Problem("source", "nguồn điểm"),
        Problem("group", "nhóm được hỏi"),
        Problem("concept", "khái niệm được hỏi"),
        Problem("in", "thuộc"),
        Problem("place", "thứ tự"),
        Problem("valid_from", "ngày hiệu lực"),
        Problem("legal_source", "văn bản"),
        Problem("decimals", "số chữ số thập phân"),
        Problem("rounding", "cách làm tròn"),
        Problem("no_survey", "năm không khảo sát"),
        Problem("min_index", "từ chỉ số"),
        Problem("area_floor", "sàn lĩnh vực"),
        Problem("criterion_floor", "sàn tiêu chí"),
        Problem("alert", "phải giải trình"),
        Problem("alert_below", "cảnh báo dưới"),
        Problem("not_applicable", "khi không áp dụng"),
        Problem("name", "mã"),
        Problem("sample", "bộ chỉ số mẫu"),
        Problem("bonus_max", "tổng điểm thưởng"),
        Problem("penalty_max", "tổng điểm trừ"),
        Problem("band_on", "xếp loại theo"),
    )
}
_NOTES = {
    problem.code: problem.message
    for problem in (
        Problem(
            "label",
            "TÍNH THỬ: số liệu của đợt “%(wave)s” theo “%(scheme)s”; không phải kết quả của đợt.",
        ),
        Problem(
            "carried",
            "%(carried)s trong %(max)s điểm tối đa của bộ chỉ số này có số liệu; phần còn lại "
            "không tính.",
        ),
        Problem("missing", "Không có số liệu: %(title)s (%(id)s, %(max)s điểm)."),
        Problem("dropped", "Bộ chỉ số này không còn: %(title)s (%(id)s, %(max)s điểm)."),
        Problem(
            "scaled",
            "%(title)s (%(id)s): giữ tỷ lệ điểm của “%(was)s”, từ tối đa %(was_max)s sang %(max)s.",
        ),
    )
}


def differences(before: Scheme, after: Scheme, language: str = "vi") -> list[Problem]:
    """Each difference as one sentence; the facts may be sentences themselves."""
    return [told(each, language) for each in scheme_diff.differences(before, after)]


def told(found: Difference, language: str = "vi") -> Problem:
    """One difference in words."""
    return Problem(
        f"scheme.{found.kind}",
        _WORDS[found.kind],
        {
            "part": _word(found.part),
            "title": found.title[language],
            "id": found.id,
            "field": _word(found.field) if found.field else "",
            "before": _value(found.before, language),
            "after": _value(found.after, language),
        },
    )


def replay_label(found: Mapping[str, Any], language: str = "vi") -> Problem:
    """What every view of a recomputation carries."""
    facts = {"wave": found["wave"], "scheme": found["after"]["title"][language]}
    return Problem("replay.label", _NOTES["label"], facts)


def replay_notes(found: Mapping[str, Any], language: str = "vi") -> list[Problem]:
    """What the recomputation rests on, and what it could not know."""
    most = found["after"]["max_points"]
    facts = {"carried": written(found["carried_points"]), "max": written(most)}
    notes = [Problem("replay.carried", _NOTES["carried"], facts)]
    for kind in ("missing", "dropped", "scaled"):
        notes += [
            Problem(f"replay.{kind}", _NOTES[kind], _leaf(leaf, language)) for leaf in found[kind]
        ]
    return notes


def _leaf(leaf: Mapping[str, Any], language: str) -> dict[str, Any]:
    plain = {key: written(leaf[key]) for key in ("max", "was_max") if key in leaf}
    return {**leaf, **plain, "title": leaf["title"][language]}


def _word(name: str) -> Problem | str:
    return Problem(f"scheme.word.{name}", _WORDS[name]) if name in _WORDS else name


def _value(value: Any, language: str) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return scheme_sheets.YES if value else scheme_sheets.NO
    if isinstance(value, Mapping):
        if set(value) == {"vi", "en"}:
            return f"“{value[language]}”"
        pairs = (f"{key} = {_value(each, language)}" for key, each in value.items())
        return "; ".join(pair for pair in pairs if not pair.endswith("= ")) or "–"
    if isinstance(value, list):
        return "[" + "; ".join(_value(each, language) for each in value) + "]"
    return written(value) if isinstance(value, int | float) else str(value)
