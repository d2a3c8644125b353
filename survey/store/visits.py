"""One visitor's standing in one round trip, and the few statements that a visit writes.

Rows, not objects: a page is asked for by thousands in an hour and needs nothing else of them.
Every write says which standing it was made from (``seen``); it does nothing, and says so, if
another device wrote in between.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    Row,
    Text,
    bindparam,
    cast,
    delete,
    exists,
    func,
    literal_column,
    null,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from survey.store import answer_files, direct
from survey.store.models import (
    Case,
    CaseWaiting,
    Desk,
    Dossier,
    Draft,
    DraftFile,
    Questionnaire,
    Response,
    ResponseFile,
    Unit,
    Wave,
)

_case, _waiting, _desk, _dossier = (model.__table__ for model in (Case, CaseWaiting, Desk, Dossier))
_draft, _form, _response, _unit, _wave = (
    model.__table__ for model in (Draft, Questionnaire, Response, Unit, Wave)
)
_file, _response_file = DraftFile.__table__, ResponseFile.__table__

_OF_BOTH = (
    _unit.c.id.label("unit_id"),
    _unit.c.name.label("unit_name"),
    _draft.c.id.label("draft_id"),
    _draft.c.answers,
    _draft.c.visited,
    _draft.c.language,
    _draft.c.started_at,
    _draft.c.updated_at,
    _wave.c.id.label("wave_id"),
    _wave.c.slug,
    _wave.c.state,
    _wave.c.opens_on,
    _wave.c.closes_on,
    _wave.c.organisation,
    _wave.c.contact,
    _wave.c.synthetic,
    _wave.c.live_results,
    # As text: a whole study's settings are read again only where they changed.
    cast(_wave.c.settings, Text).label("settings"),
    _form.c.id.label("questionnaire_id"),
    _form.c.sha256.label("questionnaire_sha256"),
)
#: Who has begun goes on with the version that they began.
_BEGUN_OR_NEW = func.coalesce(_draft.c.questionnaire_id, _wave.c.questionnaire_id)
_OF_CASE = (
    select(
        *_OF_BOTH,
        _case.c.stratum,
        _case.c.inclusion_probability.label("probability"),
        _dossier.c.channel,
        _waiting.c.case_id.is_(None).label("answered"),
        _case.c.disposition.label("standing"),
        _case.c.draw_id,
    )
    .select_from(_case)
    .join(_unit, _unit.c.id == _case.c.unit_id)
    .join(_dossier, _dossier.c.id == _case.c.dossier_id)
    .join(_wave, _wave.c.id == _case.c.wave_id)
    .outerjoin(_waiting, _waiting.c.case_id == _case.c.id)
    .outerjoin(_draft, _draft.c.case_id == _case.c.id)
    .join(_form, _form.c.id == _BEGUN_OR_NEW)
    .where(_case.c.id == bindparam("id"))
)
_OF_DESK = (
    select(
        *_OF_BOTH,
        literal_column("''").label("stratum"),
        null().label("probability"),
        literal_column("''").label("channel"),
        (~true()).label("answered"),
        literal_column("'3.0'").label("standing"),
        null().label("draw_id"),
    )
    .select_from(_desk)
    .join(_unit, _unit.c.id == _desk.c.unit_id)
    .join(_wave, _wave.c.id == _desk.c.wave_id)
    .outerjoin(_draft, (_draft.c.desk_id == _desk.c.id) & (_draft.c.id == bindparam("draft_id")))
    .join(_form, _form.c.id == _BEGUN_OR_NEW)
    .where(_desk.c.id == bindparam("id"))
)
_KEEP = (
    update(_draft)
    .where(_draft.c.id == bindparam("draft"), _draft.c.updated_at == bindparam("seen"))
    .values(
        answers=bindparam("answers"),
        visited=bindparam("visited"),
        language=bindparam("language"),
        updated_at=bindparam("now"),
    )
)


def find(session: Session, kind: str, id_: int, draft_id: str) -> Row | None:
    """Where a visit stands; ``draft_id`` matters for a poster only, a case has one draft."""
    if kind == "case":
        return direct.one(session, _OF_CASE, {"id": id_})
    return direct.one(session, _OF_DESK, {"id": id_, "draft_id": draft_id})


def begin_draft(session: Session, values: Mapping[str, Any]) -> bool:
    """Make a draft; False if another device made the case's draft first."""
    dialect = session.get_bind().dialect.name
    return direct.count(session, _BEGIN[dialect], dict(values)) == 1


def keep_draft(session: Session, draft_id: str, seen: datetime, values: Mapping[str, Any]) -> bool:
    """Lay a page's answers down; False if another device wrote since ``seen``."""
    given = {"draft": draft_id, "seen": seen, **values}
    return direct.count(session, _KEEP, given) == 1


def submit(
    session: Session,
    response: Mapping[str, Any],
    *,
    case_id: int | None,
    draft_id: str | None,
    seen: datetime | None,
    files: Collection[str] = (),
) -> bool:
    """The draft goes, the case waits no more, the answer stands: all of it, or nothing.

    ``files``: names of those of the draft's files that are answers; they go over to the answer.

    False: another device was first, the draft has changed, or the same answer came before.
    """
    given = {**response, "case_ended": case_id, "draft_sent": draft_id, "seen": seen}
    if session.get_bind().dialect.name == "postgresql":
        with_files = bool(files) and draft_id is not None
        statement = _AT_ONCE[case_id is not None, draft_id is not None, with_files]
        given |= {"file_names": ",".join(files)} if with_files else {}
        return direct.count(session, statement, given) == 1
    kept = answer_files.contents(session, draft_id, files) if files and draft_id else {}
    added = _one_by_one(session, response, given)
    if added:
        answer_files.add(session, response["id"], kept)
    return added


def _one_by_one(session: Session, response: Mapping[str, Any], given: dict[str, Any]) -> bool:
    """Without round trips to save, and with one writer at a time."""
    execute = session.connection().execute
    if given["draft_sent"] is not None and execute(_SENT, given).rowcount == 0:
        return False
    if given["case_ended"] is not None and execute(_ENDED, given).rowcount == 0:
        return False
    return execute(_ADDED, dict(response)).rowcount == 1


#: Whether a row was added is only told on request.
_COUNTED = {"preserve_rowcount": True}
_BEGIN = {
    name: dialect.insert(_draft).on_conflict_do_nothing().execution_options(**_COUNTED)
    for name, dialect in (("postgresql", postgresql), ("sqlite", sqlite))
}
_ADDED = (
    sqlite.insert(_response)
    .on_conflict_do_nothing(index_elements=["receipt_digest"])
    .execution_options(**_COUNTED)
)
_SENT = delete(_draft).where(
    _draft.c.id == bindparam("draft_sent"), _draft.c.updated_at == bindparam("seen")
)
_ENDED = delete(_waiting).where(_waiting.c.case_id == bindparam("case_ended"))


def _at_once(of_case: bool, with_draft: bool, with_files: bool):
    """One statement: each step happens only if the one before it did."""
    sent = _SENT.returning(_draft.c.id).cte("sent")
    ended = _ENDED
    if with_draft:
        ended = ended.where(exists(select(sent.c.id)))
    ended = ended.returning(_waiting.c.case_id).cte("ended")
    answer = select(
        *(bindparam(column.name, type_=column.type).label(column.name) for column in _response.c)
    )
    if of_case:
        answer = answer.where(exists(select(ended.c.case_id)))
    elif with_draft:
        answer = answer.where(exists(select(sent.c.id)))
    added = (
        postgresql.insert(_response)
        .from_select([column.name for column in _response.c], answer)
        .on_conflict_do_nothing(index_elements=["receipt_digest"])
    )
    if with_files:
        return _moving_files(added.returning(_response.c.id).cte("added"))
    return added.execution_options(**_COUNTED)


def _moving_files(added: CTE):
    """The statement's snapshot still has the files of the draft that goes in it."""
    wanted = func.strpos(bindparam("file_names"), _file.c.name) > 0
    found = (
        select(added.c.id, _file.c.name, _file.c.content)
        .select_from(added.join(_file, true()))
        .ext(postgresql.distinct_on(_file.c.name))
        .where(_file.c.draft_id == bindparam("draft_sent"), wanted)
    )
    moved = _response_file.insert().from_select(["response_id", "name", "content"], found)
    return select(added.c.id).add_cte(moved.cte("moved"))


_AT_ONCE = {
    (of_case, with_draft, with_files): _at_once(of_case, with_draft, with_files)
    for of_case in (True, False)
    for with_draft in (True, False)
    for with_files in ((True, False) if with_draft else (False,))
}
