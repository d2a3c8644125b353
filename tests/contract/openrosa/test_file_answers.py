"""A photo from a field client becomes the same answer as the same photo from a page."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from forms import xlsform
from forms.faces import xform
from survey.domain.intake import Reason, State, Verdict
from survey.services import receipt
from survey.services.intake import receiving
from survey.services.intake.case_list import CASE_FILE
from survey.services.questionnaires import register
from survey.store import waves as store
from survey.store.models import FieldAttachment, FieldSubmission, Response, ResponseFile
from tests.support import field, files, odk, waves

SURVEY = """type,name,label,required
begin group,mot,Một,
text,y_kien,Ý kiến,
image,anh,Ảnh bảng niêm yết,yes
audio,ghi,Lời góp ý,
end group,,,
"""
SETTINGS = "form_id,form_title,version,default_language\ntep,Phiếu tệp,1,vi\n"


@pytest.fixture
def form(app, wave, tmp_path):
    (tmp_path / "survey.csv").write_text(SURVEY, encoding="utf-8")
    (tmp_path / "settings.csv").write_text(SETTINGS, encoding="utf-8")
    q = xlsform.read(tmp_path)
    with wave.database.write() as session:
        row = store.get(session, wave.slug)
        row.questionnaire_id = register.freeze(session, q, by="test", now=datetime.now(UTC)).id
        row.settings = {**row.settings, "layout": "sections"}
    return xform.build(q, case_file=CASE_FILE).xml


def sent(device, form, name: str, attached: dict[str, bytes], *, case=None, **answers) -> str:
    instance_id = f"uuid:{name}-{device.name}"
    given = {"case": str(case or device.cases()[0]), **answers}
    xml = field.with_instance_id(odk.filled(form, given), instance_id)
    assert device.post(xml, attached).status_code == 201
    return instance_id


def kept(wave, response_id: str) -> dict[str, bytes]:
    with wave.database.read() as session:
        rows = session.scalars(select(ResponseFile).where(ResponseFile.response_id == response_id))
        return {row.name: bytes(row.content) for row in rows}


def by_page(app, wave, photo: bytes, recording: bytes) -> dict:
    client = app.test_client()
    place = waves.agree(client, wave.codes()[0])
    data = {
        "csrf_token": waves.token(client, place),
        "y_kien": "Tốt",
        "anh": (io.BytesIO(photo), "của tôi.jpg"),
        "ghi": (io.BytesIO(recording), "b.amr"),
    }
    place = client.post(place, data=data, content_type="multipart/form-data").location
    with wave.database.read() as session:
        before = set(session.scalars(select(Response.id)))
    assert waves.send(client, place).location == "/phieu/xong"
    with wave.database.read() as session:
        (answer,) = (x for x in session.scalars(select(Response)) if x.id not in before)
        return answer.answers


def test_the_same_photo_is_the_same_answer(app, wave, device, desk, form):
    photo, recording = files.photo((3000, 2000)), files.amr()
    instance_id = sent(
        device,
        form,
        "a",
        {"1.jpg": photo, "2.amr": recording},
        y_kien="Tốt",
        anh="1.jpg",
        ghi="2.amr",
    )
    assert desk.judged(instance_id) == (State.STORED, "")
    answers = desk.answer(instance_id)
    assert answers == by_page(app, wave, photo, recording)
    found = kept(wave, desk.row(instance_id).response_id)
    assert found.keys() == {answers["anh"], answers["ghi"]}
    assert not any(secret in content for secret in files.SECRETS for content in found.values())


def test_it_waits_for_its_files_and_a_correction_replaces_them(wave, device, desk, form):
    first = sent(device, form, "b", {}, anh="1.jpg")
    assert desk.judged(first)[0] == State.WAITING
    case = device.cases()[0]
    xml = field.with_instance_id(odk.filled(form, {"case": str(case), "anh": "1.jpg"}), first)
    assert device.post(xml, {"1.jpg": files.photo()}).status_code == 201
    assert desk.judged(first)[0] == State.STORED
    response_id = desk.row(first).response_id
    (before,) = kept(wave, response_id)
    second = f"uuid:b2-{device.name}"
    xml = odk.filled(form, {"case": str(case), "anh": "2.png"}, meta={"deprecatedID": first})
    xml = field.with_instance_id(xml, second)
    assert device.post(xml, {"2.png": files.photo(kind="PNG")}).status_code == 201
    assert desk.judged(second)[0] == State.STORED
    (after,) = kept(wave, response_id)
    assert before.endswith(".jpg") and after.endswith(".png")


@pytest.mark.parametrize("name", files.NO_PICTURES)
def test_what_is_no_picture_waits_for_a_person(wave, another, desk, form, name):
    content, code = files.NO_PICTURES[name]
    device = another(1)
    instance_id = sent(device, form, "c", {"1.jpg": content}, y_kien="Tốt", anh="1.jpg")
    assert desk.judged(instance_id) == (State.QUARANTINED, Reason.ANSWERS)
    row = desk.row(instance_id)
    assert row.facts["problems"] == {"anh": code}
    assert row.facts["files"]["anh"]["vi"]
    # Taken by a person, it is the answer without the file.
    desk.decide(instance_id, Verdict.ACCEPTED)
    assert desk.answer(instance_id) == {"y_kien": "Tốt"}
    assert kept(wave, desk.row(instance_id).response_id) == {}


def test_a_name_with_a_path_names_no_file(device, desk, form):
    for number, name in enumerate(("../1.jpg", "/etc/passwd", "a\\b.jpg")):
        instance_id = sent(device, form, f"d{number}", {"1.jpg": files.photo()}, anh=name)
        assert desk.judged(instance_id) == (State.QUARANTINED, Reason.ANSWERS)
        assert desk.row(instance_id).facts["problems"] == {"anh": "answer.file_lost"}


def test_what_came_goes_when_the_answer_is_withdrawn(app, wave, device, desk, form):
    instance_id = sent(device, form, "e", {"1.jpg": files.photo()}, anh="1.jpg")
    desk.judged(instance_id)
    response_id = desk.row(instance_id).response_id
    assert kept(wave, response_id)

    key = app.extensions["settings"].code_key_bytes
    with wave.database.write() as session:
        code = receiving.receipt_code(key, instance_id)
        receipt.withdraw(session, code, code_key=key, now=datetime.now(UTC))
    assert kept(wave, response_id) == {}
    with wave.database.read() as session:
        held = select(FieldAttachment).join(
            FieldSubmission, FieldSubmission.id == FieldAttachment.submission_id
        )
        assert session.scalars(held.where(FieldSubmission.id == instance_id)).all() == []
