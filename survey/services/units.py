"""The register of units: read from two CSV files, checked as a whole, added to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain import unit_register as register
from survey.domain.unit_register import Key, MoveRow, UnitRow
from survey.errors import InvalidInput, Problem
from survey.store import audit, units
from survey.store.models import Unit, UnitSuccession

DATA = Path(__file__).parents[1] / "data" / "units"


@dataclass(frozen=True, slots=True)
class Added:
    n_units: int
    #: Units that the register took to stand and that have ended.
    n_ended: int
    n_moves: int
    #: Shares that were unknown, or another number.
    n_shares: int


@dataclass(frozen=True, slots=True)
class UnitView:
    code: str
    name: str
    kind: str
    valid_from: date
    valid_to: date | None
    #: (on, code, name, first day, share, basis) of what it came from, and of what it became.
    before: tuple[tuple, ...]
    after: tuple[tuple, ...]


def load_register(session: Session, folder: Path = DATA) -> int:
    """Add the shipped units and successions that are not known yet; return how many units.

    What the office has entered stays.  Raises InvalidInput.
    """
    made = _merge(
        session,
        (folder / "units.csv").read_bytes(),
        (folder / "succession.csv").read_bytes(),
        correct=False,
    )
    return made.n_units


def import_register(
    session: Session,
    *,
    units_csv: bytes | None = None,
    moves_csv: bytes | None = None,
    by: str,
    now: datetime,
) -> Added:
    """Add units and successions, set days of end and shares.

    Raises InvalidInput with all faults, each naming its row; then nothing is changed.
    """
    made = _merge(session, units_csv, moves_csv, correct=True)
    audit.append(
        session,
        "units.imported",
        by=by,
        at=now,
        wave="",
        units=made.n_units,
        ended=made.n_ended,
        moves=made.n_moves,
        shares=made.n_shares,
    )
    return made


def find(session: Session, *, code: str | None = None, on: date | None = None) -> list[UnitView]:
    """Units by code, or those that stand on a day, with what they came from and became."""
    query = select(Unit).order_by(Unit.code, Unit.valid_from)
    if code:
        query = query.where(Unit.code == code)
    found = [unit for unit in session.scalars(query) if on is None or _stands(unit, on)]
    by_id = {unit.id: unit for unit in session.scalars(select(Unit))}
    moves = list(session.scalars(select(UnitSuccession).order_by(UnitSuccession.on)))
    return [
        UnitView(
            unit.code,
            unit.name,
            unit.kind,
            unit.valid_from,
            unit.valid_to,
            tuple(_end(m, by_id[m.from_unit_id]) for m in moves if m.to_unit_id == unit.id),
            tuple(_end(m, by_id[m.to_unit_id]) for m in moves if m.from_unit_id == unit.id),
        )
        for unit in found
    ]


def _merge(
    session: Session, units_csv: bytes | None, moves_csv: bytes | None, *, correct: bool
) -> Added:
    new_units, faults = register.read_units(units_csv) if units_csv is not None else ([], [])
    new_moves, more = register.read_moves(moves_csv) if moves_csv is not None else ([], [])
    stored = {row.key: row for row in _unit_rows(session)}
    merged, differing = _with_units(stored, new_units)
    moves = _with_moves(_move_rows(session), new_moves, correct=correct)
    rows = list(merged.values())
    faults += [*more, *differing, *register.unit_faults(rows), *register.parent_faults(rows)]
    faults += register.move_faults(moves.values(), merged)
    if faults:
        raise InvalidInput(
            "Sổ đơn vị có %(n)s lỗi; chưa đổi gì.",
            sorted(faults, key=lambda fault: (fault.facts["row"], fault.code)),
            code="units.invalid",
            n=len(faults),
        )
    n_units, n_ended = _store_units(session, merged, stored)
    n_moves, n_shares = _store_moves(session, moves.values())
    return Added(n_units, n_ended, n_moves, n_shares)


def _with_units(
    stored: Mapping[Key, UnitRow], new: Sequence[UnitRow]
) -> tuple[dict[Key, UnitRow], list[Problem]]:
    merged, faults = dict(stored), []
    rows: dict[Key, int] = {}
    for unit in new:
        old = stored.get(unit.key)
        first = rows.setdefault(unit.key, unit.row)
        if first != unit.row:
            message = "Dòng %(row)s: đơn vị %(code)s từ ngày này đã có ở dòng %(first)s."
            facts = {"row": unit.row, "code": unit.code, "first": first}
            faults.append(Problem("units.twice", message, facts))
        # A unit that stood may have ended since; its name and kind do not change.
        elif old and (
            (old.name, old.kind) != (unit.name, unit.kind)
            or (old.valid_to is not None and old.valid_to != unit.valid_to)
        ):
            message = "Dòng %(row)s: đơn vị %(code)s đã có trong sổ với tên hoặc ngày hết khác."
            faults.append(Problem("units.differs", message, {"row": unit.row, "code": unit.code}))
        else:
            merged[unit.key] = unit
    return merged, faults


def _with_moves(
    stored: Iterable[MoveRow], new: Sequence[MoveRow], *, correct: bool
) -> dict[tuple, MoveRow]:
    merged: dict[tuple, MoveRow] = {(m.from_unit, m.to_unit): m for m in stored}
    for move in new:
        pair = (move.from_unit, move.to_unit)
        old = merged.get(pair)
        if old and old.row:  # the pair stands twice in the file: kept, for the check to tell
            merged[*pair, move.row] = move
        elif old and (move.share is None or (not correct and old.share is not None)):
            merged[pair] = replace(move, share=old.share, basis=old.basis)
        else:
            merged[pair] = move
    return merged


def _store_units(
    session: Session, merged: Mapping[Key, UnitRow], stored: Mapping[Key, UnitRow]
) -> tuple[int, int]:
    n_units = n_ended = 0
    for key in sorted(merged, key=lambda k: (merged[k].row, k)):
        row = merged[key]
        if key not in stored:
            parent = units.valid_on(session, row.parent_code, row.valid_from)
            session.add(
                Unit(
                    code=row.code,
                    valid_from=row.valid_from,
                    valid_to=row.valid_to,
                    name=row.name,
                    kind=row.kind,
                    parent_id=parent.id if parent else None,
                )
            )
            session.flush()
            n_units += 1
        elif row.valid_to != stored[key].valid_to:
            _unit(session, key).valid_to = row.valid_to
            n_ended += 1
    session.flush()
    return n_units, n_ended


def _store_moves(session: Session, moves: Iterable[MoveRow]) -> tuple[int, int]:
    n_moves = n_shares = 0
    for move in moves:
        if not move.row:
            continue
        ends = _unit(session, move.from_unit).id, _unit(session, move.to_unit).id
        old = session.get(UnitSuccession, ends)
        if old is None:
            session.add(
                UnitSuccession(
                    from_unit_id=ends[0],
                    to_unit_id=ends[1],
                    on=move.on,
                    share=move.share,
                    basis=move.basis,
                )
            )
            n_moves += 1
        elif (old.share, old.on) != (move.share, move.on):
            old.share, old.basis, old.on = move.share, move.basis, move.on
            n_shares += 1
    session.flush()
    return n_moves, n_shares


def _unit_rows(session: Session) -> list[UnitRow]:
    return [
        UnitRow(
            unit.code,
            unit.valid_from,
            unit.valid_to,
            unit.name,
            unit.kind,
            unit.parent.code if unit.parent else "",
        )
        for unit in session.scalars(select(Unit).order_by(Unit.id))
    ]


def _move_rows(session: Session) -> list[MoveRow]:
    keys = {u.id: (u.code, u.valid_from) for u in session.scalars(select(Unit))}
    return [
        MoveRow(keys[m.from_unit_id], keys[m.to_unit_id], m.on, m.share, m.basis)
        for m in session.scalars(select(UnitSuccession))
    ]


def _unit(session: Session, key: Key) -> Unit:
    code, since = key
    return session.scalars(select(Unit).where(Unit.code == code, Unit.valid_from == since)).one()


def _stands(unit: Unit, on: date) -> bool:
    return unit.valid_from <= on and (unit.valid_to is None or on < unit.valid_to)


def _end(move: UnitSuccession, unit: Unit) -> tuple:
    return move.on, unit.code, unit.name, unit.valid_from, move.share, move.basis
