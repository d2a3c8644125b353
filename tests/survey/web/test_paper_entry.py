"""Paper forms through the office's pages: logged, typed by two, decided by a third, counted."""

from __future__ import annotations

import shutil

import pytest
from sqlalchemy import delete

from forms.faces import keying
from survey.app import create_app
from survey.config import Settings
from survey.domain import paper
from survey.domain.roles import Role
from survey.store import cases as stored_cases
from survey.store.models import (
    AuditEvent,
    CaseWaiting,
)
from tests.support import waves
from tests.support.paper_office import TYPED, Office


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
)
def office(request, tmp_path_factory):
    """One wave for all tests of the module; each takes a form and a case of its own."""
    folder, wanted = tmp_path_factory.mktemp("paper"), request.getfixturevalue
    if request.param == "sqlite":
        shutil.copyfile(wanted("_sqlite_template"), folder / "survey.db")
        url = f"sqlite:///{folder / 'survey.db'}"
    else:
        url = wanted("_scratch").make(template=wanted("_postgresql_template"))
    given = {"DATABASE_URL": url, "SURVEY_INSTANCE": str(folder), "LOG_LEVEL": "WARNING"}
    app = create_app(Settings.from_env(given))
    yield Office(app, app.extensions["database"], waves.make(app, scale=0.03).slug)
    app.extensions["counting"].drop()
    app.extensions["database"].dispose()


@pytest.fixture
def form(office):
    return office.came()


def test_two_who_type_alike_make_the_answer(office, form):
    assert "Đã ghi nhận phiếu 000001-" in office.log(form.number, case=form.case).text
    first, second = office.a, office.b
    assert office.type(first, form.number).status_code == 303
    assert office.found(form.number).stage == "entered"
    again = office.type(second, form.number, {**TYPED, "c1": " 5 ", "j2": "Cảm ơn  cán bộ"})
    assert again.status_code == 303
    assert office.found(form.number).stage == "stored"
    answer = office.answer(form.number)
    assert (answer.channel, answer.stream, answer.minutes) == ("paper", "probability", 0)
    assert answer.answers["c2"] == office.q.question("c2").choices[3].name
    assert answer.answers["j2"] == "Cảm ơn cán bộ"
    assert "too_fast" not in answer.flags
    assert [answer.paradata[mark] for mark in ("pace", "late", "office")] == [None] * 3
    with office.database.read() as session:
        assert stored_cases.get(session, int(form.case)).answered


def test_nobody_types_a_form_twice(office, form):
    office.log(form.number, case=form.case)
    one = office.a
    assert office.type(one, form.number).status_code == 303
    again = office.type(one, form.number)
    assert again.status_code == 422
    assert "phải do người khác" in again.text
    assert office.found(form.number).stage == "entered"
    assert (
        paper.shown(form.number) not in one.get(office.place).text
    )  # not offered to the same person


def test_differences_are_decided_by_a_third_and_counted(office, form):
    office.log(form.number, case=form.case)
    a, b, c = office.a, office.b, office.c
    before = office.seen()
    office.type(a, form.number, TYPED)
    office.type(b, form.number, {**TYPED, "c1": "1", "c2": "*", "j2": ""})
    found = office.found(form.number)
    assert (found.stage, found.n_fields, found.n_differences) == ("differs", 5, 3)
    assert sorted(found.differing) == ["c1", "c2", "j2"]
    for who in (a, b):
        assert office.type(who, form.number).status_code == 422
    page = c.get(f"{office.place}/{paper.shown(form.number)}")
    assert page.text.count("<fieldset") == 3
    assert 'name="q-a1"' not in page.text  # what they typed alike is not asked again
    undecided = office.type(c, form.number, {"c1": "1", "c2": "4"})
    assert undecided.status_code == 422
    assert "Chưa quyết định câu này" in undecided.text
    # The first was right about c2, the second about c1, neither about j2.
    decided = office.type(c, form.number, {"c1": "1", "c2": "4", "j2": ""}, **{"o-j2": "Cám ơn"})
    assert decided.status_code == 303
    answer = office.answer(form.number).answers
    assert answer["c1"] == office.q.question("c1").choices[0].name
    assert answer["c2"] == office.q.question("c2").choices[3].name
    assert (answer["j2"], answer["a1"]) == ("Cám ơn", office.q.question("a1").choices[0].name)
    after = office.seen()
    assert after.pairs.n_forms - before.pairs.n_forms == 1
    assert after.pairs.n_fields - before.pairs.n_fields == 5
    assert after.pairs.n_wrong - before.pairs.n_wrong == 3
    assert after.pairs.rate == after.pairs.n_wrong / after.pairs.n_fields
    wrong = [{name: errors.n_wrong for name, errors in each.keyers} for each in (before, after)]
    assert [wrong[1][name] - wrong[0].get(name, 0) for name in "ab"] == [2, 2]
    assert dict(after.questions)["j2"] == dict(before.questions).get("j2", 0) + 1
    shown = f"{100 * after.pairs.rate:.2f} %".replace(".", ",")
    assert shown in office.manager.get(office.place).text


def test_a_typing_fault_is_shown_at_its_question_and_nothing_is_kept(office, form):
    office.log(form.number, case=form.case)
    one = office.a
    reply = office.type(one, form.number, {**TYPED, "c1": "9", "c3": "5"})
    assert reply.status_code == 422
    assert 'href="#f-c1"' in reply.text
    assert "từ 1 đến" in reply.text
    assert 'value="5"' in reply.text  # the rest stays as typed
    assert office.found(form.number).stage == "logged"


def test_the_second_never_sees_what_the_first_typed(office, form):
    office.log(form.number, case=form.case)
    office.type(office.a, form.number, {**TYPED, "j2": "chỉ người thứ nhất biết"})
    second = office.b
    for page in (office.place, f"{office.place}/{paper.shown(form.number)}"):
        assert "chỉ người thứ nhất biết" not in second.get(page).text


def test_a_form_from_a_desk_goes_to_the_open_stream(office, form):
    office.log(form.number, unit=form.unit)
    for who in (office.a, office.b):
        office.type(who, form.number)
    answer = office.answer(form.number)
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
def test_what_cannot_be_logged_is_said(office, form, given, words):
    reply = office.log(form.number, **{"case": form.case, **given})
    assert reply.status_code == 422
    assert words in reply.text
    assert office.found(form.number) is None


def test_a_number_and_a_case_come_back_once(office, form):
    office.log(form.number, case=form.case)
    assert "đã được ghi nhận" in office.log(form.number, case=office.came().case).text
    assert "đã có một phiếu giấy" in office.log(office.came().number, case=form.case).text


def test_a_mistaken_line_of_the_log_is_taken_back_until_somebody_types(office, form):
    office.log(form.number, case=form.case)
    taken = {"number": paper.shown(form.number)}
    assert waves.send(office.manager, f"{office.place}/rut", **taken).status_code == 303
    office.log(form.number, case=form.case)
    office.type(office.a, form.number)
    reply = waves.send(office.manager, f"{office.place}/rut", **taken)
    assert "không rút lại được" in reply.text
    with office.database.read() as session:
        kinds = [row.action for row in session.query(AuditEvent).order_by(AuditEvent.id)]
    assert kinds.count("paper.log_taken_back") == 1  # who did it stays on record


def test_a_case_that_answered_online_meanwhile_keeps_that_answer(office, form):
    office.log(form.number, case=form.case)
    office.type(office.a, form.number)
    with office.database.write() as session:
        session.execute(delete(CaseWaiting).where(CaseWaiting.case_id == int(form.case)))
    office.type(office.b, form.number)
    assert office.found(form.number).stage == "unused"
    assert office.found(form.number).response_id is None


def test_people_who_type_see_the_pages_of_typing_and_no_others(office, form):
    office.log(form.number, case=form.case)
    one = office.a
    shown = one.get(office.place)
    assert shown.status_code == 200
    assert "Ghi nhận phiếu trở về" not in shown.text
    assert "phiếu chờ ông/bà nhập" in one.get("/dieu-tra/").text
    refused = waves.send(one, f"{office.place}/ghi-nhan", number=paper.shown(2))
    assert refused.status_code == 403
    viewer = office.person("v", Role.VIEWER)
    assert viewer.get(office.place).status_code == 403


def test_a_scanned_code_opens_the_form(office, form):
    office.log(form.number, case=form.case)
    one = office.a
    reply = one.get(office.place, query_string={"so": f"{office.slug}/{paper.shown(form.number)}"})
    assert reply.location.endswith(f"/nhap-phieu/{paper.shown(form.number)}")
    wrong = one.get(office.place, query_string={"so": "000001-1"})
    assert wrong.status_code == 422


def test_every_printed_question_can_be_typed(office, form):
    office.log(form.number, case=form.case)
    page = office.a.get(f"{office.place}/{paper.shown(form.number)}").text
    fields = keying.fields(office.q, "vi", known={})
    assert len(fields) > 25
    assert [f'name="q-{field.name}"' in page for field in fields] == [True] * len(fields)


def test_what_breaks_a_rule_on_paper_is_kept_as_written_and_left_out(office, form):
    """Four boxes where at most three may be ticked."""
    office.log(form.number, case=form.case)
    one, two = office.a, office.b
    typed = {**TYPED, "j1": "4 1 2 3"}
    asked = office.type(one, form.number, typed)
    assert asked.status_code == 422
    assert 'name="as_written"' in asked.text
    assert office.found(form.number).stage == "logged"
    for who in (one, two):
        assert office.type(who, form.number, typed, as_written="yes").status_code == 303
    assert office.found(form.number).stage == "stored"
    assert "j1" not in office.answer(form.number).answers
