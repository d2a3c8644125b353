"""A wave's data under another scheme: the table again, beside its own, and what was missing.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.index import carry
from analysis.index.carry import Carrying
from analysis.index.scheme import Leaf, Scheme
from survey.errors import Conflict
from survey.render.table import ResultRow
from survey.services.composition import publish
from survey.store import waves
from survey.store.models import Scheme as StoredScheme
from survey.store.models import SchemeReplay


def compute(session: Session, slug: str, scheme: Scheme, *, now: datetime) -> dict[str, Any]:
    """Recompute a wave under a scheme; nothing is stored.  Raises NotFound, Conflict."""
    own = publish.load(session, slug)
    if all(unit.verified is None for unit in own.units):
        raise Conflict(
            "Đợt “%(slug)s” chưa có điểm thẩm định để tính lại.",
            code="replay.no_points",
            slug=slug,
        )
    asked = publish.load(session, slug, scheme=scheme).concepts
    carried = carry.carrying(own.scheme, scheme, [name for name, items in asked.items() if items])
    other = publish.load(session, slug, scheme=carried.scheme)
    given = [
        replace(u, verified=None if u.verified is None else carried.entered(u.verified))
        for u in other.units
    ]
    before = publish.compute(own, now=now).rows
    after = publish.compute(replace(other, units=given), now=now).rows
    return {
        "wave": slug,
        "before": _scheme(own.scheme),
        "after": _scheme(scheme),
        "carried_points": carried.scheme.max_points,
        "missing": [_leaf(leaf) for leaf in carried.missing],
        "dropped": [_leaf(leaf) for leaf in carried.dropped],
        "scaled": _scaled(carried),
        "rows": _rows(before, after),
    }


def store(session: Session, found: Mapping[str, Any], *, by: str, now: datetime) -> int:
    """Keep a recomputation for its page; return its number."""
    scheme_id = session.scalars(
        select(StoredScheme.id).where(StoredScheme.sha256 == found["after"]["sha256"])
    ).one()
    row = SchemeReplay(
        wave_id=waves.get(session, found["wave"]).id,
        scheme_id=scheme_id,
        result=dict(found),
        made_at=now,
        made_by=by,
    )
    session.add(row)
    session.flush()
    return row.id


def _rows(before: Sequence[ResultRow], after: Sequence[ResultRow]) -> list[dict[str, Any]]:
    ranks = _ranks(before), _ranks(after)
    return [
        {
            "unit_code": old.unit_code,
            "name": old.name,
            "before": _figures(old, ranks[0]),
            "after": _figures(new, ranks[1]),
        }
        for old, new in zip(before, after, strict=True)
    ]


def _ranks(rows: Sequence[ResultRow]) -> dict[str, int]:
    known = [row.index_percent for row in rows if row.index_percent is not None]
    return {
        row.name: 1 + sum(other > row.index_percent for other in known)
        for row in rows
        if row.index_percent is not None
    }


def _figures(row: ResultRow, ranks: Mapping[str, int]) -> dict[str, Any] | None:
    if row.index_percent is None:
        return None
    return {
        "index": row.index_percent,
        "total": row.total,
        "denominator": row.denominator,
        "band": dict(row.band),
        "rank": ranks[row.name],
    }


def _scaled(carried: Carrying) -> list[dict[str, Any]]:
    """Points that were stretched to another maximum, or come from a leaf of another name."""
    new = {leaf.id: leaf for leaf in carried.scheme.leaves}
    return [
        _leaf(new[name]) | {"was": old.id, "was_max": old.max_points}
        for name, old in carried.by_share.items()
        if old.id != name or old.max_points != new[name].max_points
    ]


def _scheme(scheme: Scheme) -> dict[str, Any]:
    return {
        "name": scheme.name,
        "title": dict(scheme.title),
        "sha256": scheme.sha256,
        "max_points": scheme.max_points,
        "decimals": scheme.decimals,
    }


def _leaf(leaf: Leaf) -> dict[str, Any]:
    return {"id": leaf.id, "title": dict(leaf.title), "max": leaf.max_points}
