"""The report on a frame's quality: missing, stale, suspicious; each unit beside last year."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from survey.domain import frame_quality as rules
from survey.domain.frame_quality import Sign
from survey.services.frames import last_year
from survey.services.frames.scratch import Scratch
from survey.services.frames.staging import Checked
from survey.store import units
from survey.store.models import Unit, Wave

#: Dossiers that are named for each sign, telephone number or person: enough to look into it.
EXAMPLES = 20
FEW = 5
#: Persons behind one telephone number are counted no further.
MOST_PERSONS = 1_000


def report(session: Session, checked: Checked, wave: Wave) -> dict[str, Any]:
    """All findings as plain JSON types.  It names dossiers, and no person and no number."""
    scratch = checked.scratch
    before = last_year.sizes(session, wave)
    return {
        "signs": _signs(scratch),
        "units": _units(session, scratch, wave, before),
        "phones": _phones(scratch),
        "persons": _persons(scratch),
        "before": before.facts if before else {},
    }


def _signs(scratch: Scratch) -> list[dict[str, Any]]:
    found = []
    for sign, (kind, _title) in rules.TITLES.items():
        n = sum(count for (_unit, signs), count in scratch.by_signs.items() if signs & sign)
        examples = []
        if n:
            examples = scratch.all(
                "SELECT n, code FROM row NOT INDEXED WHERE reason = '' AND signs & ?"
                " ORDER BY n LIMIT ?",
                *(int(sign), EXAMPLES if kind == "suspicious" else FEW),
            )
        found.append(
            {"sign": sign.name, "kind": kind, "n": n, "examples": [list(each) for each in examples]}
        )
    return found


def _units(
    session: Session, scratch: Scratch, wave: Wave, before: last_year.Sizes | None
) -> list[dict[str, Any]]:
    total = scratch.n_frame()
    busiest: dict[int, tuple[int, str]] = {}
    for (unit, day), n in scratch.by_day.items():
        busiest[unit] = max(busiest.get(unit, (0, "")), (n, day))
    return [
        _unit(unit, scratch, total, busiest, before) for unit in units.of_wave(session, wave.id)
    ]


def _unit(
    unit: Unit,
    scratch: Scratch,
    total: int,
    busiest: dict[int, tuple[int, str]],
    before: last_year.Sizes | None,
) -> dict[str, Any]:
    mine = {signs: n for (of, signs), n in scratch.by_signs.items() if of == unit.id}
    n = sum(mine.values())
    share = n / total if total else 0.0
    on_day, day = busiest.get(unit.id, (0, ""))
    known = before.of.get(unit.id) if before else None
    share_before = known / before.total if known is not None and before.total else None
    return {
        "code": unit.code,
        "valid_from": unit.valid_from.isoformat(),
        "name": unit.name,
        "n": n,
        "signs": {
            sign.name: sum(count for signs, count in mine.items() if signs & sign) for sign in Sign
        },
        "share": share,
        "share_before": share_before,
        "jump": share_before is not None and rules.is_jump(share, share_before),
        "busiest_day": day or None,
        "n_on_day": on_day,
        "one_day": n >= rules.DAY_LEAST and on_day / n >= rules.DAY_SHARE,
    }


def _phones(scratch: Scratch) -> dict[str, Any]:
    """Telephone numbers on many dossiers, each shown by some of those dossiers."""
    scratch.db.execute(
        "CREATE TABLE phone AS SELECT phone AS who, count(*) AS n, min(n) AS first"
        " FROM row NOT INDEXED WHERE reason = '' AND phone IS NOT NULL"
        f" GROUP BY phone HAVING count(*) >= {rules.PHONE_DOSSIERS}"
    )
    return {
        "n": scratch.one("SELECT count(*) FROM phone"),
        "n_dossiers": scratch.one("SELECT coalesce(sum(n), 0) FROM phone"),
        "most": _most(scratch, "phone"),
    }


def _persons(scratch: Scratch) -> dict[str, Any]:
    """Persons who have several dossiers: the same identity number, or telephone and name."""
    return {
        "n": scratch.one("SELECT count(*) FROM person"),
        "n_dossiers": scratch.one("SELECT coalesce(sum(n), 0) FROM person"),
        "most": _most(scratch, "person"),
    }


def _most(scratch: Scratch, column: str) -> list[dict[str, Any]]:
    """Those with the most dossiers: how many, of how many persons, and the first few."""
    rows = scratch.all(f"SELECT who, n FROM {column} ORDER BY n DESC, first LIMIT {EXAMPLES}")
    found: dict[int, dict[str, Any]] = {who: {"n": n, "examples": []} for who, n in rows}
    persons: dict[int, set[int]] = {who: set() for who in found}
    marks = ", ".join("?" * len(found))
    dossiers = scratch.db.execute(
        f"SELECT {column}, person, n, code FROM row NOT INDEXED"
        f" WHERE reason = '' AND {column} IN ({marks}) ORDER BY n",
        tuple(found),
    )
    for who, person, row, code in dossiers:
        if len(persons[who]) < MOST_PERSONS:
            persons[who].add(person)
        if len(found[who]["examples"]) < FEW:
            found[who]["examples"].append([row, code])
    return [each | {"persons": len(persons[who])} for who, each in found.items()]
