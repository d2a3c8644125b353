"""What is published of released reserves: counts and codes per stratum, no case, no person."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.collation import sort_key
from survey.domain.disposition import MEANINGS
from survey.store import contacts, waves
from survey.store.models import Case, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class StratumRecord:
    """What the public may know of a stratum: counts and codes, no case and no person."""

    unit_code: str
    unit_name: str
    field: str
    n_main: int
    n_reserve: int
    n_released: int
    #: AAPOR code of the replaced cases -> how many.
    reasons: Mapping[str, int]


def strata(session: Session, slug: str) -> list[StratumRecord]:
    """Releases as they are published: one row a stratum of the draw.  Raises NotFound."""
    wave = waves.get(session, slug)
    reasons: dict[tuple[int, str], Counter[str]] = defaultdict(Counter)
    for made, reserve, _gone in contacts.releases(session, wave.id):
        reasons[reserve.unit_id, reserve.stratum][made.disposition] += 1
    rows = session.execute(
        select(
            Unit.id,
            Unit.code,
            Unit.name,
            Case.stratum,
            func.count().filter(Case.role == "main"),
            func.count().filter(Case.role == "reserve"),
        )
        .join(Unit, Unit.id == Case.unit_id)
        .where(Case.wave_id == wave.id)
        .group_by(Unit.id, Unit.code, Unit.name, Case.stratum)
    )
    found = [
        StratumRecord(
            unit_code=code,
            unit_name=name,
            field=field,
            n_main=main,
            n_reserve=reserve,
            n_released=reasons[unit_id, field].total(),
            reasons=dict(sorted(reasons[unit_id, field].items())),
        )
        for unit_id, code, name, field, main, reserve in rows
    ]
    return sorted(found, key=lambda row: (sort_key(row.unit_name), row.unit_code, row.field))


def record_csv(session: Session, slug: str) -> bytes:
    """The record for programs: one line a stratum and reason.  Raises NotFound."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(
        ["wave", "unit_code", "unit", "field", "main", "reserve", "released", "aapor", "replaced"]
    )
    for row in strata(session, slug):
        place = (slug, row.unit_code, row.unit_name, row.field, row.n_main, row.n_reserve)
        for code, n in row.reasons.items() or (("", 0),):
            writer.writerow([*place, row.n_released, code, n])
    return out.getvalue().encode("utf-8-sig")


def titles(code: str) -> Mapping[str, str]:
    """An AAPOR code in words."""
    return MEANINGS[code].titles
