"""Evaluators of the groups inside assess a random few units, never their own."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy import select

import forms.questionnaires
from forms.questionnaires import load
from survey.domain import assessed
from survey.services import waves as wave_services
from survey.store.models import Case, Draft, Response, Unit, Wave
from tests.support import waves
from tests.support.waves import send

C3 = load("c3-inside")
LEGEND = re.compile(r'<legend class="q__label">([^<]+)</legend>')


@pytest.fixture
def wave(app, monkeypatch):
    monkeypatch.setattr(forms.questionnaires, "load", lambda name: C3)
    monkeypatch.setitem(wave_services.DEFAULT_SETTINGS, "layout", "sections")
    return waves.make(app)


def own_unit(wave) -> Unit:
    """The unit of the one case that has a draft."""
    with wave.database.read() as session:
        return session.scalars(select(Unit).join(Case).join(Draft, Draft.case_id == Case.id)).one()


def first_matrix(client, code: str) -> tuple[str, list[str]]:
    """The page of the first aspect, and the units on it."""
    client.get(f"/P/{code}")
    place = send(client, "/phieu", consent="dong_y").location
    place = send(client, place, a1="lanh_dao").location
    return place, [html.unescape(text) for text in LEGEND.findall(client.get(place).text)]


def test_several_units_stand_in_one_matrix_and_the_own_is_not_among_them(client, wave):
    place, units = first_matrix(client, wave.codes()[0])
    own = own_unit(wave)
    assert len(set(units)) == 8
    assert own.name not in units
    assert [html.unescape(t) for t in LEGEND.findall(client.get(place).text)] == units
    place = send(
        client, place, **{f"d1_{k}": "98" if k == 8 else "3" for k in range(1, 9)}
    ).location
    for _ in range(7):
        assert [html.unescape(t) for t in LEGEND.findall(client.get(place).text)] == units
        place = send(client, place).location
    place = send(client, place).location
    assert send(client, place).location == "/phieu/xong"
    with wave.database.read() as session:
        (answer,) = session.scalars(select(Response))
        names = {
            f"{unit.code}@{unit.valid_from}": unit.name for unit in session.scalars(select(Unit))
        }
    assert [names[answer.answers[f"dv_{k}"]] for k in range(1, 9)] == units
    assert answer.answers["d1_1"] == "3" and answer.answers["d1_8"] == "98"
    assert answer.unit_id == own.id


def test_another_evaluator_is_asked_about_others(app, wave):
    asked = [frozenset(first_matrix(app.test_client(), code)[1]) for code in wave.codes(4)]
    assert len(set(asked)) > 1


def test_every_other_unit_is_assessed_about_equally_often():
    units = [
        {"id": i, "code": str(i), "valid_from": "2020-01-01", "name": str(i)} for i in range(17)
    ]
    names = assessed.slots([variable.name for variable in C3.variables])
    counts = dict.fromkeys(range(17), 0)
    for draft in range(2000):
        found = assessed.chosen({"assessed": units}, names, own=3, seed=f"{draft:x}")
        assert len({unit["id"] for unit in found.values()}) == 8
        for unit in found.values():
            counts[unit["id"]] += 1
    assert counts.pop(3) == 0
    # 2,000 draws of 8 among 16: 1,000 each, standard deviation 22.
    assert all(abs(count - 1000) < 110 for count in counts.values())


def test_few_units_leave_slots_empty_and_nothing_is_asked_there():
    units = [
        {"id": i, "code": str(i), "valid_from": "2020-01-01", "name": str(i)} for i in range(3)
    ]
    names = assessed.slots([variable.name for variable in C3.variables])
    assert list(assessed.chosen({"assessed": units}, names, own=1, seed="x")) == ["dv_1", "dv_2"]


def test_all_on_one_page_asks_about_the_same_units_before_and_after_a_fault(app, client, wave):
    with wave.database.write() as session:
        found = session.scalars(select(Wave)).one()
        found.settings = {**found.settings, "layout": "one_page"}
    client.get(f"/P/{wave.codes()[0]}")
    units = [html.unescape(text) for text in LEGEND.findall(client.get("/phieu").text)]
    rated = [name for name in units if name.startswith(("xã", "Xã", "Thị", "thị"))]
    assert len(rated) == 64 and len(set(rated)) == 8
    wrong = send(client, "/phieu", consent="dong_y", page="gioi_thieu", d1_1="4")
    assert wrong.status_code == 422
    again = [html.unescape(text) for text in LEGEND.findall(wrong.text)]
    assert again == units
    sent = send(client, "/phieu", consent="dong_y", page="gioi_thieu", a1="lanh_dao", d1_1="4")
    assert sent.location == "/phieu/xong"
    with wave.database.read() as session:
        (answer,) = session.scalars(select(Response))
        names = {f"{u.code}@{u.valid_from}": u.name for u in session.scalars(select(Unit))}
    assert [names[answer.answers[f"dv_{k}"]] for k in range(1, 9)] == rated[:8]
