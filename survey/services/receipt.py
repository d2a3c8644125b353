"""What the holder of a receipt can do: see that the answer stands, or take it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey.domain import codes
from survey.domain.calendar import local_day
from survey.domain.codes import Mistyped
from survey.domain.wave import WaveState
from survey.services import seal
from survey.services.release import releases
from survey.services.seal import SealView
from survey.store.models import FieldAttachment, FieldSubmission, Response, Wave, Withdrawal


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """``fingerprint``: the answer's hash, which the published list of ``seal`` holds."""

    state: Literal["stored", "withdrawn"]
    wave_slug: str
    wave_title: Mapping[str, str]
    synthetic: bool
    on: date
    fingerprint: str = ""
    seal: SealView | None = None
    #: The day's answers were sealed, and this is not one of them as it stands now.
    is_altered: bool = False
    may_withdraw: bool = False


def look(session: Session, typed: str, *, code_key: bytes) -> ReceiptView | Mistyped | None:
    """What became of the answer behind a receipt; None: no answer here has this receipt."""
    code = codes.parse(typed, (codes.RECEIPT_SYMBOLS,))
    if isinstance(code, Mistyped):
        return code
    digest = codes.code_digest(code_key, code)
    answer = _answer(session, digest)
    if answer is not None:
        wave, leaf = session.get_one(Wave, answer.wave_id), seal.leaf_of(answer)
        held = seal.seal_of(session, leaf)
        return ReceiptView(
            "stored",
            wave.slug,
            wave.titles,
            wave.synthetic,
            answer.submitted_on,
            leaf.hex(),
            held,
            held is None and seal.has_sealed(session, wave.id, answer.submitted_on),
            not is_published(session, wave),
        )
    gone = session.get(Withdrawal, digest)
    if gone is None:
        return None
    wave = session.get_one(Wave, gone.wave_id)
    return ReceiptView("withdrawn", wave.slug, wave.titles, wave.synthetic, gone.withdrawn_on)


def withdraw(
    session: Session, typed: str, *, code_key: bytes, now: datetime
) -> ReceiptView | Mistyped | None:
    """Delete the answer behind a receipt, while its results are not published.

    What stays is that there was one: its case counts as a refusal from now on.  What comes back is
    how things stand afterwards; after publication that is the answer, untouched.
    """
    found = look(session, typed, code_key=code_key)
    if not isinstance(found, ReceiptView) or not found.may_withdraw:
        return found
    code = codes.parse(typed, (codes.RECEIPT_SYMBOLS,))
    answer = _answer(session, codes.code_digest(code_key, code))
    session.add(
        Withdrawal(
            receipt_digest=answer.receipt_digest,
            wave_id=answer.wave_id,
            unit_id=answer.unit_id,
            stratum=answer.stratum,
            stream=answer.stream,
            withdrawn_on=local_day(now),
        )
    )
    # Its files go with it; those that a field client sent for it as they came, too.
    sent = select(FieldSubmission.id).where(FieldSubmission.response_id == answer.id)
    session.execute(delete(FieldAttachment).where(FieldAttachment.submission_id.in_(sent)))
    session.execute(delete(Response).where(Response.id == answer.id))
    session.flush()
    return look(session, typed, code_key=code_key)


def is_published(session: Session, wave: Wave) -> bool:
    """Results are out for good: figures that were drawn from answers must keep them."""
    shown = wave.state == WaveState.CLOSED and wave.results_public
    return shown or releases.exists(session, wave)


def _answer(session: Session, digest: bytes) -> Response | None:
    return session.scalars(select(Response).where(Response.receipt_digest == digest)).one_or_none()
