"""The register of units: loaded from two CSV files, added to, never overwritten."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.text import clean_line
from survey.errors import NotFound
from survey.store import units
from survey.store.models import Unit, UnitSuccession

DATA = Path(__file__).parents[1] / "data" / "units"


def load_register(session: Session, folder: Path = DATA) -> int:
    """Add the units and successions that are not known yet; return how many units were added."""
    added = 0
    for row in _rows(folder / "units.csv"):
        since = date.fromisoformat(row["valid_from"])
        if _get(session, row["code"], since) is not None:
            continue
        parent = units.valid_on(session, row["parent_code"], since)
        session.add(
            Unit(
                code=row["code"],
                valid_from=since,
                valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
                name=clean_line(row["name"]),
                kind=row["kind"],
                parent_id=parent.id if parent else None,
            )
        )
        session.flush()
        added += 1
    for row in _rows(folder / "succession.csv"):
        _add_succession(session, row)
    return added


def _add_succession(session: Session, row: dict[str, str]) -> None:
    ends = []
    for side in ("from", "to"):
        code, since = row[f"{side}_code"], date.fromisoformat(row[f"{side}_valid_from"])
        unit = _get(session, code, since)
        if unit is None:
            raise NotFound(
                "Không có đơn vị mã “%(unit)s” từ ngày %(day)s.",
                code="unit.not_found",
                unit=code,
                day=f"{since:%d/%m/%Y}",
            )
        ends.append(unit.id)
    if session.get(UnitSuccession, tuple(ends)) is None:
        session.add(
            UnitSuccession(
                from_unit_id=ends[0],
                to_unit_id=ends[1],
                on=date.fromisoformat(row["on"]),
                share=float(row["share"]) if row["share"] else None,
            )
        )


def _get(session: Session, code: str, since: date) -> Unit | None:
    return session.scalars(
        select(Unit).where(Unit.code == code, Unit.valid_from == since)
    ).one_or_none()


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
