"""Drafts: sent, checked, replaced until they are right, then published or thrown away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from forms import apart, canonical
from forms.model import Questionnaire as Definition
from survey.errors import Conflict, NotFound
from survey.services import definitions
from survey.services.questionnaires import media, register
from survey.services.questionnaires.reading import Checked
from survey.store import audit
from survey.store.models import QuestionnaireDraft


@dataclass(frozen=True, slots=True)
class DraftView:
    id: int
    file_name: str
    revision: int
    #: Empty while there are errors.
    sha256: str
    faults: Sequence[Mapping[str, Any]]
    n_faults: int
    sent_at: datetime
    sent_by: str
    #: Empty while it cannot be read.
    form_id: str
    version: str
    titles: Mapping[str, str]

    @property
    def n_errors(self) -> int:
        return sum(each["is_error"] for each in self.faults)


def listed(session: Session) -> list[DraftView]:
    """All drafts, the newest first."""
    rows = session.scalars(select(QuestionnaireDraft).order_by(QuestionnaireDraft.sent_at.desc()))
    return [_view(row) for row in rows]


def get(session: Session, number: int) -> tuple[DraftView, Definition | None]:
    """The questionnaire is None while there are errors.  Raises NotFound."""
    row = _row(session, number)
    return _view(row), _definition(row)


def receive(session: Session, checked: Checked, *, by: str, now: datetime) -> int:
    """Keep a new draft, faults and all; return its number."""
    _keep_media(session, checked)
    row = QuestionnaireDraft(revision=1, **_content(checked), sent_at=now, sent_by=by)
    session.add(row)
    session.flush()
    _note(session, "sent", row, by=by, now=now)
    return row.id


def replace(session: Session, number: int, checked: Checked, *, by: str, now: datetime) -> None:
    """Put another file in the place of a draft's.  Raises NotFound."""
    row = _row(session, number, held=True)
    before = _definition(row)
    _keep_media(session, checked)
    for name, value in _content(checked).items():
        setattr(row, name, value)
    row.revision, row.sent_at, row.sent_by = row.revision + 1, now, by
    _note(session, "replaced", row, by=by, now=now)
    _purge_media(session, before)


def drop(session: Session, number: int, *, by: str, now: datetime) -> None:
    """Throw a draft away, and the files that only it shows.  Raises NotFound."""
    row = _row(session, number, held=True)
    before = _definition(row)
    _note(session, "dropped", row, by=by, now=now)
    session.delete(row)
    _purge_media(session, before)


def publish(session: Session, number: int, *, seen: str, by: str, now: datetime) -> int:
    """Freeze a draft as a version; its number.  ``seen``: the digest of what was looked at.

    Raises NotFound; Conflict while there are errors, if somebody sent another file meanwhile, if
    the version stands with another content, or if it cannot be an XForm.
    """
    row = _row(session, number, held=True)
    definition = _definition(row)
    if definition is None:
        raise Conflict(
            "Bản nháp còn lỗi; hãy sửa tệp rồi gửi lại.", code="questionnaire.draft_faulty"
        )
    if seen != row.sha256:
        raise Conflict(
            "Có người vừa gửi tệp khác vào bản nháp này; hãy xem lại rồi công bố.",
            code="questionnaire.draft_changed",
        )
    media.keep(session, definition, {})  # refuses what lacks a file
    if refused := apart.xform_fault(definition):
        raise Conflict(
            "Phiếu này không chuyển được sang XForm: %(reason)s",
            code="questionnaire.no_xform",
            reason=refused,
        )
    frozen = register.freeze(session, definition, by=by, now=now, file=(row.file_name, row.file))
    session.delete(row)
    return frozen.id


def workbook(session: Session, number: int) -> tuple[str, bytes]:
    """Name and content of a draft's file.  Raises NotFound."""
    row = _row(session, number)
    return row.file_name, row.file


def clash(session: Session, definition: Definition) -> Conflict | None:
    """Why a sound draft could not be published as it is."""
    try:
        register.standing(session, definition)
    except Conflict as refused:
        return refused
    return None


def _row(session: Session, number: int, *, held: bool = False) -> QuestionnaireDraft:
    query = (
        select(QuestionnaireDraft)
        .where(QuestionnaireDraft.id == number)
        .options(undefer(QuestionnaireDraft.file))
    )
    found = session.scalars(query.with_for_update() if held else query).one_or_none()
    if found is None:
        raise NotFound("Không còn bản nháp này.", code="questionnaire.no_draft")
    return found


def _keep_media(session: Session, checked: Checked) -> None:
    if checked.definition is not None:
        media.keep(session, checked.definition, checked.media)


def _purge_media(session: Session, before: Definition | None) -> None:
    if before is not None:
        media.purge(session, before.files.values())


def _content(checked: Checked) -> dict[str, Any]:
    made = checked.definition
    return {
        "file_name": checked.file_name,
        "file": checked.file,
        "definition": canonical.to_json(made) if made else "",
        "sha256": canonical.sha256(made) if made else "",
        "faults": list(checked.faults),
        "n_faults": checked.n_faults,
    }


def _definition(row: QuestionnaireDraft) -> Definition | None:
    return definitions.of(row) if row.definition else None


def _view(row: QuestionnaireDraft) -> DraftView:
    made = _definition(row)
    return DraftView(
        id=row.id,
        file_name=row.file_name,
        revision=row.revision,
        sha256=row.sha256,
        faults=row.faults,
        n_faults=row.n_faults,
        sent_at=row.sent_at,
        sent_by=row.sent_by,
        form_id=made.form_id if made else "",
        version=made.version if made else "",
        titles=made.titles if made else {},
    )


def _note(session: Session, what: str, row: QuestionnaireDraft, *, by: str, now: datetime) -> None:
    facts = {"draft": row.id, "file": row.file_name, "revision": row.revision}
    audit.append(session, f"questionnaire.draft_{what}", by=by, at=now, sha256=row.sha256, **facts)
