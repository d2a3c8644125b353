"""What the intake asks of the database: one statement for the ordinary submission."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, exists, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
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

_sent, _file, _receipt, _address, _account = (
    model.__table__
    for model in (FieldSubmission, FieldAttachment, FieldReceipt, FieldAddress, User)
)
_DIALECTS = {"postgresql": postgresql, "sqlite": sqlite}
#: Whether a row was added is only told on request.
_COUNTED = {"preserve_rowcount": True}


def _added(dialect: Any) -> Any:
    """Nothing is added for an address that is not valid, nor for what was here before."""
    plain = ("id", "instance_id", "known_as", "received_at", "content_digest", "xml", "is_whole")
    extra = ("state", "reason")
    columns = [_sent.c[name] for name in (*plain, *extra)]
    found = (
        select(
            *(bindparam(column.name, type_=column.type).label(column.name) for column in columns),
            _address.c.account_id,
        )
        .select_from(_address.join(_account, _account.c.id == _address.c.account_id))
        .where(
            _address.c.digest == bindparam("address"),
            _address.c.revoked_at.is_(None),
            _account.c.active,
            ~exists(select(literal(1)).where(_receipt.c.digest == bindparam("closed_as"))),
        )
    )
    return (
        dialect.insert(_sent)
        .from_select([*(column.name for column in columns), "account_id"], found)
        .on_conflict_do_nothing(index_elements=["id"])
        .execution_options(**_COUNTED)
    )


_ADD = {name: _added(dialect) for name, dialect in _DIALECTS.items()}
_ADD_FILE = {
    name: dialect.insert(_file)
    .on_conflict_do_nothing(index_elements=["submission_id", "name"])
    .execution_options(**_COUNTED)
    for name, dialect in _DIALECTS.items()
}


def add(session: Session, values: Mapping[str, Any]) -> bool:
    """Keep a submission under its ``id``; False if one is there, or the address is not valid."""
    statement = _ADD[session.get_bind().dialect.name]
    return session.connection().execute(statement, dict(values)).rowcount == 1


def add_file(session: Session, values: Mapping[str, Any]) -> bool:
    """Keep a file; False if the submission has one of that name."""
    statement = _ADD_FILE[session.get_bind().dialect.name]
    return session.connection().execute(statement, dict(values)).rowcount == 1


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
        .where(
            CaseAssignment.account_id == account_id,
            CaseAssignment.ended_at.is_(None),
            Wave.state != "closed",
        )
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


def wake_corrections(session: Session, instance_id: str) -> None:
    """A submission has come that others, which came before it, correct."""
    session.execute(
        update(FieldSubmission)
        .where(
            FieldSubmission.corrects == instance_id,
            FieldSubmission.state == State.QUARANTINED,
            FieldSubmission.reason == Reason.EDIT_UNKNOWN,
        )
        .values(state=State.RECEIVED, reason="")
    )
