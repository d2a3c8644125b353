"""From a submission as it came to the same answer as a page gives, or to quarantine.

Works on what was kept before; nothing is thrown away, and whatever does not fit waits for a person
with its reason.  The answer is parsed once, here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, update
from sqlalchemy.orm import Session

from forms.faces import instance, xform_answers
from forms.faces.instance import Instance, SubmissionError
from forms.faces.xform_answers import Submission
from survey.domain.calendar import local_day
from survey.domain.intake import Channel, Reason, State
from survey.domain.wave import WaveState, reception
from survey.services import elsewhere, paradata, submission
from survey.services.households import interviews
from survey.services.intake import attachments, receiving
from survey.services.intake.case_list import CASE_FILE
from survey.services.questionnaires import versions
from survey.services.submission import Sending
from survey.services.visit import Visit, Visitor, visit_of
from survey.store import answer_files, visits
from survey.store import field as store
from survey.store.models import FieldSubmission, Response

#: Files that were named and have not come are waited for so long.
FILES_WAIT = timedelta(hours=24)
#: A case that names no time of its own counts as done at once.
_NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True)
class Held:
    """Why a submission is no answer yet."""

    reason: Reason
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Reading:
    """A submission read against its case and questionnaire."""

    visit: Visit
    found: Submission


def process(session: Session, ids: Sequence[str], *, code_key: bytes) -> int:
    """Turn received submissions into answers; how many were taken up."""
    rows = store.take(session, ids)
    for row in rows:
        work_on(session, row, code_key=code_key)
        # The next one may correct this one, or be of the same case.
        session.flush()
    store.wake_corrections(session, [row.instance_id for row in rows if row.state == State.STORED])
    return len(rows)


def work_on(session: Session, row: FieldSubmission, *, code_key: bytes) -> None:
    """Judge one submission that is held."""
    outcome = read(session, row)
    if isinstance(outcome, Held):
        hold(row, outcome)
        return
    held = _hindrance(session, row, outcome)
    if held is not None:
        hold(row, held)
    elif missing := attachments.missing(session, row, outcome):
        row.state = State.WAITING
        row.facts = {"missing": missing}
    else:
        store_answer(session, row, outcome, code_key=code_key)


def read(
    session: Session, row: FieldSubmission, *, any_version: bool = False, case: int | None = None
) -> Reading | Held:
    """Find the case and read the answers, as far as both are known.

    ``any_version``: read it as the wave's own version.  ``case``: somebody says which one it is.
    """
    try:
        sent = instance.read(bytes(row.xml))
    except SubmissionError as error:
        return Held(Reason.MALFORMED, {"code": error.code, **_plain(error.facts)})
    if sent.instance_id != row.instance_id:
        return Held(Reason.MALFORMED, {"code": "submission.no_instance"})
    row.corrects = sent.deprecated_id
    number = case or _case_number(sent)
    standing = visits.find(session, "case", number, "") if number else None
    if standing is None:
        return Held(Reason.CASE, {"case": number or ""})
    row.case_id, row.wave_id = number, standing.wave_id
    visit = _visit(session, row, standing, sent.version)
    asked = (visit.definition.form_id, visit.definition.version)
    if sent.form_id != asked[0]:
        return Held(Reason.FORM, {"form": sent.form_id, "wanted": asked[0]})
    if sent.version != asked[1] and not any_version:
        return Held(Reason.VERSION, {"version": sent.version, "wanted": asked[1]})
    found = xform_answers.read(visit.definition, sent, visit.context, case_file=CASE_FILE)
    if case is None and found.case != str(number):
        return Held(Reason.CASE, {"case": found.case})
    return Reading(visit, found)


def _visit(session: Session, row: FieldSubmission, standing: Row, version: str) -> Visit:
    """The case's visit, in the version that a client filled in if the wave has ever had it."""
    who = Visitor("case", row.case_id, "")
    visit = visit_of(session, who, standing, now=row.received_at)
    if visit.definition.version == version:
        return visit
    had = versions.of_wave(session, standing.wave_id)
    other = next(((x.questionnaire_id, x.sha256) for x in had if x.version == version), None)
    return visit_of(session, who, standing, now=row.received_at, version=other) if other else visit


def hold(row: FieldSubmission, held: Held) -> None:
    row.state, row.reason, row.facts = State.QUARANTINED, held.reason, dict(held.facts)


def give_up(session: Session, id_: str, error: str) -> None:
    """A submission on which the program fails must not stop the others."""
    for row in store.take(session, [id_]):
        hold(row, Held(Reason.MALFORMED, {"code": "submission.crash", "error": error}))


def end_waits(session: Session, *, now: datetime) -> int:
    """Files that did not come within a day: a person decides."""
    rows = store.waiting_since(session, now - FILES_WAIT)
    for row in rows:
        hold(row, Held(Reason.ATTACHMENTS, row.facts))
    return len(rows)


def _hindrance(session: Session, row: FieldSubmission, reading: Reading) -> Held | None:
    """Why this may not become an answer by itself."""
    visit = reading.visit
    case = {"case": visit.visitor.id}
    held = _wave_hindrance(session, row, reading)
    if held is not None:
        return held
    if store.assigned_to(session, visit.visitor.id) != row.account_id:
        return Held(Reason.PERSON, case)
    if row.corrects:
        held = _edit_hindrance(session, row)
    else:
        held = Held(Reason.CASE_CLOSED, case) if visit.row.answered else None
    if held is None:
        differs = interviews.hindrance(session, row, visit.settings)
        held = Held(Reason.SELECTION, differs) if differs else None
    if held is None and not reading.found.is_sound:
        held = Held(Reason.ANSWERS, faults(reading.found))
    return held


def _wave_hindrance(session: Session, row: FieldSubmission, reading: Reading) -> Held | None:
    """An interview of the last day may come later, as long as the office has not closed."""
    ended, wave = reading.found.ended_at or row.received_at, reading.visit.row
    day = local_day(min(ended, row.received_at))
    state = WaveState(store.hold_wave(session, wave.wave_id))
    found = reception(state, wave.opens_on, wave.closes_on, day)
    if found == "open":
        return None
    facts = {"case": reading.visit.visitor.id, "day": day.isoformat()}
    return Held(Reason.NOT_OPEN_YET if found == "not_open_yet" else Reason.WAVE_CLOSED, facts)


def _edit_hindrance(session: Session, row: FieldSubmission) -> Held | None:
    facts = {"corrects": row.corrects}
    before = store.lock(session, row.corrects)
    if before is None or before.state not in (State.STORED, State.CORRECTED):
        # Also one of the same sync that is judged later: it wakes this one.
        return Held(Reason.EDIT_UNKNOWN, facts)
    if before.account_id != row.account_id or before.case_id != row.case_id:
        return Held(Reason.EDIT_OF_ANOTHER, facts)
    return Held(Reason.EDIT_TWICE, facts) if before.state == State.CORRECTED else None


def faults(found: Submission) -> dict[str, Any]:
    """What could not be taken, by question; codes are keys of ``forms.messages``."""
    return {
        "problems": {name: problem.code for name, problem in found.problems.items()},
        "unknown": list(found.unknown),
        "repeated": list(found.repeated),
    }


def store_answer(
    session: Session,
    row: FieldSubmission,
    reading: Reading,
    *,
    code_key: bytes,
    before: FieldSubmission | None = None,
    judged: bool = False,
) -> None:
    """Make the answer, or bring the one that this submission corrects up to date.

    ``judged``: somebody has seen it and takes it without the files that cannot be taken.
    """
    if before is None and row.corrects:
        before = store.lock(session, row.corrects)
    edits = before is not None and before.state == State.STORED
    row.root_id = before.root_id if edits else row.instance_id
    made = attachments.taken(session, row, reading)
    if made.problems and not judged:
        return hold(row, Held(Reason.ANSWERS, attachments.told(made.problems)))
    sending = _sending(row, reading.found, code_key)
    found, visit = reading.found, reading.visit
    response = elsewhere.marked(
        submission.prepared(session, visit, made.values, sending),
        timed=bool(found.started_at and found.ended_at),
        interviewer=elsewhere.interviewer_label(code_key, visit.row.wave_id, row.account_id),
    )
    response = interviews.marked(session, row, visit.settings, response)
    if edits:
        if not _replace(session, before.response_id, response):
            # The respondent has withdrawn it with the receipt.
            return hold(row, Held(Reason.EDIT_UNKNOWN, {"corrects": before.instance_id}))
        row.response_id = before.response_id
        before.state, before.response_id = State.CORRECTED, None
    elif not _add(session, reading, response, sending):
        return hold(row, Held(Reason.CASE_CLOSED, {"case": row.case_id}))
    else:
        row.response_id = response["id"]
    answer_files.replace(session, row.response_id, made.files)
    row.state, row.reason = State.STORED, ""
    if visit.row.live_results:
        submission.ask_for_results(session, visit.row.slug, row.received_at)
    return None


def _add(session: Session, reading: Reading, response: dict[str, Any], sending: Sending) -> bool:
    visit, ended = reading.visit, reading.found.ended_at or sending.now
    session.flush()
    added = visits.submit(
        session,
        response,
        case_id=visit.visitor.id,
        draft_id=visit.row.draft_id,
        seen=visit.row.updated_at,
    )
    if added:
        paradata.count_answer(
            session,
            visit,
            sending.visited,
            language=sending.language,
            opened_at=sending.opened_at,
            # A whole day's interviews come in one sync; each was made at its own hour.
            now=min(ended, sending.now),
        )
    return added


def _replace(session: Session, response_id: str, response: dict[str, Any]) -> bool:
    """An answer keeps its key and its receipt; the day's seal will hold it as it is now."""
    kept = ("answers", "outcome", "submitted_on", "minutes", "flags", "paradata")
    if response["psu"] is not None:
        kept += ("inclusion_probability",)
    values = {name: response[name] for name in kept}
    changed = update(Response).where(Response.id == response_id).values(**values)
    return session.execute(changed).rowcount == 1


def _sending(row: FieldSubmission, found: Submission, code_key: bytes) -> Sending:
    took = _NO_TIME
    if found.started_at and found.ended_at:
        took = max(found.ended_at - found.started_at, _NO_TIME)
    return Sending(
        receipt_code=receiving.receipt_code(code_key, row.root_id),
        code_key=code_key,
        language="vi",
        opened_at=row.received_at - took,
        now=row.received_at,
        channel=Channel.ENUMERATOR,
    )


def _case_number(sent: Instance) -> int | None:
    """The chosen case; its row stands at the top of the form."""
    text = next((leaf.text for leaf in sent.leaves if leaf.path == "/case"), "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: v if isinstance(v, int | str) else str(v) for name, v in facts.items()}
