"""Pictures and sounds of a questionnaire on the tablet, without a network."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from forms import xlsform
from survey.services.questionnaires import media, register
from survey.store import waves as store
from tests.support import field, files, shown_form, waves
from tests.support.tablet_site import Tablet, serving

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
LOADED = """() => [...document.querySelectorAll('.odk-form img')]
  .filter((each) => each.complete && each.naturalWidth > 0).length"""


@pytest.fixture
def device(tmp_path):
    """Makes a device whose wave asks with pictures."""
    (tmp_path / "form").mkdir()
    # A sound that a browser can play, if only of silence.
    shown = {**shown_form.MEDIA, "doc.wav": files.wav()}
    del shown["doc.m4a"]
    for name, content in {**shown_form.sheets({"doc.m4a": "doc.wav"}), **shown}.items():
        (tmp_path / "form" / name).write_bytes(content)
    q = xlsform.read(tmp_path / "form")

    def make(app):
        wave = waves.make(app)
        with wave.database.write() as session:
            media.keep(session, q, shown)
            row = store.get(session, wave.slug)
            row.questionnaire_id = register.freeze(session, q, by="t", now=datetime.now(UTC)).id
        return field.device(app, wave, n=2)

    return make


def test_a_form_shows_its_pictures_offline(browser, tmp_path, device):
    with serving(tmp_path / "site", made=device) as (_app, url, made):
        tablet = Tablet(browser.browser_type, tmp_path / "profile", f"{url}{made.place}/app/")
        try:
            tablet.install()
            tablet.context.set_offline(True)
            tablet.open()
            tablet.begin(made.cases()[0])
            page = tablet.page
            page.wait_for_selector(".odk-form img")
            for _ in range(50):
                if page.evaluate(LOADED) >= 4:
                    break
                page.wait_for_timeout(200)
            assert page.evaluate(LOADED) >= 4
            assert page.locator(".odk-form audio").count() == 1
        finally:
            tablet.close()
