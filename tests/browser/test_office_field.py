"""The pages of the fieldwork in Chromium: a case is logged, replaced and counted by keyboard and
phone; no barrier, no overflow."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from survey.store import cases, waves
from survey.store.models import Case
from tests.browser.test_accessible import SIZES, barriers

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def replaceable(wave) -> str:
    """Dossier code of an unanswered main case whose stratum has a reserve."""
    with wave.database.read() as session:
        kept = {
            tuple(row)
            for row in session.execute(select(Case.unit_id, Case.stratum).where(~Case.issued))
        }
        found = waves.get(session, wave.slug)
        return next(
            case.dossier.code
            for case in cases.issued(session, found.id)
            if case.disposition == "3.0" and (case.unit_id, case.stratum) in kept
        )


def sound(page, language: str, url: str) -> None:
    page.goto(f"{url}{'&' if '?' in url else '?'}lang={language}")
    assert page.locator("html").get_attribute("lang") == language
    assert barriers(page) == [], url
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], url


@pytest.mark.parametrize(
    ("page", "language"), [(SIZES[0], "vi"), (SIZES[1], "en")], indirect=["page"]
)
def test_a_case_is_logged_and_replaced(page, site, language):
    url, wave, password = site
    page.goto(f"{url}/van-phong/dang-nhap")
    page.locator("#name").fill("admin")
    page.locator("#password").fill(password)
    page.locator("main button").click()
    code, place = replaceable(wave), f"{url}/van-phong/dot/{wave.slug}"
    page.goto(f"{place}/lien-he")
    page.locator("#q").fill(code)
    page.keyboard.press("Enter")
    page.locator("#mode").select_option("phone")
    page.locator("#result").select_option("2.112")
    page.get_by_role("button", name="Ghi", exact=True).click()
    assert page.locator(".panel--ok").is_visible()
    case = page.url.partition("?")[0]
    page.get_by_role("link", name="Thả dự phòng").click()
    page.get_by_label(code).check()
    page.locator("#reason").fill("từ chối qua điện thoại")
    page.get_by_role("button", name="Thả dự phòng").click()
    assert page.locator("table", has_text="từ chối qua điện thoại").is_visible()
    for path in ("lien-he", "lien-he/tim?q=999", "du-phong", "ty-le", "ty-le?theo=tang&e=9"):
        sound(page, language, f"{place}/{path}")
    sound(page, language, case)
