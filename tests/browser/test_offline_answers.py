"""With JavaScript, answers that could not be sent wait in the browser and go out by themselves."""

from __future__ import annotations

import json

import pytest

from tests.browser.test_citizen import open_and_agree

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def kept(page) -> list[dict]:
    """What waits in this browser."""
    found = page.evaluate("Object.entries(localStorage)")
    return [json.loads(value) for name, value in found if name.startswith("cchc:")]


def answer_first_page(page) -> None:
    for name, value in {"a1": "co", "a2": "co", "a3": "tu", "a4": "khong"}.items():
        page.locator(f"input[name={name}][value={value}]").check()


def test_answers_wait_while_the_network_is_gone_and_go_out_when_it_is_back(page, site):
    url, wave, _ = site
    open_and_agree(page, url, wave.codes()[0])
    answer_first_page(page)
    page.context.set_offline(True)
    page.get_by_role("button", name="Tiếp tục").click()
    assert page.get_by_role("status").filter(has_text="Đang mất mạng").is_visible()
    assert [entry["sending"] for entry in kept(page)] == [True]
    assert page.url.endswith("/sang_loc")
    page.context.set_offline(False)
    page.wait_for_url(lambda place: not place.endswith("/sang_loc"))
    # They arrived, so the browser forgets them.
    assert kept(page) == []
    page.goto(f"{url}/phieu/sang_loc")
    assert page.locator("input:checked").count() == 4


def test_a_browser_that_was_closed_brings_the_answers_back(page, site):
    url, wave, _ = site
    open_and_agree(page, url, wave.codes()[0])
    page.locator("input[name=a1][value=co]").check()
    page.locator("input[name=a3]").first.check()
    again = page.context.new_page()
    again.goto(f"{url}/phieu/sang_loc")
    assert again.locator("input:checked").count() == 2
    names = {name for entry in kept(again) for name, _ in entry["answers"]}
    assert names == {"a1", "a3"}


def test_nothing_of_one_visit_is_left_for_the_next(page, site):
    url, wave, _ = site
    first, second = wave.codes(2)
    open_and_agree(page, url, first)
    page.locator("input[name=a1][value=co]").check()
    assert len(kept(page)) == 1
    page.goto(f"{url}/P/{second}")
    assert kept(page) == []


def test_what_waits_too_long_is_forgotten(page, site):
    url, wave, _ = site
    open_and_agree(page, url, wave.codes()[0])
    page.locator("input[name=a1][value=co]").check()
    page.clock.install()
    page.clock.fast_forward("03:00:00")
    page.reload()
    assert page.locator("input:checked").count() == 0


def test_leaving_by_the_last_page_empties_the_browser(page, site):
    url, wave, _ = site
    open_and_agree(page, url, wave.codes()[0])
    page.locator("input[name=a1][value=khong]").check()
    for name in ("a2", "a3", "a4"):
        page.locator(f"input[name={name}]").first.check()
    while not page.url.endswith("/xong"):
        page.locator("main form button").click()
        page.wait_for_load_state()
    assert kept(page) == []
