"""Pages of the fieldwork: log, import, release, rates; and what the public sees of it."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from survey.domain.calendar import LOCAL
from survey.domain.roles import Role
from survey.services import accounts
from survey.store import cases, waves
from survey.store.models import Case, Dossier, ReserveRelease
from tests.support.databases import ON_SQLITE
from tests.support.waves import agree, send, token


@pytest.fixture
def office(app, client, wave):
    """A visitor with a role, two weeks after the wave opened; the wave's address."""
    app.extensions["clock"] = lambda: datetime.now(UTC) + timedelta(days=14)

    def enter(role: Role = Role.MANAGER) -> str:
        with wave.database.write() as session:
            password = accounts.create(session, "lan", role, by="test", now=datetime.now(UTC))
        send(client, "/van-phong/dang-nhap", name="lan", password=password)
        return f"/van-phong/dot/{wave.slug}"

    return enter


@pytest.fixture
def case(wave) -> tuple[int, str]:
    """(number, dossier code) of a main case whose stratum has a reserve."""
    with wave.database.read() as session:
        kept = {
            tuple(r)
            for r in session.execute(select(Case.unit_id, Case.stratum).where(~Case.issued))
        }
        found = waves.get(session, wave.slug)
        chosen = next(c for c in cases.issued(session, found.id) if (c.unit_id, c.stratum) in kept)
        return chosen.id, chosen.dossier.code


def moment(day: int, hour: int) -> str:
    return f"{datetime.now(LOCAL) + timedelta(days=day):%Y-%m-%d}T{hour:02}:00"


def log(client, place: str, case_id: int, result: str, day: int = 1, hour: int = 9, **more):
    fields = {"at": moment(day, hour), "mode": "phone", "result": result, "note": ""}
    return send(client, f"{place}/lien-he/{case_id}", **(fields | more))


def test_a_case_is_found_tried_and_replaced(client, office, case, wave):
    place, (number, code) = office(), case
    due = client.get(f"{place}/lien-he").text
    assert code in due
    for wanted in (code, str(number)):
        found = client.get(f"{place}/lien-he/tim", query_string={"q": wanted})
        assert found.location == f"{place}/lien-he/{number}"
    for day, hour in ((1, 9), (2, 15), (3, 19)):
        assert log(client, place, number, "3.13", day, hour).status_code == 303
    page = client.get(f"{place}/lien-he/{number}").text
    assert "3 lần (cần 3), 3 ngày (cần 3), 3 buổi (cần 2)" in page
    assert "mã 3.13" in page
    assert code not in client.get(f"{place}/lien-he").text
    assert f'value="{number}"' in client.get(f"{place}/du-phong").text
    done = send(client, f"{place}/du-phong", case=str(number), reason="không gặp ai")
    assert done.location == f"{place}/du-phong?n=1"
    record = client.get(done.location).text
    assert "không gặp ai" in record
    assert "lan" in record
    with wave.database.read() as session:
        (made,) = session.scalars(select(ReserveRelease)).all()
        reserve = session.get_one(Case, made.case_id)
        assert (made.replaces_id, made.by, reserve.issued) == (number, "lan", True)
        code_of_reserve = session.get_one(Dossier, reserve.dossier_id).code
    assert code_of_reserve in record
    assert code_of_reserve in client.get(f"{place}/lien-he").text


@ON_SQLITE
def test_a_refused_entry_keeps_what_was_typed(client, office, case):
    place, (number, _code) = office(), case
    reply = log(client, place, number, "3.13", note="gặp bà Hoa ở nhà")
    assert reply.status_code == 422
    assert "Ghi chú không được có tên người" in reply.text
    assert 'value="gặp bà Hoa ở nhà"' in reply.text
    assert "Chưa có lần liên hệ nào" in reply.text
    assert log(client, place, number, "3.13", at="hôm qua").status_code == 422
    assert log(client, place, number, "", mode="").status_code == 422


@ON_SQLITE
def test_a_line_is_taken_back_with_a_reason(client, office, case):
    place, (number, _code) = office(), case
    log(client, place, number, "2.31")
    page = client.get(f"{place}/lien-he/{number}").text
    target = page.split("/rut/")[1].split('"')[0]
    path = f"{place}/lien-he/{number}/rut/{target}"
    assert send(client, path, reason="").status_code == 422
    assert send(client, path, reason="nhầm hồ sơ").status_code == 303
    assert "Đã rút lại: nhầm hồ sơ" in client.get(f"{place}/lien-he/{number}").text


@ON_SQLITE
def test_a_release_too_early_is_refused_in_words_and_changes_nothing(client, office, case, wave):
    place, (number, code) = office(), case
    log(client, place, number, "3.13")
    reply = send(client, f"{place}/du-phong?lang=en", case=str(number), reason="x")
    assert reply.status_code == 422
    assert f"Case {code} may not be replaced yet: tried 1 of 3 times" in reply.text
    assert send(client, f"{place}/du-phong", reason="x").status_code == 422
    with wave.database.read() as session:
        assert session.scalars(select(ReserveRelease)).all() == []


def upload(client, place: str, text: str):
    data = {
        "csrf_token": token(client),
        "file": (io.BytesIO(text.encode("utf-8-sig")), "log.csv"),
    }
    return client.post(f"{place}/lien-he", data=data, content_type="multipart/form-data")


@ON_SQLITE
def test_a_file_is_logged_or_its_rows_are_named(client, office, case):
    place, (number, code) = office(), case
    heading = "mã hồ sơ,thời điểm,cách liên hệ,kết quả\n"
    bad = upload(client, place, heading + f"{code},{moment(1, 9)},Gọi điện,3.13\nx,y,z,w\n")
    assert bad.status_code == 422
    assert "Dòng 3: “y” không phải ngày giờ" in bad.text
    assert "Chưa có lần liên hệ nào" in client.get(f"{place}/lien-he/{number}").text
    good = upload(client, place, heading + f"{code},{moment(1, 9)},Gọi điện,3.13\n")
    assert good.location == f"{place}/lien-he?n=1"
    twice = upload(client, f"{place}", heading + f"{code},{moment(1, 9)},Gọi điện,3.13\n")
    assert "Dòng 2: lần liên hệ này" in twice.text
    assert client.post(f"{place}/lien-he", data={"csrf_token": token(client)}).status_code == 422


@ON_SQLITE
def test_an_unknown_case_is_said_on_the_page(client, office):
    place = office()
    reply = client.get(f"{place}/lien-he/tim", query_string={"q": "<b>999"})
    assert reply.status_code == 404
    assert "Không có hồ sơ “&lt;b&gt;999”" in reply.text
    assert client.get(f"{place}/lien-he/999999").status_code == 404


def cells(page: str, heading: str) -> list[str]:
    """The whole wave's row of the first table with this column."""
    table = next(part for part in page.split("<table")[1:] if f">{heading}</th>" in part)
    whole = table[table.index('class="whole"') :].split("</tr>")[0]
    parts = [cell.split("</td>")[0] for cell in whole.split("<td")[1:]]
    return [part[part.index(">") + 1 :] for part in parts]


def test_rates_are_live_and_explained(app, client, office, case, wave):
    place, (number, _code) = office(Role.MANAGER), case
    with wave.database.read() as session:
        n = len(cases.issued(session, waves.get(session, wave.slug).id))
    log(client, place, number, "2.112")
    (other,) = wave.codes()
    agree(app.test_client(), other)
    page = client.get(f"{place}/ty-le").text
    first = cells(page, "RR1")
    assert first[:4] == [str(n), "0", "0", "2"]
    assert "100,0" in cells(page, "REF1")  # REF3: of the known cases all refused or broke off
    for text in ("(I + P) / ((I + P) + R)", "CASRO", "2.112", "2.1121"):
        assert text in page
    assert "e = 1,000, ước lượng" in page
    stratum = client.get(f"{place}/ty-le?theo=tang&quyen-so=1&e=0,5&lang=en").text
    assert "e = 0.500, given" in stratum
    assert "checked" in stratum
    assert client.get(f"{place}/ty-le?e=2").status_code == 422


@ON_SQLITE
def test_viewers_see_rates_and_no_case(client, office, case):
    place, (number, code) = office(Role.VIEWER), case
    page = client.get(f"{place}/ty-le")
    assert page.status_code == 200
    assert "lien-he" not in page.text
    assert code not in page.text
    for path in ("lien-he", f"lien-he/{number}", "du-phong", "lien-he/tim?q=1"):
        assert client.get(f"{place}/{path}").status_code == 403
    assert send(client, f"{place}/du-phong", case=number, reason="x").status_code == 403


def test_the_public_record_shows_counts_and_nobody(app, client, office, case, wave):
    place, (number, code) = office(), case
    log(client, place, number, "2.112", note="tắt máy")
    send(client, f"{place}/du-phong", case=str(number), reason="lời của văn phòng")
    stranger = app.test_client()
    page = stranger.get(f"/ket-qua/{wave.slug}/du-phong?lang=en").text
    assert "1 × 2.112 Refused by the person drawn" in page.replace("\n", "")
    table = stranger.get(f"/ket-qua/{wave.slug}/du-phong.csv").data.decode("utf-8-sig")
    assert ",1,2.112,1" in table
    for secret in (code, "lời của văn phòng", "lan,", "tắt máy"):
        assert secret not in page + table
    send(client, f"{place}/an")
    assert stranger.get(f"/ket-qua/{wave.slug}/du-phong").status_code == 404
    assert stranger.get(f"/ket-qua/{wave.slug}/du-phong.csv").status_code == 404


@ON_SQLITE
def test_a_closed_wave_offers_no_release(client, office, case):
    place, (number, _code) = office(), case
    log(client, place, number, "2.112")
    send(client, f"{place}/dong")
    assert "checkbox" not in client.get(f"{place}/du-phong").text
    reply = send(client, f"{place}/du-phong", case=str(number), reason="x")
    assert "không thả được dự phòng" in reply.text
