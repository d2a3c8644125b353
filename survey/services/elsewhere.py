"""Answers that were not given on our pages: by an enumerator's device, or on paper.

Hour and network of their arrival are those of a sync or a typist and say nothing of who answered.
"""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from survey.domain.intake import Channel
from survey.store.models import Response, Wave

#: What tells when and from where a sheet arrived.
_OF_ARRIVAL = ("bin", "class", "device")


def marked(response: dict[str, Any], *, timed: bool, interviewer: str = "") -> dict[str, Any]:
    """The answer with what may be known of its making.  ``timed``: how long it took is known."""
    paradata = {k: v for k, v in response["paradata"].items() if k not in _OF_ARRIVAL}
    paradata |= {"late": None, "office": None}
    if interviewer:
        paradata["interviewer"] = interviewer
    if timed:
        return {**response, "paradata": paradata}
    flags = [flag for flag in response["flags"] if flag != "too_fast"]
    return {**response, "minutes": 0, "flags": flags, "paradata": {**paradata, "pace": None}}


def interviewer_label(code_key: bytes, wave_id: int, account_id: int) -> str:
    """By what the rules of screening know the sheets of one enumerator in a wave."""
    named = f"{wave_id}:{account_id}".encode()
    return blake2b(named, key=code_key, digest_size=5, person=b"field worker").hexdigest()


def thin_out(session: Session, wave: Wave) -> int:
    """When a wave closes a label stays only where as many answers of one cell share it as a cell
    must have: who worked which case stays on record, and must not single an answer out.

    How many answers lost their label.
    """
    rows = session.execute(
        select(Response.id, Response.unit_id, Response.stratum, Response.paradata).where(
            Response.wave_id == wave.id, Response.channel == Channel.ENUMERATOR
        )
    ).all()

    def group(row: Any) -> tuple:
        return row.unit_id, row.stratum, row.paradata.get("interviewer", "")

    sizes, fewest = Counter(map(group, rows)), int(wave.settings["min_cell"])
    few = [row for row in rows if "interviewer" in row.paradata and sizes[group(row)] < fewest]
    for row in few:
        kept = {name: value for name, value in row.paradata.items() if name != "interviewer"}
        session.execute(update(Response).where(Response.id == row.id).values(paradata=kept))
    return len(few)
