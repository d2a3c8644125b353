"""Outlines of units from GeoJSON (RFC 7946), for maps.  None is shipped; the office loads them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.text import clean_line
from survey.errors import InvalidInput, Problem
from survey.store import audit, units
from survey.store.models import UnitBoundary

#: Properties under which files keep a unit's code.
CODE_NAMES = ("code", "unit_code", "ma_xa", "maxa", "ma", "MA_XA", "ID_3", "gso_code")
#: Rounded to some ten metres: enough for a map on paper, a tenth of the file.
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Loaded:
    n_units: int
    #: Codes of the file that no unit of that day has.
    unknown: tuple[str, ...]


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

    Raises InvalidInput with all faults; nothing is half loaded.  Codes without a unit are named
    in the result: a file may hold a whole country.
    """
    features = _features(content)
    found: dict[int, list] = {}
    problems: list[Problem] = []
    unknown: list[str] = []
    for number, feature in enumerate(features, start=1):
        try:
            code, polygons = _code(feature, code_name), _polygons(feature)
        except ValueError as fault:
            problems.append(
                Problem("boundary.bad_feature", "Đối tượng %(row)s: %(fault)s.",
                        {"row": number, "fault": str(fault)})
            )  # fmt: skip
            continue
        unit = units.valid_on(session, code, on)
        if unit is None:
            unknown.append(code)
        else:
            found.setdefault(unit.id, []).extend(polygons)
    if problems or not found:
        raise InvalidInput(
            "Không nạp được ranh giới: %(n)s lỗi, %(units)s đơn vị nhận ra được.",
            problems, code="boundary.invalid", n=len(problems), units=len(found),
        )  # fmt: skip
    for unit_id, polygons in found.items():
        stored = session.get(UnitBoundary, unit_id) or UnitBoundary(unit_id=unit_id)
        stored.polygons, stored.source = polygons, clean_line(source)
        stored.loaded_at, stored.loaded_by = now, by
        session.add(stored)
    audit.append(session, "boundaries.loaded", by=by, at=now, source=source, n=len(found))
    return Loaded(len(found), tuple(unknown))


def of_wave(session: Session, wave_id: int) -> tuple[dict[str, Any], str]:
    """Outlines by ``code@valid_from``, and where they come from."""
    own = {unit.id: f"{unit.code}@{unit.valid_from}" for unit in units.of_wave(session, wave_id)}
    stored = session.scalars(select(UnitBoundary).where(UnitBoundary.unit_id.in_(own))).all()
    sources = sorted({each.source for each in stored})
    return {own[each.unit_id]: each.polygons for each in stored}, "; ".join(sources)


def _features(content: bytes) -> list[Any]:
    try:
        data = json.loads(content)
        features = data["features"]
        if data.get("type") != "FeatureCollection" or not isinstance(features, list):
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InvalidInput(
            "Tệp không phải GeoJSON FeatureCollection.", code="boundary.not_geojson"
        ) from None
    return features


def _code(feature: Any, code_name: str) -> str:
    properties = feature.get("properties") if isinstance(feature, Mapping) else None
    names = (code_name,) if code_name else CODE_NAMES
    for name in names:
        value = (properties or {}).get(name)
        if value not in (None, ""):
            return str(value).strip().zfill(5)
    raise ValueError(f"không có mã đơn vị ({', '.join(names)})")


def _polygons(feature: Mapping[str, Any]) -> list[list[list[list[float]]]]:
    geometry = feature.get("geometry") or {}
    kind, given = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        raise ValueError("không phải Polygon hay MultiPolygon")
    try:
        shapes = [given] if kind == "Polygon" else given
        return [[_ring(ring) for ring in shape] for shape in shapes]
    except (TypeError, IndexError):
        raise ValueError("toạ độ không đọc được") from None


def _ring(ring: Any) -> list[list[float]]:
    points = [[round(float(p[0]), _DIGITS), round(float(p[1]), _DIGITS)] for p in ring]
    if len(points) < 4 or not all(-180 <= x <= 180 and -90 <= y <= 90 for x, y in points):
        raise ValueError("vòng dưới bốn điểm, hoặc không phải kinh độ, vĩ độ WGS 84")
    return points
