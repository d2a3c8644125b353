"""The same submission is stored once, however it comes; other content is never lost."""

from __future__ import annotations

import io
import os

import pytest

from survey.domain.intake import Reason, State
from survey.store.models import FieldAttachment, FieldSubmission, Response
from tests.support import field
from tests.support.tablet import at_once


@pytest.fixture
def rows(database, device):
    """What is stored of the device's cases, of the model asked for."""
    mine = set(device.cases())

    def found(model=FieldSubmission) -> list:
        with database.read() as session:
            sent = session.query(FieldSubmission).order_by(FieldSubmission.id).all()
            sent = [row for row in sent if named_case(row) in mine]
            if model is FieldSubmission:
                return sent
            if model is Response:
                keys = [row.response_id for row in sent if row.response_id]
                return session.query(Response).filter(Response.id.in_(keys)).all()
            keys = [row.id for row in sent]
            asked = session.query(model).filter(model.submission_id.in_(keys))
            return asked.order_by(model.submission_id, model.name).all()

    return found


def named_case(row: FieldSubmission) -> int:
    return int(field.tags(bytes(row.xml))["case"][0])


def test_sixteen_identical_ones_at_once_are_one_and_all_201(device, rows):
    xml = device.fill(device.cases()[0])
    replies = at_once(16, lambda _i: device.post(xml, {"a.jpg": b"photo"}))
    assert [reply.status_code for reply in replies] == [201] * 16
    assert len({reply.data for reply in replies}) == 1
    field.work(device.app)
    assert [row.state for row in rows()] == [State.STORED]
    assert (len(rows(Response)), len(rows(FieldAttachment))) == (1, 1)
    assert device.post(xml).data == replies[0].data  # and after a timeout, long after


def test_sixteen_different_ones_under_one_id_keep_all_and_one_wins(device, rows):
    case, known = device.cases()[0], f"uuid:{device.name}"
    xmls = [device.fill(case, instance_id=known, j2=f"lần {i}") for i in range(16)]
    replies = at_once(16, lambda i: device.post(xmls[i]))
    assert sorted(reply.status_code for reply in replies) == [201] + [409] * 15
    assert {bytes(row.xml) for row in rows()} == set(xmls)
    assert sum(row.reason == Reason.CONFLICT for row in rows()) == 15
    field.work(device.app)
    assert len(rows(Response)) == 1


def test_a_conflict_is_named_and_kept_once(device, rows):
    case, known = device.cases()[0], f"uuid:{device.name}"
    first = device.fill(case, instance_id=known, j2="một")
    other = device.fill(case, instance_id=known, j2="hai")
    assert device.post(first).status_code == 201
    for _ in range(3):
        reply = device.post(other)
        assert reply.status_code == 409
        assert known in reply.text
    assert device.post(first).status_code == 201
    held = [row for row in rows() if row.state == State.QUARANTINED]
    assert [(row.reason, bytes(row.xml)) for row in held] == [(Reason.CONFLICT, other)]


def test_parts_in_any_order_and_repeated_make_one(device, rows):
    xml = device.fill(device.cases()[0], meta={"audit": "audit.csv"})
    photos = {f"{i}.jpg": os.urandom(1000) for i in range(3)}
    # The last part comes first, then a part twice; the file that the form names comes at the end.
    assert device.post(xml, {"2.jpg": photos["2.jpg"]}).status_code == 201
    field.work(device.app)
    assert [row.state for row in rows()] == [State.WAITING]
    for name in ("0.jpg", "1.jpg", "0.jpg"):
        assert device.post(xml, {name: photos[name]}, more=True).status_code == 201
    assert device.post(xml, {"audit.csv": b"event,node\n"}, more=True).status_code == 201
    field.work(device.app)
    assert [row.state for row in rows()] == [State.STORED]
    kept = {row.name: bytes(row.content) for row in rows(FieldAttachment)}
    assert kept == {**photos, "audit.csv": b"event,node\n"}


def test_a_file_of_the_same_name_and_other_content_is_a_conflict_and_kept(device, rows):
    xml = device.fill(device.cases()[0])
    assert device.post(xml, {"a.jpg": b"one"}).status_code == 201
    for _ in range(2):
        assert device.post(xml, {"a.jpg": b"two"}).status_code == 409
    assert sorted(bytes(row.content) for row in rows(FieldAttachment)) == [b"one", b"two"]
    assert sorted(row.state for row in rows()) == [State.QUARANTINED, State.RECEIVED]


def test_two_forms_or_two_files_of_one_name_in_one_request_are_refused_not_halved(device, rows):
    place, cases = f"{device.place}/submission", device.cases()
    one, two = device.fill(cases[0]), device.fill(cases[1])
    photo = [(io.BytesIO(b"one"), "a.jpg"), (io.BytesIO(b"two"), "a.jpg")]
    forms = [(io.BytesIO(one), "s.xml"), (io.BytesIO(two), "t.xml")]
    twice = [(io.BytesIO(one), "s.xml"), (io.BytesIO(one), "s.xml")]
    client = device.app.test_client()
    for sent in ({"xml_submission_file": forms}, {**field.parts(one), "photo": photo}):
        reply = client.post(place, data=sent, content_type="multipart/form-data")
        assert reply.status_code == 422
        assert b"<OpenRosaResponse" in reply.data
        assert rows() == rows(FieldAttachment) == []
    reply = client.post(place, data={"xml_submission_file": twice})
    assert reply.status_code == 201
    assert len(rows()) == 1


def test_the_same_from_another_device_is_answered_the_same_and_not_doubled(device, another, rows):
    other = another(1)
    xml = device.fill(device.cases()[0])
    assert device.post(xml).data == other.post(xml, {"x.jpg": b"x"}).data
    assert len(rows()) == 1
    assert rows(FieldAttachment) == []


def test_each_of_many_is_stored_and_each_case_once(device, rows):
    sent = {case: device.fill(case) for case in device.cases()}
    for xml in sent.values():
        assert device.post(xml).status_code == 201
    field.work(device.app)
    assert {row.case_id: row.state for row in rows()} == dict.fromkeys(sent, State.STORED)
    assert len(rows(Response)) == len(sent)
