"""Requests as the OpenRosa documents and ODK Collect's source have them; each rule is named.

Documents: docs.getodk.org/openrosa-http, -form-list, -form-submission, -metadata; for what Collect
asks beyond them: OkHttpOpenRosaServerClientProvider, HttpGetResult, Kxml2OpenRosaResponseParser,
ServerFormUseCases, InstanceServerUploader.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import zlib
from urllib.parse import urlsplit

import pytest

from survey.services.intake import device as devices
from survey.services.intake import enumerators
from survey.store.models import FieldSubmission
from tests.support import field

COLLECT = {
    "X-OpenRosa-Version": "1.0",
    "User-Agent": "org.odk.collect.android/v2026.2.1 Dalvik/2.1.0",
    "Date": "Mon, 23 Nov 2026 01:11:55 GMT",  # a 12-hour clock without its half of the day
}


def get(device, path: str, **head):
    client = device.app.test_client()
    return client.get(path, headers={**COLLECT, **head}, query_string={"deviceID": "collect:x"})


def listed(device) -> dict[str, list[str]]:
    return field.tags(get(device, f"{device.place}/formList").data)


def test_every_reply_says_its_version_and_language(device):
    for reply in (
        get(device, f"{device.place}/formList"),
        get(device, "/odk/wrong/formList"),
        device.app.test_client().head(f"{device.place}/submission", headers=COLLECT),
        device.post(device.fill(device.cases()[0])),
    ):
        assert reply.headers["X-OpenRosa-Version"] == "1.0"
        assert reply.headers["Content-Language"] == "vi"
        assert reply.headers["X-OpenRosa-Accept-Content-Length"].isdigit()


def test_the_list_is_200_text_xml_with_names_in_the_default_namespace(device):
    reply = get(device, f"{device.place}/formList")
    assert (reply.status_code, reply.content_type) == (200, "text/xml; charset=utf-8")
    assert '<xforms xmlns="http://openrosa.org/xforms/xformsList">' in reply.text
    assert "<xform>" in reply.text  # parsers without namespaces look for the bare name


def test_every_form_has_id_name_version_digest_and_addresses(device):
    found = listed(device)
    for tag in ("formID", "name", "version", "hash", "downloadUrl", "manifestUrl"):
        assert len(found[tag]) == 1
        assert found[tag][0]
    assert found["downloadUrl"][0].startswith("http")


def test_the_digest_is_of_the_bytes_that_are_served(device):
    found = listed(device)
    form = get(device, found["downloadUrl"][0])
    assert found["hash"] == [f"md5:{hashlib.md5(form.data).hexdigest()}"]
    assert device.token.encode() not in form.data  # an address in it would change the digest


def test_the_manifest_names_every_file_with_digest_and_address(device):
    manifest = get(device, listed(device)["manifestUrl"][0])
    assert '<manifest xmlns="http://openrosa.org/xforms/xformsManifest">' in manifest.text
    found = field.tags(manifest.data)
    media = get(device, found["downloadUrl"][0])
    assert found["filename"] == ["cases.csv"]
    assert found["hash"] == [f"md5:{hashlib.md5(media.data).hexdigest()}"]
    names = [line.split(",")[0] for line in media.text.splitlines()[1:]]
    assert [int(name) for name in names] == sorted(device.cases())


def test_enketo_asks_for_one_form_and_looks_first(device):
    known = listed(device)["formID"][0]
    client = device.app.test_client()
    one = client.get(f"{device.place}/formList", query_string={"formID": known})
    none = client.get(f"{device.place}/formList", query_string={"formID": "khac"})
    assert ("<xform>" in one.text, "<xform>" in none.text) == (True, False)
    assert client.head(f"{device.place}/formList").status_code == 200


def test_what_did_not_change_is_not_sent_again(device):
    first = get(device, f"{device.place}/formList")
    again = get(device, f"{device.place}/formList", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_before_a_submission_204_says_where_and_how_much(device):
    reply = device.app.test_client().head(f"{device.place}/submission", headers=COLLECT)
    assert reply.status_code == 204
    assert reply.headers["Location"].endswith(f"{device.place}/submission")
    assert int(reply.headers["X-OpenRosa-Accept-Content-Length"]) >= 1_000_000


def test_a_submission_is_201_with_a_message_and_a_place(device):
    reply = device.post(device.fill(device.cases()[0]), **COLLECT)
    assert reply.status_code == 201
    assert reply.headers["Location"].endswith(f"{device.place}/submission")
    assert '<OpenRosaResponse xmlns="http://openrosa.org/http/response"><message' in reply.text


def test_the_message_is_in_the_language_that_the_client_asks_for(device):
    xml = device.fill(device.cases()[0])
    assert "Đã nhận" in device.post(xml).text
    reply = device.post(xml, **{"Accept-Language": "en-GB,en;q=0.8"})
    assert "Received" in reply.text
    assert reply.headers["Content-Language"] == "en"


@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_a_wrong_address_is_403_never_401(device, method):
    place = "formList" if method == "get" else "submission"
    call = getattr(device.app.test_client(), method)
    reply = call(f"/odk/{'x' * 43}/{place}")
    assert reply.status_code == 403  # on 401 clients ask the enumerator for a password


def test_a_wrong_address_stores_nothing(device, database):
    case = device.cases()[0]
    stranger = field.Device(device.app, device.wave, "nobody", "x" * 43)
    assert stranger.post(device.fill(case)).status_code == 403
    assert stranger.post(b"x" * 300_000).status_code == 403
    field.work(device.app)
    with database.read() as session:
        assert session.query(FieldSubmission).filter_by(case_id=case).all() == []


def test_a_revoked_address_is_403(device, database):
    with database.write() as session:
        enumerators.revoke_address(
            session, device.name, by="test", now=device.app.extensions["clock"]()
        )
    assert get(device, f"{device.place}/formList").status_code == 403
    assert device.post(device.fill(1)).status_code == 403


def test_an_address_is_stored_as_a_keyed_digest_alone(device, database):
    with database.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM field_address").fetchall()
    assert device.token not in str(rows)
    assert device.token.encode() not in b"".join(
        bytes(v) for row in rows for v in row if isinstance(v, bytes | memoryview)
    )


def test_a_form_sees_the_cases_of_its_enumerator_only(device, another):
    other = another(3)
    assert not set(device.cases()) & set(other.cases())
    place = f"{other.place}/forms/{listed(device)['downloadUrl'][0].split('/')[-2]}/cases.csv"
    shown = get(other, place).text
    assert [int(line.split(",")[0]) for line in shown.splitlines()[1:]] == sorted(other.cases())


def test_the_form_part_may_lack_a_file_name_and_files_a_latin_name(device):
    xml, client = device.fill(device.cases()[0]), device.app.test_client()
    as_field = {"xml_submission_file": xml.decode(), **_file("ảnh chụp.jpg")}
    reply = client.post(f"{device.place}/submission", data=as_field)
    assert reply.status_code == 201
    known = _instance_id(xml)
    held = client.get(f"{device.place}/submission/{known}").json
    assert held == {"held": True, "files": ["ảnh chụp.jpg"]}


def test_without_a_form_part_400_says_what_is_missing(device):
    reply = device.app.test_client().post(f"{device.place}/submission", data={"x": "y"})
    assert reply.status_code == 400
    assert "xml_submission_file" in reply.text


def test_a_hundred_and_one_files_come_in_one_request(device):
    """Collect's InstanceServerUploader sends up to so many before it begins another request."""
    xml, client = device.fill(device.cases()[0]), device.app.test_client()
    names = sorted(f"{n:03}.jpg" for n in range(101))
    assert device.post(xml, dict.fromkeys(names, b"x")).status_code == 201
    held = client.get(f"{device.place}/submission/{_instance_id(xml)}").json
    assert held["files"] == names


@pytest.mark.parametrize("more", ["listAllVersions=true", "verbose=true", "deviceID=collect%3Ax"])
def test_other_words_in_the_address_are_tolerated(device, more):
    reply = device.app.test_client().get(f"{device.place}/formList?{more}")
    assert reply.status_code == 200
    assert "<xform>" in reply.text


def test_clients_ask_again_before_they_use_what_they_kept(device):
    """OkHttp keeps 50 MiB of replies: xforms and lists must not be used unasked."""
    for place in ("formList", "manifest.xml"):
        address = f"{device.place}/formList"
        if place != "formList":
            address = urlsplit(listed(device)["manifestUrl"][0]).path
        reply = get(device, address)
        assert reply.headers["Cache-Control"] == "private, no-cache"
        assert reply.headers["ETag"]


def test_meta_in_the_namespace_of_openrosa_and_what_kobo_adds_are_read(device, desk):
    """xforms-spec, metadata: instanceID and deprecatedID are known by their local names."""
    first, second = f"uuid:orx-{device.name}", f"uuid:orx2-{device.name}"
    assert device.post(device.fill(device.cases()[0], instance_id=first)).status_code == 201
    assert desk.judged(first)[0] == "stored"
    more = {"deprecatedID": first, "rootUuid": first}
    xml = device.fill(device.cases()[0], instance_id=second, meta=more, j2="sửa").decode()
    for name in ("meta", "instanceID", "deprecatedID", "rootUuid"):
        xml = re.sub(rf"<(/?)(?:\w+:)?{name}\b", rf"<\1orx:{name}", xml)
    xml = re.sub(r"<((?:\w+:)?data)\b", r'<\1 xmlns:orx="http://openrosa.org/xforms"', xml, count=1)
    assert device.post(xml.encode()).status_code == 201
    assert desk.judged(second) == ("stored", "")
    assert desk.answer(second)["j2"] == "sửa"


def test_the_settings_code_of_collect():
    text = devices.settings_code("https://x.vn/odk/abc", title="Khảo sát", language="vi")
    settings = json.loads(zlib.decompress(base64.b64decode(text)))
    assert settings["general"]["server_url"] == "https://x.vn/odk/abc"
    assert settings["general"]["form_update_mode"] == "match_exactly"
    assert settings["admin"] == {}
    assert settings["project"]["name"] == "Khảo sát"


def _file(name: str) -> dict:
    return {name: (io.BytesIO(b"jpeg"), name)}


def _instance_id(xml: bytes) -> str:
    return field.tags(xml)["instanceID"][0]
