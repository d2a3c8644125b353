"""The office's way from a province's file to a frame, page by page, without JavaScript."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from survey.domain.roles import Role
from survey.jobs import run_queued
from survey.services import accounts, retention
from survey.services.demo import load
from survey.services.frames import layouts
from survey.store.models import Contact, Dossier, Frame, FrameUpload
from tests.support.waves import send, token

PLACE = f"/van-phong/dot/{load.SLUG}/danh-sach"
#: A layout of its own: a title above the headings, units by name, words of the province.
SHEET = """SỞ NỘI VỤ – DANH SÁCH HỒ SƠ,,,,,,,
Số hồ sơ,UBND,Nhóm,Tiếp nhận,Ngày có kết quả,Loại,Chủ hồ sơ,Số ĐT
A1,{unit},Tư pháp hộ tịch,02/05/2023,03/05/2023,Dân,Trần Thị Hoa,0912345678
A2,{unit},Tư pháp hộ tịch,02/05/2022,03/05/2022,Dân,Lê Văn Nam,0912345679
A3,{unit},Tư pháp hộ tịch,02/05/2023,04/05/2023,Dân,Trần Thị Hoa,0912345678
"""
COLUMNS = {
    "col-dossier_code": "@A",
    "col-unit_code": "@B",
    "col-field": "@C",
    "col-channel": "=truc_tiep",
    "col-received_on": "@D",
    "col-returned_on": "@E",
    "col-applicant": "@F",
    "col-name": "@G",
    "col-phone": "@H",
    "heading_row": "2",
    "date_order": "dmy",
    "repeated": "refuse",
    "name": "tinh-ta",
}
WORDS = {
    "word-field-0": "Tư pháp hộ tịch",
    "code-field-0": "ho_tich",
    "word-applicant-0": "Dân",
    "code-applicant-0": "person",
}


@pytest.fixture
def office(app, client, database, settings):
    """A manager at the pages of a wave without a plan; its first unit's name is returned."""
    now = datetime.now(UTC)
    with database.write() as session:
        load.load(session, contact_key=settings.contact_key, by="test", now=now, scale=0.005)
        password = accounts.create(session, "lan", Role.MANAGER, by="test", now=now)
    send(client, "/van-phong/dang-nhap", name="lan", password=password)
    return "Xã Cẩm Hưng"


def upload(client, content: bytes, name: str = "ho-so.csv") -> str:
    data = {"csrf_token": token(client), "file": (io.BytesIO(content), name)}
    reply = client.post(PLACE, data=data, content_type="multipart/form-data")
    assert reply.status_code == 303, reply.text
    return reply.location


def work(app, client, reply) -> str:
    """Do the job that a page asked for; the page that follows it."""
    assert reply.status_code == 303, reply.text
    run_queued(app, int(reply.location.rsplit("/", 1)[1]))
    return client.get(reply.location).text


def count(database, model) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(model))


def test_a_file_is_sent_mapped_checked_and_loaded(app, client, database, settings, office):
    place = upload(client, SHEET.format(unit=office).encode())
    page = client.get(place).text
    assert "Số hồ sơ" in page
    assert 'name="heading_row"' in page
    assert 'value="2"' in page, "the headings are found below the title"
    told = work(app, client, send(client, place, **COLUMNS, do="check"))
    assert "Xem kết quả kiểm tra" in told
    page = client.get(place).text
    assert "Tư pháp hộ tịch" in page
    assert "6 lỗi; chưa nạp dòng nào" in page
    assert "Dòng 3: ô C3 (Nhóm) – “Tư pháp hộ tịch” không có trong danh mục." in page
    faults = client.get(place + "/loi.csv").data.decode("utf-8-sig")
    assert faults.count("frame.unknown_value") == 6
    work(app, client, send(client, place, **COLUMNS, **WORDS, do="check"))
    page = client.get(place).text
    assert "Không có lỗi." in page
    assert "Để ra ngoài 1: ngày trả ngoài khoảng của đợt" in page
    stored = next((settings.instance_dir / "uploads").glob("*[!v]"))
    told = work(app, client, send(client, place, **COLUMNS, **WORDS, do="load"))
    assert "Xem danh sách và chất lượng" in told
    assert not stored.exists(), "the file with people's telephone numbers is gone"
    assert (count(database, Dossier), count(database, Contact)) == (2, 2)
    page = client.get(PLACE).text
    assert "Người có nhiều hồ sơ" in page
    assert "tinh-ta" in page
    report = client.get(PLACE + ".csv").data.decode("utf-8-sig")
    assert "ngày trả ngoài khoảng của đợt,1" in report
    assert "0912345678" not in report + page


def test_what_was_chosen_is_there_next_year_by_its_name(app, client, database, office):
    first = upload(client, SHEET.format(unit=office).encode())
    work(app, client, send(client, first, **COLUMNS, **WORDS, do="check"))
    with database.read() as session:
        kept = layouts.get(session, "tinh-ta")
    assert kept.columns["dossier_code"] == "Số hồ sơ"
    assert kept.values["field"] == {"Tư pháp hộ tịch": "ho_tich"}
    second = upload(client, SHEET.format(unit=office).encode(), "nam-sau.csv")
    assert send(client, second, do="use", saved="tinh-ta").status_code == 303
    page = client.get(second).text
    assert page.count("selected") >= 8
    assert 'value="tinh-ta"' in page


def test_a_wrong_choice_is_told_on_the_page(client, office):
    place = upload(client, SHEET.format(unit=office).encode())
    reply = send(client, place, **(COLUMNS | {"name": "Tỉnh ta"}), do="check")
    assert reply.status_code == 422
    assert "chữ thường không dấu" in reply.text


@pytest.mark.parametrize("content", [b"PK\x03\x04 not a workbook", b"\xd0\xcf\x11\xe0 old Excel"])
def test_a_file_that_is_no_list_is_told_and_can_be_deleted(client, database, office, content):
    place = upload(client, content, "la.xlsx")
    page = client.get(place)
    assert page.status_code == 200
    assert "Có lỗi cần sửa" in page.text
    assert send(client, place + "/xoa").status_code == 303
    assert count(database, FrameUpload) == 0


def test_a_load_that_finds_faults_leaves_the_frame_that_was_there(app, client, database, office):
    before = count(database, Dossier)
    place = upload(client, SHEET.format(unit="Xã Không Có").encode())
    told = work(app, client, send(client, place, **COLUMNS, **WORDS, do="load"))
    assert "Danh sách hồ sơ có 3 lỗi; chưa nạp dòng nào." in told
    assert count(database, Dossier) == before
    assert count(database, Frame) == 1


def test_who_may_not_manage_sees_the_quality_and_no_upload(app, client, database, office):
    with database.write() as session:
        password = accounts.create(session, "xem", Role.VIEWER, by="t", now=datetime.now(UTC))
    other = app.test_client()
    send(other, "/van-phong/dang-nhap", name="xem", password=password)
    page = other.get(PLACE).text
    assert "Chất lượng danh sách" in page
    assert 'type="file"' not in page
    data = {"csrf_token": token(other), "file": (io.BytesIO(b"x"), "x.csv")}
    assert other.post(PLACE, data=data).status_code == 403


def test_a_stranger_sends_no_long_body(client, office, app):
    stranger = app.test_client()
    data = {"file": (io.BytesIO(b"x" * 400_000), "x.csv"), "csrf_token": "x"}
    assert stranger.post(PLACE, data=data).status_code == 413


def test_an_unread_file_goes_after_two_days(app, client, database, settings, office):

    upload(client, b"a,b\n1,2\n")
    folder = settings.instance_dir
    now = datetime.now(UTC)
    with database.write() as session:
        assert retention.purge(session, by="t", now=now, folder=folder).n_files == 0
    with database.write() as session:
        later = now + timedelta(hours=49)
        assert retention.purge(session, by="t", now=later, folder=folder).n_files == 1
    assert list((folder / "uploads").iterdir()) == []
