"""What the tablet app keeps to work without a network, and the contact attempts it brings back.

The device encrypts what it holds with a key that is derived from its address.  The server gives
the key only to a valid address of the same enumerator: an address that was locked gets nothing,
and what a found tablet still holds can be read again once the enumerator has a new address.
"""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from survey.domain.contact import MODE_TITLES, MODES_OF, NEEDS_NOTE, RESULT_TITLES, Attempt
from survey.domain.disposition import is_final
from survey.errors import Conflict, NotFound
from survey.services.fieldwork import attempts
from survey.services.households import packing
from survey.services.intake import case_list
from survey.services.supervision import messages
from survey.store import contacts
from survey.store import field as store
from survey.store.models import FieldAddress

#: A device that has not asked the server for so long shows nothing until it has.
LEASE = timedelta(days=7)


def pack(
    session: Session, account_id: int, address: bytes, *, code_key: bytes, now: datetime
) -> dict[str, Any]:
    """Everything of an enumerator that a device keeps: keys, forms, cases, lists of codes."""
    rows = store.cases_of(session, account_id)
    forms = case_list.forms(session, account_id, now=now)
    open_forms = {each.id for each in forms}
    homes = packing.of_cases(session, [row.id for row in rows])
    log: dict[int, list[Attempt]] = {}
    for wave_id in sorted({row.wave_id for row in rows}):
        log |= contacts.attempts_of_wave(session, wave_id)
    return {
        "now": now.isoformat(),
        "lease_hours": LEASE / timedelta(hours=1),
        "keys": _keys(session, account_id, address, code_key),
        "forms": [
            {
                "id": each.id,
                "title": each.made.title,
                "md5": each.made.md5,
                "files": [
                    {"name": file.file_name, "kept": file.name, "md5": file.md5}
                    for file in each.files
                ],
            }
            for each in forms
        ],
        "cases": [
            _case(row, open_forms, log.get(row.id, [])) | {"household": homes.get(row.id)}
            for row in rows
        ],
        "messages": [
            {
                "id": each.id,
                "text": each.text,
                "by": each.sent_by,
                "at": each.sent_at.isoformat(),
                "read": each.is_read,
            }
            for each in messages.of(session, account_id)
        ],
        "areas": packing.areas(session, account_id) if homes else [],
        "modes": [{"code": mode, "title": dict(MODE_TITLES[mode])} for mode in MODE_TITLES],
        "results": [
            {
                "code": code,
                "title": dict(RESULT_TITLES[code]),
                "modes": sorted(modes),
                "note": code in NEEDS_NOTE,
            }
            for code, modes in MODES_OF.items()
        ],
    }


def log_attempt(
    session: Session,
    account_id: int,
    *,
    case_id: int,
    at: datetime,
    mode: str,
    result: str,
    note: str,
    by: str,
    now: datetime,
) -> str:
    """Append an attempt from a device: ``kept``, or ``known`` where it came before.

    Raises NotFound (not this enumerator's case), Conflict, InvalidInput.
    """
    row = next((row for row in store.cases_of(session, account_id) if row.id == case_id), None)
    if row is None:
        raise NotFound("Hồ sơ này không còn được giao cho máy này.", code="tablet.not_yours")
    told = {"at": at, "mode": mode, "result": result, "note": note}
    try:
        attempts.log_attempt(session, row.slug, row.code, **told, by=by, now=now)
    except Conflict:
        if _is_logged(session, case_id, at, mode, result):
            return "known"
        raise
    return "kept"


def _is_logged(session: Session, case_id: int, at: datetime, mode: str, result: str) -> bool:
    return any(
        (each.at, each.mode, each.result) == (at, mode, result)
        for each in contacts.attempts_of(session, case_id)
    )


def _case(row: Row, open_forms: set[int], log: list[Attempt]) -> dict[str, Any]:
    return {
        "id": row.id,
        "code": row.code,
        "label": case_list.label(row),
        "unit": row.unit_name,
        "field": row.stratum,
        "field_titles": case_list.field_titles(row),
        "channel": row.channel,
        "wave": dict(row.titles),
        "closes_on": row.closes_on.isoformat(),
        "form": row.questionnaire_id if row.questionnaire_id in open_forms else None,
        "answered": row.answered,
        "final": is_final(row.standing),
        "attempts": [
            {"at": each.at.isoformat(), "mode": each.mode, "result": each.result} for each in log
        ],
    }


def _keys(
    session: Session, account_id: int, address: bytes, code_key: bytes
) -> list[dict[str, Any]]:
    """Keys of all addresses the enumerator ever had; ``current`` is the one that asks."""
    found = session.execute(
        select(FieldAddress.id, FieldAddress.digest)
        .where(FieldAddress.account_id == account_id)
        .order_by(FieldAddress.id)
    )
    return [
        {
            "id": id_,
            "key": base64.b64encode(device_key(code_key, digest)).decode(),
            "current": bytes(digest) == address,
        }
        for id_, digest in found
    ]


def device_key(code_key: bytes, digest: bytes) -> bytes:
    """With what a device of an address (its keyed digest) encrypts: AES, 256 bits."""
    return blake2b(digest, key=code_key, digest_size=32, person=b"tablet drafts").digest()
