"""A citizen with a cheap phone: no JavaScript, 360 px, or only a keyboard."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NO_SCRIPT = {"java_script_enabled": False}


def wide(page) -> int:
    """Width of the content; more than the window means scrolling sideways."""
    box = page.locator("body").bounding_box()
    return round(box["width"])


def assert_choices_stand_in_one_column(page) -> None:
    """Below their question, over the whole width of the window but for its margins."""
    window = page.viewport_size["width"]
    for choice in page.locator("label.choice").all():
        box = choice.bounding_box()
        assert box["x"] + box["width"] <= window, choice.inner_text()
        assert box["width"] > 0.75 * window, choice.inner_text()


def open_and_agree(page, url: str, code: str) -> None:
    page.goto(f"{url}/P/{code}")
    page.get_by_label("Đồng ý tham gia").check()
    page.get_by_role("button", name="Tiếp tục").click()


def choose_middle(page) -> None:
    """Take an option of every question: the last but one of those offered."""
    for question in page.locator("fieldset.q").all():
        options = question.locator("input")
        options.nth(max(options.count() - 2, 0)).check()


@pytest.mark.parametrize("page", [NO_SCRIPT], indirect=True)
def test_a_phone_without_javascript_walks_from_the_link_to_the_receipt(page, site):
    url, wave, _ = site
    (code,) = wave.codes()
    open_and_agree(page, url, code)
    assert code not in page.url
    page.get_by_role("button", name="Tiếp tục").click()
    assert page.locator(".summary li").count() == 4
    sections = 0
    while not page.url.endswith("/gui"):
        assert_choices_stand_in_one_column(page)
        if page.url.endswith("/sang_loc"):
            for name in ("a1", "a2"):
                page.locator(f"input[name={name}][value=co]").check()
            page.locator("input[name=a3]").first.check()
            page.locator("input[name=a4][value=khong]").check()
        else:
            choose_middle(page)
        page.get_by_role("button", name="Tiếp tục").click()
        sections += 1
    page.get_by_role("button", name="Gửi phiếu").click()
    assert page.url.endswith("/phieu/xong")
    assert len(page.locator(".code").inner_text()) == 14
    assert sections >= 11
    page.go_back()
    assert page.url.endswith("/phieu/xong")
    page.goto(f"{url}/P/{code}")
    assert "đã được dùng" in page.locator("h1").inner_text()


@pytest.mark.parametrize(
    "page", [{"viewport": {"width": width, "height": 640}} for width in (320, 360)], indirect=True
)
def test_nothing_is_squeezed_and_everything_can_be_hit_with_a_thumb(page, site):
    url, wave, _ = site
    open_and_agree(page, url, wave.codes()[0])
    for path in ("/", "/phieu", "/phieu/sang_loc"):
        page.goto(url + path)
        assert wide(page) <= page.viewport_size["width"]
        assert page.evaluate("document.documentElement.scrollWidth") <= wide(page)
        for target in page.locator("button:visible, label.choice:visible, a.btn:visible").all():
            box = target.bounding_box()
            assert min(box["height"], box["width"]) >= 44, target.inner_text()


def test_a_keyboard_is_enough(page, site):
    url, wave, _ = site
    page.goto(f"{url}/P/{wave.codes()[0]}")

    def tab_to(selector: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                return
        raise AssertionError(f"the keyboard does not reach {selector}")

    def choose(name: str) -> None:
        tab_to(f"input[name={name}]")
        page.keyboard.press("Space")
        page.wait_for_selector(f"input[name={name}]:checked")

    choose("consent")
    tab_to("main button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/phieu/sang_loc")
    for name in ("a1", "a2", "a3", "a4"):
        choose(name)
    tab_to("main button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/phieu/ho_so")


def test_the_first_page_fits_in_one_round_trip_and_needs_no_font(page, site):
    url, wave, _ = site
    sizes: dict[str, int] = {}
    page.on("response", lambda reply: sizes.__setitem__(reply.url, len(reply.body())))
    page.goto(f"{url}/P/{wave.codes()[0]}")
    page.wait_for_load_state("networkidle")
    assert not [address for address in sizes if "font" in address or address.endswith(".js")]
    assert len(sizes) <= 12
    first = sum(n for address, n in sizes.items() if "/static/" not in address)
    assert first < 14_000
