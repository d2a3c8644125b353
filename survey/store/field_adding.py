"""Keeping what field clients send: one statement for the ordinary submission."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, exists, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from survey.domain.intake import State
from survey.store import direct
from survey.store.models import FieldAddress, FieldAttachment, FieldReceipt, FieldSubmission, User

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
    return direct.count(session, statement, values) == 1


#: The same content under the same id, nothing awaited, from a valid address.
_HERE = (
    select(_sent.c.id)
    .select_from(
        _sent.join(_address, _address.c.digest == bindparam("address")).join(
            _account, _account.c.id == _address.c.account_id
        )
    )
    .where(
        _sent.c.id == bindparam("id"),
        _sent.c.content_digest == bindparam("content_digest"),
        _sent.c.is_whole,
        _sent.c.state != State.WAITING,
        _address.c.revoked_at.is_(None),
        _account.c.active,
    )
)


def is_here(session: Session, values: Mapping[str, Any]) -> bool:
    """Whether this very submission came before, whole, so that nothing is left to do."""
    return direct.one(session, _HERE, values) is not None


def add_file(session: Session, values: Mapping[str, Any]) -> bool:
    """Keep a file; False if the submission has one of that name."""
    statement = _ADD_FILE[session.get_bind().dialect.name]
    return session.connection().execute(statement, dict(values)).rowcount == 1
