"""The office's and the enumerator's pages around the intake, by their front doors."""

from __future__ import annotations

import base64
import html
import json
import re
import zlib
from datetime import UTC, datetime
from urllib.parse import urlsplit

import numpy as np
import pytest
import zxingcpp

from survey.domain.intake import State
from survey.domain.roles import Role
from survey.services import accounts
from tests.support import field, waves

OFFICE = "/van-phong"


def logged_in(desk, name: str, role: Role):
    with desk.database.write() as session:
        known = accounts.create(session, name, role, by="test", now=datetime.now(UTC))
    client = desk.app.test_client()
    waves.send(client, f"{OFFICE}/dang-nhap", name=name, password=known)
    return client


@pytest.fixture
def manager(desk, device):
    return logged_in(desk, f"ql-{device.name}", Role.MANAGER)


def test_the_office_makes_an_enumerator_who_then_sets_up_and_sends(desk, wave, manager, device):
    place = f"{OFFICE}/dot/{wave.slug}/dieu-tra-vien"
    name = f"moi-{device.name}"
    made = waves.send(manager, place, name=name, display_name="Người mới")
    password = re.search(r'class="digest">([^<]+)<', made.text)[1]
    with desk.database.read() as session:
        case = field.free_cases(session, wave.slug, 1)[0]
    assert waves.send(manager, f"{place}/{name}/giao", codes=str(case)).status_code == 303
    client = desk.app.test_client()
    waves.send(client, f"{OFFICE}/dang-nhap", name=name, password=html.unescape(password))
    shown = waves.send(client, "/dieu-tra/dia-chi")
    assert shown.status_code == 200
    address = re.search(r"https?://[^<\s]+/odk/[\w-]+", shown.text)[0]
    assert "<svg" in shown.text
    assert "<xform>" in client.get(f"{urlsplit(address).path}/formList").text
    assert f"{case}" in client.get("/dieu-tra/").text


def scanned(page: str) -> str:
    """What a camera reads from the code of a page."""
    side = int(re.search(r'viewBox="0 0 (\d+) ', page)[1])
    picture = np.full((side, side), 255, dtype=np.uint8)
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h", page):
        picture[int(y), int(x) : int(x) + int(width)] = 0
    (found,) = zxingcpp.read_barcodes(picture.repeat(4, axis=0).repeat(4, axis=1))
    return found.text


def test_the_settings_code_on_the_page_is_read_by_a_camera_and_leads_to_the_forms(
    wave, manager, device
):
    place = f"{OFFICE}/dot/{wave.slug}/dieu-tra-vien/{device.name}/dia-chi"
    page = waves.send(manager, place).text
    settings = json.loads(zlib.decompress(base64.b64decode(scanned(page))))
    address = settings["general"]["server_url"]
    assert address in page
    assert settings["admin"] == {}
    reached = manager.get(f"{urlsplit(address).path}/formList")
    assert "<xform>" in reached.text
    assert device.post(device.fill(1)).status_code == 403  # the address before is dead


def test_a_held_one_is_shown_with_its_reason_and_decided_by_name(desk, wave, manager, device):
    known = field.sent(device, f"uuid:held-{device.name}", c1="77")
    assert desk.judged(known)[0] == State.QUARANTINED
    listed = manager.get(f"{OFFICE}/dot/{wave.slug}/cach-ly")
    place = f"{OFFICE}/dot/{wave.slug}/cach-ly/{known}"
    assert place in html.unescape(listed.text).replace("%3A", ":")
    page = manager.get(place)
    assert page.status_code == 200
    assert "answer.unknown_choice" in page.text
    refused = waves.send(manager, place, verdict="accepted", reason=" ")
    assert refused.status_code == 422
    assert desk.row(known).state == State.QUARANTINED
    assert waves.send(manager, place, verdict="accepted", reason="đã hỏi lại").status_code == 303
    row = desk.row(known)
    assert (row.state, row.decided_by) == (State.STORED, f"ql-{device.name}")
    assert manager.get(place).status_code == 404


def test_a_case_s_page_shows_what_an_edit_changed(desk, wave, manager, device):
    a, b, case = f"uuid:a-{device.name}", f"uuid:b-{device.name}", device.cases()[0]
    field.sent(device, a, case, j2="trước", c1="5")
    field.sent(device, b, case, **field.correcting(a), j2="trước", c1="1")
    assert desk.judged(b) == (State.STORED, "")
    page = manager.get(f"{OFFICE}/dot/{wave.slug}/lien-he/{case}").text
    assert "<strong>c1</strong>: 5 → 1" in page
    assert "<strong>j2</strong>" not in page


@pytest.mark.parametrize("role", [Role.ENUMERATOR, Role.VIEWER, Role.ANALYST])
def test_only_managers_see_the_quarantine(desk, wave, device, role):
    client = logged_in(desk, f"{role}-{device.name}", role)
    for page in ("cach-ly", "dieu-tra-vien"):
        assert client.get(f"{OFFICE}/dot/{wave.slug}/{page}").status_code == 403
