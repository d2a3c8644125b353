"""Paper forms typed in Chromium: digits alone with the script, Tab without; a third decides."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from survey.domain import paper
from survey.domain.calendar import local_day
from survey.domain.roles import Role
from survey.services import accounts, paper_forms
from survey.services.paper_entry import returns
from survey.store import waves
from survey.store.models import PaperReturn, Unit, WaveUnit
from tests.browser.test_office_field import sound

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NOW = datetime.now(UTC)
PEOPLE = ("gõ một", "gõ hai", "đọc lại")


@pytest.fixture
def returned(site):
    """(place of paper entry, number of a form that came back, passwords of three people)."""
    url, wave, _ = site
    with wave.database.write() as session:
        made = paper_forms.print_forms(session, wave.slug, count=1, by="test", now=NOW)
        stored = waves.get(session, wave.slug)
        unit = session.query(Unit).join(WaveUnit).filter_by(wave_id=stored.id).first()
        returns.log(
            session,
            wave.slug,
            made.first,
            unit=unit.code,
            filled_on=local_day(NOW).isoformat(),
            by="test",
            now=NOW,
        )
        form = paper.read(made.first)
        passwords = {
            name: accounts.create(session, f"{name} {form}", Role.ENUMERATOR, by="test", now=NOW)
            for name in PEOPLE
        }
    return f"{url}/van-phong/dot/{wave.slug}/nhap-phieu", made.first, passwords


def logged_in(browser, site, name: str, password: str, **options):
    context = browser.new_context(viewport={"width": 360, "height": 740}, **options)
    page = context.new_page()
    page.goto(f"{site[0]}/van-phong/dang-nhap")
    page.locator("#name").fill(name)
    page.locator("#password").fill(password)
    page.locator("main button").click()
    return page


def test_two_type_by_keyboard_and_a_third_decides(browser, site, returned):
    place, number, passwords = returned
    first, second, third = (
        logged_in(
            browser,
            site,
            f"{name} {paper.read(number)}",
            passwords[name],
            java_script_enabled=name != "gõ hai",
        )
        for name in PEOPLE
    )
    sheet = f"{place}/{number}"
    for language in ("en", "vi"):
        sound(first, language, place)
        sound(first, language, sheet)
    first.goto(f"{place}?so={number}")
    first.keyboard.type("1112")  # one digit answers a question and goes on to the next
    assert [first.locator(f"#f-a{n}").input_value() for n in (1, 2, 3, 4)] == list("1112")
    first.locator("#f-c1").focus()
    first.keyboard.type("54")
    first.keyboard.press("ArrowUp")
    assert first.evaluate("document.activeElement.id") == "f-c2"
    first.keyboard.press("Enter")
    assert first.evaluate("document.activeElement.id") == "f-c3"
    first.locator(".keys .btn").press("Enter")
    assert "nhập lần 2" in first.locator(".panel--ok").inner_text()

    second.goto(f"{place}?so={number}")
    second.locator("#f-a1").click()
    for digit in "1112":  # without the script Tab goes on
        second.keyboard.type(digit)
        second.keyboard.press("Tab")
    second.locator("#f-c1").fill("5")
    second.locator("#f-c2").fill("3")
    second.locator(".keys .btn").click()
    assert "đối chiếu" in second.locator(".panel--ok").inner_text()

    for language in ("en", "vi"):
        sound(third, language, sheet)
    assert third.locator("fieldset.key legend").all_inner_texts() == ["9 Chỗ ngồi chờ"]
    third.get_by_label("Hài lòng", exact=True).check()
    third.locator(".keys .btn").click()
    assert "Đã thành phiếu trả lời" in third.locator(".panel--ok").inner_text()
    with site[1].database.read() as session:
        found = session.query(PaperReturn).order_by(PaperReturn.form_id.desc()).first()
        assert (found.stage, found.n_fields, found.differing) == ("stored", 6, ["c2"])
