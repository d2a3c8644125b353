"""The same over real servers and sockets: chunked bodies, slow lines, lines that are cut."""

from __future__ import annotations

import os

import pytest

from survey.cli import server
from survey.store.models import FieldAttachment, FieldSubmission
from tests.support import field, machine
from tests.support.serving import gunicorn, nginx
from tests.support.tablet import Line, at_once

pytestmark = pytest.mark.timeout(120)
MEGABYTE = 1_000_000


@pytest.fixture(scope="module", params=["embedded", "nginx and gunicorn"])
def url(request, installed, tmp_path_factory):
    """The product as ``make run`` serves it, and as it is served for real."""
    app, _ = installed
    if request.param == "embedded":
        with server.somewhere(app, None) as address:
            yield address
        return
    if machine.nginx() is None:
        pytest.skip("no nginx: apt-get install nginx-light")
    environment = app.extensions["settings"].environment()
    folder = tmp_path_factory.mktemp("nginx")
    folder.chmod(0o755)
    environment |= {"TRUSTED_PROXIES": "1", "WORKERS": "2"}
    with gunicorn(folder, environment) as (_, place), nginx(folder, place) as address:
        yield address


@pytest.fixture
def line(url, device):
    return Line(url, f"{device.place}/submission")


@pytest.fixture
def kept(database):
    """What is stored of a submission: its files by name; None: it is not there once."""

    def found(instance_id: str) -> dict[str, bytes] | None:
        with database.read() as session:
            n = session.query(FieldSubmission).filter_by(instance_id=instance_id).count()
            files = session.query(FieldAttachment).filter_by(submission_id=instance_id)
            return {row.name: bytes(row.content) for row in files} if n == 1 else None

    return found


def test_head_is_204_over_the_wire_and_says_where(line):
    told = line.ask("HEAD", line.place)
    assert told.status == 204
    assert told.head["location"].endswith(line.place)
    assert told.head["x-openrosa-version"] == "1.0"


def test_a_chunked_body_is_taken_like_one_with_a_length(device, line, kept):
    known = f"uuid:chunked-{device.name}"
    xml = device.fill(device.cases()[0], instance_id=known)
    photo = os.urandom(200_000)
    first = line.submit(xml, {"a.jpg": photo}, chunked=True)
    assert first.status == 201
    assert line.submit(xml, {"a.jpg": photo}).body == first.body
    assert kept(known) == {"a.jpg": photo}


def test_sixteen_identical_ones_at_once_reach_several_processes_and_are_one(device, url, kept):
    known = f"uuid:sixteen-{device.name}"
    xml = device.fill(device.cases()[0], instance_id=known)
    photo = os.urandom(50_000)
    lines = [Line(url, f"{device.place}/submission") for _ in range(16)]
    for files in ({}, {"a.jpg": photo}):
        replies = at_once(16, lambda n, files=files: lines[n].submit(xml, files))
        assert [reply.status for reply in replies] == [201] * 16
        assert len({reply.body for reply in replies}) == 1
    assert kept(known) == {"a.jpg": photo}


def test_a_request_that_is_cut_leaves_nothing_half(device, line, kept):
    known = f"uuid:cut-{device.name}"
    xml = device.fill(device.cases()[0], instance_id=known)
    for chunked in (False, True):
        line.n_sent = 0
        photo = os.urandom(MEGABYTE)
        assert line.submit(xml, {"a.jpg": photo}, chunked=chunked, cut_after=500_000) is None
    assert line.held(known) is None
    assert line.submit(xml, {"a.jpg": photo}).status == 201
    assert kept(known) == {"a.jpg": photo}


def test_ten_megabytes_at_one_a_second_are_cut_in_the_middle_and_go_on(request, device, line, kept):
    """Each photo in a request of its own, as the accepted length asks of Collect; after the cut
    only what is not here is sent."""
    known = f"uuid:ten-{device.name}"
    xml = device.fill(device.cases()[0], instance_id=known)
    photos = {f"{n}.jpg": os.urandom(3_300_000) for n in range(3)}
    accepted = int(line.ask("HEAD", line.place).head["x-openrosa-accept-content-length"])
    assert accepted < 2 * 3_300_000
    # At the full slowness where it is served for real; the rest of the matrix need not wait.
    line.rate = MEGABYTE * (1 if "nginx" in request.node.name else 10)
    assert line.submit(xml, {"0.jpg": photos["0.jpg"]}, more=True).status == 201
    cut = line.submit(xml, {"1.jpg": photos["1.jpg"]}, more=True, cut_after=5 * MEGABYTE)
    assert cut is None
    assert kept(known) == {"0.jpg": photos["0.jpg"]}
    missing = [name for name in photos if name not in line.held(known)]
    assert missing == ["1.jpg", "2.jpg"]
    for name in missing:
        told = line.submit(xml, {name: photos[name]}, more=name != missing[-1])
        assert told.status == 201
    assert kept(known) == photos
    assert line.n_sent < 12.2 * MEGABYTE


def test_collect_sends_everything_again_after_a_cut_and_it_is_stored_once(device, line, kept):
    known = f"uuid:again-{device.name}"
    xml = device.fill(device.cases()[0], instance_id=known)
    photos = {f"ảnh {n}.jpg": os.urandom(600_000) for n in range(3)}
    first, *others = photos
    assert line.submit(xml, {first: photos[first]}, more=True).status == 201
    line.n_sent = 0
    assert line.submit(xml, photos, cut_after=900_000) is None
    replies = [line.submit(xml, photos) for _ in range(2)]
    assert [reply.status for reply in replies] == [201, 201]
    assert kept(known) == photos
    assert field.tags(replies[0].body)["message"] == field.tags(replies[1].body)["message"]
    assert len(others) == 2
