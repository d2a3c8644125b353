"""An import that is killed, or that fails on the way, leaves the frame that was there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from survey import jobs
from survey.domain.frame_layout import Layout
from survey.services.demo import load, population
from survey.store import bulk
from survey.store.models import AuditEvent, Contact, Dossier, Frame
from tests.support.source import ROOT

KILLED = """
import os, signal, sys
from pathlib import Path
from survey import jobs
from survey.app import create_app
from survey.config import Settings
from survey.domain.frame_layout import Layout
from survey.services.frames import storing
from survey.store import bulk

insert, calls = bulk.insert_rows, []
def dies(*args):
    calls.append(1)
    if len(calls) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return insert(*args)
bulk.insert_rows, storing.BATCH = dies, 200
app = create_app(Settings.from_env())
jobs.run_here(app, "frame.file", lambda *_: None, wave=sys.argv[1], path=Path(sys.argv[2]),
              name="synthetic-new.csv", layout=Layout(), by="test")
"""


@pytest.fixture
def new_frame(app, database, settings, tmp_path):
    """The demonstration with its small frame, and a file with another one and contacts."""
    now = datetime.now(UTC)
    with database.write() as session:
        load.load(session, contact_key=settings.contact_key, by="test", now=now, scale=0.005)
        units = load.communes(session)
    heading, *rows = population.frame_csv(units, load.WINDOW, scale=0.05).decode().splitlines()
    path = tmp_path / "new.csv"
    lines = [f"{heading},contact", *(f"{row},0912 345 678" for row in rows)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def stored(database) -> tuple[int, int, int, str]:
    with database.read() as session:
        count = [session.scalar(select(func.count()).select_from(t)) for t in (Dossier, Contact)]
        return *count, *session.execute(select(Frame.n_dossiers, Frame.sha256)).one()


def bring_in(app, path):
    return jobs.run_here(
        app,
        "frame.file",
        lambda *_: None,
        wave=load.SLUG,
        path=path,
        name=path.name,
        layout=Layout(),
        by="test",
    )


def test_a_killed_import_leaves_the_old_frame_whole(app, database, settings, new_frame):
    before = stored(database)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, load.SLUG, str(new_frame)],
        cwd=ROOT,
        env={**os.environ, **settings.environment(), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert stored(database) == before
    made = bring_in(app, new_frame)
    assert stored(database) == (made.n_dossiers, made.n_contacts, made.n_dossiers, made.sha256)


def test_an_import_that_fails_on_the_way_is_undone(app, database, new_frame, monkeypatch):
    before = stored(database)
    insert = bulk.insert_rows

    def fails(session, model, columns, rows):
        if model is Contact:
            raise OSError("no space left on device")
        return insert(session, model, columns, rows)

    monkeypatch.setattr(bulk, "insert_rows", fails)
    with pytest.raises(OSError, match="no space"):
        bring_in(app, new_frame)
    assert stored(database) == before
    with database.read() as session:
        actions = session.scalars(select(AuditEvent.action)).all()
    assert actions.count("frame.imported") == 1


def test_while_a_file_is_read_others_may_write(app, database, settings, new_frame):
    """Only storing holds the database; a citizen's answer does not wait for a province's file."""
    written = []

    def answers(_done, _total, message):
        if message != "Ghi vào cơ sở dữ liệu":
            with database.write() as session:
                session.add(
                    AuditEvent(at=datetime.now(UTC), by="t", action="other", wave="", facts={})
                )
            written.append(message)

    jobs.run_here(
        app,
        "frame.file",
        answers,
        wave=load.SLUG,
        path=new_frame,
        name="synthetic-new.csv",
        layout=Layout(),
        by="test",
    )
    assert written
