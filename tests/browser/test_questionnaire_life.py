"""An office asks its own questionnaire: from a workbook with two faults to a citizen's answer."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from survey.services.questionnaires import register
from survey.store import waves as store
from survey.store.models import Response
from tests.browser.test_accessible import barriers
from tests.support import odk, waves
from tests.support.workbooks import excel, library

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

#: Saved by LibreOffice Calc 7.4; version 2 of the same questionnaire.
LIBREOFFICE = Path(__file__).parent / "workbooks"
FAULTS = {"when": "${da_denn} = 'co'", "limit": ". >= 1 an . <= 100"}
UNITS = ["10888", "10891"]
SIZES = {"phone": {"width": 360, "height": 740}, "desk": {"width": 1280, "height": 800}}


@pytest.fixture
def books(request, tmp_path):
    """(faulty, mended) workbook of the program that the test names, as files to choose."""
    if request.param == "libreoffice":
        return LIBREOFFICE / "thu-vien-loi.xlsx", LIBREOFFICE / "thu-vien.xlsx"
    for name, changes in (("loi", FAULTS), ("sua", {})):
        (tmp_path / f"{name}.xlsx").write_bytes(excel(library(**changes)))
    return tmp_path / "loi.xlsx", tmp_path / "sua.xlsx"


def sound(page) -> None:
    assert barriers(page) == [], page.url
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= page.viewport_size["width"], page.url


def log_in(page, url: str, password: str) -> None:
    page.goto(f"{url}/van-phong/dang-nhap")
    page.locator("#name").fill("admin")
    page.locator("#password").fill(password)
    page.locator("main button").click()


def publish(page, url: str, faulty: Path, mended: Path) -> None:
    """Upload, read the two faults, upload the mended file, look it through, publish."""
    page.goto(f"{url}/van-phong/phieu-hoi")
    sound(page)
    page.locator("#file").set_input_files(faulty)
    page.get_by_role("button", name="Gửi lên và kiểm tra").click()
    told = page.locator("tr.fault")
    assert told.count() == 2
    where = [
        [cell.strip() for cell in row.locator("td:not(.text)").all_inner_texts()]
        for row in told.all()
    ]
    assert where == [["5", "E5"], ["6", "F6"]]
    assert "da_denn" in told.first.inner_text()
    assert not page.get_by_role("button", name="Công bố phiên bản này").is_visible()
    sound(page)
    page.locator("#file").set_input_files(mended)
    page.get_by_role("button", name="Gửi lại và kiểm tra").click()
    assert told.count() == 0
    sound(page)
    look_through(page)
    page.get_by_role("button", name="Công bố phiên bản này").click()
    assert page.locator("dd", has_text="Đã công bố").is_visible()
    sound(page)


def look_through(page) -> None:
    """Both phones beside each other; one is walked to its end."""
    page.get_by_role("link", name="Xem trước").click()
    sound(page)
    vietnamese, english = (page.frame_locator("iframe").nth(n) for n in (0, 3))
    english.get_by_text("Did you go to the library?").wait_for()
    page.locator("iframe").nth(1).scroll_into_view_if_needed()
    page.frame_locator("iframe").nth(1).locator("img.sheet").first.wait_for()
    page.locator("iframe").nth(5).scroll_into_view_if_needed()
    page.frame_locator("iframe").nth(5).get_by_text("How many times?").wait_for()
    more = vietnamese.get_by_role("button", name="Tiếp tục")
    more.click()
    vietnamese.locator(".summary li").wait_for()
    vietnamese.get_by_label("Có", exact=True).check()
    more.click()
    vietnamese.get_by_label("Bao nhiêu lần?").fill("3")
    more.click()
    vietnamese.get_by_label("Góp ý thêm").wait_for()
    more.click()
    vietnamese.locator("dt", has_text="so_lan").wait_for()
    page.locator(".back a").click()


def set_up(page, url: str, slug: str, questionnaire: str) -> None:
    page.goto(f"{url}/van-phong/")
    page.get_by_role("link", name="Lập đợt mới").click()
    today = date.today()  # noqa: DTZ011
    page.locator("#questionnaire").select_option(questionnaire)
    for name, text in {
        "slug": slug,
        "title_vi": "Thư viện xã",
        "title_en": "Commune library",
        "organisation": "Phòng Văn hoá",
        "contact": "0220 000 000",
        "window_from": "2023-01-01",
        "window_to": "2023-12-31",
        "opens_on": f"{today - timedelta(days=1)}",
        "closes_on": f"{today + timedelta(days=30)}",
    }.items():
        page.locator(f"#{name}").fill(text)
    page.get_by_role("button", name="Lập đợt").click()
    assert "Mã các đơn vị" in page.locator(".summary").inner_text()
    sound(page)
    page.locator("#units").fill("\n".join(UNITS))
    page.get_by_role("button", name="Lập đợt").click()
    assert page.url.endswith(f"/dot/{slug}")


def answer(page, url: str, code: str) -> None:
    page.goto(f"{url}/P/{code}")
    page.get_by_label("Đồng ý tham gia").check()
    page.locator("input[name=da_den][value=co]").check()
    page.locator("main button").last.click()
    page.get_by_label("Bao nhiêu lần?").fill("12")
    page.locator("input[name=hai_long][value='5']").check()
    page.get_by_label("Góp ý thêm").fill("Mở cửa cả chiều thứ Bảy")
    page.locator("main button").last.click()
    assert page.url.endswith("/phieu/xong")


@pytest.mark.parametrize(
    ("page", "books", "version"),
    [
        ({"viewport": SIZES["desk"]}, "excel", "1"),
        ({"viewport": SIZES["phone"]}, "libreoffice", "2"),
    ],
    indirect=["page", "books"],
)
def test_an_own_questionnaire_is_published_and_answered(
    page, site, books, version, browser, tmp_path
):
    url, wave, password = site
    log_in(page, url, password)
    publish(page, url, *books)
    name, slug = f"thu-vien@{version}", f"thu-vien-{version}"
    set_up(page, url, slug, name)
    new = waves.draw_new(wave, slug, UNITS)
    phone = browser.new_context(viewport=SIZES["phone"], java_script_enabled=version == "1")
    answer(phone.new_page(), url, new.codes()[0])
    phone.close()
    with wave.database.read() as session:
        found = store.get(session, slug)
        given = session.scalars(select(Response).where(Response.wave_id == found.id)).one()
        frozen, _ = register.find(session, name)
    assert given.questionnaire_id == frozen.id
    assert given.answers == {
        "da_den": "co",
        "so_lan": 12,
        "hai_long": "5",
        "gop_y": "Mở cửa cả chiều thứ Bảy",
    }
    for path in ("phieu-hoi", f"phieu-hoi/{frozen.id}", "phieu-hoi/1/so-sanh?voi=1", "dot/moi"):
        page.goto(f"{url}/van-phong/{path}{'&' if '?' in path else '?'}lang=en")
        assert page.locator("html").get_attribute("lang") == "en"
        sound(page)
    with page.expect_download() as download:
        page.goto(f"{url}/van-phong/phieu-hoi/{frozen.id}")
        page.get_by_role("link", name="Tải XForm").click()
    odk.validate(Path(download.value.path()).read_bytes(), tmp_path)
