"""The results page as a reader sees it; with SURVEY_SCREENSHOTS set it makes README's picture."""

from __future__ import annotations

import os

import pytest

from tests.browser.test_accessible import barriers
from tests.support.source import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PICTURE = ROOT / "docs" / "screenshot-results.png"


@pytest.mark.parametrize(
    ("page", "shown", "hidden"),
    [
        ({"viewport": {"width": 1280, "height": 900}}, ".plot--wide", ".plot--narrow"),
        ({"viewport": {"width": 360, "height": 740}}, ".plot--narrow", ".plot--wide"),
    ],
    indirect=["page"],
)
def test_the_plot_fits_the_window(page, site, shown, hidden):
    url, wave, _ = site
    page.goto(f"{url}/ket-qua/{wave.slug}")
    assert page.locator(shown).is_visible()
    assert not page.locator(hidden).is_visible()
    assert page.locator(shown).bounding_box()["width"] <= page.viewport_size["width"]


@pytest.mark.parametrize("page", [{"viewport": {"width": 1280, "height": 1180}}], indirect=True)
def test_table_and_downloads_work_without_javascript(page, site):
    url, wave, _ = site
    page.goto(f"{url}/ket-qua/{wave.slug}")
    assert page.locator("table.data--results tbody tr").count() == 18
    with page.expect_download() as download:
        page.get_by_role("link", name="XLSX").click()
    assert download.value.suggested_filename == f"{wave.slug}.xlsx"
    if os.environ.get("SURVEY_SCREENSHOTS"):
        PICTURE.parent.mkdir(exist_ok=True)
        page.screenshot(path=PICTURE)
    assert page.title()


@pytest.mark.parametrize("page", [{"viewport": {"width": 360, "height": 740}}], indirect=True)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_opened_tables_fit_a_phone(page, site, language):
    url, wave, _ = site
    page.goto(f"{url}/ket-qua/{wave.slug}?lang={language}")
    for closed in page.locator("summary").all():
        closed.click()
    assert page.locator("table.data--parts").count() == 2
    assert page.locator("table.data--parts tbody tr").first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    assert barriers(page) == []


@pytest.mark.parametrize("page", [{"viewport": {"width": 700, "height": 900}}], indirect=True)
def test_paper_shows_one_plot_and_a_real_table(page, site):
    url, wave, _ = site
    page.goto(f"{url}/ket-qua/{wave.slug}")
    page.emulate_media(media="print")
    assert page.locator(".plot--wide").is_visible()
    assert not page.locator(".plot--narrow").is_visible()
    assert page.locator("table.data--results thead").is_visible()
    assert (
        page.locator("table.data--results tbody tr").first.evaluate(
            "row => getComputedStyle(row).display"
        )
        == "table-row"
    )
    assert not page.locator(".masthead").is_visible()
