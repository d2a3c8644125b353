"""Outlines of units from GeoJSON (RFC 7946), for maps.  None is shipped; the office loads them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from survey.domain import outline
from survey.domain.text import clean_line
from survey.errors import InvalidInput, Problem
from survey.render.figures import choropleth
from survey.store import audit, units
from survey.store.models import Unit, UnitBoundary, WaveUnit

#: Properties under which files keep a unit's code.
CODE_NAMES = ("code", "unit_code", "ma_xa", "maxa", "ma", "MA_XA", "ID_3", "gso_code")
#: Properties under which files keep a name, to say which feature is meant.
_NAMES = ("name", "ten", "ten_xa", "tenxa", "TEN_XA", "NAME_3", "Name")
#: Names of WGS 84 in files of before 2016, which could say another system.
_WGS84 = ("CRS84", "4326", "4979")


@dataclass(frozen=True, slots=True)
class Outline:
    unit_id: int
    code: str
    name: str
    polygons: list


@dataclass(frozen=True, slots=True)
class Checked:
    """Outlines by unit, and codes of the file that no unit of that day has."""

    outlines: tuple[Outline, ...]
    unknown: tuple[str, ...]
    n_points: int


@dataclass(frozen=True, slots=True)
class Loaded:
    n_units: int
    #: Codes of the file that no unit of that day has.
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Outlines that came together: where from, of how many units, when, by whom."""

    source: str
    n_units: int
    loaded_at: datetime
    loaded_by: str


def check(session: Session, content: bytes, *, on: date, code_name: str = "") -> Checked:
    """Read a file and judge every feature.  Raises InvalidInput with all faults.

    Codes without a unit are no fault: a file may hold a whole country.
    """
    of_code = {unit.code: unit for unit in session.scalars(_valid_on(on))}
    features = _features(content)
    found, unknown, problems = _recognised(features, code_name, of_code)
    if not found and not problems:
        # Nobody's outlines: say at least what is wrong with them.
        problems = _recognised(features, code_name, dict.fromkeys(unknown))[2]
        codes = ", ".join(unknown[:10]) or "–"
        problems.append(
            Problem(
                "boundary.no_unit",
                "Ngày %(on)s không có đơn vị nào mang mã của tệp: %(codes)s.",
                {"on": f"{on:%d/%m/%Y}", "codes": codes},
            )
        )
    if problems or not found:
        raise InvalidInput(
            "Không nạp được ranh giới: %(n)s lỗi, %(units)s đơn vị nhận ra được.",
            problems, code="boundary.invalid", n=len(problems), units=len(found),
        )  # fmt: skip
    return Checked(
        tuple(
            Outline(of_code[code].id, code, of_code[code].name, shapes)
            for code, shapes in sorted(found.items())
        ),
        tuple(unknown),
        sum(len(ring) for shapes in found.values() for part in shapes for ring in part),
    )


def _recognised(
    features: list[Any], code_name: str, known: Mapping[str, Any]
) -> tuple[dict[str, list], list[str], list[Problem]]:
    """Polygons by code, codes that nobody knows, faults of the others."""
    found: dict[str, list] = {}
    unknown: list[str] = []
    problems: list[Problem] = []
    for number, feature in enumerate(features, start=1):
        facts = {"row": number, "name": _name(feature)}
        try:
            code = _code(feature, code_name, facts)
            if code not in known:
                unknown.append(code)
                continue
            shapes = outline.polygons(feature.get("geometry"), facts)
            found.setdefault(code, []).extend(shapes)
        except outline.Faulty as fault:
            problems.append(fault.problem)
    return found, unknown, problems


def import_file(
    session: Session,
    content: bytes,
    *,
    source: str,
    on: date,
    code_name: str = "",
    by: str,
    now: datetime,
) -> Loaded:
    """Load outlines of the units that exist on a day, in place of earlier ones.

    Raises InvalidInput with all faults; nothing is half loaded.
    """
    source = clean_line(source)
    if not source:
        raise InvalidInput("Hãy ghi ranh giới lấy từ đâu.", code="boundary.no_source")
    checked = check(session, content, on=on, code_name=code_name)
    for each in checked.outlines:
        stored = session.get(UnitBoundary, each.unit_id) or UnitBoundary(unit_id=each.unit_id)
        stored.polygons, stored.source = each.polygons, source
        stored.loaded_at, stored.loaded_by = now, by
        session.add(stored)
    n = len(checked.outlines)
    audit.append(session, "boundaries.loaded", by=by, at=now, source=source, n=n)
    return Loaded(n, checked.unknown)


def preview(checked: Checked, source: str, language: str) -> str:
    """The outlines of a checked file as a picture (SVG)."""
    named = [(each.name, each.polygons) for each in checked.outlines]
    return choropleth.preview(named, source, language)


def listed(session: Session) -> list[Source]:
    """What was loaded, newest first."""
    query = (
        select(
            UnitBoundary.source,
            func.count(),
            func.max(UnitBoundary.loaded_at),
            func.max(UnitBoundary.loaded_by),
        )
        .group_by(UnitBoundary.source, UnitBoundary.loaded_at)
        .order_by(func.max(UnitBoundary.loaded_at).desc())
    )
    return [Source(*row) for row in session.execute(query)]


def of_wave(session: Session, wave_id: int) -> tuple[dict[str, Any], str]:
    """Outlines by ``code@valid_from``, and where they come from."""
    own = {unit.id: f"{unit.code}@{unit.valid_from}" for unit in units.of_wave(session, wave_id)}
    stored = session.scalars(_of_wave(wave_id)).all()
    sources = sorted({each.source for each in stored})
    return {own[each.unit_id]: each.polygons for each in stored}, "; ".join(sources)


def stamp(session: Session, wave_id: int) -> str:
    """What changes when a wave's outlines change; empty without any."""
    query = _of_wave(wave_id).with_only_columns(
        func.count(UnitBoundary.unit_id), func.max(UnitBoundary.loaded_at)
    )
    n, at = session.execute(query).one()
    return f"{n} {at}" if n else ""


def _of_wave(wave_id: int):
    return (
        select(UnitBoundary)
        .join(WaveUnit, WaveUnit.unit_id == UnitBoundary.unit_id)
        .where(WaveUnit.wave_id == wave_id)
    )


def _valid_on(day: date):
    return select(Unit).where(
        Unit.valid_from <= day, or_(Unit.valid_to.is_(None), Unit.valid_to > day)
    )


def _features(content: bytes) -> list[Any]:
    try:
        data = json.loads(content)
        features = data["features"]
        if data.get("type") != "FeatureCollection" or not isinstance(features, list):
            raise ValueError
        system = json.dumps(data.get("crs") or "CRS84")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InvalidInput(
            "Tệp không phải GeoJSON FeatureCollection.", code="boundary.not_geojson"
        ) from None
    if not any(name in system for name in _WGS84):
        raise InvalidInput(
            "Tệp ghi hệ toạ độ %(system)s; hãy chuyển sang WGS 84 (EPSG:4326) trước.",
            code="boundary.system", system=system[:200],
        )  # fmt: skip
    return features


def _properties(feature: Any) -> Mapping[str, Any]:
    found = feature.get("properties") if isinstance(feature, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _name(feature: Any) -> str:
    known = _properties(feature)
    found = next((known[name] for name in (*_NAMES, *CODE_NAMES) if known.get(name)), "")
    return clean_line(str(found))[:80] or "–"


def _code(feature: Any, code_name: str, facts: Mapping[str, Any]) -> str:
    known = _properties(feature)
    names = (code_name,) if code_name else CODE_NAMES
    for name in names:
        value = known.get(name)
        if value not in (None, ""):
            whole = isinstance(value, float) and value.is_integer()
            return str(int(value) if whole else value).strip().zfill(5)
    raise outline.Faulty(
        Problem(
            "boundary.no_code",
            "Đối tượng %(row)s (%(name)s): không có mã đơn vị ở thuộc tính %(names)s; "
            "có: %(known)s.",
            {**facts, "names": ", ".join(names), "known": ", ".join(list(known)[:12]) or "–"},
        )
    )
