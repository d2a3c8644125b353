"""Taking in what a field client sends: kept before it is answered, judged afterwards.

A submission is known by its instanceID.  The same content is stored once, however often, in how
many parts and over how many connections it comes; other content under the same instanceID is kept
beside it for a person to decide.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Literal

from sqlalchemy.orm import Session

from forms.faces import instance
from forms.faces.instance import SubmissionError
from survey.domain import codes
from survey.domain.intake import Reason, State, instance_id
from survey.services import jobs
from survey.store import field as store
from survey.store import field_adding as adding

#: Seconds in which submissions come together into one run of the job.
DELAY = 3.0
_ASKED: dict[str, float] = {}


@dataclass(frozen=True, slots=True)
class Parcel:
    """One request: the filled form, some or all of its files, and whether more will follow."""

    xml: bytes
    files: Mapping[str, bytes] = field(default_factory=dict)
    more_follows: bool = False


@dataclass(frozen=True, slots=True)
class Reception:
    """What a client is told.

    ``kept``: the submission is stored, now or before.  ``conflict``: other content came under this
    instanceID before; this one is in quarantine.  ``unreadable``: it is in quarantine, and the
    client can do no better by sending it again.  ``no_access``: nothing was stored.
    """

    outcome: Literal["kept", "conflict", "unreadable", "no_access"]
    instance_id: str = ""
    #: The respondent's receipt; the same however often the submission comes.
    receipt_code: str = ""
    error: SubmissionError | None = None


def receive(
    session: Session, address: bytes, parcel: Parcel, *, code_key: bytes, now: datetime
) -> Reception:
    """Keep a parcel from the device behind an address (its keyed digest)."""
    known_as, error = _instance_id(parcel.xml)
    row = _row(address, parcel, known_as, code_key, now)
    if error:
        row |= {"state": State.QUARANTINED, "reason": Reason.MALFORMED}
    if adding.add(session, row):
        outcome = "kept"
        if parcel.files:
            outcome = _add_files(session, row, parcel, code_key)
    else:
        outcome = _again(session, row, parcel, code_key)
    if outcome == "kept" and error:
        return Reception("unreadable", error=error)
    if outcome == "kept" and not error:
        _ask_for_work(session, now)
    return Reception(outcome, known_as, receipt_code(code_key, known_as) if known_as else "")


def receive_plain(
    session: Session, address: bytes, xml: bytes, *, code_key: bytes, now: datetime
) -> str | None:
    """Keep a form without files, or know it again: the receipt.  None: ``receive`` must look."""
    known_as, error = _instance_id(xml)
    if error:
        return None
    row = _row(address, Parcel(xml), known_as, code_key, now)
    if adding.add(session, row):
        _ask_for_work(session, now)
    elif not adding.is_here(session, row):
        return None
    return receipt_code(code_key, known_as)


def held(session: Session, address: bytes, known_as: str, *, code_key: bytes) -> list[str] | None:
    """Names of files that are here already, so that a client need not send them again.

    None: no such submission, or not by this enumerator.
    """
    who = store.account_of(session, address)
    found = store.lock(session, known_as) if who else None
    if found is None or found.account_id != who.id:
        return None
    return store.file_names(session, known_as)


def receipt_code(code_key: bytes, known_as: str) -> str:
    """The receipt of a submission: random to whoever has not the key, always the same."""
    counter = iter(range(1_000_000))

    def bytes_of(n: int) -> bytes:
        text = f"{next(counter)}:{known_as}".encode()
        return blake2b(text, key=code_key, digest_size=64, person=b"field receipt").digest()[:n]

    return codes.new_code(codes.RECEIPT_SYMBOLS, bytes_of)


def key_of(code_key: bytes, known_as: str) -> bytes:
    """By what a submission is still known once its wave has closed."""
    return blake2b(
        known_as.encode(), key=code_key, digest_size=32, person=b"field instance"
    ).digest()


def _digest(code_key: bytes, content: bytes) -> bytes:
    return blake2b(content, key=code_key, digest_size=32, person=b"field content").digest()


def _row(address: bytes, parcel: Parcel, known_as: str, code_key: bytes, now: datetime) -> dict:
    content, known_by = _digest(code_key, parcel.xml), key_of(code_key, known_as)
    return {
        "id": known_as or _beside("", content),
        "instance_id": known_as,
        "received_at": now,
        "content_digest": content,
        "xml": parcel.xml,
        "is_whole": not parcel.more_follows,
        "state": State.RECEIVED,
        "reason": "",
        "address": address,
        "known_as": known_by,
        "closed_as": known_by,
    }


def _instance_id(xml: bytes) -> tuple[str, SubmissionError | None]:
    """The instanceID; what is wrong with a submission that has none that can be used."""
    try:
        if instance.is_well_formed(xml):
            found = instance_id(xml)
            if found is not None:
                return found, None
        named = instance.read(xml).instance_id
    except SubmissionError as error:
        return "", error
    if len(named) > 200 or "\0" in named or "#" in named:
        return "", SubmissionError("submission.no_instance")
    return named, None


def _beside(known_as: str, content: bytes) -> str:
    """The key of a submission that cannot stand under its own instanceID."""
    return f"{known_as}#{content.hex()}"


def _again(session: Session, row: dict, parcel: Parcel, code_key: bytes) -> str:
    """The address is not valid, or the submission was here before: the same, or another one?"""
    who = store.account_of(session, row["address"])
    if who is None:
        return "no_access"
    closed = store.receipt_of(session, row["known_as"])
    if closed is not None:
        return "kept" if closed == row["content_digest"] else _quarantine(session, row)
    before = store.lock(session, row["id"])
    if before is None:
        raise RuntimeError("a submission is neither there nor could it be added")
    if bytes(before.content_digest) != row["content_digest"]:
        return _quarantine(session, row)
    if before.account_id != who.id:
        return "kept"  # the same to the byte; files are added only by whom it belongs to
    outcome = _add_files(session, row, parcel, code_key)
    if row["is_whole"] and not before.is_whole:
        before.is_whole = True
    if before.state == State.WAITING:
        before.state = State.RECEIVED
    return outcome


def _quarantine(session: Session, row: dict) -> str:
    """Keep other content under the same instanceID; once, however often it comes."""
    own = {
        "id": _beside(row["instance_id"], row["content_digest"]),
        "state": State.QUARANTINED,
        "reason": Reason.CONFLICT,
        "closed_as": b"",
    }
    adding.add(session, row | own)
    return "conflict"


def _add_files(session: Session, row: dict, parcel: Parcel, code_key: bytes) -> str:
    for name in sorted(parcel.files):
        content = parcel.files[name]
        digest = _digest(code_key, content)
        values = {
            "submission_id": row["id"],
            "name": name,
            "content_digest": digest,
            "content": content,
        }
        if not adding.add_file(session, values):
            before = store.file_digest(session, row["id"], name)
            if bytes(before) != digest:
                return _other_file(session, row, values)
    return "kept"


def _other_file(session: Session, row: dict, values: dict) -> str:
    """A file of the same name and other content: kept with a quarantined copy of the form."""
    whole = _beside(row["instance_id"], values["content_digest"])
    own = {
        "id": whole,
        "content_digest": values["content_digest"],
        "state": State.QUARANTINED,
        "reason": Reason.CONFLICT,
        "closed_as": b"",
    }
    if adding.add(session, row | own):
        adding.add_file(session, values | {"submission_id": whole})
    return "conflict"


def _ask_for_work(session: Session, now: datetime) -> None:
    """One run of the job serves whoever sends while it still waits."""
    asked, key = time.monotonic(), str(session.get_bind().url)
    if asked - _ASKED.get(key, -DELAY) < 0.8 * DELAY:
        return
    _ASKED[key] = asked
    jobs.request(session, "intake", {}, by="system", now=now, delay=DELAY)
