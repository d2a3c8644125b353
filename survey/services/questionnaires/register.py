"""Published versions: frozen by their digest, found by name, retired, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

import forms.questionnaires
from forms import canonical
from forms.model import Questionnaire as Definition
from survey.domain.text import clean_line
from survey.errors import Conflict, InvalidInput, NotFound
from survey.render.questionnaire_book import questionnaire_xlsx
from survey.services import definitions
from survey.services.questionnaires import media
from survey.store import audit
from survey.store.models import Questionnaire, QuestionnaireEvent, Wave

PUBLISHED, RETIRED = "published", "retired"
MAX_REASON = 500


@dataclass(frozen=True, slots=True)
class VersionView:
    id: int
    form_id: str
    version: str
    titles: dict[str, str]
    languages: tuple[str, ...]
    sha256: str
    n_questions: int
    published_at: datetime | None
    published_by: str
    file_name: str
    retired_at: datetime | None
    retired_by: str
    retired_reason: str
    #: (short name, state) of the waves that give it to new respondents.
    waves: tuple[tuple[str, str], ...]

    @property
    def is_retired(self) -> bool:
        return self.retired_at is not None


def listed(session: Session) -> list[VersionView]:
    """All frozen versions: by form, the newest first."""
    rows = session.scalars(
        select(Questionnaire).order_by(Questionnaire.form_id, Questionnaire.id.desc())
    )
    return [_view(session, row) for row in rows]


def shipped(session: Session) -> list[tuple[str, Definition]]:
    """Name and content of what comes with the program and is not frozen yet."""
    known = set(session.scalars(select(Questionnaire.sha256)))
    found = [(name, forms.questionnaires.load(name)) for name in forms.questionnaires.names()]
    return [(name, q) for name, q in found if canonical.sha256(q) not in known]


def shipped_workbook(name: str) -> tuple[str, bytes]:
    """Name and content of a shipped questionnaire as a workbook to begin from.  Raises NotFound."""
    try:
        sheets = forms.questionnaires.sheets(name)
    except KeyError:
        raise NotFound(
            "Không có phiếu hỏi “%(name)s”.", code="questionnaire.not_found", name=name[:100]
        ) from None
    return f"{name}.xlsx", questionnaire_xlsx(sheets)


def get(session: Session, number: int) -> tuple[VersionView, Definition]:
    """Raises NotFound."""
    row = session.get(Questionnaire, number)
    if row is None:
        raise _not_found(str(number))
    return _view(session, row), definitions.of(row)


def find(session: Session, reference: str) -> tuple[VersionView, Definition]:
    """By number or ``form@version``.  Raises NotFound."""
    if reference.isascii() and reference.isdecimal() and len(reference) < 10:
        return get(session, int(reference))
    form_id, _, version = reference.rpartition("@")
    number = session.scalar(
        select(Questionnaire.id).where(
            Questionnaire.form_id == form_id, Questionnaire.version == version
        )
    )
    if number is None:
        raise _not_found(reference)
    return get(session, number)


def versions(session: Session, form_id: str) -> list[VersionView]:
    """All versions of a form, the newest first."""
    return [each for each in listed(session) if each.form_id == form_id]


def chosen(session: Session, name: str, *, by: str, now: datetime) -> Questionnaire:
    """What a new wave takes: a shipped one, ``form@version``, or the newest of ``form``.

    Raises NotFound; Conflict if it is retired.
    """
    if name in forms.questionnaires.names():
        return freeze(session, forms.questionnaires.load(name), by=by, now=now)
    form_id, _, version = name.partition("@")
    query = select(Questionnaire).where(Questionnaire.form_id == form_id)
    if version:
        query = query.where(Questionnaire.version == version)
    rows = session.scalars(query.order_by(Questionnaire.id.desc())).all()
    if not rows:
        raise _not_found(name)
    found = next((row for row in rows if not _event(session, row.id, RETIRED)), None)
    if found is None:
        raise Conflict(
            "Phiếu “%(name)s” đã ngừng dùng; đợt mới cần phiếu khác.",
            code="questionnaire.retired",
            name=name,
        )
    return found


def freeze(
    session: Session,
    definition: Definition,
    *,
    by: str,
    now: datetime,
    file: tuple[str, bytes] | None = None,
) -> Questionnaire:
    """Keep a version for ever, once.

    Raises Conflict if it stands with another content, or if a file that it shows is not kept.
    """
    same = standing(session, definition)
    if same is not None:
        return same
    media.keep(session, definition, {})
    row = Questionnaire(
        form_id=definition.form_id,
        version=definition.version,
        sha256=canonical.sha256(definition),
        definition=canonical.to_json(definition),
    )
    session.add(row)
    session.flush()
    name, content = file or ("", None)
    facts = {"kind": PUBLISHED, "at": now, "by": by, "file_name": name, "file": content}
    session.add(QuestionnaireEvent(questionnaire_id=row.id, **facts))
    _note(session, "questionnaire.published", row, by=by, now=now)
    return row


def standing(session: Session, definition: Definition) -> Questionnaire | None:
    """The frozen version with this content.  Raises Conflict if its name has another content."""
    row = session.scalars(
        select(Questionnaire).where(
            Questionnaire.form_id == definition.form_id,
            Questionnaire.version == definition.version,
        )
    ).one_or_none()
    if row is not None and row.sha256 != canonical.sha256(definition):
        raise Conflict(
            "Phiếu “%(form)s” phiên bản %(version)s đã có với nội dung khác; hãy tăng phiên bản.",
            code="questionnaire.version_reused",
            form=definition.form_id,
            version=definition.version,
        )
    return row


def retire(session: Session, number: int, *, reason: str, by: str, now: datetime) -> None:
    """No new wave may take it any more.  Raises NotFound, InvalidInput, Conflict."""
    found, _ = get(session, number)
    reason = clean_line(reason)[:MAX_REASON]
    if not reason:
        raise InvalidInput("Phải nêu lý do ngừng dùng.", code="questionnaire.no_reason")
    if found.is_retired:
        raise Conflict("Phiên bản này đã ngừng dùng rồi.", code="questionnaire.retired")
    asked = [slug for slug, state in found.waves if state != "closed"]
    if asked:
        raise Conflict(
            "Đợt %(waves)s còn dùng phiên bản này; hãy chuyển đợt sang phiên bản khác hoặc đóng "
            "đợt trước.",
            code="questionnaire.in_use",
            waves=", ".join(asked),
        )
    row = session.get_one(Questionnaire, number)
    facts = {"kind": RETIRED, "at": now, "by": by, "reason": reason}
    session.add(QuestionnaireEvent(questionnaire_id=number, **facts))
    _note(session, "questionnaire.retired", row, by=by, now=now, reason=reason)


def workbook(session: Session, number: int) -> tuple[str, bytes]:
    """Name and content of the file that a version was published from.  Raises NotFound."""
    event = session.scalars(
        select(QuestionnaireEvent)
        .where(QuestionnaireEvent.questionnaire_id == number, QuestionnaireEvent.kind == PUBLISHED)
        .options(undefer(QuestionnaireEvent.file))
    ).one_or_none()
    if event is None or event.file is None:
        raise NotFound("Phiên bản này không có tệp gốc.", code="questionnaire.no_file")
    return event.file_name, event.file


def _event(session: Session, number: int, kind: str) -> QuestionnaireEvent | None:
    return session.scalars(
        select(QuestionnaireEvent).where(
            QuestionnaireEvent.questionnaire_id == number, QuestionnaireEvent.kind == kind
        )
    ).one_or_none()


def _view(session: Session, row: Questionnaire) -> VersionView:
    definition = definitions.of(row)
    published, retired = _event(session, row.id, PUBLISHED), _event(session, row.id, RETIRED)
    used = session.execute(
        select(Wave.slug, Wave.state).where(Wave.questionnaire_id == row.id).order_by(Wave.slug)
    )
    return VersionView(
        id=row.id,
        form_id=row.form_id,
        version=row.version,
        titles=dict(definition.titles),
        languages=definition.languages,
        sha256=row.sha256,
        n_questions=sum(each.is_asked for each in definition),
        published_at=published.at if published else None,
        published_by=published.by if published else "",
        file_name=published.file_name if published else "",
        retired_at=retired.at if retired else None,
        retired_by=retired.by if retired else "",
        retired_reason=retired.reason if retired else "",
        waves=tuple((slug, state) for slug, state in used),
    )


def _note(session: Session, action: str, row: Questionnaire, *, by: str, now: datetime, **more):
    facts = {"form": row.form_id, "version": row.version, "sha256": row.sha256}
    audit.append(session, action, by=by, at=now, **facts, **more)


def _not_found(name: str) -> NotFound:
    return NotFound("Không có phiếu hỏi “%(name)s”.", code="questionnaire.not_found", name=name)
