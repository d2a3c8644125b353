"""What fits becomes the answer of its case; an edit replaces it and leaves its history; whatever
does not fit waits with its reason until a named person decides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from survey.domain.intake import Reason, State, Verdict
from survey.services import elsewhere
from survey.services.intake import enumerators, history, processing
from survey.store import waves as stored_waves
from survey.store.models import CaseAssignment, FieldSubmission, Response
from tests.support import field

NOW = datetime.now(UTC)


# Edits: https://getodk.github.io/xforms-spec/#metadata, deprecatedID.


def test_an_edit_replaces_the_answer_and_the_first_one_stays_as_history(device, desk):
    a, b = f"uuid:a{device.name}", f"uuid:b{device.name}"
    first = field.sent(device, a, j2="trước")
    assert desk.judged(first) == (State.STORED, "")
    answer, n = desk.row(first).response_id, desk.n_answers()
    field.sent(device, b, **field.correcting(a), j2="sau")
    assert desk.judged(b) == (State.STORED, "")
    assert desk.row(b).response_id == answer
    assert desk.answer(b)["j2"] == "sau"
    assert desk.n_answers() == n
    assert (desk.row(a).state, desk.row(a).response_id) == (State.CORRECTED, None)
    assert b"tr\xc6\xb0\xe1\xbb\x9bc" in bytes(desk.row(a).xml)
    with desk.database.read() as session:
        lines = history.of_case(session, desk.row(b).case_id)
    assert [(line.id, line.state) for line in lines] == [(a, "corrected"), (b, "stored")]
    assert [(c.question, c.before, c.after) for c in lines[1].changes] == [("j2", "trước", "sau")]


def test_an_edit_keeps_the_receipt_that_the_respondent_has(device, desk):
    a, b = f"uuid:a{device.name}", f"uuid:b{device.name}"
    field.sent(device, a)
    desk.judged(a)
    with desk.database.read() as session:
        before = session.get(Response, desk.row(a).response_id).receipt_digest
    field.sent(device, b, **field.correcting(a))
    desk.judged(b)
    with desk.database.read() as session:
        assert session.get(Response, desk.row(b).response_id).receipt_digest == before


def test_an_edit_that_comes_before_what_it_corrects_waits_for_it(device, desk):
    a, b, c = (f"uuid:{x}{device.name}" for x in "abc")
    field.sent(device, c, **field.correcting(b), j2="ba")
    assert desk.judged(c) == (State.QUARANTINED, Reason.EDIT_UNKNOWN)
    field.sent(device, b, **field.correcting(a), j2="hai")
    assert desk.judged(b) == (State.QUARANTINED, Reason.EDIT_UNKNOWN)
    field.sent(device, a, j2="một")
    for _ in range(3):
        field.work(desk.app)
    assert [desk.row(x).state for x in (a, b, c)] == ["corrected", "corrected", "stored"]
    assert desk.answer(c)["j2"] == "ba"


def test_a_chain_of_edits_that_came_backwards_in_one_sync_ends_in_the_last(device, desk):
    a, b, c = (f"uuid:{x}{device.name}" for x in "abc")
    field.sent(device, c, **field.correcting(b), j2="ba")
    field.sent(device, b, **field.correcting(a), j2="hai")
    field.sent(device, a, j2="một")
    for _ in range(3):
        field.work(desk.app)
    assert [desk.row(x).state for x in (a, b, c)] == ["corrected", "corrected", "stored"]
    assert desk.answer(c)["j2"] == "ba"


def test_two_edits_of_one_submission_need_a_person(device, desk):
    a, b, c = (f"uuid:{x}{device.name}" for x in "abc")
    field.sent(device, a)
    field.sent(device, b, **field.correcting(a), j2="hai")
    assert desk.judged(b) == (State.STORED, "")
    field.sent(device, c, **field.correcting(a), j2="ba")
    assert desk.judged(c) == (State.QUARANTINED, Reason.EDIT_TWICE)
    assert desk.answer(b)["j2"] == "hai"
    desk.decide(c, Verdict.ACCEPTED)
    assert desk.answer(c)["j2"] == "ba"


def test_an_edit_of_another_case_or_person_is_held(device, another, desk):
    other = another(2)
    mine, theirs = device.cases()[:2], other.cases()[0]
    a, b, c = (f"uuid:{x}{device.name}" for x in "abc")
    field.sent(device, a, mine[0])
    desk.judged(a)
    field.sent(device, b, mine[1], **field.correcting(a))
    assert desk.judged(b) == (State.QUARANTINED, Reason.EDIT_OF_ANOTHER)
    field.sent(other, c, theirs, **field.correcting(a))
    assert desk.judged(c) == (State.QUARANTINED, Reason.EDIT_OF_ANOTHER)


# Quarantine: each reason, kept whole, decided by name.


def test_another_version_is_held_and_may_be_taken(device, desk):
    known = f"uuid:v{device.name}"
    xml = device.fill(device.cases()[0], instance_id=known)
    version = field.attribute(xml, "version")
    assert version
    old = xml.replace(f'version="{version}"'.encode(), b'version="1999"')
    assert device.post(old).status_code == 201
    assert desk.judged(known) == (State.QUARANTINED, Reason.VERSION)
    assert desk.row(known).facts == {"version": "1999", "wanted": version}
    assert bytes(desk.row(known).xml) == old
    desk.decide(known, Verdict.ACCEPTED)
    assert (desk.row(known).state, desk.row(known).decided_by) == (State.STORED, "truong")


def test_another_form_is_held(device, desk):
    known = f"uuid:f{device.name}"
    xml = device.fill(device.cases()[0], instance_id=known)
    xml = xml.replace(f'id="{field.attribute(xml, "id")}"'.encode(), b'id="other-form"')
    assert device.post(xml).status_code == 201
    assert desk.judged(known) == (State.QUARANTINED, Reason.FORM)


@pytest.mark.parametrize("case", ["999999999", "", "abc", "9" * 40])
def test_no_such_case_is_held_and_the_office_may_name_it(device, desk, case):
    known = field.sent(device, f"uuid:n{device.name}{len(case)}", case)
    assert desk.judged(known) == (State.QUARANTINED, Reason.CASE)
    right = device.cases()[1]
    desk.decide(known, Verdict.ACCEPTED, reference=str(right))
    assert (desk.row(known).state, desk.row(known).case_id) == (State.STORED, right)


def test_a_case_of_somebody_else_is_held_until_decided(device, another, desk):
    known = field.sent(device, f"uuid:p{device.name}", another(1).cases()[0])
    assert desk.judged(known) == (State.QUARANTINED, Reason.PERSON)
    n = desk.n_answers()
    desk.decide(known, Verdict.REJECTED)
    row = desk.row(known)
    assert (row.state, row.decision_reason, desk.n_answers()) == (State.REJECTED, "đã gọi lại", n)


def test_a_case_given_to_somebody_else_meanwhile_is_held(device, another, desk, wave):
    other, case = another(1), device.cases()[0]
    with desk.database.write() as session:
        user = enumerators.account(session, other.name)
        enumerators.give(session, wave.slug, user, [case], by="test", now=NOW)
        assert session.query(CaseAssignment).filter_by(case_id=case).count() == 2
    known = field.sent(device, f"uuid:g{device.name}", case)
    assert desk.judged(known) == (State.QUARANTINED, Reason.PERSON)


def test_a_case_that_has_its_answer_is_closed(device, desk):
    a, b = f"uuid:a{device.name}", f"uuid:b{device.name}"
    field.sent(device, a)
    field.sent(device, b, j2="khác")
    assert desk.judged(b) == (State.QUARANTINED, Reason.CASE_CLOSED)
    assert desk.row(a).state == State.STORED


def test_refused_answers_are_held_with_each_reason(device, desk):
    known = field.sent(device, f"uuid:r{device.name}", c1="77")
    assert desk.judged(known) == (State.QUARANTINED, Reason.ANSWERS)
    assert desk.row(known).facts["problems"] == {"c1": "answer.unknown_choice"}


def test_a_row_that_the_form_does_not_have_is_held(device, desk):
    known = f"uuid:u{device.name}"
    xml = device.fill(device.cases()[0], instance_id=known)
    end = b"<" + xml.rpartition(b"<")[2]
    assert device.post(xml.replace(end, b"<strange>1</strange>" + end)).status_code == 201
    assert desk.judged(known) == (State.QUARANTINED, Reason.ANSWERS)
    assert desk.row(known).facts["unknown"] == ["/strange"]


def test_what_cannot_be_read_is_400_and_kept_to_the_byte(device, desk):
    for broken in (b"<data", b"", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a id='x'>&b;</a>"):
        assert device.post(broken).status_code == 400
        with desk.database.read() as session:
            held = session.query(FieldSubmission).filter_by(xml=broken).one()
            assert (held.state, held.reason) == (State.QUARANTINED, Reason.MALFORMED)


def test_a_file_that_never_comes_is_a_persons_matter_after_a_day(device, desk):
    known = field.sent(device, f"uuid:w{device.name}", meta={"audit": "audit.csv"})
    assert desk.judged(known)[0] == State.WAITING
    with desk.database.write() as session:
        processing.end_waits(session, now=NOW + timedelta(hours=23))
    assert desk.row(known).state == State.WAITING
    with desk.database.write() as session:
        processing.end_waits(session, now=NOW + timedelta(hours=25))
    assert desk.judged(known) == (State.QUARANTINED, Reason.ATTACHMENTS)
    desk.decide(known, Verdict.ACCEPTED)
    assert desk.row(known).state == State.STORED


def test_before_the_first_day_it_is_held(device, desk):
    with desk.database.read() as session:
        opens_on = stored_waves.get(session, desk.slug).opens_on
    desk.set_wave(opens_on=(NOW + timedelta(days=3)).date())
    try:
        known = field.sent(device, f"uuid:e{device.name}", device.cases()[0])
        assert desk.judged(known) == (State.QUARANTINED, Reason.NOT_OPEN_YET)
    finally:
        desk.set_wave(opens_on=opens_on)
    desk.decide(known, Verdict.REJECTED)


# What is known of the making of an answer.


def marks(desk, instance_id: str) -> dict:
    with desk.database.read() as session:
        return session.get(Response, desk.row(instance_id).response_id).paradata


def test_answers_of_one_enumerator_are_known_as_such_and_not_timed_by_the_sync(
    device, another, desk
):
    other = another(1)
    sent = [(device, device.cases()[0]), (device, device.cases()[1]), (other, other.cases()[0])]
    found = []
    for n, (who, case) in enumerate(sent):
        known = field.sent(who, f"uuid:m{n}{who.name}", case)
        assert desk.judged(known) == (State.STORED, "")
        found.append(marks(desk, known))
    labels = [each["interviewer"] for each in found]
    assert labels[0] == labels[1] != labels[2]
    assert device.name not in labels[0]
    assert [(each["late"], each["office"]) for each in found] == [(None, None)] * 3
    with desk.database.read() as session:
        listed = enumerators.listing(session, desk.slug, code_key=desk.key)
        assert {each.name: each.label for each in listed}[device.name] == labels[0]


def test_a_label_stays_only_where_enough_answers_of_a_cell_share_it(device, desk):
    known = field.sent(device, f"uuid:l{device.name}")
    assert desk.judged(known) == (State.STORED, "")
    with desk.database.read() as session:  # tried, and taken back
        wave = stored_waves.get(session, desk.slug)
        answer = session.get(Response, desk.row(known).response_id)
        for fewest, stays in ((1, True), (1000, False)):
            wave.settings = {**wave.settings, "min_cell": fewest}
            elsewhere.thin_out(session, wave)
            session.refresh(answer)
            assert ("interviewer" in answer.paradata) is stays


def test_an_interview_without_its_times_is_not_called_too_fast(device, desk):
    known = field.sent(device, f"uuid:t{device.name}", without=("start", "end"))
    assert desk.judged(known) == (State.STORED, "")
    with desk.database.read() as session:
        answer = session.get(Response, desk.row(known).response_id)
        assert "too_fast" not in answer.flags
        assert (answer.minutes, answer.paradata["pace"]) == (0, None)
