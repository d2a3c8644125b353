"""The order in which a respondent had the options is the order that is stored."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

import forms.questionnaires
from forms import wording
from forms.questionnaires import load
from survey.store.models import Draft, Response
from tests.support import waves
from tests.support.waves import ELIGIBLE, send

C1 = load("c1-citizen")
WISHES = [choice.name for choice in C1.question("j1").choices]


def turnable(name: str):
    q = load(name)
    sections = tuple(
        replace(
            section,
            questions=tuple(
                replace(each, parameters={"direction": "random"}) if each.is_rating else each
                for each in section.questions
            ),
        )
        for section in q.sections
    )
    return replace(q, sections=sections)


def options(page: str, name: str) -> list[str]:
    return re.findall(rf'name="{name}" value="([^"]+)"', page)


def walk(client, code: str) -> dict[str, list[str]]:
    """Answer sheet by sheet; the options of j1 and i1 as they stood on their pages."""
    client.get(f"/P/{code}")
    place = send(client, "/phieu", consent="dong_y").location
    seen: dict[str, list[str]] = {}
    while not place.endswith("/gui"):
        page = client.get(place).text
        for name in ("j1", "i1"):
            if found := options(page, name):
                seen[name] = found
        given = ELIGIBLE if "sang_loc" in place else {}
        place = send(client, place, **given, i1="5" if "chung" in place else "").location
    assert send(client, place).location == "/phieu/xong"
    return seen


@pytest.fixture
def answered(app, monkeypatch):
    """(seen on the pages, stored) of several respondents, scales turned for some of them."""
    monkeypatch.setattr(forms.questionnaires, "load", turnable)
    wave = waves.make(app)
    seen = [walk(app.test_client(), code) for code in wave.codes(6)]
    with wave.database.read() as session:
        stored = [each.paradata for each in session.scalars(select(Response))]
        assert not session.scalars(select(Draft)).all()
    return seen, stored


def test_wishes_and_scales_are_stored_as_they_stood(answered):
    seen, stored = answered
    # Answers are stored in no order, so the pairs are found by what was seen.
    assert sorted(each["j1"] for each in seen) == sorted(each["orders"]["j1"] for each in stored)
    assert all(sorted(each["j1"]) == sorted(WISHES) for each in seen)
    assert len({tuple(each["j1"]) for each in seen}) > 1
    by_order = {tuple(each["orders"]["j1"]): each for each in stored}
    for each in seen:
        kept = by_order[tuple(each["j1"])]
        turned = each["i1"][:5] == ["5", "4", "3", "2", "1"]
        assert each["i1"] == kept["orders"]["i1"] and each["i1"][-1] == "98"
        assert kept["scales"] == ("turned" if turned else "sheet")


def test_an_ordinary_wave_says_that_scales_stood_as_in_the_sheet(app):
    wave = waves.make(app)
    walk(app.test_client(), wave.codes()[0])
    with wave.database.read() as session:
        (stored,) = session.scalars(select(Response.paradata))
    assert stored["scales"] == "sheet" and list(stored["orders"]) == ["j1"]


def test_another_device_with_the_code_goes_on_in_the_same_order(app):
    wave = waves.make(app)
    (code,) = wave.codes()
    first, second = app.test_client(), app.test_client()
    first.get(f"/P/{code}")
    place = send(first, "/phieu", consent="dong_y").location
    while "mong_doi" not in place:
        place = send(first, place, **(ELIGIBLE if "sang_loc" in place else {})).location
    second.get(f"/P/{code}")
    page = first.get(place).text
    assert options(second.get(place).text, "j1") == options(page, "j1") != WISHES


def test_about_half_of_all_respondents_have_their_scales_turned():
    turned = sum(wording.is_turned(f"{n:x}") for n in range(4000))
    # Standard deviation of 4,000 fair coins: 32.
    assert abs(turned - 2000) < 160
