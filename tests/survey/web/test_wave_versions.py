"""A correction while a wave is open: a new version for who begins after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

import forms.questionnaires
from forms.model import Question, Questionnaire
from survey.errors import Conflict, InvalidInput, NotFound
from survey.services.questionnaires import register, versions
from survey.store import waves as store
from survey.store.models import AuditEvent, Response, WaveVersion
from tests.support.waves import agree, answer_all, send

REASON = "sửa lỗi chữ"


def changed(name: str, version: str = "sửa", **values) -> Questionnaire:
    """The citizen's questionnaire with one question changed."""
    q = forms.questionnaires.load("c1-citizen")

    def of(question: Question) -> Question:
        return replace(question, **values) if question.name == name else question

    sections = (replace(s, questions=tuple(map(of, s.questions))) for s in q.sections)
    return replace(q, version=version, sections=tuple(sections))


def kept(database, q: Questionnaire) -> int:
    with database.write() as session:
        return register.freeze(session, q, by="test", now=datetime.now(UTC)).id


def move(database, slug: str, number: int, reason: str = REASON):
    with database.write() as session:
        return versions.move(session, slug, number, reason=reason, by="an", now=datetime.now(UTC))


def test_who_has_begun_goes_on_with_the_version_they_began(app, wave, database):
    before, after = wave.codes(2)
    begun, new = app.test_client(), app.test_client()
    place = agree(begun, before)
    send(begun, place, a1="co", a2="co", a3="tu", a4="khong")
    number = kept(database, changed("a1", labels={"vi": "CÂU ĐÃ SỬA?", "en": "MENDED?"}))
    move(database, wave.slug, number)
    assert "CÂU ĐÃ SỬA?" not in begun.get(place).text
    first = agree(new, after)
    assert "CÂU ĐÃ SỬA?" in new.get(first).text
    for client, at in ((begun, place), (new, first)):
        send(client, answer_all(client, at, i1="5"))
    with database.read() as session:
        answered = session.execute(
            select(Response.questionnaire_id, Response.answers["i1"].as_string())
        ).all()
        current = store.get(session, wave.slug).questionnaire_id
        told = versions.told(session, wave.slug)
    assert current == number
    assert [(x.questionnaire_id, x.n_answers) for x in told] == [(number, 1), (1, 1)]
    assert sorted(answered) == sorted([(1, "5"), (number, "5")])


def test_the_record_says_which_version_since_when_by_whom_and_why(wave, database):
    number = kept(database, changed("a1", hints={"vi": "gợi ý"}))
    found = move(database, wave.slug, number)
    assert [each.name for each in found.items if each.changes] == ["a1"]
    with database.read() as session:
        had = versions.of_wave(session, store.get(session, wave.slug).id)
        noted = session.scalars(
            select(AuditEvent.facts).where(AuditEvent.action == "wave.version")
        ).one()
    assert [(x.questionnaire_id, x.reason) for x in had] == [(number, REASON), (1, "")]
    assert noted["after"] == "sửa"
    with database.read() as session:
        assert register.get(session, number)[0].waves == ((wave.slug, "open"),)


def options(name: str):
    return forms.questionnaires.load("c1-citizen").question(name).choices


@pytest.mark.parametrize(
    "values",
    [
        {"choices": options("i1")[:-1]},
        {"relevant": "${a1} = 'co'"},
        {"concept": "khac"},
        {"appearance": "", "kind": forms.questionnaires.load("c1-citizen").question("a1").kind},
    ],
)
def test_a_rated_item_that_is_not_comparable_keeps_the_wave_where_it_is(wave, database, values):
    number = kept(database, changed("i1", **values))
    if values.get("appearance") == "":
        move(database, wave.slug, number)  # shown another way: a person judges that
        return
    with pytest.raises(Conflict, match="i1"):
        move(database, wave.slug, number)
    with database.read() as session:
        assert session.query(WaveVersion).count() == 1


def test_a_move_needs_a_reason_an_open_wave_and_another_version(wave, database):
    number = kept(database, changed("a1", hints={"vi": "gợi ý"}))
    with pytest.raises(InvalidInput):
        move(database, wave.slug, number, reason="  ")
    with pytest.raises(NotFound):
        move(database, wave.slug, 999)
    move(database, wave.slug, number)
    with pytest.raises(Conflict):
        move(database, wave.slug, 1)  # the wave has had it
    other = kept(database, replace(changed("a1"), form_id="phiếu khác"))
    with pytest.raises(Conflict):
        move(database, wave.slug, other)
    with database.write() as session:
        third = kept_and_retired(session)
    with pytest.raises(Conflict):
        move(database, wave.slug, third)


def kept_and_retired(session) -> int:
    now = datetime.now(UTC)
    row = register.freeze(session, changed("a1", version="3"), by="test", now=now)
    register.retire(session, row.id, reason="nhầm", by="test", now=now)
    return row.id


def test_a_version_in_use_is_not_retired_and_a_retired_one_takes_no_wave(wave, database):
    now = datetime.now(UTC)
    with database.write() as session:
        with pytest.raises(Conflict, match=wave.slug):
            register.retire(session, 1, reason="cũ", by="test", now=now)
        row = register.freeze(session, replace(changed("a1"), form_id="rieng"), by="test", now=now)
        assert register.chosen(session, "rieng", by="test", now=now) is row
        register.retire(session, row.id, reason="cũ", by="test", now=now)
        for name in ("rieng", "rieng@sửa"):
            with pytest.raises(Conflict, match="ngừng dùng"):
                register.chosen(session, name, by="test", now=now)
        with pytest.raises(NotFound):
            register.chosen(session, "không có", by="test", now=now)


def test_the_database_refuses_to_change_what_is_frozen(wave, database):
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    for line in ("UPDATE questionnaire SET version = 'x'", "DELETE FROM wave_version"):
        with pytest.raises(DBAPIError, match="append-only"), database.write() as session:
            session.execute(text(line))


def test_whom_no_question_concerns_comes_to_the_last_page_and_may_send(app, wave, database):
    q = forms.questionnaires.load("c1-citizen")
    nobody = tuple(replace(section, relevant="false()") for section in q.sections)
    with database.write() as session:
        found = store.get(session, wave.slug)
        empty = replace(q, form_id="rong", sections=nobody)
        found.questionnaire_id = register.freeze(
            session, empty, by="test", now=datetime.now(UTC)
        ).id
    client = app.test_client()
    assert agree(client, wave.codes()[0]) == "/phieu/gui"
    assert send(client, "/phieu/gui").location == "/phieu/xong"
