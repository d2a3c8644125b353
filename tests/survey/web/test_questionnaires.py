"""The office's pages of questionnaires: sent, mended, looked through, published, compared."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime

import pytest

from forms import canonical, questionnaires
from survey.domain.roles import Role
from survey.services import accounts
from survey.services.questionnaires import reading
from survey.store.models import Questionnaire, Wave
from tests.support.waves import send, token
from tests.support.workbooks import csv_files, library, xlsx

PAGE = "/van-phong/phieu-hoi"


@pytest.fixture
def enter(client, database):
    def make(role: Role = Role.MANAGER) -> None:
        with database.write() as session:
            password = accounts.create(session, "lan", role, by="test", now=datetime.now(UTC))
        send(client, "/van-phong/dang-nhap", name="lan", password=password)

    return make


def upload(client, *files: tuple[str, bytes], place: str = PAGE):
    sent = [(io.BytesIO(content), name) for name, content in files]
    return client.post(place, data={"csrf_token": token(client, PAGE), "file": sent})


def post(client, place: str, **fields):
    return client.post(place, data={"csrf_token": token(client, PAGE), **fields})


def published(client, version: str = "1", **changes: str):
    """Send and publish; the address of the version."""
    draft = upload(client, ("thu-vien.xlsx", xlsx(library(version, **changes)))).location
    seen = re.search(r'class="digest">([0-9a-f]{64})<', client.get(draft).text)
    return post(client, f"{draft}/cong-bo", seen=seen[1])


FAULTY = {"when": "${da_denn} = 'co'", "limit": ". >= 1 an . <= 100"}


def test_every_fault_is_told_with_its_cell_and_the_mended_file_takes_its_place(client, enter):
    enter()
    draft = upload(client, ("thu-vien.xlsx", xlsx(library(**FAULTY)))).location
    page = client.get(draft).text
    for sheet, cell in (("survey", "E5"), ("survey", "F6")):
        assert re.search(rf'class="name">{sheet}</th>.*?<td[^>]*>{cell}</td>', page), cell
    assert "Có 2 lỗi" in page
    assert "da_denn" in page
    assert "Xem trước" not in page
    assert "cong-bo" not in page
    english = client.get(f"{draft}?lang=en").text
    assert "There are 2 faults" in english
    reply = upload(client, ("moi.xlsx", xlsx(library())), place=draft)
    assert reply.location == draft
    page = client.get(f"{draft}?lang=vi").text
    assert "Không có lỗi." in page
    assert "<dt>Lần gửi</dt><dd>2</dd>" in page


def test_the_same_questionnaire_as_workbook_and_as_csv_has_one_digest(client, enter):
    enter()
    digests = set()
    for files in ([("a.xlsx", xlsx(library()))], csv_files(library())):
        page = client.get(upload(client, *files).location).text
        digests.add(re.search(r'class="digest">([0-9a-f]{64})<', page)[1])
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([("phieu.xls", b"\xd0\xcf\x11\xe0rest")], ".xls kiểu cũ"),
        ([("anh.png", b"\x89PNG")], "Không rõ “anh.png” là trang tính nào"),
        ([("", b"")], "Hãy chọn một tệp XLSX"),
    ],
)
def test_what_is_no_questionnaire_is_refused_in_words(client, enter, files, words):
    enter()
    reply = upload(client, *files)
    assert reply.status_code == 422
    assert words in reply.text


def test_a_cut_workbook_is_a_draft_that_cannot_be_read(client, enter):
    enter()
    cut = xlsx(library())[:900]
    page = client.get(upload(client, ("cat.xlsx", cut)).location).text
    assert "Tệp hỏng" in page


def test_a_published_version_never_changes(client, enter):
    enter()
    place = published(client).location
    assert "Đã công bố" in client.get(place).text
    other = published(client, limit=". >= 1")
    assert other.status_code == 409
    assert "đã có với nội dung khác; hãy tăng phiên bản" in other.text
    draft = upload(client, ("khac.xlsx", xlsx(library(limit=". >= 1")))).location
    assert "đã có với nội dung khác" in client.get(draft).text
    assert published(client).location == place
    assert published(client, "2", limit=". >= 1").location != place


def test_only_what_was_looked_at_is_published(client, enter):
    enter()
    draft = upload(client, ("a.xlsx", xlsx(library()))).location
    seen = re.search(r'name="seen" value="(\w+)"', client.get(draft).text)[1]
    upload(client, ("b.xlsx", xlsx(library(limit=". >= 2"))), place=draft)
    reply = post(client, f"{draft}/cong-bo", seen=seen)
    assert reply.status_code == 409
    assert "vừa gửi tệp khác" in reply.text


def test_the_preview_walks_as_a_respondent_would_and_keeps_nothing(client, enter, database):
    enter()
    draft = upload(client, ("a.xlsx", xlsx(library()))).location
    shell = client.get(f"{draft}/xem-truoc").text
    assert shell.count("<iframe") == 6
    walk = f"{draft}/thu?lang=vi"
    page = client.get(walk)
    assert "frame-ancestors 'self'" in page.headers["Content-Security-Policy"]
    assert "Ông/bà có đến thư viện không?" in page.text
    assert "Did you go" in client.get(f"{draft}/thu?lang=en").text

    def go(page, **answers):
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        return client.post(walk, data={**hidden, **answers})

    refused = go(client.get(walk))
    assert refused.status_code == 422
    rated = go(refused, da_den="co")
    assert "Bao nhiêu lần?" in rated.text
    again = go(rated, so_lan="101")
    assert again.status_code == 422
    last = go(again, so_lan="3", hai_long="5")
    assert "Góp ý thêm" in last.text
    done = go(last, gop_y="Thêm sách")
    assert "Hết phiếu" in done.text
    assert "<dt>so_lan</dt><dd>3</dd>" in done.text
    skipped = go(go(client.get(walk), da_den="khong"))
    assert "so_lan" not in skipped.text


def test_the_three_faces_stand_beside_each_other_in_both_languages(client, enter):
    enter()
    draft = upload(client, ("a.xlsx", xlsx(library()))).location
    places = re.findall(r'<iframe src="([^"]+)"', client.get(f"{draft}/xem-truoc").text)
    assert [place.removeprefix(draft) for place in places] == [
        f"/{face}?lang={code}" for code in ("vi", "en") for face in ("thu", "giay", "odk")
    ]
    for place in places:
        page = client.get(place)
        assert page.status_code == 200
        assert "frame-ancestors 'self'" in page.headers["Content-Security-Policy"]
    assert 'src="data:image/png;base64,' in client.get(places[1]).text
    vietnamese, english = client.get(places[2]).text, client.get(places[5]).text
    assert "Bao nhiêu lần?" in vietnamese
    assert "How many times?" in english
    assert ". &gt;= 1 and . &lt;= 100" in english
    assert client.get(f"{draft}/giay.pdf?lang=en").data.startswith(b"%PDF")


def test_a_state_from_elsewhere_begins_again(client, enter):
    enter()
    draft = upload(client, ("a.xlsx", xlsx(library()))).location
    reply = post(client, f"{draft}/thu?lang=vi", preview_state="x", preview_page="den")
    assert reply.status_code == 303


def test_versions_are_compared_by_the_stated_rule(client, enter):
    enter()
    first = published(client).location
    second = published(client, "2", ask_vi="Ông/bà đã đến thư viện xã?", when="").location
    number = first.rpartition("/")[2]
    page = client.get(f"{second}/so-sanh?voi={number}").text
    assert "Không so sánh được (2)" in page
    assert "Cần người xét (1)" in page
    assert "<ins>Ông/bà đã đến thư viện xã?</ins>" in page
    assert client.get(f"{second}/so-sanh").status_code == 303


def test_a_version_is_retired_for_a_reason(client, enter):
    enter()
    place = published(client).location
    assert post(client, f"{place}/ngung-dung", reason=" ").status_code == 422
    assert post(client, f"{place}/ngung-dung", reason="thay phiếu").status_code == 303
    page = client.get(place).text
    assert "Đã ngừng dùng" in page
    assert "thay phiếu" in page


def test_a_viewer_looks_and_changes_nothing(client, enter):
    enter(Role.VIEWER)
    assert "Gửi lên và kiểm tra" not in client.get(PAGE).text
    assert upload(client, ("a.xlsx", xlsx(library()))).status_code == 403


def test_a_shipped_questionnaire_is_taken_in_and_its_xform_is_given(client, enter):
    enter()
    reply = post(client, f"{PAGE}/co-san", shipped="c1-citizen")
    assert reply.status_code == 303
    form = client.get(f"{reply.location}/xform.xml")
    assert form.data.startswith(b"<?xml")
    assert post(client, f"{PAGE}/co-san", shipped="../x").status_code == 404


WAVE = {
    "slug": "thu-vien-2023",
    "title_vi": "Thư viện",
    "title_en": "Library",
    "organisation": "Phòng Văn hoá",
    "contact": "0220 000 000",
    "window_from": "2023-01-01",
    "window_to": "2023-12-31",
    "opens_on": "2024-01-02",
    "closes_on": "2024-02-01",
    "questionnaire": "c1-citizen",
    "scheme": "mau-2023",
    "units": "10888, 10891",
}


def test_a_wave_is_set_up_on_a_page_with_a_published_questionnaire(client, enter):
    enter()
    published(client)
    assert 'value="thu-vien@1"' in client.get("/van-phong/dot/moi").text
    reply = post(client, "/van-phong/dot/moi", **{**WAVE, "questionnaire": "thu-vien@1"})
    assert reply.status_code == 303, reply.text
    assert "Thư viện" in client.get(reply.location).text
    assert "thu-vien-2023" in client.get(f"{PAGE}/1").text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"slug": "Thư viện"}, "“Tên ngắn của đợt”"),
        ({"slug": "moi"}, "“Tên ngắn của đợt”"),
        ({"window_to": "2022-01-01"}, "“Hồ sơ trả kết quả trong thời gian” cần hai ngày"),
        ({"opens_on": "hôm nay"}, "“Nhận phiếu”"),
        ({"units": "10888 99999"}, "Không có đơn vị mã “99999”"),
        ({"questionnaire": "khác"}, "Không có phiếu hỏi “khác”"),
        ({"scheme": "../../x"}, "Không có bộ chỉ số"),
    ],
)
def test_a_wave_that_cannot_be_leaves_nothing_behind(client, enter, database, given, words):
    enter()
    reply = post(client, "/van-phong/dot/moi", **{**WAVE, **given})
    assert reply.status_code == 422
    assert words in reply.text
    assert 'value="Phòng Văn hoá"' in reply.text
    with database.read() as session:
        assert session.query(Wave).count() == session.query(Questionnaire).count() == 0


def with_lists(sheets: dict) -> dict:
    """The library's form, and a commune out of the province that was chosen."""
    survey = sheets["survey"]
    head = [*survey[0], "choice_filter"]
    tinh = ["select_one_from_file tinh.csv", "tinh", "Tỉnh nào?", "Province?", "", "", "", ""]
    xa = ["select_one_from_file xa.csv", "xa", "Xã nào?", "Commune?", "", "", "", "tinh = ${tinh}"]
    rows = [head, tinh, xa, *([*row, ""] for row in survey[1:])]
    return {**sheets, "survey": rows}


LISTS = {
    "tinh.csv": "name,label\n31,Hải Phòng\n01,Hà Nội\n".encode(),
    "xa.csv": "name,label,tinh\n11,Cao An,31\n21,Tân Lập,01\n".encode(),
}


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_lists_come_beside_the_workbook_or_with_it_in_one_archive(client, enter):
    enter()
    book = xlsx(with_lists(library()))
    alone = client.get(upload(client, ("thu.xlsx", book)).location).text
    assert "Thiếu tệp “tinh.csv”" in alone and "Thiếu tệp “xa.csv”" in alone
    sent = [
        [("thu.xlsx", book), *LISTS.items()],
        [("thu.zip", packed({"thu/thu.xlsx": book, **LISTS, "__MACOSX/._x.csv": b"\0"}))],
        [*csv_files(with_lists(library())), *LISTS.items()],
    ]
    digests = set()
    for files in sent:
        page = client.get(upload(client, *files).location).text
        assert "Không có lỗi." in page, page
        digests.add(re.search(r'class="digest">([0-9a-f]{64})<', page)[1])
    assert len(digests) == 1


def test_a_list_that_no_question_names_is_a_fault(client, enter):
    enter()
    page = client.get(upload(client, ("a.xlsx", xlsx(library())), *LISTS.items()).location).text
    assert "Trang tính “xa.csv” không phải trang nào" in page


def test_two_workbooks_or_a_workbook_and_sheets_are_refused_in_words(client, enter):
    enter()
    book = ("a.xlsx", xlsx(library()))
    two = upload(client, book, ("b.xlsx", book[1]))
    assert two.status_code == 422 and "Không rõ “b.xlsx”" in two.text
    both = upload(client, book, *csv_files(library()))
    assert both.status_code == 422 and "không gửi cả hai" in both.text


def test_the_office_reads_what_is_read_and_begins_from_a_workbook_that_ships(client, enter):
    enter(Role.VIEWER)
    assert f'href="{PAGE}/xlsform"' in client.get(PAGE).text
    page = client.get(f"{PAGE}/xlsform").text
    names = re.findall(rf'href="{PAGE}/co-san/([^"]+)\.xlsx"', page)
    assert tuple(names) == questionnaires.names()
    assert "<code>select_one LIST or_other</code>" in page
    assert "A number box" in client.get(f"{PAGE}/xlsform?lang=en").text
    for name in names:
        sent = client.get(f"{PAGE}/co-san/{name}.xlsx").data
        checked = reading.check([(f"{name}.xlsx", sent)])
        assert checked.faults == []
        made, own = checked.definition, questionnaires.load(name)
        assert canonical.sha256(made) == canonical.sha256(own), name
    assert client.get(f"{PAGE}/co-san/khong-co.xlsx").status_code == 404
