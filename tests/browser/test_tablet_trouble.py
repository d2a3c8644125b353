"""The app when the device makes trouble: full, wrong clock, new version, slow, handed over."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from survey.store import contacts
from tests.support import field
from tests.support.bad_line import bad_line
from tests.support.source import ROOT
from tests.support.tablet_site import Tablet, serving

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

#: Fills the device up to 500 cases and 200 unsent interviews, sealed with its own key.
LOAD = """async () => {
  const db = await new Promise((done) => {
    indexedDB.open('survey-tablet').onsuccess = (event) => done(event.target.result);
  });
  const all = (name) => new Promise((done) => {
    const asked = db.transaction(name).objectStore(name).getAll();
    asked.onsuccess = () => done(asked.result);
  });
  const put = (name, value, key) => new Promise((done, fail) => {
    const job = db.transaction(name, 'readwrite');
    job.objectStore(name).put(value, key);
    [job.oncomplete, job.onerror] = [done, fail];
  });
  const { id, key } = (await all('keys')).at(-1);
  const seal = async (value) => {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const plain = new TextEncoder().encode(JSON.stringify(value));
    return { key: id, iv, data: await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, plain) };
  };
  const name = (await new Promise((done) => {
    const asked = db.transaction('keep').objectStore('keep').getAllKeys();
    asked.onsuccess = () => done(asked.result);
  })).find((each) => each.startsWith('pack'));
  const kept = await new Promise((done) => {
    const asked = db.transaction('keep').objectStore('keep').get(name);
    asked.onsuccess = () => done(asked.result);
  });
  const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: kept.iv }, key, kept.data);
  const pack = JSON.parse(new TextDecoder().decode(plain));
  const first = pack.cases[0];
  pack.cases = Array.from({ length: 500 }, (_, n) => ({ ...first, id: 10_000 + n }));
  await put('keep', await seal(pack), name);
  const body = await seal({ xml: 'x'.repeat(12_000), files: {} });
  for (let n = 0; n < 200; n += 1) {
    const head = await seal({ case: 10_000 + n, code: 'HS', form: pack.forms[0].md5 });
    const record = { id: `uuid:load-${n}`, kind: 'interview', state: 'ready', at: n, head, body };
    await put('records', record);
  }
}"""

#: A device that is full from a moment on: what is written first has to make room.
FULL = """
const full = () => localStorage.getItem('full');
const [put, drop] = [IDBObjectStore.prototype.put, IDBObjectStore.prototype.delete];
IDBObjectStore.prototype.put = function (value, key) {
  const kept = key === 'reserve' || (this.name === 'records' && full() === 'yes');
  if (full() && kept) throw new DOMException('', 'QuotaExceededError');
  return put.call(this, value, key);
};
IDBObjectStore.prototype.delete = function (key) {
  if (key === 'reserve' && full()) localStorage.setItem('full', 'made room');
  return drop.call(this, key);
};
"""

REFUSE = """() => {
  IDBObjectStore.prototype.put = () => { throw new DOMException('', 'QuotaExceededError'); };
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("tablet"), n=8) as made:
        yield made


@pytest.fixture
def tablet(site, browser, tmp_path):
    _app, url, device = site
    made = Tablet(browser.browser_type, tmp_path / "profile", f"{url}{device.place}/app/")
    made.install()
    yield made
    made.close()


def test_it_starts_offline_with_500_cases_and_200_unsent_interviews_on_a_slow_device(
    tablet, record_property
):
    tablet.page.evaluate(LOAD)
    tablet.context.set_offline(True)
    slow = tablet.context.new_cdp_session(tablet.page)
    slow.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    taken = []
    for _ in range(3):
        tablet.open()
        taken.append(int(tablet.page.locator("html").get_attribute("data-ready")))
    record_property("milliseconds", taken)
    slow.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    assert tablet.page.locator(".cases li").count() == 500
    assert "Chưa gửi: 200 phiếu" in tablet.unsent()
    assert min(taken) < 2_000, taken


@pytest.mark.long
def test_a_full_device_warns_in_time_begins_nothing_and_loses_nothing(site, tablet):
    cases = site[2].cases()
    tablet.context.add_init_script(FULL)
    tablet.open()
    tablet.begin(cases[0])
    tablet.page.evaluate("localStorage.setItem('full', 'yes')")
    tablet.fill(3, stop=6)
    tablet.page.wait_for_timeout(4_000)
    tablet.open(f"#case/{cases[1]}")
    tablet.page.get_by_text("Bộ nhớ máy gần đầy").wait_for()
    tablet.page.locator("#fill").click()
    tablet.page.get_by_text("Máy hết chỗ").wait_for()
    tablet.open(f"#case/{cases[0]}")
    tablet.page.get_by_text("Làm tiếp phiếu đang dở").click()
    tablet.page.wait_for_selector(".odk-form .p-radiobutton-input:not([disabled])")
    assert tablet.n_checked() == 7


def test_an_answer_that_cannot_be_kept_is_said_and_stays_on_the_page(site, tablet):
    tablet.begin(site[2].cases()[2])
    tablet.page.evaluate(REFUSE)
    tablet.fill(4)
    tablet.page.locator("#finish").click()
    tablet.page.get_by_text("CHƯA CẤT ĐƯỢC").wait_for()
    assert tablet.n_checked() > 5


def test_times_are_put_right_by_the_servers_clock(site, tablet):
    app, _url, device = site
    case = device.cases()[3]
    tablet.context.set_offline(True)
    tablet.page.clock.set_system_time(datetime.now(UTC) + timedelta(days=2))
    tablet.open(f"#case/{case}")
    tablet.page.locator("#mode").select_option("visit")
    tablet.page.locator("#result").select_option("2.21")
    tablet.page.locator("form button").click()
    tablet.page.get_by_text("Đã xong, chưa gửi").wait_for()
    tablet.context.set_offline(False)
    tablet.unsent()
    tablet.page.locator("#exchange").click()
    tablet.page.get_by_text("Mọi thứ đã gửi.").wait_for()
    tablet.page.get_by_text("Đồng hồ của máy lệch").wait_for()
    with app.extensions["database"].read() as session:
        (logged,) = contacts.attempts_of(session, case)
    assert abs((datetime.now(UTC) - logged.at).total_seconds()) < 300


def test_a_device_unheard_of_for_long_shows_nothing_until_it_has_asked(tablet):
    tablet.context.set_offline(True)
    tablet.page.clock.set_system_time(datetime.now(UTC) + timedelta(days=30))
    tablet.open()
    tablet.page.get_by_text("Cần nối mạng một lần").wait_for()
    assert tablet.page.locator(".cases").count() == 0
    tablet.context.set_offline(False)
    tablet.page.wait_for_selector(".cases button")


@pytest.mark.long
def test_a_new_version_comes_when_asked_for_and_keeps_what_is_unsent(site, browser, tmp_path):
    _app, url, device = site
    case = device.cases()[4]
    with bad_line(url, seed=1) as line:
        address = f"{line.url}{device.place}/app/"
        tablet = Tablet(browser.browser_type, tmp_path / "profile", address)
        tablet.install()
        tablet.context.set_offline(True)
        tablet.begin(case)
        tablet.fill(5)
        tablet.finish()
        made = json.loads((ROOT / "static" / "tablet" / "made.json").read_text("utf-8"))
        line.released = (made["version"], "0123456789ab")
        tablet.page.route("**/submission", lambda route: route.abort())
        tablet.context.set_offline(False)
        tablet.page.evaluate("navigator.serviceWorker.getRegistration().then((it) => it.update())")
        tablet.page.get_by_text("Có bản mới của ứng dụng.").wait_for()
        with tablet.page.expect_navigation():
            tablet.page.get_by_role("button", name="Dùng bản mới").click()
        tablet.page.wait_for_selector("html[data-ready]")
        assert "0123456789ab" in tablet.page.locator("script[type=module]").get_attribute("src")
        assert "Chưa gửi: 1 phiếu" in tablet.unsent()
        tablet.close()


def test_in_the_respondents_hands_nothing_else_is_in_reach(site, tablet):
    app, _url, device = site
    case = device.cases()[5]
    tablet.begin(case)
    tablet.fill(6, stop=5)
    tablet.page.locator("#handover").click()
    assert not tablet.page.locator(".top").is_visible()
    assert not tablet.page.get_by_text("Về danh sách").is_visible()
    before = tablet.n_checked()
    tablet.fill(9)
    tablet.page.locator("#handover").click()
    covered = tablet.page.locator("[data-private] input:checked")
    assert covered.count() >= tablet.n_checked() - before > 0
    assert not any(each.is_visible() for each in covered.all())
    tablet.page.locator("#handover").click()
    tablet.page.locator("#finish").click()
    tablet.page.get_by_text("Xin cảm ơn").wait_for()
    assert not tablet.page.locator(".top").is_visible()
    tablet.page.locator("#back-in-hand").click()
    tablet.page.wait_for_selector(".cases button")
    tablet.unsent()
    tablet.page.get_by_text("Mọi thứ đã gửi.").wait_for()
    assert re.search("Mã nhận", tablet.page.locator("main").inner_text())
    field.work(app)
