"""What the intake asks of the database about submissions, cases and addresses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.orm import Session

from survey.domain.intake import Reason, State
from survey.store.models import (
    Case,
    CaseAssignment,
    Dossier,
    FieldAddress,
    FieldAttachment,
    FieldReceipt,
    FieldSubmission,
    Questionnaire,
    Unit,
    User,
    Wave,
)

_sent, _file, _receipt = (
    model.__table__ for model in (FieldSubmission, FieldAttachment, FieldReceipt)
)


def account_of(session: Session, address: bytes) -> User | None:
    """Whose address this digest is, while it is valid."""
    return session.scalars(
        select(User)
        .join(FieldAddress, FieldAddress.account_id == User.id)
        .where(FieldAddress.digest == address, FieldAddress.revoked_at.is_(None), User.active)
    ).one_or_none()


def lock(session: Session, id_: str) -> FieldSubmission | None:
    """A submission, held until the transaction ends."""
    return session.scalars(
        select(FieldSubmission)
        .where(FieldSubmission.id == id_)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def receipt_of(session: Session, digest: bytes) -> bytes | None:
    """The content's digest of a submission whose wave has closed."""
    return session.scalar(select(_receipt.c.content_digest).where(_receipt.c.digest == digest))


def file_digest(session: Session, id_: str, name: str) -> bytes | None:
    return session.scalar(
        select(_file.c.content_digest).where(_file.c.submission_id == id_, _file.c.name == name)
    )


def file_names(session: Session, id_: str) -> list[str]:
    found = select(_file.c.name).where(_file.c.submission_id == id_).order_by(_file.c.name)
    return list(session.scalars(found))


def file_content(session: Session, id_: str, name: str) -> bytes | None:
    found = select(_file.c.content).where(_file.c.submission_id == id_, _file.c.name == name)
    content = session.scalar(found)
    return None if content is None else bytes(content)


def due(session: Session, limit: int) -> list[str]:
    """Submissions to work on, oldest first."""
    return list(
        session.scalars(
            select(_sent.c.id)
            .where(_sent.c.state == State.RECEIVED)
            .order_by(_sent.c.received_at)
            .limit(limit)
        )
    )


def take(session: Session, ids: Sequence[str]) -> list[FieldSubmission]:
    """Those of them that nobody else works on, oldest first."""
    return list(
        session.scalars(
            select(FieldSubmission)
            .where(FieldSubmission.id.in_(ids), FieldSubmission.state == State.RECEIVED)
            .order_by(FieldSubmission.received_at)
            .with_for_update(skip_locked=True)
        )
    )


def assigned_to(session: Session, case_id: int) -> int | None:
    """The account that works a case now."""
    return session.scalar(
        select(CaseAssignment.account_id).where(
            CaseAssignment.case_id == case_id, CaseAssignment.ended_at.is_(None)
        )
    )


def _of_open_waves(account_id: int) -> Any:
    """Cases that an enumerator works, of waves that are not closed."""
    return (
        CaseAssignment.account_id == account_id,
        CaseAssignment.ended_at.is_(None),
        Wave.state != "closed",
    )


def questionnaires_of(session: Session, account_id: int) -> Sequence[Row]:
    """The questionnaires of an enumerator's cases, by wave."""
    return session.execute(
        select(
            Wave.state,
            Wave.opens_on,
            Questionnaire.id.label("questionnaire_id"),
            Questionnaire.sha256,
        )
        .distinct()
        .select_from(CaseAssignment)
        .join(Case, Case.id == CaseAssignment.case_id)
        .join(Wave, Wave.id == Case.wave_id)
        .join(Questionnaire, Questionnaire.id == Wave.questionnaire_id)
        .where(*_of_open_waves(account_id))
        .order_by(Questionnaire.id)
    ).all()


def cases_of(session: Session, account_id: int) -> Sequence[Row]:
    """An enumerator's cases of waves that are not closed, with what a client shows of them."""
    return session.execute(
        select(
            Case.id,
            Case.stratum,
            Case.answered.label("answered"),
            Case.standing,
            Dossier.code,
            Dossier.channel,
            Unit.name.label("unit_name"),
            Wave.id.label("wave_id"),
            Wave.slug,
            Wave.titles,
            Wave.settings["fields"].label("fields"),
            Wave.state,
            Wave.opens_on,
            Wave.closes_on,
            Questionnaire.id.label("questionnaire_id"),
            Questionnaire.sha256,
        )
        .join(CaseAssignment, CaseAssignment.case_id == Case.id)
        .join(Dossier, Dossier.id == Case.dossier_id)
        .join(Unit, Unit.id == Case.unit_id)
        .join(Wave, Wave.id == Case.wave_id)
        .join(Questionnaire, Questionnaire.id == Wave.questionnaire_id)
        .where(*_of_open_waves(account_id))
        .order_by(Wave.id, Unit.name, Case.stratum, Case.rank)
    ).all()


def undecided(session: Session, wave_id: int) -> int:
    """Submissions of a wave that are no answer yet and that nobody has decided on."""
    return session.scalar(
        select(func.count())
        .select_from(_sent)
        .where(
            _sent.c.wave_id == wave_id,
            _sent.c.state.in_((State.RECEIVED, State.WAITING, State.QUARANTINED)),
        )
    )


def received(session: Session) -> int:
    """How many submissions nobody has worked on yet."""
    return session.scalar(
        select(func.count()).select_from(_sent).where(_sent.c.state == State.RECEIVED)
    )


def hold_wave(session: Session, wave_id: int) -> str:
    """A wave's state, which cannot change until the transaction ends."""
    return session.scalar(select(Wave.state).where(Wave.id == wave_id).with_for_update(read=True))


def stored_of_case(session: Session, case_id: int) -> FieldSubmission | None:
    """The submission behind a case's answer."""
    return session.scalars(
        select(FieldSubmission)
        .where(FieldSubmission.case_id == case_id, FieldSubmission.state == State.STORED)
        .with_for_update()
    ).one_or_none()


def of_case(session: Session, case_id: int) -> list[FieldSubmission]:
    """Everything that came for a case, oldest first."""
    return list(
        session.scalars(
            select(FieldSubmission)
            .where(FieldSubmission.case_id == case_id)
            .order_by(FieldSubmission.received_at, FieldSubmission.id)
        )
    )


def quarantine(session: Session, *, wave_id: int | None) -> list[FieldSubmission]:
    """What waits for a person in a wave, or belongs to none; oldest first."""
    return list(
        session.scalars(
            select(FieldSubmission)
            .where(
                FieldSubmission.wave_id == wave_id,
                FieldSubmission.state.in_((State.QUARANTINED, State.WAITING)),
            )
            .order_by(FieldSubmission.received_at)
        )
    )


def waiting_since(session: Session, before: datetime) -> list[FieldSubmission]:
    return list(
        session.scalars(
            select(FieldSubmission).where(
                FieldSubmission.state == State.WAITING, FieldSubmission.received_at < before
            )
        )
    )


def wake_corrections(session: Session, instance_ids: Sequence[str]) -> None:
    """Submissions have come that others, which came before them, correct."""
    session.execute(
        update(FieldSubmission)
        .where(
            FieldSubmission.corrects.in_(instance_ids),
            FieldSubmission.state == State.QUARANTINED,
            FieldSubmission.reason == Reason.EDIT_UNKNOWN,
        )
        .values(state=State.RECEIVED, reason=""),
        execution_options={"synchronize_session": "fetch"},
    )
