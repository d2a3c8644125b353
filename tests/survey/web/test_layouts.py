"""One questionnaire, three ways to lay it out: a section, as much as can be, or all on a page."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from survey.store.models import Case, Draft, Response
from tests.support import waves
from tests.support.waves import ELIGIBLE, RATINGS, send


@pytest.fixture(params=["joined", "one_page"])
def laid_out(request, app):
    return waves.make(app, layout=request.param)


@pytest.fixture
def joined(app):
    return waves.make(app, layout="joined")


@pytest.fixture
def one_page(app):
    return waves.make(app, layout="one_page")


def stored(wave, model):
    with wave.database.read() as session:
        return list(session.scalars(select(model)))


def page_of(text: str) -> str:
    return re.search(r'name="page" value="([^"]+)"', text)[1]


def asked(text: str) -> list[str]:
    """Names of the questions on a page, in order."""
    names = re.findall(r'<(?:fieldset|div) class="q[^"]*" id="q-([^"]+)"', text)
    return [name for name in names if name != "consent"]


def test_a_form_on_few_pages_is_sent_from_the_last_one(client, joined):
    client.get(f"/P/{joined.codes()[0]}")
    first = client.get("/phieu").text
    assert asked(first) == ["a1", "a2", "a3", "a4"]
    place = send(client, "/phieu", consent="dong_y", page=page_of(first), **ELIGIBLE).location
    pages, questions = 0, 4
    while place != "/phieu/xong":
        shown = client.get(place).text
        questions += len(asked(shown))
        pages += 1
        last = "Gửi phiếu" in shown
        place = send(client, place, **RATINGS, h3="co", g0="co").location
        assert last == (place == "/phieu/xong")
    assert (pages, questions) == (3, 41)
    (answer,) = stored(joined, Response)
    assert len(answer.answers) == 4 + len(RATINGS) + 2
    assert stored(joined, Draft) == []


def test_a_form_on_one_page_is_one_page(client, one_page):
    client.get(f"/P/{one_page.codes()[0]}")
    text = client.get("/phieu").text
    assert len(asked(text)) == 41
    sent = {**ELIGIBLE, **RATINGS, "h3": "khong", "g0": "co"}
    reply = send(client, "/phieu", consent="dong_y", page=page_of(text), **sent)
    assert reply.location == "/phieu/xong"
    (answer,) = stored(one_page, Response)
    # f3 hangs on "late" and g3 on "sent a comment", both on the same page.
    assert "f3" not in answer.answers
    assert answer.answers["g3"] == "5"
    assert [c.disposition for c in stored(one_page, Case) if c.opened] == ["1.0"]


def test_what_hangs_on_an_answer_of_the_same_page_says_so(client, one_page):
    client.get(f"/P/{one_page.codes()[0]}")
    text = client.get("/phieu").text
    hint = re.search(r'id="f3-hint"><span class="when">([^<]+)<', text)[1]
    assert hint.startswith("Chỉ trả lời nếu ông/bà chọn “Có” ở câu")
    # Words for somebody whom the survey is not about would puzzle everybody else here.
    assert "nên ông/bà không cần trả lời thêm" not in text


def test_who_is_not_eligible_on_one_page_is_counted_apart(client, one_page):
    client.get(f"/P/{one_page.codes()[0]}")
    sent = {**ELIGIBLE, "a2": "khong", **RATINGS}
    assert send(client, "/phieu", consent="dong_y", page="sang_loc", **sent).status_code == 303
    (answer,) = stored(one_page, Response)
    assert (answer.outcome, set(answer.answers)) == ("4.0", {"a1", "a2", "a3", "a4"})


def test_a_faulty_page_keeps_what_was_right_also_for_the_next_device(app, client, laid_out):
    (code,) = laid_out.codes()
    client.get(f"/P/{code}")
    reply = send(client, "/phieu", consent="dong_y", page="sang_loc", a1="co", a3="tu", a4="khong")
    assert reply.status_code == 422
    assert 'href="#a2-0"' in reply.text
    assert reply.text.count(" checked") == 4
    other = app.test_client()
    other.get(f"/P/{code}")
    assert other.get("/phieu").text.count(" checked") == 3


def test_without_consent_nothing_is_kept_but_on_the_page(client, laid_out):
    client.get(f"/P/{laid_out.codes()[0]}")
    reply = send(client, "/phieu", page="sang_loc", **ELIGIBLE)
    assert reply.status_code == 422
    assert 'href="#consent-0"' in reply.text
    assert reply.text.count(" checked") == 4
    assert stored(laid_out, Draft) == stored(laid_out, Response) == []
    assert send(client, "/phieu/sang_loc", **ELIGIBLE).location == "/phieu"
    assert stored(laid_out, Draft) == []


def test_nothing_is_preselected_in_any_layout(client, laid_out):
    client.get(f"/P/{laid_out.codes()[0]}")
    text = client.get("/phieu").text
    assert not re.search(r" (checked|selected)\b", text)
    assert text.count("q--scale") == text.count("Không có ý kiến")


def test_no_mark_is_left_in_a_filled_page_and_texts_are_escaped(client, one_page):
    client.get(f"/P/{one_page.codes()[0]}")
    for language in ("vi", "en"):
        text = client.get(f"/phieu?lang={language}").text
        assert not re.search(r"[\x02\x03\x1f]|\$\{", text)
    reply = send(client, "/phieu", consent="dong_y", page="sang_loc", j2="<b>\x02token\x03 & co")
    assert reply.status_code == 422
    assert "&lt;b&gt;\x02token\x03 &amp; co" in reply.text


def test_options_in_an_order_of_ones_own_stay_in_it(app, one_page):
    codes = one_page.codes(6)
    orders = []
    for code in codes:
        client = app.test_client()
        client.get(f"/P/{code}")
        twice = [re.findall(r'name="j1" value="(\w+)"', client.get("/phieu").text) for _ in "ab"]
        assert twice[0] == twice[1]
        orders.append(tuple(twice[0]))
    assert len(set(map(frozenset, orders))) == 1
    assert len(set(orders)) > 1
