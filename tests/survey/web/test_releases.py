"""The pages of a release: the office makes it, everybody can take it and check it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from survey import jobs
from survey.domain.roles import Role
from survey.services import accounts
from survey.services import jobs as job_service
from survey.services.release import check
from survey.store.models import AuditEvent
from tests.support import released
from tests.support.source import ROOT
from tests.support.waves import send


@pytest.fixture
def answered(app):
    return released.answered(app)


def logged_in(app, database, role: Role):
    with database.write() as session:
        password = accounts.create(session, role.value, role, by="test", now=datetime.now(UTC))
    client = app.test_client()
    send(client, "/van-phong/dang-nhap", name=role.value, password=password)
    return client


def test_from_the_office_s_button_to_a_check_without_a_database(app, database, answered, tmp_path):
    manager, reader = logged_in(app, database, Role.MANAGER), app.test_client()
    place = f"/van-phong/dot/{answered.slug}/cong-bo"
    assert reader.get(f"/ket-qua/{answered.slug}/cong-bo").status_code == 404
    assert "Công bố bản thứ nhất" in manager.get(place).text
    sent = send(manager, place)
    assert sent.status_code == 303
    job = int(sent.location.rsplit("/", 1)[1])
    jobs.run_queued(app, job)
    with database.read() as session:
        assert job_service.get(session, job).error == ""
    page = reader.get(f"/ket-qua/{answered.slug}/cong-bo")
    assert page.status_code == 200
    assert "Bản công bố số 1" in reader.get(f"/ket-qua/{answered.slug}").text
    key = page.text.split('id="key">')[1].split("<")[0]
    file = tmp_path / "ban-1.zip"
    file.write_bytes(reader.get(f"/ket-qua/{answered.slug}/cong-bo/1.zip").data)
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:9/nothing",
        "SURVEY_INSTANCE": str(tmp_path / "nothing-here"),
    }
    command = [sys.executable, "-m", "flask", "index", "verify", str(file), "--key", key]
    run = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "Đúng: bản 1" in run.stdout
    command[-1] = "00" * 32
    run = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert "SAI KHÁC: signature.json" in run.stderr
    assert "Bảng mới nhất đã công bố" in manager.get(place).text


def test_the_full_file_needs_a_manager_and_a_reason_and_leaves_a_trace(app, database, answered):
    answered.release()
    place = f"/van-phong/dot/{answered.slug}/cong-bo/1/day-du"
    analyst = logged_in(app, database, Role.ANALYST)
    assert send(analyst, place, reason="xem").status_code == 403
    manager = logged_in(app, database, Role.MANAGER)
    assert send(manager, place, reason=" ").status_code == 422
    taken = send(manager, place, reason="Thanh tra tỉnh, kiểm tra bảng 2023")
    with zipfile.ZipFile(io.BytesIO(taken.data)) as archive:
        assert "answers.csv" in archive.namelist()
    assert check.check(taken.data).full
    with database.read() as session:
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (event.action, event.by) == ("index.full_bundle_taken", "manager")
    assert event.facts["reason"].startswith("Thanh tra")


def test_an_analyst_sees_the_page_and_cannot_release(app, database, answered):
    analyst = logged_in(app, database, Role.ANALYST)
    place = f"/van-phong/dot/{answered.slug}/cong-bo"
    assert "việc của người quản lý" in analyst.get(place).text
    assert send(analyst, place).status_code == 403


def test_the_way_on_the_command_line(app, answered, tmp_path):
    def run(*words):
        return app.test_cli_runner().invoke(args=list(words))

    file = tmp_path / "ban.zip"
    assert "chưa công bố bản nào" in run("index", "bundle", "-o", str(file)).stderr
    done = run("index", "release")
    assert done.exit_code == 0, done.output + done.stderr
    assert run("index", "bundle", "-o", str(file)).exit_code == 0
    key = run("index", "key").output.strip()
    checked = run("index", "verify", str(file), "--key", key)
    assert checked.exit_code == 0, checked.output + checked.stderr
    assert "tổng theo đơn vị" in checked.output
    assert run("index", "bundle", "--full", "-o", str(file)).exit_code == 2
    assert run("index", "bundle", "--full", "--reason", "x", "-o", str(file)).exit_code == 0
    assert "từng phiếu" in run("index", "verify", str(file)).output
    assert "Bản 1" in run("index", "releases").output
