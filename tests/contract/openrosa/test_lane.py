"""The short way answers as the view does, and leaves to it whatever is not ordinary."""

from __future__ import annotations

import io

import pytest

from survey.services.intake import receiving
from tests.support import field
from tests.support.tablet import BOUNDARY, multipart


@pytest.fixture
def counted(monkeypatch):
    """How often each of the two was asked to keep something."""
    n = {"lane": 0, "view": 0}
    for name, service in (("lane", "receive_plain"), ("view", "receive")):
        real = getattr(receiving, service)

        def keep(*args, _name=name, _real=real, **more):
            n[_name] += 1
            return _real(*args, **more)

        monkeypatch.setattr(receiving, service, keep)
    return n


def post(device, body: bytes, **head):
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    return device.app.test_client().post(
        f"{device.place}/submission?deviceID=collect%3Ax",
        data=body,
        content_type=kind,
        headers={"X-OpenRosa-Version": "1.0", **head},
    )


@pytest.mark.parametrize("language", ["", "en-GB,en;q=0.8", "vi", "fr"])
def test_both_give_the_same_reply_to_the_letter(device, counted, language):
    xml = device.fill(device.cases()[0])
    body, head = multipart(xml, {}), {"Accept-Language": language} if language else {}
    short = post(device, body, **head)
    assert counted == {"lane": 1, "view": 0}
    with_field = multipart(xml, {}, more=True)  # a part that follows is the view's
    long = post(device, with_field, **head)
    assert counted == {"lane": 1, "view": 1}
    assert (short.status_code, short.data) == (long.status_code, long.data) == (201, short.data)
    theirs = {k: v for k, v in long.headers if k not in ("Content-Security-Policy", "Vary")}
    ours = {k: v for k, v in short.headers if k not in ("Content-Security-Policy", "Vary")}
    assert ours == theirs


def test_a_repeated_one_is_known_in_the_lane(device, counted):
    body = multipart(device.fill(device.cases()[0]), {})
    assert post(device, body).data == post(device, body).data
    assert counted == {"lane": 2, "view": 0}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda xml: multipart(xml, {"a.jpg": b"x"}), id="a file"),
        pytest.param(lambda xml: multipart(xml, {}, more=True), id="more follows"),
        pytest.param(
            lambda xml: multipart(xml, {}).replace(b"text/xml", b"a/b\r\nX-Other: 1"), id="odd head"
        ),
        pytest.param(lambda xml: b"\r\n" + multipart(xml, {}), id="preamble"),
        pytest.param(lambda xml: multipart(xml, {}) + b"after", id="epilogue"),
    ],
)
def test_what_is_not_ordinary_is_the_views(device, counted, change):
    assert post(device, change(device.fill(device.cases()[0]))).status_code == 201
    assert counted == {"lane": 0, "view": 1}


@pytest.mark.parametrize("body", [b"", b"--", multipart(b"<data/>", {})[:-9], b"x" * 100])
def test_half_a_body_is_no_submission(device, counted, body):
    assert post(device, body).status_code == 400
    assert counted["lane"] == 0


def test_other_content_under_a_known_id_goes_on_to_the_view(device, counted):
    case, known = device.cases()[0], f"uuid:lane-{device.name}"
    assert post(device, multipart(device.fill(case, instance_id=known), {})).status_code == 201
    other = multipart(device.fill(case, instance_id=known, j2="khác"), {})
    assert post(device, other).status_code == 409
    assert counted == {"lane": 2, "view": 1}


def test_a_form_that_waits_for_its_file_is_the_views(device, desk, counted):
    xml = device.fill(
        device.cases()[0], instance_id=f"uuid:wait-{device.name}", meta={"audit": "audit.csv"}
    )
    body = multipart(xml, {})
    assert post(device, body).status_code == 201
    assert desk.judged(f"uuid:wait-{device.name}")[0] == "waiting"
    assert post(device, body).status_code == 201
    assert counted == {"lane": 2, "view": 1}


def test_a_form_as_the_whole_body_is_taken_too(device, counted):
    reply = device.app.test_client().post(
        f"{device.place}/submission",
        input_stream=io.BytesIO(xml := device.fill(device.cases()[0])),
        content_type="text/xml",
        content_length=len(xml),
    )
    assert reply.status_code == 201
    assert field.tags(reply.data)["message"]
    assert counted == {"lane": 0, "view": 1}
