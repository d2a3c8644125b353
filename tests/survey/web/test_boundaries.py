"""The office loads boundaries: every fault by feature, a map before anything is loaded."""

from __future__ import annotations

import io
import json
import math
import random

import pytest
from sqlalchemy import func, select

from survey.domain import outline
from survey.domain.roles import Role
from survey.services import boundary_files
from survey.store import units
from survey.store import waves as wave_store
from survey.store.models import UnitBoundary
from tests.support import public_wave
from tests.support.waves import token
from tests.survey.web.test_releases import logged_in

PAGE = "/van-phong/ranh-gioi"
WORDS = {"source": "Bản đồ <b>thử</b> 2023", "on": "2023-06-01", "code_name": ""}


@pytest.fixture(scope="module")
def public(tmp_path_factory, _sqlite_template):
    found = public_wave.make(tmp_path_factory.mktemp("public"), _sqlite_template)
    yield found
    public_wave.drop(found)


@pytest.fixture
def office(public):
    with public.database.write() as session:
        from survey.store.models import User

        session.query(User).delete()
    return logged_in(public.app, public.database, Role.MANAGER)


def square(x: float, y: float, size: float = 0.04) -> list:
    return [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]


def feature(code, rings, kind="Polygon", **more) -> dict:
    return {
        "type": "Feature",
        "properties": {"ma_xa": code, "ten_xa": f"Xã {code}", **more},
        "geometry": {"type": kind, "coordinates": rings},
    }


def collection(*features, **more) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features, **more}).encode()


def of_wave(public) -> list[str]:
    with public.database.read() as session:
        wave = wave_store.get(session, public.slug)
        return [unit.code for unit in units.of_wave(session, wave.id)]


def send(client, content: bytes, **words):
    data = {"csrf_token": token(client, PAGE), "file": (io.BytesIO(content), "x.geojson")}
    return client.post(PAGE, data=data | WORDS | words)


def n_stored(public) -> int:
    with public.database.read() as session:
        return session.scalar(select(func.count()).select_from(UnitBoundary))


def test_a_file_is_looked_at_then_loaded_then_drawn_for_everybody(public, office):
    codes = of_wave(public)
    ready = [
        feature(int(code), [square(106.1 + i % 5 * 0.04, 20.9 + i // 5 * 0.04)])
        for i, code in enumerate(codes)
    ]
    place = f"/ket-qua/{public.slug}"
    assert public.app.test_client().get(f"{place}/ban-do").status_code == 404
    seen = send(office, collection(*ready, feature("99998", [square(100, 10)])))
    assert seen.status_code == 200
    assert "<svg" in seen.text and "99998" in seen.text and "&lt;b&gt;" in seen.text
    assert "<b>thử</b>" not in seen.text
    assert n_stored(public) == 0
    digest = seen.text.split('name="digest" value="')[1][:64]
    loaded = office.post(
        f"{PAGE}/nap", data={"csrf_token": token(office, PAGE), "digest": digest, **WORDS}
    )
    assert loaded.status_code == 303
    assert n_stored(public) == len(codes)
    assert f"{len(codes)} đơn vị" in office.get(loaded.location).text
    again = office.post(
        f"{PAGE}/nap", data={"csrf_token": token(office, PAGE), "digest": digest, **WORDS}
    )
    assert again.status_code == 404, "the file is gone once loaded"
    visitor = public.app.test_client()
    page = visitor.get(f"{place}/ban-do").text
    assert f"{place}/ban-do" in visitor.get(place).text
    link = page.split('class="trace"')[0].rpartition('href="')[2].split('"')[0]
    links = [part.split('"')[0] for part in page.split('href="')[1:] if "can-cu" in part]
    assert len(links) >= len(codes) - 5, link
    assert 'id="total"' in visitor.get(links[0].partition("#")[0]).text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"x", "GeoJSON"),
        (b"[1]", "GeoJSON"),
        (collection(feature("10888", [square(1, 1)]), crs={"properties": {"name": "EPSG:3405"}}),
         "EPSG:3405"),
        (collection(feature("10888", [[[106, 21], [106.1, 21], [106, 21]]])),
         "Đối tượng 1 (Xã 10888): một vòng chỉ có 3 điểm"),
        (collection(feature("10888", [square(106, 21)[:-1]])), "không khép kín"),
        (collection(feature("10888", [square(20.9, 106.1)])), "vĩ độ trước"),
        (collection(feature("10888", [square(586000, 2316000, 900)])), "VN-2000"),
        (collection(feature("10888", [[[106, 21], [106.1, 21.1], [106.1, 21], [106, 21.1],
                                       [106, 21]]])), "tự cắt"),
        (collection(feature("10888", [[[106, 21], [106, 21], [106, 21], [106, 21]]])),
         "không có diện tích"),
        (collection(feature("10888", [[["a", 21], [1, 1], [2, 2], [3, 3]]])), "không đọc được"),
        (collection(feature("10888", [106, 21], kind="Point")), "“Point”"),
        (collection(feature("", [square(106, 21)], ten_khac="x")), "không có mã đơn vị"),
        (collection(feature("10888", [square(106, 21)], ma_xa=None)), "không có mã đơn vị"),
        (collection(feature("00001", [square(106, 21)])), "mang mã của tệp: 00001"),
    ],
)  # fmt: skip
def test_every_fault_names_its_feature_and_nothing_is_loaded(public, office, content, said):
    before = n_stored(public)
    refused = send(office, content)
    assert refused.status_code == 422
    assert said in refused.text
    assert n_stored(public) == before


def test_all_faults_come_at_once(office):
    bad = [feature("10888", [square(106, 21)[:-1]]) for _ in range(60)]
    page = send(office, collection(*bad)).text
    assert page.count("không khép kín") == 50
    assert "và 10 lỗi khác" in page


def test_the_words_beside_the_file_are_needed_and_size_is_limited(office, monkeypatch):
    ready = collection(feature("10888", [square(106, 21)]))
    assert "lấy từ đâu" in send(office, ready, source=" ").text
    assert "năm-tháng-ngày" in send(office, ready, on="1/6/2023").text
    monkeypatch.setattr(boundary_files, "LARGEST", 100)
    assert "lớn quá" in send(office, ready).text


def test_a_viewer_looks_and_cannot_load(public):
    with public.database.write() as session:
        from survey.store.models import User

        session.query(User).delete()
    viewer = logged_in(public.app, public.database, Role.VIEWER)
    page = viewer.get(PAGE)
    assert page.status_code == 200 and 'type="file"' not in page.text
    data = {"csrf_token": token(viewer, PAGE), "file": (io.BytesIO(b"{}"), "x"), **WORDS}
    assert viewer.post(PAGE, data=data).status_code == 403


@pytest.mark.parametrize("seed", range(30))
def test_crossings_are_found_as_pair_by_pair(seed):
    """Against every pair of pieces compared; half of the rings are stars that cross nothing."""
    chance = random.Random(seed)
    n = chance.randrange(4, 40)
    turns = sorted(chance.uniform(0, 2 * math.pi) for _ in range(n))
    if seed % 2:
        chance.shuffle(turns)
    ring = [(chance.uniform(0.2, 1) * math.cos(t), math.sin(t) * 0.7) for t in turns]
    if not seed % 2:
        ring = [(math.cos(t), math.sin(t)) for t in turns]
    ring.append(ring[0])

    def turn(a, b, c):
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

    pieces = list(zip(ring, ring[1:], strict=False))
    expected = any(
        turn(*p, q[0]) * turn(*p, q[1]) < 0 and turn(*q, p[0]) * turn(*q, p[1]) < 0
        for i, p in enumerate(pieces)
        for q in pieces[i + 1 :]
    )
    assert (outline.crosses(ring) is not None) == expected
