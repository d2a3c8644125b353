"""Every type of question on the citizen's page, without JavaScript."""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

import forms.questionnaires
from forms import xlsform
from survey.store.models import Response
from tests.support import waves
from tests.support.waves import send

SURVEY = """
type|name|label|guidance_hint|default|readonly|calculation|parameters|appearance
hidden|unit_name|||||||
hidden|case_field|||||||
hidden|case_channel|||||||
begin group|mot|Trang một||||||table-list
time|gio|Mấy giờ ông/bà đến?|Xem trên giấy hẹn.||||
dateTime|luc|Lúc nào ông/bà nhận kết quả?|||||||
range|diem|Ông/bà cho mấy điểm?||||| start=0 end=10 |
acknowledge|doc|Tôi đã đọc giấy hẹn|||||||
rank viec|hang|Việc nào cần làm trước?|||||||
geopoint|noi|Trụ sở ở đâu?|||||||
barcode|ma|Mã trên biên nhận|||||||
select_one muc|bien|Bảng chỉ dẫn|||||||
select_one muc|ghe|Chỗ ngồi chờ|||||||
end group||||||||
begin group|hai|Trang hai||||||
select_one viec or_other|khac|Ông/bà đến làm việc gì?||||||
integer|nguoi|Mấy người cùng đi?||3||||
dateTime|khi|Khi nào?||now()||||
date|hom|Hôm nào?||today()||||
end group||||||||
begin group|ba|Trang ba||||||
integer|doi|Số lượt||| yes |${nguoi} * 2||
text|y_kien|Ý kiến khác||||||multiline
end group||||||||
"""
CHOICES = """
list_name|name|label
viec|giay|Bớt giấy tờ
viec|gio|Đúng giờ
viec|thai_do|Thái độ
muc|a|Tốt
muc|b|Khá
muc|c|Kém
"""
SETTINGS = "form_id|form_title|version|default_language\nthu|Phiếu thử|1|vi"


@pytest.fixture
def wave(app, tmp_path, monkeypatch):
    folder = tmp_path / "sheets"
    folder.mkdir()
    for name, text in {"survey": SURVEY, "choices": CHOICES, "settings": SETTINGS}.items():
        rows = [line.split("|") for line in text.strip().splitlines()]
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    made = xlsform.read(folder)
    monkeypatch.setattr(forms.questionnaires, "load", lambda name: made)
    return waves.make(app)


LATE = timedelta(minutes=3)
GIVEN = {
    "gio": "7h30",
    "luc": "05/09/2023 14:30",
    "diem": "8",
    "doc": "OK",
    "hang": ["giay:2", "gio:1", "thai_do:3"],
    "noi": "20,94; 106,21",
    "ma": "HS-1",
    "bien": "a",
    "ghe": "c",
}


def test_every_type_is_asked_kept_shown_again_and_stored(client, wave):
    client.get(f"/P/{wave.codes()[0]}")
    place = send(client, "/phieu", consent="dong_y").location
    page = client.get(place).text
    for mark in ('type="time"', 'type="datetime-local"', "Xem trên giấy hẹn.", 'min="0"'):
        assert mark in page, mark
    assert "Một số từ 0 đến 10." in page
    assert page.count('name="hang"') == 3
    assert page.count("q--scale") == 2
    wrong = send(client, place, **GIVEN | {"hang": ["giay:1", "gio:1", "thai_do:3"]})
    assert wrong.status_code == 422
    assert "mỗi phương án một hạng khác nhau" in wrong.text
    assert 'value="giay:1" selected' in wrong.text
    assert 'value="7h30"' in wrong.text
    following = send(client, place, **GIVEN).location
    again = client.get(place).text
    assert 'value="07:30"' in again
    assert 'value="gio:1" selected' in again and 'value="giay:2" selected' in again
    assert 'value="OK" checked' in again
    place = send(client, following, khac="other").location
    page = client.get(place).text
    assert 'name="khac_other"' in page
    assert 'value="3"' in page
    # Worked out when the page is opened, by the local clock; nothing is stored before it is sent.
    local = datetime.now(UTC) + timedelta(hours=7)
    days = {local.date().isoformat(), (local - timedelta(minutes=2)).date().isoformat()}
    (hom,) = re.findall(r'name="hom"[^>]*value="([^"]*)"', page)
    (khi,) = re.findall(r'name="khi"[^>]*value="([^"]*)"', page)
    assert hom in days and abs(datetime.fromisoformat(khi) - local.replace(tzinfo=None)) < LATE
    sent = {"khac_other": "Hỏi thủ tục", "nguoi": "4", "hom": "2024-01-02", "khi": ""}
    place = send(client, place, **sent).location
    assert "Số lượt: 8" in client.get(place).text
    place = send(client, place, y_kien="Không").location
    assert send(client, place).location == "/phieu/xong"
    with wave.database.read() as session:
        (answer,) = session.scalars(select(Response))
    assert answer.answers == {
        "gio": "07:30",
        "luc": "2023-09-05T14:30",
        "diem": 8,
        "doc": "OK",
        "hang": ["gio", "giay", "thai_do"],
        "noi": "20.94 106.21",
        "ma": "HS-1",
        "bien": "a",
        "ghe": "c",
        "khac": "other",
        "nguoi": 4,
        "khac_other": "Hỏi thủ tục",
        "hom": "2024-01-02",
        "y_kien": "Không",
    }
