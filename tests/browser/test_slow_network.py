"""The first page on an emulated slow 3G line, and at the narrowest width."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

#: WebPageTest's "3G slow": 400 ms a round trip, 400 kbit/s both ways.
SLOW_3G = {
    "offline": False,
    "latency": 400,
    "downloadThroughput": 400 * 1024 / 8,
    "uploadThroughput": 400 * 1024 / 8,
}
#: Of the emulation alone: what the machine itself needs besides is taken off below.
MOST_MS = 1000


def interactive(page, address: str) -> float:
    """Milliseconds from opening a link until its form can be used, the redirect included."""
    page.goto(address, wait_until="domcontentloaded")
    return page.evaluate("performance.getEntriesByType('navigation')[0].domInteractive")


@pytest.mark.parametrize("page", [{"viewport": {"width": 320, "height": 640}}], indirect=True)
def test_the_first_page_can_be_used_within_a_second_on_slow_3g(page, site):
    url, wave, _ = site
    unhindered, hindered = wave.codes(2)
    here = interactive(page, f"{url}/P/{unhindered}")
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", SLOW_3G)
    assert interactive(page, f"{url}/P/{hindered}") - here < MOST_MS
    # Nothing it needs is still to come: the style stands in the page, and no font is fetched.
    assert page.evaluate("getComputedStyle(document.querySelector('.btn')).fontWeight") == "700"
    blocking = "performance.getEntriesByType('resource').filter(e => e.renderBlockingStatus == "
    assert page.evaluate(f"{blocking}'blocking').length") == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
