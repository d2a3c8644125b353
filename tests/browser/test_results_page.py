"""The results page as a reader sees it; with SURVEY_SCREENSHOTS set it makes README's picture."""

from __future__ import annotations

import os

import pytest

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
    assert page.locator("table.data tbody tr").count() == 18
    with page.expect_download() as download:
        page.get_by_role("link", name="XLSX").click()
    assert download.value.suggested_filename == f"{wave.slug}.xlsx"
    if os.environ.get("SURVEY_SCREENSHOTS"):
        PICTURE.parent.mkdir(exist_ok=True)
        page.screenshot(path=PICTURE)
    assert page.title()
