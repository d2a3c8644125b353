"""Analysts order a package of answers, follow it, fetch it; every step is on record."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from survey import jobs
from survey.domain.roles import Role
from survey.services import accounts
from survey.store.models import AuditEvent, Job
from tests.support import released
from tests.support.databases import ON_SQLITE
from tests.support.waves import send, token

pytestmark = ON_SQLITE


@pytest.fixture
def wave(app):
    return released.answered(app, scale=0.03)


@pytest.fixture
def enter(client, wave):
    def as_(role: Role) -> str:
        with wave.database.write() as session:
            password = accounts.create(session, "lan", role, by="t", now=datetime.now(UTC))
        send(client, "/van-phong/dang-nhap", name="lan", password=password)
        return f"/van-phong/dot/{wave.slug}/xuat-so-lieu"

    return as_


def test_a_package_is_ordered_made_and_fetched(app, client, enter, wave):
    place = enter(Role.ANALYST)
    ordered = client.post(
        place,
        data={"csrf_token": token(client), "format": ["csv", "sav"], "script": "r"},
    )
    number = int(ordered.location.rsplit("/", 1)[1])
    assert "Đang xuất" in client.get(place).text
    jobs.run_queued(app, number)
    page = client.get(place).text
    assert "Tải gói" in page and "SPSS" in page
    fetched = send(client, f"{place}/{number}")
    names = zipfile.ZipFile(io.BytesIO(fetched.data)).namelist()
    assert {name.rsplit(".", 1)[-1] for name in names} >= {"csv", "sav", "R"}
    with wave.database.read() as session:
        actions = set(session.scalars(select(AuditEvent.action)))
    assert {"microdata.exported", "microdata.fetched"} <= actions


def test_a_file_for_everybody_is_refused_with_the_reason_on_the_page(app, client, enter, wave):
    place = enter(Role.ANALYST)
    ordered = send(client, place, format="csv", public="100")
    jobs.run_queued(app, int(ordered.location.rsplit("/", 1)[1]))
    page = client.get(place).text
    assert "Chưa công bố được" in page and "unit, stratum" in page and "Tải gói" not in page


def test_without_a_format_nothing_is_ordered(client, enter, wave):
    place = enter(Role.ANALYST)
    assert send(client, place, script="r").status_code == 422
    with wave.database.read() as session:
        assert not session.scalars(select(Job).where(Job.kind == "microdata.export")).all()


def test_viewers_get_no_answers(client, enter):
    place = enter(Role.VIEWER)
    assert client.get(place).status_code == 403
    assert send(client, f"{place}/1").status_code == 403
