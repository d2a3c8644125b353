"""The engine of ODK Collect, JavaRosa, as a client: it opens what this server serves, with the list
of cases beside it, goes through it as an interviewer does, and what it sends becomes the answer."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

import pytest

from survey.domain.intake import State
from tests.support import field, javarosa


@pytest.fixture(scope="module")
def engine():
    if reason := javarosa.missing():
        pytest.skip(reason)
    with javarosa.engine() as running:
        yield running


@pytest.fixture
def synced(device, tmp_path):
    """The form as Collect keeps it after a sync: every file checked against its digest."""
    client = device.app.test_client()

    def get(place: str) -> bytes:
        reply = client.get(urlsplit(place).path, headers={"X-OpenRosa-Version": "1.0"})
        assert reply.status_code == 200
        return reply.data

    listed = field.tags(get(f"{device.place}/formList"))
    manifest = field.tags(get(listed["manifestUrl"][0]))
    places = [("form.xml", listed["downloadUrl"][0], listed["hash"][0])]
    places += zip(manifest["filename"], manifest["downloadUrl"], manifest["hash"], strict=True)
    for name, place, known in places:
        content = get(place)
        assert f"md5:{hashlib.md5(content).hexdigest()}" == known
        (tmp_path / name).write_bytes(content)
    return tmp_path / "form.xml"


def test_what_collects_engine_fills_is_the_answer(engine, synced, device, desk):
    case = device.cases()[2]
    given = {**field.ANSWERS, "j2": "Một cửa <nhanh> & gọn"}
    filled = engine.fill(synced, {"case": str(case), **given})
    assert filled.refused == {}
    assert device.post(filled.xml).status_code == 201
    known = field.tags(filled.xml)["instanceID"][0]
    assert desk.judged(known) == (State.STORED, "")
    assert desk.row(known).case_id == case
    answer = desk.answer(known)
    assert answer["j2"] == given["j2"]
    assert str(answer["c1"]) == given["c1"]
    assert set(answer) <= set(given)


def test_the_engine_knows_no_case_of_another_enumerator(engine, synced, device, another):
    """Its name is not in the list that came with the form, so the hidden rows stay empty."""
    theirs, mine = another(1).cases()[0], device.cases()[0]
    rows = [
        field.tags(engine.fill(synced, {"case": str(case), **field.ANSWERS}).xml)["unit_name"]
        for case in (mine, theirs)
    ]
    assert rows[0] != [""]
    assert rows[1] == [""]
