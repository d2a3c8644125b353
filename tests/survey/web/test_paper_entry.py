"""Paper forms through the office's pages: logged, typed by two, decided by a third, counted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete

from forms.faces import keying
from survey.domain import paper
from survey.domain.calendar import local_day
from survey.domain.roles import Role
from survey.errors import Conflict
from survey.services import accounts, definitions, paper_forms
from survey.services import waves as lives
from survey.services.paper_entry import overview
from survey.store import cases as stored_cases
from survey.store import waves as stored_waves
from survey.store.models import (
    AuditEvent,
    CaseWaiting,
    PaperEntry,
    PaperForm,
    PaperReturn,
    Response,
)
from tests.support import waves

NOW = datetime.now(UTC)
#: Places of the boxes on c1-citizen: yes, yes, own, no; 5 of each scale.
TYPED = {"a1": "1", "a2": "1", "c1": "5", "c2": "4", "j2": "Cảm ơn cán bộ"}


@pytest.fixture
def wave(app):
    return waves.make(app, scale=0.02)


@pytest.fixture
def office(app, database, wave):
    return Office(app, database, wave.slug)


class Office:
    """A wave with twenty printed forms and people who type."""

    def __init__(self, app, database, slug):
        self.app, self.database, self.slug = app, database, slug
        self.place = f"/van-phong/dot/{slug}/nhap-phieu"
        with database.write() as session:
            paper_forms.print_forms(session, slug, count=20, by="test", now=NOW)
            wave = stored_waves.get(session, slug)
            self.q = definitions.of(wave.questionnaire)
            fresh = [c for c in stored_cases.issued(session, wave.id) if not c.opened]
            self.cases = [(case.id, case.unit.code) for case in fresh[:6]]
        self.manager = self.person("ql", Role.MANAGER)

    def person(self, name: str, role: Role = Role.ENUMERATOR):
        with self.database.write() as session:
            known = accounts.create(session, name, role, by="test", now=NOW)
        client = self.app.test_client()
        waves.send(client, "/van-phong/dang-nhap", name=name, password=known)
        return client

    def log(self, form: int, **given):
        line = {"day": local_day(NOW).isoformat(), "number": paper.shown(form), **given}
        return waves.send(self.manager, f"{self.place}/ghi-nhan", **line)

    def type(self, client, number: int, typed=TYPED, **more):
        given = {f"q-{name}": text for name, text in typed.items()}
        return waves.send(client, f"{self.place}/{paper.shown(number)}", **given, **more)

    def found(self, number: int) -> PaperReturn:
        with self.database.read() as session:
            form = session.query(PaperForm).filter_by(number=number).one()
            found = session.get(PaperReturn, form.id)
            session.expunge(found)
            return found

    def answer(self, number: int) -> Response:
        with self.database.read() as session:
            found = session.get(Response, self.found(number).response_id)
            session.expunge(found)
            return found


def test_two_who_type_alike_make_the_answer(office):
    case, _ = office.cases[0]
    assert "Đã ghi nhận phiếu 000001-" in office.log(1, case=str(case)).text
    first, second = office.person("a"), office.person("b")
    assert office.type(first, 1).status_code == 303
    assert office.found(1).stage == "entered"
    again = office.type(second, 1, {**TYPED, "c1": " 5 ", "j2": "Cảm ơn  cán bộ"})
    assert again.status_code == 303
    assert office.found(1).stage == "stored"
    answer = office.answer(1)
    assert (answer.channel, answer.stream, answer.minutes) == ("paper", "probability", 0)
    assert answer.answers["c2"] == office.q.question("c2").choices[3].name
    assert answer.answers["j2"] == "Cảm ơn cán bộ"
    assert "too_fast" not in answer.flags
    assert answer.paradata["pace"] is None
    with office.database.read() as session:
        assert stored_cases.get(session, case).answered


def test_nobody_types_a_form_twice(office):
    office.log(1, case=str(office.cases[0][0]))
    one = office.person("a")
    assert office.type(one, 1).status_code == 303
    again = office.type(one, 1)
    assert again.status_code == 422
    assert "phải do người khác" in again.text
    assert office.found(1).stage == "entered"
    assert paper.shown(1) not in one.get(office.place).text  # not offered to the same person


def test_differences_are_decided_by_a_third_and_counted(office):
    case, _ = office.cases[0]
    office.log(1, case=str(case))
    a, b, c = (office.person(name) for name in "abc")
    office.type(a, 1, TYPED)
    office.type(b, 1, {**TYPED, "c1": "1", "c2": "*", "j2": ""})
    found = office.found(1)
    assert (found.stage, found.n_fields, found.n_differences) == ("differs", 5, 3)
    assert sorted(found.differing) == ["c1", "c2", "j2"]
    for who in (a, b):
        assert office.type(who, 1).status_code == 422
    page = c.get(f"{office.place}/{paper.shown(1)}")
    assert page.text.count("<fieldset") == 3
    assert 'name="q-a1"' not in page.text  # what they typed alike is not asked again
    undecided = office.type(c, 1, {"c1": "1", "c2": "4"})
    assert undecided.status_code == 422
    assert "Chưa quyết định câu này" in undecided.text
    # The first was right about c2, the second about c1, neither about j2.
    decided = office.type(c, 1, {"c1": "1", "c2": "4", "j2": ""}, **{"o-j2": "Cám ơn"})
    assert decided.status_code == 303
    answer = office.answer(1).answers
    assert answer["c1"] == office.q.question("c1").choices[0].name
    assert answer["c2"] == office.q.question("c2").choices[3].name
    assert (answer["j2"], answer["a1"]) == ("Cám ơn", office.q.question("a1").choices[0].name)
    with office.database.read() as session:
        seen = overview.overview(session, office.slug, account_id=0)
    assert (seen.pairs.n_forms, seen.pairs.n_fields, seen.pairs.n_wrong) == (1, 5, 3)
    assert seen.pairs.rate == pytest.approx(0.6)
    assert {name: errors.n_wrong for name, errors in seen.keyers} == {"a": 2, "b": 2}
    assert dict(seen.questions) == {"c1": 1, "c2": 1, "j2": 1}
    text = office.manager.get(office.place).text
    assert "60,00 %" in text
    assert "40,00 %" in text


def test_a_typing_fault_is_shown_at_its_question_and_nothing_is_kept(office):
    office.log(1, case=str(office.cases[0][0]))
    one = office.person("a")
    reply = office.type(one, 1, {**TYPED, "c1": "9", "c3": "5"})
    assert reply.status_code == 422
    assert 'href="#f-c1"' in reply.text
    assert "từ 1 đến" in reply.text
    assert 'value="5"' in reply.text  # the rest stays as typed
    assert office.found(1).stage == "logged"


def test_the_second_never_sees_what_the_first_typed(office):
    office.log(1, case=str(office.cases[0][0]))
    office.type(office.person("a"), 1, {**TYPED, "j2": "chỉ người thứ nhất biết"})
    second = office.person("b")
    for page in (office.place, f"{office.place}/{paper.shown(1)}"):
        assert "chỉ người thứ nhất biết" not in second.get(page).text


def test_a_form_from_a_desk_goes_to_the_open_stream(office):
    office.log(2, unit=office.cases[0][1])
    for name in "ab":
        office.type(office.person(name), 2)
    answer = office.answer(2)
    assert (answer.stream, answer.channel, answer.inclusion_probability) == ("open", "paper", None)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"number": "000001-0"}, "số kiểm tra"),
        ({"number": "000999-1"}, "không in phiếu số"),
        ({"case": "khong-co"}, "Không có hồ sơ"),
        ({"case": "", "unit": ""}, "Hãy ghi hồ sơ, hoặc chọn đơn vị"),
        ({"day": "2001-01-01"}, "ngoài thời gian khảo sát"),
        ({"day": ""}, "Hãy ghi ngày trả lời"),
    ],
)
def test_what_cannot_be_logged_is_said(office, given, words):
    reply = office.log(1, **{"case": str(office.cases[0][0]), **given})
    assert reply.status_code == 422
    assert words in reply.text
    with office.database.read() as session:
        assert session.query(PaperReturn).count() == 0


def test_a_number_and_a_case_come_back_once(office):
    case = str(office.cases[0][0])
    office.log(1, case=case)
    assert "đã được ghi nhận" in office.log(1, case=str(office.cases[1][0])).text
    assert "đã có một phiếu giấy" in office.log(2, case=case).text


def test_a_mistaken_line_of_the_log_is_taken_back_until_somebody_types(office):
    case = str(office.cases[0][0])
    office.log(1, case=case)
    taken = {"number": paper.shown(1)}
    assert waves.send(office.manager, f"{office.place}/rut", **taken).status_code == 303
    office.log(1, case=case)
    office.type(office.person("a"), 1)
    reply = waves.send(office.manager, f"{office.place}/rut", **taken)
    assert "không rút lại được" in reply.text
    with office.database.read() as session:
        kinds = [row.action for row in session.query(AuditEvent).order_by(AuditEvent.id)]
    assert kinds.count("paper.log_taken_back") == 1


def test_a_case_that_answered_online_meanwhile_keeps_that_answer(office, app, wave):
    case, _ = office.cases[0]
    office.log(1, case=str(case))
    office.type(office.person("a"), 1)
    with office.database.write() as session:
        session.execute(delete(CaseWaiting).where(CaseWaiting.case_id == case))
    office.type(office.person("b"), 1)
    assert office.found(1).stage == "unused"
    with office.database.read() as session:
        assert session.query(Response).count() == 0


def test_closing_waits_for_paper_and_then_cuts_every_way_back(office):
    office.log(1, case=str(office.cases[0][0]))
    office.log(2, case=str(office.cases[1][0]))
    a, b = office.person("a"), office.person("b")
    for who in (a, b):
        office.type(who, 1)
    office.type(a, 2)
    with pytest.raises(Conflict, match="1 phiếu giấy"), office.database.write() as session:
        lives.close_wave(session, office.slug, by="test", now=NOW)
    office.type(b, 2)
    with office.database.write() as session:
        lives.close_wave(session, office.slug, by="test", now=NOW)
    with office.database.read() as session:
        assert session.query(Response).count() == 2
        for found in session.query(PaperReturn):
            assert (found.case_id, found.response_id, found.n_fields) == (None, None, 5)
        assert {str(entry.typed) for entry in session.query(PaperEntry)} == {"{}"}


def test_people_who_type_see_the_pages_of_typing_and_no_others(office):
    office.log(1, case=str(office.cases[0][0]))
    one = office.person("a")
    shown = one.get(office.place)
    assert shown.status_code == 200
    assert "Ghi nhận phiếu trở về" not in shown.text
    assert "1 phiếu chờ ông/bà nhập" in one.get("/dieu-tra/").text
    refused = waves.send(one, f"{office.place}/ghi-nhan", number=paper.shown(2))
    assert refused.status_code == 403
    viewer = office.person("v", Role.VIEWER)
    assert viewer.get(office.place).status_code == 403


def test_a_scanned_code_opens_the_form(office):
    office.log(1, case=str(office.cases[0][0]))
    one = office.person("a")
    reply = one.get(office.place, query_string={"so": f"{office.slug}/{paper.shown(1)}"})
    assert reply.location.endswith(f"/nhap-phieu/{paper.shown(1)}")
    wrong = one.get(office.place, query_string={"so": "000001-1"})
    assert wrong.status_code == 422


def test_every_printed_question_can_be_typed(office):
    office.log(1, case=str(office.cases[0][0]))
    page = office.person("a").get(f"{office.place}/{paper.shown(1)}").text
    fields = keying.fields(office.q, "vi", known={})
    assert len(fields) > 25
    assert [f'name="q-{field.name}"' in page for field in fields] == [True] * len(fields)


def test_what_breaks_a_rule_on_paper_is_kept_as_written_and_left_out(office):
    """Four boxes where at most three may be ticked."""
    office.log(1, case=str(office.cases[0][0]))
    one, two = office.person("a"), office.person("b")
    typed = {**TYPED, "j1": "4 1 2 3"}
    asked = office.type(one, 1, typed)
    assert asked.status_code == 422
    assert 'name="as_written"' in asked.text
    assert office.found(1).stage == "logged"
    for who in (one, two):
        assert office.type(who, 1, typed, as_written="yes").status_code == 303
    assert office.found(1).stage == "stored"
    assert "j1" not in office.answer(1).answers
