"""Every screen of the enumerators' app, on a phone and a tablet, in both languages: no barrier."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from survey.services.intake import enumerators
from survey.services.supervision import messages
from tests.browser.test_accessible import barriers
from tests.support import field
from tests.support.tablet_site import Tablet, serving

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("screens"), n=4) as made:
        yield made


def looks_well(tablet: Tablet, width: int) -> None:
    here = tablet.page.evaluate("location.hash")
    assert barriers(tablet.page) == [], here
    assert tablet.page.evaluate("document.documentElement.scrollWidth") <= width, here


@pytest.mark.parametrize(("width", "language"), [(360, "vi"), (800, "en")])
def test_no_screen_has_a_barrier_or_a_bare_code(site, browser, tmp_path, width, language):
    app, url, main = site
    device = field.device(app, main.wave, n=2, name=f"dtv-{width}")
    with app.extensions["database"].write() as session:
        messages.send(
            session, device.wave.slug, device.name, "Chiều nay họp.", by="lan",
            now=datetime.now(UTC),
        )  # fmt: skip
    tablet = Tablet(
        browser.browser_type,
        tmp_path / "profile",
        f"{url}{device.place}/app/",
        viewport={"width": width, "height": 800},
    )
    tablet.install()
    if language == "en":
        tablet.page.locator("#language").click()
    assert tablet.page.locator("html").get_attribute("lang") == language
    case = device.cases()[0]
    for place in ("", "map", "sync", f"case/{case}"):
        tablet.page.evaluate(f"location.hash = '{place}'")
        looks_well(tablet, width)
        assert "_" not in tablet.page.locator("main").inner_text(), place
    tablet.begin(case)
    tablet.fill(3, stop=4)
    looks_well(tablet, width)
    with app.extensions["database"].write() as session:
        enumerators.revoke_address(session, device.name, by="test", now=datetime.now(UTC))
    tablet.open()
    tablet.page.locator(".note--warn").wait_for()
    looks_well(tablet, width)
    tablet.close()
