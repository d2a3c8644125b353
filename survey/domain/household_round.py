"""What the office decides of a household round, its frame of areas, what a device may report."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from survey.domain.household import METHODS
from survey.domain.text import clean_line
from survey.errors import InvalidInput, Problem

#: Key of a wave's settings; a wave without it is no household round.
SETTING = "household"
#: ``next_birthday``: the respondent's word is taken, nothing can be computed again.
ADULT_RULES = ("roster", "next_birthday")
#: Degrees that a position is rounded to: about 1.1 km, and about 1 m.
GRIDS = {"coarse": 2, "precise": 5}
GPS = ("off", *GRIDS)
PRESENCE = ("no", "part", "all")
#: What an enumerator notes of an interview, and the answers.
OBSERVATIONS = {
    "others": ("nobody", "family", "others"),
    "understood": ("well", "partly", "badly"),
    "willing": ("well", "partly", "badly"),
}
#: In which an interview may be held.
LANGUAGES = ("vi", "en")
COLUMNS = ("code", "name", "unit", "households")
#: Name of the stratum where a frame of areas names none.
WHOLE = "ho_dan"
MAX_HOUSEHOLDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """``areas`` to draw from each unit and stratum, ``households`` from each area."""

    areas: int
    households: int
    method: str = "systematic"
    adult: str = "roster"
    gps: str = "coarse"
    officer: bool = True
    observations: bool = True
    #: Sensitive questions are answered with the device in the respondent's hands.
    handover: bool = True

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Round | None:
        told = settings.get(SETTING)
        return cls(**told) if told else None


@dataclass(frozen=True, slots=True)
class Area:
    """A row of the frame of areas."""

    code: str
    name: str
    unit: str
    households: int
    stratum: str


def round_faults(told: object) -> Iterator[Problem]:
    """What is wrong with a set-up's ``[settings.household]``."""
    names = {field.name for field in fields(Round)}
    if not isinstance(told, dict) or not {"areas", "households"} <= set(told) <= names:
        yield Problem("household.keys", "“household” cần areas, households và chỉ các mục đã biết.")
        return
    limits = {"areas": (2, 1_000), "households": (1, MAX_HOUSEHOLDS)}
    for name, (low, high) in limits.items():
        if type(told[name]) is not int or not low <= told[name] <= high:
            place = {"key": name, "low": low, "high": high}
            yield Problem(
                "household.size", "“household.%(key)s” là số từ %(low)s đến %(high)s.", place
            )
    for name, known in {"method": METHODS, "adult": ADULT_RULES, "gps": GPS}.items():
        if told.get(name, known[0]) not in known:
            place = {"key": name, "names": ", ".join(known)}
            yield Problem("household.choice", "“household.%(key)s” là một trong: %(names)s.", place)
    for name in ("officer", "observations", "handover"):
        if type(told.get(name, True)) is not bool:
            yield Problem(
                "household.flag", "“household.%(key)s” là true hoặc false.", {"key": name}
            )


def read_areas(content: bytes) -> list[Area]:
    """The frame of areas: CSV with `COLUMNS` and, if wanted, ``stratum``.

    Raises InvalidInput with all faults, each with its row.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    except UnicodeDecodeError:
        rows = []
    found, problems, seen = [], [], set()
    for row, told in enumerate(rows, 2):
        made = _area(row, told, seen)
        (problems if isinstance(made, Problem) else found).append(made)
    if not rows or problems:
        fault = Problem("areas.columns", "Tệp khu vực cần các cột code, name, unit, households.")
        raise InvalidInput(
            "Danh sách khu vực có %(n)s lỗi; chưa lưu gì.",
            problems or [fault],
            code="areas.invalid",
            n=len(problems) or 1,
        )
    return found


def _area(row: int, told: Mapping[str, Any], seen: set[str]) -> Area | Problem:
    texts = {name: clean_line(told.get(name) or "") for name in (*COLUMNS, "stratum")}
    if missing := [name for name in COLUMNS if not texts[name]]:
        place = {"row": row, "column": missing[0]}
        return Problem("areas.missing", "Dòng %(row)s: thiếu “%(column)s”.", place)
    code = texts["code"]
    if code in seen:
        place = {"row": row, "code": code}
        return Problem("areas.twice", "Dòng %(row)s: khu vực “%(code)s” đã có ở trên.", place)
    size = texts["households"]
    if not (size.isascii() and size.isdecimal() and 0 < int(size) < 100_000):
        return Problem("areas.size", "Dòng %(row)s: số hộ phải là số dương.", {"row": row})
    seen.add(code)
    return Area(code, texts["name"], texts["unit"], int(size), texts["stratum"] or WHOLE)


def position(told: object, gps: str) -> dict[str, float] | None:
    """Where an interview was, as coarse as the round says whatever the device sent; None: nowhere.

    Without the respondent's recorded consent there is no position.
    """
    if gps not in GRIDS or not isinstance(told, dict) or told.get("consent") is not True:
        return None
    pair = told.get("lat"), told.get("lon")
    if not all(type(value) in (int, float) for value in pair):
        return None
    lat, lon = pair
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        return None
    return {"lat": round(lat, GRIDS[gps]), "lon": round(lon, GRIDS[gps])}


def observed(told: Mapping[str, Any], rules: Round) -> dict[str, Any]:
    """What of an enumerator's notes is known words, as it stands with the answer."""
    found: dict[str, Any] = {}
    if rules.officer and told.get("officer") in PRESENCE:
        found["officer"] = told["officer"]
    notes = told.get("observations")
    if rules.observations and isinstance(notes, dict):
        kept = {name: notes.get(name) for name in OBSERVATIONS}
        found |= {f"seen_{name}": word for name, word in kept.items() if word in OBSERVATIONS[name]}
    return found
