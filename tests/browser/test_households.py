"""A household round on the tablet without a network: listing, draw, door, hand-over, notes."""

from __future__ import annotations

import json
import re

import pytest

from survey.domain import household
from survey.domain.household import Entry
from survey.services.households import listings
from survey.services.households.interviews import PART
from survey.store.models import (
    FieldAttachment,
    FieldSubmission,
    HouseholdCase,
    HouseholdListing,
    Response,
)
from tests.support import field, households
from tests.support.households import SEED, SLUG
from tests.support.tablet_site import Tablet, serving

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
LISTED = [
    Entry(1, "nhà ngói cạnh đình", 2),
    Entry(2, "", 0),
    Entry(3, "ngõ 4", None),
    Entry(4, "số 12 Nguyễn Trãi", 5),
    Entry(5, "cuối xóm", 1),
    Entry(8, "nhà mới", 3),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("households"), made=households.make) as made:
        yield made


@pytest.fixture
def tablet(site, browser, tmp_path):
    _app, url, device = site
    place = {
        "geolocation": {"latitude": 20.938712, "longitude": 106.313374},
        "permissions": ["geolocation"],
    }
    made = Tablet(browser.browser_type, tmp_path / "p", f"{url}{device.place}/app/", **place)
    yield made
    made.close()


def list_area(page, area: dict) -> None:
    page.evaluate(f"location.hash = 'area/{area['id']}'")
    for entry in LISTED:
        page.locator("#line-number").fill(str(entry.number))
        page.locator("#line-note").fill(entry.note)
        page.locator("#line-adults").fill("" if entry.adults is None else str(entry.adults))
        page.locator("#add-line").click()
        page.locator(".lines li").get_by_text(re.compile(rf"^{entry.number}\. ")).wait_for()
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator("#close-listing").click()
    page.locator("#drawn").wait_for()


def at_the_door(page, case: int, adults: int, *, place: str) -> str:
    """What the tablet says who is to be asked."""
    page.evaluate(f"location.hash = 'fill/{case}'")
    page.locator("#adults").fill(str(adults))
    page.locator("#choose").click()
    page.wait_for_selector("#who-asked:not(:empty)")
    said = page.locator("#who-asked").inner_text()
    page.locator("input[name=language][value=en]").check()
    page.locator(f"input[name=place][value={place}]").check()
    page.locator("#start").click()
    page.wait_for_selector(".odk-form .p-radiobutton-input:not([disabled])")
    return said


def note_afterwards(page, words: dict) -> None:
    """The enumerator's own part, after the respondent's."""
    page.locator("#after").wait_for()
    for name, word in words.items():
        page.locator(f"input[name={name}][value={word}]").check()
    page.locator("#after-done").click()
    page.wait_for_selector("[data-case]")


def answer_in_private(tablet: Tablet) -> None:
    page = tablet.page
    tablet.fill(3, stop=6)
    page.locator("#handover").click()
    tablet.fill(4)
    page.locator("#handover").click()
    locked = page.locator("[data-private=locked] input:checked")
    sensitive = page.locator("[data-sensitive] input")
    assert locked.count() > 0
    assert sensitive.count() > 0
    assert not any(each.is_visible() for each in sensitive.all())
    # Not by handing it over once more, either.
    page.locator("#handover").click()
    assert not any(each.is_visible() for each in locked.all())
    page.locator("#handover").click()
    page.wait_for_timeout(4_000)


NOTES = {
    "officer": "part",
    "seen_others": "family",
    "seen_understood": "well",
    "seen_willing": "partly",
}


def send_all(app, page) -> None:
    page.evaluate("location.hash = 'sync'")
    page.locator("#exchange").click()
    page.get_by_text("Mọi thứ đã gửi.").wait_for()
    field.work(app)


def test_a_round_works_all_day_without_a_network(site, tablet):
    app, _url, device = site
    area = device.areas()[0]
    digest = household.listing_digest(area["code"], LISTED)
    numbers = household.households(SEED, area["code"], LISTED, 3, "systematic")
    who = household.adult(SEED, area["code"], digest, numbers[1], 4)
    tablet.install()
    page = tablet.page
    tablet.context.set_offline(True)
    tablet.open()
    list_area(page, area)
    assert ", ".join(map(str, numbers)) in page.locator("#drawn").inner_text()
    # The cases of the area are there at once, the places of others are not.
    page.evaluate("location.hash = ''")
    page.wait_for_selector("[data-case]")
    shown = [int(each.get_attribute("data-case")) for each in page.locator("[data-case]").all()]
    assert shown == area["places"][: len(numbers)]
    assert f"Hộ số {numbers[1]}" in page.locator("[data-case]").nth(1).inner_text()
    case = area["places"][1]
    assert f"người thứ {who} trong 4 người" in at_the_door(page, case, 4, place="yes")
    # The form is in the citizen's language, the app in the enumerator's.
    assert page.locator(".sheet").get_by_text("Yes", exact=True).count() > 0
    assert page.locator(".sheet").get_by_text("Có", exact=True).count() == 0
    answer_in_private(tablet)
    tablet.kill()
    tablet.start(offline=True)
    page = tablet.page
    tablet.open(f"#case/{case}")
    page.locator("#fill").click()
    page.wait_for_selector("[data-private=locked]")
    assert not any(e.is_visible() for e in page.locator("[data-private=locked] input").all())
    page.locator("#finish").click()
    note_afterwards(page, NOTES)
    tablet.context.set_offline(False)
    send_all(app, page)
    check_on_the_server(app, area, case, digest, (numbers[1], 4, who))


def check_on_the_server(app, area: dict, case: int, digest: str, drawn: tuple) -> None:
    with app.extensions["database"].read() as session:
        kept = session.get_one(HouseholdListing, area["id"])
        assert (kept.state, kept.digest) == ("closed", digest)
        assert listings.entries_of(kept) == LISTED
        assert listings.verified(session, SLUG) == []
        (sent,) = session.query(FieldSubmission).filter_by(case_id=case)
        assert (sent.state, sent.reason) == ("stored", "")
        part = json.loads(session.get_one(FieldAttachment, (sent.id, PART)).content)
        place = session.get_one(HouseholdCase, case)
        assert (place.number, place.adults, place.adult) == drawn
        # Coarse before it left the device.
        assert part["position"] == {"consent": True, "lat": 20.94, "lon": 106.31}
        assert place.position == {"lat": 20.94, "lon": 106.31}
        answer = session.get_one(Response, sent.response_id)
        assert (answer.psu, answer.language) == (area["code"], "en")
        assert answer.paradata["officer"] == "part"
        assert answer.paradata["seen_others"] == "family"


def test_without_consent_the_place_stays_unknown(site, tablet):
    app, _url, device = site
    area = device.areas()[1]
    tablet.install()
    page = tablet.page
    list_area(page, area)
    case = area["places"][0]
    at_the_door(page, case, 1, place="no")
    tablet.fill(5)
    page.locator("#handover").click()
    # In the respondent's hands everything is in their language.
    assert page.locator("#handover").inner_text() == "Give the device back to the enumerator"
    page.locator("#finish").click()
    page.locator("#back-in-hand").wait_for()
    assert "Thank you" in page.locator("h1").inner_text()
    assert page.locator("#after").count() == 0
    page.locator("#back-in-hand").click()
    note_afterwards(page, NOTES)
    send_all(app, page)
    with app.extensions["database"].read() as session:
        (sent,) = session.query(FieldSubmission).filter_by(case_id=case)
        assert (sent.state, sent.reason) == ("stored", "")
        assert b"lat" not in session.get_one(FieldAttachment, (sent.id, PART)).content
        assert session.get_one(HouseholdCase, case).position is None
