"""What was typed from paper becomes an answer like any other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from forms.faces import keying
from forms.model import Questionnaire
from survey.domain.double_entry import Stage
from survey.domain.intake import Channel
from survey.services import definitions, elsewhere, submission
from survey.services.submission import Sending
from survey.services.visit import Visit, Visitor, visit_of
from survey.store import visits
from survey.store.models import PaperForm, PaperReturn


def definition(form: PaperForm, session: Session) -> Questionnaire:
    return definitions.of_id(session, form.questionnaire_id)


def visit(session: Session, found: PaperReturn, now: datetime) -> Visit:
    """Whose form it is, as if they had opened it themselves."""
    who = Visitor("case", found.case_id, "")
    if found.case_id is None:
        who = Visitor("desk", found.desk_id, "")
    return visit_of(session, who, visits.find(session, who.kind, who.id, ""), now=now)


def context(session: Session, found: PaperReturn, now: datetime) -> dict[str, str]:
    """What rules know; today is the day on which the form was filled in."""
    return {**visit(session, found, now).context, "today": found.filled_on.isoformat()}


def store(
    session: Session,
    found: PaperReturn,
    typed: Mapping[str, str],
    *,
    code_key: bytes,
    now: datetime,
) -> Stage:
    """Make the answer; UNUSED if the case has been answered another way meanwhile."""
    whose = visit(session, found, now)
    known = context(session, found, now)
    answers, _rules = keying.values(whose.definition, typed, known)
    sending = Sending(
        receipt_code=submission.new_receipt_code(),
        code_key=code_key,
        language=found.form.language,
        opened_at=now,
        now=now,
        channel=Channel.PAPER,
    )
    prepared = submission.prepared(session, whose, answers, sending)
    response = elsewhere.marked(prepared, timed=False)
    session.flush()
    of_case = found.case_id is not None
    stored = visits.submit(
        session,
        response,
        case_id=found.case_id,
        draft_id=whose.row.draft_id if of_case else None,
        seen=whose.row.updated_at if of_case else None,
    )
    found.stage = Stage.STORED if stored else Stage.UNUSED
    found.response_id = response["id"] if stored else None
    found.form.state = "entered"
    if stored and of_case and whose.row.live_results:
        submission.ask_for_results(session, whose.row.slug, now)
    return Stage(found.stage)
