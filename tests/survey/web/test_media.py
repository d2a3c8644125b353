"""Pictures and sounds of a questionnaire: sent by the office, shown to citizens and devices."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime
from hashlib import md5

import pytest

import forms.questionnaires
from forms import xlsform
from survey.domain.roles import Role
from survey.errors import Conflict
from survey.services import accounts, definitions
from survey.services.questionnaires import media, register
from survey.store.models import DraftFile, Questionnaire, QuestionnaireFile, ResponseFile
from tests.support import field, files, shown_form, waves
from tests.support.shown_form import MEDIA
from tests.support.waves import send, token

PAGE = "/van-phong/phieu-hoi"


@pytest.fixture
def office(client, database):
    with database.write() as session:
        password = accounts.create(session, "lan", Role.MANAGER, by="test", now=datetime.now(UTC))
    send(client, "/van-phong/dang-nhap", name="lan", password=password)
    return client


def upload(client, sent: dict[str, bytes], place: str = PAGE):
    parts = [(io.BytesIO(content), name) for name, content in sent.items()]
    return client.post(place, data={"csrf_token": token(client, PAGE), "file": parts})


def packed(sent: dict[str, bytes]) -> dict[str, bytes]:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sent.items():
            archive.writestr(f"phieu/{name}", content)
    return {"phieu.zip": out.getvalue()}


@pytest.fixture
def wave(app, tmp_path, monkeypatch):
    for name, content in {**shown_form.sheets(), **MEDIA}.items():
        (tmp_path / name).write_bytes(content)
    made = xlsform.read(tmp_path)
    with app.extensions["database"].write() as session:
        media.keep(session, made, MEDIA)
    monkeypatch.setattr(forms.questionnaires, "load", lambda name: made)
    return waves.make(app)


@pytest.mark.parametrize("pack", [dict, packed])
def test_an_office_sends_pictures_with_the_sheets_looks_and_publishes(office, database, pack):
    draft = upload(office, pack({**shown_form.sheets(), **MEDIA})).location
    page = office.get(draft).text
    assert "Không có lỗi." in page
    walk = office.get(f"{draft}/thu?lang=vi").text
    (shown, *_) = re.findall(r'<img class="shown" src="([^"]+)" alt="([^"]*)"', walk)
    assert shown[1] == "Xem bản đồ"
    assert office.get(shown[0]).data == MEDIA["ban_do.png"]
    assert office.get(f"{draft}/giay?lang=vi").status_code == 200
    seen = re.search(r'class="digest">([0-9a-f]{64})<', page)[1]
    reply = office.post(f"{draft}/cong-bo", data={"csrf_token": token(office, PAGE), "seen": seen})
    assert reply.status_code == 303, reply.text
    assert "Đã công bố" in office.get(reply.location).text
    with database.read() as session:
        assert session.query(QuestionnaireFile).count() == len(MEDIA)


def test_files_go_with_the_last_draft_that_shows_them(office, database):
    """A second draft keeps them; so does a published version."""

    def kept() -> int:
        with database.read() as session:
            return session.query(QuestionnaireFile).count()

    sent = {**shown_form.sheets(), **MEDIA}
    first, second = upload(office, sent).location, upload(office, sent).location
    drop = lambda draft: office.post(f"{draft}/xoa", data={"csrf_token": token(office, PAGE)})  # noqa: E731
    assert drop(first).status_code == 303
    assert kept() == len(MEDIA)
    assert drop(second).status_code == 303
    assert kept() == 0
    third = upload(office, sent).location
    seen = re.search(r'class="digest">([0-9a-f]{64})<', office.get(third).text)[1]
    with database.write() as session:
        session.query(QuestionnaireFile).delete()
    data = {"csrf_token": token(office, PAGE), "seen": seen}
    refused = office.post(f"{third}/cong-bo", data=data)
    assert refused.status_code == 409
    assert "Thiếu tệp" in refused.text
    upload(office, sent, place=third)
    assert office.post(f"{third}/cong-bo", data=data).status_code == 303
    assert drop(upload(office, sent).location).status_code == 303
    assert kept() == len(MEDIA)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("so_do.jpg", None, "Thiếu tệp “so_do.jpg”"),
        ("so_do.jpg", files.SVG, "không phải jpg như tên của nó"),
        ("so_do.jpg", files.png_head(40_000, 40_000), "quá nhiều điểm ảnh"),
        ("thua.png", MEDIA["ban_do.png"], "“thua.png” không câu hỏi hay phương án nào dùng"),
        ("doc.m4a", b"", "Tệp “doc.m4a” hỏng"),
        ("a\nb.png", b"", "không câu hỏi hay phương án nào dùng"),
    ],
)
def test_a_missing_wrong_or_unused_file_is_a_fault_of_the_draft(
    office, database, name, content, words
):
    sent = {**shown_form.sheets(), **MEDIA}
    if content is None:
        del sent[name]
    else:
        sent[name] = content
    page = office.get(upload(office, packed(sent)).location).text
    assert words in page and "cong-bo" not in page
    with database.read() as session:
        assert session.query(QuestionnaireFile).count() == 0


def test_too_much_is_refused_before_it_is_read(office):
    large = {f"f{k}.mp4": bytes(9 << 20) for k in range(4)}
    reply = upload(office, packed({**shown_form.sheets(), **large}))
    assert reply.status_code == 422 and "lớn hơn 30 MiB" in reply.text


def test_a_citizen_sees_them_in_each_language(client, wave):
    client.get(f"/P/{wave.codes()[0]}")
    place = send(client, "/phieu", consent="dong_y").location
    page = client.get(place).text
    kept = {name: f"/tep-phieu/{media_name}" for name, media_name in _kept(wave).items()}
    assert (
        f'<a href="{kept["ban_do_to.png"]}"><img class="shown" src="{kept["ban_do.png"]}"' in page
    )
    assert f'src="{kept["so_do.jpg"]}" alt="Ông/bà ngồi đâu?" loading="lazy"' in page
    assert page.count(f'src="{kept["san.webp"]}" alt="Ngoài sân"') == 2  # of two questions
    assert f'<audio class="shown" controls preload="none" src="{kept["doc.m4a"]}"' in page
    assert f'<video class="shown" controls preload="none" src="{kept["phim.mp4"]}"' in page
    english = client.get(f"{place}?lang=en", follow_redirects=True).text
    assert f'src="{kept["so_do_en.jpg"]}" alt="Where did you sit?"' in english
    assert kept["so_do_en.jpg"] not in page


def _kept(wave) -> dict[str, str]:
    with wave.database.read() as session:
        return dict(definitions.of(session.query(Questionnaire).one()).files)


def test_a_file_is_kept_for_ever_and_can_do_nothing(client, wave):
    kept = _kept(wave)
    reply = client.get(f"/tep-phieu/{kept['so_do.jpg']}")
    assert reply.data == MEDIA["so_do.jpg"] and reply.content_type == "image/jpeg"
    assert "immutable" in reply.headers["Cache-Control"]
    assert "max-age=31536000" in reply.headers["Cache-Control"]
    assert reply.headers.getlist("Content-Security-Policy") == ["default-src 'none'; sandbox"]
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in reply.headers
    part = client.get(f"/tep-phieu/{kept['doc.m4a']}", headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.data, part.content_type) == (206, b"ftyp", "audio/mp4")
    again = {"If-None-Match": reply.headers["ETag"]}
    assert client.get(f"/tep-phieu/{kept['so_do.jpg']}", headers=again).status_code == 304
    for wrong in ("0" * 64 + ".jpg", kept["so_do.jpg"][:-3] + "svg", "..%2Fsurvey.db", "x"):
        assert client.get(f"/tep-phieu/{wrong}").status_code == 404


def test_a_device_finds_them_in_the_manifest_with_their_digests(app, client, wave):
    device = field.device(app, wave)
    tags = field.tags(client.get(f"{device.place}/formList").data)
    place = re.sub(r"^https?://[^/]+", "", tags["manifestUrl"][0])
    manifest = field.tags(client.get(place).data)
    found = dict(zip(manifest["filename"], manifest["hash"], strict=True))
    assert found.keys() == {"cases.csv", *MEDIA}
    for name, url in zip(manifest["filename"], manifest["downloadUrl"], strict=True):
        content = client.get(re.sub(r"^https?://[^/]+", "", url)).data
        assert found[name] == f"md5:{md5(content, usedforsecurity=False).hexdigest()}"
        assert name == "cases.csv" or content == MEDIA[name]


def test_a_version_without_its_files_is_not_frozen(app, tmp_path):
    for name, content in {**shown_form.sheets(), **MEDIA}.items():
        (tmp_path / name).write_bytes(content)
    made = xlsform.read(tmp_path)
    with (
        pytest.raises(Conflict) as refused,
        app.extensions["database"].write() as session,
    ):
        register.freeze(session, made, by="test", now=datetime.now(UTC))
    assert refused.value.code == "questionnaire.file_missing"


def test_the_preview_takes_a_photo_and_keeps_nothing(office, database):
    draft = upload(office, {**shown_form.sheets(), **MEDIA}).location
    place = f"{draft}/thu?lang=vi"
    page = office.get(place).text
    assert 'enctype="multipart/form-data"' in page
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    wrong = {**hidden, "noi": "san", "anh": (io.BytesIO(files.SVG), "a.jpg")}
    refused = office.post(place, data=wrong)
    assert refused.status_code == 422 and "chỉ nhận JPEG, PNG, WebP" in refused.text
    sound = {**hidden, "noi": "san", "anh": (io.BytesIO(files.photo()), "a.jpg")}
    done = office.post(place, data=sound)
    assert done.status_code == 200 and re.search(r"[0-9a-f]{64}\.jpg", done.text)
    with database.read() as session:
        assert session.query(DraftFile).count() == session.query(ResponseFile).count() == 0
