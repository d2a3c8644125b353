"""The office's pages of schemes: sent, refused with cells, read, compared, tried."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from analysis.index.scheme import Scheme
from survey.domain.roles import Role
from survey.jobs import run_queued
from survey.services import accounts
from survey.services.schemes import register, writing
from tests.support.waves import RATINGS, agree, answer_all, send, token

PAGE = "/van-phong/bo-chi-so"


@pytest.fixture
def enter(client, database):
    def make(role: Role = Role.MANAGER) -> None:
        with database.write() as session:
            password = accounts.create(session, "lan", role, by="test", now=datetime.now(UTC))
        send(client, "/van-phong/dang-nhap", name="lan", password=password)

    return make


def upload(client, content: bytes, name: str = "bo.xlsx"):
    data = {"csrf_token": token(client, PAGE), "file": (io.BytesIO(content), name)}
    return client.post(PAGE, data=data)


def next_year() -> Scheme:
    """The sample of the next year: a leaf renamed and worth more, one gone, one new."""
    data = register.shipped_schemes()["mau-2023"].to_dict()
    data |= {"valid_from": "2024-01-01", "title": {"vi": "Mẫu 2024", "en": "Sample 2024"}}
    leaves = data["area"][0]["criterion"][1]["leaf"]
    leaves[0] |= {"id": "chi_dao.kiem_tra.moi", "was": "chi_dao.kiem_tra.1", "max": 4.0}
    leaves[1] |= {"id": "chi_dao.khac"}
    return Scheme.from_dict(data)


def test_a_file_is_taken_in_read_and_given_back(client, enter):
    enter()
    scheme = next_year()
    reply = upload(client, writing.written(scheme, "xlsx"))
    assert reply.status_code == 303, reply.text
    page = client.get(reply.location).text
    assert "Mẫu 2024" in page
    assert scheme.sha256 in page
    assert "Bộ chỉ số MẪU" in page
    assert client.get(f"{reply.location}/tai.toml").data == writing.written(scheme, "toml")
    assert client.get(f"{reply.location}/tai.xlsx").data == writing.written(scheme, "xlsx")
    assert upload(client, writing.written(scheme, "toml")).location == reply.location


def test_a_faulty_file_is_refused_with_its_cells_and_nothing_is_kept(client, enter, database):
    enter()
    text = writing.toml(next_year()).replace("max = 4.0", "max = -4.0")
    reply = upload(client, text.encode(), "bo.toml")
    assert reply.status_code == 422
    assert "area[1].criterion[2].leaf[1].max: phải là số lớn hơn 0." in reply.text
    english = client.post(
        f"{PAGE}?lang=en",
        data={"csrf_token": token(client, PAGE), "file": (io.BytesIO(text.encode()), "b.toml")},
    )
    assert "must be a number above 0" in english.text
    assert upload(client, b"", "").status_code == 422
    with database.read() as session:
        assert [each.id for each in register.listed(session)] == [None, None]


def test_a_viewer_reads_but_sends_nothing(client, enter):
    enter(Role.VIEWER)
    assert "Kiểm tra và nạp" not in client.get(PAGE).text
    assert upload(client, b"x").status_code == 403


def test_two_versions_are_compared(client, enter):
    enter()
    first = send(client, PAGE, shipped="mau-2023").location
    second = upload(client, writing.written(next_year(), "toml"), "b.toml").location
    page = client.get(f"{second}/so-sanh?voi={first.rsplit('/', 1)[1]}").text
    assert "điểm tối đa: 3 → 4" in page
    assert "Bỏ tiêu chí thành phần" in page
    assert "Thêm tiêu chí thành phần" in page
    assert "ngày hiệu lực: 2023-01-01 → 2024-01-01" in page
    same = client.get(f"{first}/so-sanh?voi={first.rsplit('/', 1)[1]}").text
    assert "Hai bộ chỉ số giống nhau" in same


def test_other_content_of_the_same_name_and_day_is_refused(client, enter):
    enter()
    send(client, PAGE, shipped="mau-2023")
    data = register.shipped_schemes()["mau-2023"].to_dict() | {"decimals": 3}
    reply = upload(client, writing.written(Scheme.from_dict(data), "toml"), "b.toml")
    assert reply.status_code == 409
    assert "đã có với nội dung khác" in reply.text


def test_last_years_data_are_tried_under_this_years_scheme(app, client, enter, wave):
    enter()
    for code in wave.codes(3):
        visitor = app.test_client()
        answer_all(visitor, agree(visitor, code), **RATINGS)
        send(visitor, "/phieu/gui")
    send(client, f"/van-phong/dot/{wave.slug}/tinh-lai")
    run_queued(app, 1)
    scheme = upload(client, writing.written(next_year(), "toml"), "b.toml").location
    asked = send(client, f"{scheme}/tinh-thu", wave=wave.slug)
    run_queued(app, int(asked.location.rsplit("/", 1)[1]))
    assert "Xem các lần tính thử" in client.get(asked.location).text
    page = client.get(f"{PAGE}/tinh-thu/1").text
    assert "TÍNH THỬ: số liệu của đợt" in page
    assert "99 trong 101 điểm tối đa" in page
    assert "Không có số liệu: Tuyên truyền và sáng kiến (chi_dao.khac, 2 điểm)." in page
    assert "giữ tỷ lệ điểm của “chi_dao.kiem_tra.1”, từ tối đa 3 sang 4" in page
