"""Photos and recordings on the citizen's page, from a phone without JavaScript."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

import forms.questionnaires
from forms import attached, xlsform
from survey import jobs
from survey.services import answer_files, retention
from survey.store import mixing
from survey.store.models import Draft, DraftFile, Response, ResponseFile, Wave
from survey.web import uploads
from tests.support import files, waves
from tests.support.released import silent
from tests.support.waves import send, token

SURVEY = """
type|name|label|label::English (en)|required|relevant|parameters|appearance
hidden|unit_name||||||
hidden|case_field||||||
hidden|case_channel||||||
begin group|mot|Trang một|Page one||||
select_one yn|co|Có bảng niêm yết không?|Is there a notice board?||||
image|anh|Ảnh bảng niêm yết|Photo of the board|yes||max-pixels=800|
audio|ghi|Lời góp ý|Your remark|||quality=voice-only|
end group|||||||
begin group|hai|Trang hai|Page two||||
image|them|Ảnh khác|Another photo||${co} = 'co'||new
text|y_kien|Ý kiến khác|Other remarks||||
end group|||||||
"""
CHOICES = """
list_name|name|label|label::English (en)
yn|co|Có|Yes
yn|khong|Không|No
"""
SETTINGS = "form_id|form_title|version|default_language\nthu|Phiếu thử|1|vi"
PLACE = "/phieu/mot"


@pytest.fixture
def make_wave(app, tmp_path, monkeypatch):
    def make(layout: str = "sections"):
        folder = tmp_path / "sheets"
        folder.mkdir()
        for name, drawn in {"survey": SURVEY, "choices": CHOICES, "settings": SETTINGS}.items():
            rows = [line.split("|") for line in drawn.strip().splitlines()]
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(rows)
        made = xlsform.read(folder)
        monkeypatch.setattr(forms.questionnaires, "load", lambda name: made)
        return waves.make(app, layout=layout)

    return make


@pytest.fixture
def wave(make_wave):
    return make_wave()


def upload(client, place: str, files: dict[str, tuple[str, bytes]], **fields):
    """As a browser sends a form with files: an empty part where none was chosen."""
    chosen = dict.fromkeys(("anh", "ghi", "them"), ("", b"")) | files
    parts = {name: (io.BytesIO(content), shown) for name, (shown, content) in chosen.items()}
    data = {**fields, **parts, "csrf_token": token(client, place)}
    return client.post(place, data=data, content_type="multipart/form-data")


def opened(client, wave) -> None:
    client.get(f"/P/{wave.codes()[0]}")
    assert send(client, "/phieu", consent="dong_y").location == PLACE


def stored(wave, model=Response):
    with wave.database.read() as session:
        return list(session.scalars(select(model)))


def test_a_photo_and_a_recording_are_kept_shown_replaced_and_stored(client, wave):
    opened(client, wave)
    page = client.get(PLACE).text
    assert 'enctype="multipart/form-data"' in page
    assert page.count('type="file"') == 2 and "capture" not in page
    assert 'accept="image/jpeg,image/png,image/webp"' in page
    first, second = files.photo((900, 600)), files.photo((600, 900), (10, 90, 10))
    sent = {"anh": ("Ảnh của Lan <b>.jpg", first), "ghi": ("âm.m4a", files.m4a())}
    assert upload(client, PLACE, sent, co="co").location == "/phieu/hai"
    page = client.get(PLACE).text
    assert "Đã nhận: Ảnh của Lan &lt;b&gt;.jpg (" in page and "Đã nhận: âm.m4a (" in page
    assert 'name="anh.bo"' in page and "Bỏ tệp này" in page
    # Another photo replaces the first, the recording is taken back; what is not touched stays.
    assert (
        upload(client, PLACE, {"anh": ("b.jpg", second)}, co="co", **{"ghi.bo": "1"}).status_code
        == 303
    )
    page = client.get(PLACE).text
    assert "Đã nhận: b.jpg" in page and "âm.m4a" not in page
    assert 'capture="environment"' in client.get("/phieu/hai").text
    place = upload(client, "/phieu/hai", {"them": ("c.png", files.photo(kind="PNG"))}).location
    assert len(stored(wave, DraftFile)) == 2
    assert send(client, place).location == "/phieu/xong"
    (answer,) = stored(wave)
    kept = {row.name: bytes(row.content) for row in stored(wave, ResponseFile)}
    names = attached.taken(_question("anh", 800), second).name, answer.answers["them"]
    assert answer.answers == {"co": "co", "anh": names[0], "them": names[1]}
    assert kept.keys() == set(names) and names[1].endswith(".png")
    assert not any(secret in content for secret in files.SECRETS for content in kept.values())
    assert stored(wave, DraftFile) == [] and stored(wave, Draft) == []


def _question(name: str, pixels: int):
    from forms.model import Kind, Question

    return Question(name, Kind.IMAGE, parameters={"max-pixels": str(pixels)})


def test_a_required_photo_is_asked_for_and_a_wrong_one_named(client, wave):
    opened(client, wave)
    empty = upload(client, PLACE, {}, co="co")
    assert empty.status_code == 422 and "vui lòng trả lời câu hỏi này" in empty.text
    assert 'value="co" checked' in empty.text
    for name, (content, _code) in files.NO_PICTURES.items():
        wrong = upload(client, PLACE, {"anh": (f"{name}.jpg", content)}, co="co")
        assert wrong.status_code == 422, name
        assert wrong.text.count("Ảnh bảng niêm yết") == 2, name  # the summary names the question
        assert 'href="#anh"' in wrong.text
    assert "Tệp lớn hơn 12 MB" in wrong.text
    assert stored(wave, DraftFile) == []
    # A good file beside a fault stays: it is not chosen again.
    half = upload(client, PLACE, {"ghi": ("a.amr", files.amr())}, co="co")
    assert half.status_code == 422 and "Đã nhận: a.amr" in half.text
    assert upload(client, PLACE, {"anh": ("x.pdf", files.photo())}, co="co").status_code == 303
    assert {row.question for row in stored(wave, DraftFile)} == {"anh", "ghi"}
    # A refused file leaves the one that was there.
    again = upload(client, PLACE, {"anh": ("x.svg", files.SVG)}, co="co")
    assert again.status_code == 422 and "chỉ nhận JPEG, PNG, WebP" in again.text
    assert "Đã nhận: x.pdf" in again.text


def test_in_english(client, wave):
    opened(client, wave)
    client.post("/ngon-ngu", data={"language": "en", "csrf_token": token(client)})
    wrong = upload(client, PLACE, {"anh": ("x.jpg", files.png_head(40_000, 40_000))})
    assert "at most 16 million pixels" in wrong.text and "Photo of the board" in wrong.text


def test_names_of_files_are_no_answers(client, wave):
    """Neither a name that is typed nor a file for another question's kind becomes an answer."""
    opened(client, wave)
    assert upload(client, PLACE, {"anh": ("a.jpg", files.photo())}, co="khong").status_code == 303
    (kept,) = stored(wave, DraftFile)
    sent = {"csrf_token": token(client, PLACE), "co": "khong", "ghi": kept.name, "anh": "../x.jpg"}
    assert client.post(PLACE, data=sent).location == "/phieu/hai"
    (draft,) = stored(wave, Draft)
    assert draft.answers == {"co": "khong", "anh": kept.name, "ghi": None}
    odd = {"unit_name": ("a.jpg", files.photo()), "khong_co": ("b.jpg", files.photo())}
    place = upload(client, "/phieu/hai", {**odd, "them": ("c.jpg", files.photo((9, 9)))}).location
    assert send(client, place).location == "/phieu/xong"
    # A question that does not apply keeps no file.
    assert stored(wave)[0].answers == {"co": "khong", "anh": kept.name}
    assert [row.name for row in stored(wave, ResponseFile)] == [kept.name]


@pytest.mark.parametrize("name", ["../../a.jpg", "\u202egpj.exe", "x" * 300, "'\"<i>"])
def test_a_file_s_name_is_only_shown(client, wave, name):
    opened(client, wave)
    upload(client, PLACE, {"anh": (name, files.photo())}, co="khong")
    (kept,) = stored(wave, DraftFile)
    assert "/" not in kept.shown and "\n" not in kept.shown and "\u202e" not in kept.shown
    assert 0 < len(kept.shown) <= 70
    assert "<i>" not in client.get(PLACE).text


@pytest.mark.parametrize("layout", ["joined", "one_page"])
def test_files_on_a_page_that_sends_the_form(client, make_wave, layout):
    wave = make_wave(layout)
    client.get(f"/P/{wave.codes()[0]}")
    sent = {"anh": ("a.jpg", files.photo()), "them": ("b.jpg", files.photo())}
    page = client.get("/phieu").text
    assert 'enctype="multipart/form-data"' in page
    fields = {"consent": "dong_y", "page": "mot", "co": "co"}
    place = upload(client, "/phieu", sent, **fields).location
    if place != "/phieu/xong":
        place = upload(client, place, {"them": ("b.jpg", files.photo())}, y_kien="x").location
    place = place if place == "/phieu/xong" else send(client, place).location
    assert place == "/phieu/xong"
    (answer,) = stored(wave)
    assert answer.answers["anh"] and answer.answers["them"]
    assert {row.name for row in stored(wave, ResponseFile)} == {
        answer.answers["anh"],
        answer.answers["them"],
    }


def test_files_go_when_the_answer_is_withdrawn_declined_or_too_old(client, wave):
    opened(client, wave)
    photo = {"anh": ("a.jpg", files.photo())}
    upload(client, PLACE, photo, co="khong")
    place = send(client, "/phieu/hai", y_kien="x").location
    assert send(client, place).location == "/phieu/xong"
    page = client.get("/phieu/xong").text
    code = page.split('class="code', 1)[1].split(">", 1)[1].split("<", 1)[0].strip()
    assert len(stored(wave, ResponseFile)) == 1
    assert send(client, "/bien-nhan/rut", code=code, sure="rut").status_code == 200
    assert stored(wave, ResponseFile) == []
    opened(client, wave)
    upload(client, PLACE, photo, co="khong")
    assert len(stored(wave, DraftFile)) == 1
    send(client, "/phieu", consent="khong")
    assert stored(wave, DraftFile) == []
    opened(client, wave)
    upload(client, PLACE, photo, co="khong")
    with wave.database.write() as session:
        long_ago = (datetime.now(UTC) - timedelta(days=900)).date()
        session.execute(update(Wave).values(opens_on=long_ago, closes_on=long_ago))
        assert retention.purge(session, by="test", now=datetime.now(UTC)).n_drafts == 1
        assert session.scalar(select(func.count()).select_from(DraftFile)) == 0


def test_a_page_that_is_too_large_says_what_may_be_sent(client, wave):
    opened(client, wave)
    film = {"anh": (io.BytesIO(bytes(31 << 20)), "phim.mp4"), "csrf_token": token(client, PLACE)}
    reply = client.post(PLACE, data=film, content_type="multipart/form-data")
    assert reply.status_code == 413
    assert "Một ảnh nhiều nhất 12 MB" in reply.text and f'href="{PLACE}"' in reply.text
    assert uploads.LARGEST_PAGE == 30 << 20 < _megabytes("client_max_body_size") << 20


def _megabytes(setting: str) -> int:
    text = (Path(__file__).parents[3] / "deploy" / "nginx.conf").read_text("utf-8")
    return int(re.search(rf"{setting} (\d+)m;", text)[1])


def test_who_has_opened_no_form_sends_no_file(client, wave):
    large = {"anh": (io.BytesIO(bytes(1 << 20)), "a.jpg"), "csrf_token": token(client)}
    assert client.post(PLACE, data=large, content_type="multipart/form-data").status_code == 413


def test_a_name_of_several_lines_is_one():
    assert answer_files.shown_name("C:\\thu\\a\r\nb\x00.jpg") == "a b.jpg"
    assert answer_files.shown_name("../..") == ".."


def test_a_file_that_the_scanner_stops_is_refused_with_the_rest_kept(client, wave, app):
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, scanner_command="false")
    opened(client, wave)
    refused = upload(client, PLACE, {"anh": ("a.jpg", files.photo())}, co="co")
    assert refused.status_code == 422 and "phần mềm diệt vi-rút" in refused.text
    assert 'value="co" checked' in refused.text and stored(wave, DraftFile) == []


def packed(wave, app, folder, **order):
    path = folder / "m.zip"
    given = {"formats": ("csv",), "language": "vi", "texts": True, **order}
    path.unlink(missing_ok=True)
    jobs.run_here(app, "microdata.file", silent, wave=wave.slug, path=path, by="lan", order=given)
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def test_analysts_have_the_files_and_public_files_have_not_even_their_names(
    client, wave, app, tmp_path
):
    opened(client, wave)
    upload(client, PLACE, {"anh": ("a.jpg", files.photo())}, co="khong")
    assert send(client, send(client, "/phieu/hai", y_kien="x").location).location == "/phieu/xong"
    (answer,) = stored(wave)
    name = answer.answers["anh"]
    found = packed(wave, app, tmp_path)
    (row,) = csv.DictReader(io.StringIO(found[f"{wave.slug}.csv"].decode("utf-8-sig")))
    assert row["anh"] == name and row["ghi"] == ""
    (kept,) = stored(wave, ResponseFile)
    assert found[f"files/{name}"] == kept.content
    assert f"  files/{name}" in found["SHA256SUMS"].decode()
    for less in ({"texts": False}, {"public": 1}):
        found = packed(wave, app, tmp_path, **less)
        assert not any(each.startswith("files/") for each in found)
        assert not any(name[:64].encode() in content for content in found.values()), less


def test_on_postgresql_files_are_written_anew_with_the_answers(client, wave):
    opened(client, wave)
    upload(client, PLACE, {"anh": ("a.jpg", files.photo())}, co="khong")
    assert send(client, send(client, "/phieu/hai", y_kien="x").location).location == "/phieu/xong"
    (before,) = stored(wave, ResponseFile)
    with wave.database.write() as session:
        mixing.mix(session, session.scalar(select(Wave.id)))
    (after,) = stored(wave, ResponseFile)
    assert (after.name, after.content) == (before.name, before.content)
    if wave.database.engine.dialect.name == "postgresql":
        with wave.database.read() as session:
            writers = (
                "SELECT count(DISTINCT x::text) FROM (SELECT xmin AS x FROM response_file "
                "UNION ALL SELECT xmin FROM response) AS a"
            )
            assert session.scalar(text(writers)) == 1
