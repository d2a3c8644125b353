"""A wave's set-up as a TOML file: what the office decides before a frame is loaded."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from survey.domain import household_round, wave
from survey.domain.contact import rule_faults
from survey.domain.paradata import office_faults
from survey.errors import InvalidInput, Problem

#: Key -> what it must be.
KEYS: dict[str, type] = {
    "slug": str,
    "titles": dict,
    "organisation": str,
    "contact": str,
    "window": list,
    "fieldwork": list,
    "questionnaire": str,
    "scheme": str,
    "units": list,
}
OPTIONAL: dict[str, type] = {"settings": dict}
#: Whom a wave asks, as schemes name them.
GROUPS = ("citizen", "enterprise", "deputy", "front", "leader", "official")


def read(content: bytes) -> dict[str, Any]:
    """Read a set-up.  Raises InvalidInput with all faults, each naming its key."""
    try:
        data = tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        fault = Problem(
            "wave_file.toml", "Tệp không đọc được dạng TOML: %(reason)s", {"reason": str(error)}
        )
        raise _invalid([fault]) from error
    return checked(data)


def checked(data: dict[str, Any]) -> dict[str, Any]:
    """The same set-up if it is sound.  Raises InvalidInput with all faults, each naming its key."""
    problems = list(_faults(data))
    if problems:
        raise _invalid(problems)
    return data


def _faults(data: Mapping[str, Any]) -> Iterator[Problem]:
    for key, kind in KEYS.items():
        if not isinstance(data.get(key), kind) or not data[key]:
            yield Problem("wave_file.missing", "Thiếu hoặc sai “%(key)s”.", {"key": key})
    for key in sorted(set(data) - set(KEYS) - set(OPTIONAL)):
        yield Problem("wave_file.unknown", "Không có mục nào tên “%(key)s”.", {"key": key})
    titles = data.get("titles")
    if isinstance(titles, dict) and not (titles.get("vi") and titles.get("en")):
        yield Problem("wave_file.titles", "“titles” cần cả vi và en.")
    for key in ("window", "fieldwork"):
        days = data.get(key)
        if isinstance(days, list) and not _is_span(days):
            yield Problem(
                "wave_file.span", "“%(key)s” cần hai ngày, ngày đầu trước ngày cuối.", {"key": key}
            )
    settings = data.get("settings")
    if isinstance(settings, dict):
        if "contact_rule" in settings:
            yield from rule_faults(settings["contact_rule"])
        yield from office_faults(settings)
        yield from _group_faults(settings)
        if settings.get(wave.SURVEY, wave.NO_SURVEY) != wave.NO_SURVEY:
            yield Problem("wave_file.survey", "“survey” chỉ có thể là “none”: năm không khảo sát.")
        if household_round.SETTING in settings:
            yield from household_round.round_faults(settings[household_round.SETTING])


def _group_faults(settings: Mapping[str, Any]) -> Iterator[Problem]:
    if settings.get("group", "citizen") not in GROUPS:
        names = ", ".join(GROUPS)
        yield Problem("wave_file.group", "“group” là một trong: %(names)s.", {"names": names})
    companions = settings.get("companions", [])
    texts = isinstance(companions, list) and all(isinstance(each, str) for each in companions)
    if not texts or len(set(companions)) < len(companions):
        yield Problem(
            "wave_file.companions",
            "“companions” là danh sách tên ngắn của các đợt, mỗi đợt một lần.",
        )


def _is_span(days: list[Any]) -> bool:
    return len(days) == 2 and all(type(day) is date for day in days) and days[0] <= days[1]


def _invalid(problems: list[Problem]) -> InvalidInput:
    return InvalidInput(
        "Tệp đợt khảo sát có %(n)s lỗi; chưa lập gì.",
        problems,
        code="wave_file.invalid",
        n=len(problems),
    )
