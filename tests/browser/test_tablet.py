"""The enumerator's app in Chromium: offline, killed, on a bad line, in two windows, locked."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from survey.services.intake import enumerators, outbox
from survey.services.supervision import messages
from survey.store.models import FieldSubmission
from tests.support import field
from tests.support.bad_line import bad_line
from tests.support.tablet_site import Tablet, serving

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
N_INTERVIEWS = 50


def submissions(app) -> list[FieldSubmission]:
    with app.extensions["database"].read() as session:
        found = session.query(FieldSubmission).all()
        session.expunge_all()
        return found


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("tablet"), n=N_INTERVIEWS + 4) as made:
        yield made


@pytest.fixture
def tablet(site, browser, tmp_path):
    _app, url, device = site
    made = Tablet(browser.browser_type, tmp_path / "profile", f"{url}{device.place}/app/")
    yield made
    made.close()


def test_an_interview_begun_offline_survives_a_kill_and_is_stored_once(site, tablet):
    app, _url, device = site
    case = device.cases()[0]
    tablet.install()
    tablet.context.set_offline(True)
    tablet.open()
    tablet.begin(case)
    assert tablet.fill(7, stop=4) == 4
    before = tablet.n_checked()
    tablet.page.wait_for_timeout(4_500)
    tablet.kill()
    tablet.start(offline=True)
    tablet.open(f"#case/{case}")
    tablet.page.locator("#fill").click()
    tablet.page.wait_for_selector(".odk-form .p-radiobutton-input:not([disabled])")
    assert tablet.n_checked() == before
    tablet.fill(8)
    tablet.finish()
    assert re.search(r"Chưa gửi: 1 phiếu", tablet.unsent())
    tablet.context.set_offline(False)
    tablet.page.locator("#exchange").click()
    tablet.page.get_by_text("Mọi thứ đã gửi.").wait_for()
    field.work(app)
    (row,) = [each for each in submissions(app) if each.case_id == case]
    assert (row.state, row.reason, row.xml.count(b"deprecatedID")) == ("stored", "", 0)


def test_two_windows_do_not_fill_one_interview(site, tablet):
    case = site[2].cases()[1]
    tablet.install()
    tablet.begin(case)
    second = tablet.context.new_page()
    second.goto(f"{tablet.address}#fill/{case}")
    second.get_by_text("đang mở ở một cửa sổ khác").wait_for()
    assert second.locator(".odk-form").count() == 0


def test_an_attempt_logged_offline_reaches_the_log(site, tablet):
    app, _url, device = site
    case = device.cases()[2]
    tablet.install()
    tablet.context.set_offline(True)
    tablet.page.evaluate(f"location.hash = 'case/{case}'")
    tablet.page.locator("#mode").select_option("visit")
    tablet.page.locator("#result").select_option("2.21")
    tablet.page.locator("form button").click()
    tablet.page.get_by_text("Đã xong, chưa gửi").wait_for()
    tablet.context.set_offline(False)
    tablet.unsent()
    tablet.page.locator("#exchange").click()
    tablet.page.get_by_text("Mọi thứ đã gửi.").wait_for()
    with app.extensions["database"].read() as session:
        from survey.store import contacts

        (logged,) = contacts.attempts_of(session, case)
    assert (logged.mode, logged.result) == ("visit", "2.21")
    assert abs((datetime.now(UTC) - logged.at).total_seconds()) < 120


def test_a_message_is_read_offline_and_the_office_hears_of_it(site, tablet):
    app, _url, device = site
    with app.extensions["database"].write() as session:
        messages.send(
            session, device.wave.slug, device.name, "Chiều nay họp.", by="lan",
            now=datetime.now(UTC),
        )  # fmt: skip
    tablet.install()
    tablet.context.set_offline(True)
    tablet.open()
    note = tablet.page.get_by_text("Chiều nay họp.")
    note.wait_for()
    tablet.page.get_by_role("button", name="Tôi đã đọc").click()
    note.wait_for(state="detached")
    tablet.open()
    assert note.count() == 0
    tablet.context.set_offline(False)
    tablet.unsent()
    note.wait_for()  # all messages stay to be read again on this page
    tablet.page.locator("#exchange").click()
    with app.extensions["database"].read() as session:
        for _ in range(100):
            (sent,) = messages.of_wave(session, device.wave.slug)
            if sent.readers:
                break
            session.rollback()
            tablet.page.wait_for_timeout(100)
    assert sent.readers == (device.name,)


def test_what_a_tablet_without_network_saved_to_a_file_is_taken_in_once(site, tablet):
    app, _url, device = site
    interview, tried, begun = device.cases()[3:6]
    tablet.install()
    tablet.context.set_offline(True)
    tablet.begin(interview)
    tablet.fill(11)
    tablet.finish()
    tablet.begin(begun)
    tablet.fill(12, stop=2)
    tablet.page.wait_for_timeout(4_500)
    tablet.page.evaluate(f"location.hash = 'case/{tried}'")
    tablet.page.locator("#mode").select_option("visit")
    tablet.page.locator("#result").select_option("2.21")
    tablet.page.locator("form button").click()
    tablet.page.get_by_text("Đã xong, chưa gửi").wait_for()
    tablet.unsent()
    with tablet.page.expect_download() as waiting:
        tablet.page.get_by_role("button", name="Lưu các phiếu chưa gửi").click()
    content = Path(waiting.value.path()).read_bytes()
    assert b"2.21" not in content  # encrypted
    key = app.extensions["settings"].code_key_bytes

    def taken(data):
        with app.extensions["database"].write() as session:
            return outbox.take_in(session, data, code_key=key, by="lan", now=datetime.now(UTC))

    told = sorted((each.kind, each.outcome) for each in taken(content))
    expected = [("attempt", "kept"), ("interview", "kept"), ("interview", "unfinished")]
    assert told == expected
    assert sorted((each.kind, each.outcome) for each in taken(content)) == expected
    field.work(app)
    (row,) = [each for each in submissions(app) if each.case_id == interview]
    assert row.state == "stored"
    # The tablet finds a network after all: the server knows both again.
    tablet.context.set_offline(False)
    tablet.page.locator("#exchange").click()
    tablet.page.get_by_text("Mọi thứ đã gửi.").wait_for()
    assert len([each for each in submissions(app) if each.case_id == interview]) == 1
    with app.extensions["database"].read() as session:
        from survey.store import contacts

        assert len(contacts.attempts_of(session, tried)) == 1
    records = json.loads(content)
    for record in records:
        record["head"]["data"][0] = "AAAA" + record["head"]["data"][0][4:]
    assert {each.problem.code for each in taken(json.dumps(records).encode()) if each.problem} == {
        "outbox.damaged"
    }


def test_a_locked_tablet_shows_nothing_and_a_new_address_opens_it_again(site, browser, tmp_path):
    app, url, _device = site
    own = field.device(app, site[2].wave, n=2, name="dtv-khoa")
    case = own.cases()[0]
    tablet = Tablet(browser.browser_type, tmp_path / "profile", f"{url}{own.place}/app/")
    tablet.install()
    tablet.context.set_offline(True)
    tablet.begin(case)
    tablet.fill(3)
    tablet.finish()
    with app.extensions["database"].write() as session:
        key, now = app.extensions["settings"].code_key_bytes, datetime.now(UTC)
        enumerators.revoke_address(session, own.name, by="test", now=now)
        token = enumerators.issue_address(session, own.name, code_key=key, by="test", now=now)
    tablet.context.set_offline(False)
    tablet.open()
    tablet.page.get_by_text("Máy này đã bị khoá").wait_for()
    assert tablet.page.locator(".cases").count() == 0
    kept = "indexedDB.open('survey-tablet').onsuccess = (e) => done(e.target.result)"
    count = (
        f"new Promise((done) => {{ {kept} }}).then((db) => new Promise((done) => {{"
        "const asked = db.transaction('keys').objectStore('keys').count();"
        "asked.onsuccess = () => done(asked.result); }))"
    )
    assert tablet.page.evaluate(count) == 0
    tablet.address = f"{url}/odk/{token}/app/"
    tablet.open()
    tablet.page.wait_for_selector(".cases button")
    tablet.unsent()
    tablet.page.locator("#exchange").click()
    tablet.page.get_by_text("Mọi thứ đã gửi.").wait_for()
    field.work(app)
    assert [each.state for each in submissions(app) if each.case_id == case] == ["stored"]
    tablet.close()


@pytest.mark.long
def test_fifty_interviews_two_kills_and_a_bad_line_are_exactly_fifty(site, browser, tmp_path):
    app, url, _device = site
    own = field.device(app, site[2].wave, n=N_INTERVIEWS, name="dtv-50")
    cases = own.cases()
    with bad_line(url, seed=20261123) as line:
        tablet = Tablet(browser.browser_type, tmp_path / "profile", f"{line.url}{own.place}/app/")
        tablet.install()
        tablet.context.set_offline(True)
        for n, case in enumerate(cases):
            tablet.begin(case)
            if n == N_INTERVIEWS // 2:
                tablet.fill(n, stop=10)
                tablet.page.wait_for_timeout(4_000)
                tablet.kill()
                tablet.start(offline=True)
                tablet.open()
                tablet.begin(case)
            tablet.fill(n, eligible=False)
            tablet.finish()
        assert f"Chưa gửi: {N_INTERVIEWS} phiếu" in tablet.unsent()
        line.bad = True
        tablet.context.set_offline(False)
        tablet.page.locator("#exchange").click()
        tablet.page.locator("#busy", has_text=re.compile(r"còn [12]\d\b")).wait_for()
        tablet.kill()
        tablet.start()
        tablet.open("#sync")
        tablet.page.get_by_text("Mọi thứ đã gửi.").wait_for(timeout=240_000)
        tablet.close()
        assert sum(line.seen[each] for each in line.seen if each != "fine") > 10, line.seen
    field.work(app)
    found = [each for each in submissions(app) if each.case_id in set(cases)]
    assert sorted(each.case_id for each in found) == sorted(cases)
    assert {each.state for each in found} == {"stored"}
    with app.extensions["database"].read() as session:
        sent = session.query(FieldSubmission).filter_by(account_id=found[0].account_id)
        assert sent.count() == N_INTERVIEWS
