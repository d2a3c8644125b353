"""Every kind of page, in both languages: no barrier that axe can find."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.test_citizen import open_and_agree

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SIZES = [{"viewport": {"width": w, "height": 800}} for w in (360, 1280)]
DARK = {"viewport": {"width": 360, "height": 800}, "color_scheme": "dark"}
CONTRAST = {"viewport": {"width": 360, "height": 800}, "contrast": "more"}


def barriers(page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found]


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("page", [*SIZES, DARK], indirect=True)
def test_public_pages(page, site, language):
    url, wave, _ = site
    shown = f"/ket-qua/{wave.slug}"
    for path in ("/", "/ket-qua/", shown, f"{shown}/du-phong", "/van-phong/dang-nhap", "/nowhere"):
        page.goto(f"{url}{path}?lang={language}")
        assert page.locator("html").get_attribute("lang") == language
        assert barriers(page) == [], path
        assert (
            page.evaluate("document.documentElement.scrollWidth") <= (page.viewport_size["width"])
        ), path


@pytest.mark.parametrize("page", [SIZES[0], DARK, CONTRAST, {**DARK, **CONTRAST}], indirect=True)
def test_the_citizens_pages(page, site):
    url, wave, _ = site
    page.goto(f"{url}/P/{wave.codes()[0]}")
    assert barriers(page) == []
    open_and_agree(page, url, wave.codes()[0])
    page.get_by_role("button", name="Tiếp tục").click()
    assert page.locator(".error").count() == 4
    assert barriers(page) == []
    page.goto(f"{url}/P/00000000000000")
    assert barriers(page) == []


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("page", SIZES, indirect=True)
def test_office_pages(page, site, language):
    url, wave, password = site
    page.goto(f"{url}/van-phong/dang-nhap")
    page.locator("#name").fill("admin")
    page.locator("#password").fill(password)
    page.locator("main button").click()
    for path in ("/van-phong/", f"/van-phong/dot/{wave.slug}", "/van-phong/mat-khau"):
        page.goto(f"{url}{path}?lang={language}")
        assert barriers(page) == [], path
        assert (
            page.evaluate("document.documentElement.scrollWidth") <= (page.viewport_size["width"])
        ), path


@pytest.mark.parametrize(
    ("page", "language"), [(SIZES[0], "en"), (SIZES[1], "vi"), (DARK, "vi")], indirect=["page"]
)
def test_screening_pages(page, site, language):
    url, wave, password = site
    page.goto(f"{url}/van-phong/dang-nhap")
    page.locator("#name").fill("admin")
    page.locator("#password").fill(password)
    page.locator("main button").click()
    page.goto(f"{url}/van-phong/dot/{wave.slug}/sang-loc?lang={language}")
    flag = page.locator("table.data tbody a").first.get_attribute("href")
    for path in (f"/van-phong/dot/{wave.slug}/sang-loc", flag):
        page.goto(f"{url}{path}?lang={language}")
        assert barriers(page) == [], path
        width = page.viewport_size["width"]
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.get_by_role("button", name={"vi": "Ghi quyết định", "en": "Record"}[language]).click()
    assert page.locator("[role=alert] li").count() == 2
    assert barriers(page) == []


@pytest.mark.parametrize("page", [{"viewport": {"width": 320, "height": 800}}, DARK], indirect=True)
def test_the_captchas_page(page, site):
    url, wave, _ = site
    page.goto(f"{url}/q/{wave.desk_code()}")
    page.locator("#consent-0").check()
    page.evaluate("document.querySelector('[name=website]').value = 'x'")
    page.locator("main form button").last.click()
    assert page.locator("h1").inner_text() == "Xin ông/bà nhập dãy số"
    # Waiting in the page would need eval, which its content policy forbids.
    for _ in range(200):
        if page.evaluate("document.querySelector('main img').naturalWidth > 0"):
            break
        page.wait_for_timeout(50)
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
