"""One wave from the frame to the table through the front doors: commands, pages, downloads."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest
from sqlalchemy import func, select

from survey.services import invite
from survey.services.demo import load, truth
from survey.store.models import Case, Draft, Response

pytestmark = [pytest.mark.journey, pytest.mark.timeout(900)]

WAVE = load.SLUG


@pytest.fixture
def flask(app):
    """``flask("sample plan")`` as in the terminal; a command that fails fails the test."""

    def run(*words: str) -> str:
        done = app.test_cli_runner().invoke(args=list(words))
        assert done.exit_code == 0, done.output + repr(done.exception)
        return done.output

    return run


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def held(units: list[dict[str, str]], known: dict[str, float]) -> list[bool]:
    """Of each unit with a figure: whether its interval holds the truth."""
    return [
        float(row["satisfaction_low"]) <= known[row["name"]] <= float(row["satisfaction_high"])
        for row in units
        if row["satisfaction"]
    ]


def walk(flask, scale: float) -> None:
    """All commands of the way, with people who answer through the pages by HTTP."""
    flask("demo", "load", "--scale", str(scale))
    flask("sample", "plan", "--wave", WAVE)
    flask("sample", "draw", "--wave", WAVE, "--seed", "a number nobody knew")
    flask("demo", "respond", "--wave", WAVE, "--workers", "2")
    flask("weigh", "run", "--wave", WAVE)
    flask("index", "compute", "--wave", WAVE)


@pytest.mark.parametrize("scale", [0.03, pytest.param(1.0, marks=pytest.mark.long)])
def test_a_wave_goes_from_the_frame_to_the_table(app, flask, database, client, tmp_path, scale):
    walk(flask, scale)
    assert "sha256" in flask("sample", "verify", "--wave", WAVE)

    sheet = tmp_path / "table.xlsx"
    flask("index", "export", "--wave", WAVE, "-o", str(sheet))
    downloaded = client.get(f"/ket-qua/{WAVE}.csv")
    table = rows(downloaded.data)
    with database.read() as session:
        known = truth.compute(truth.load(session, WAVE))
        n_answered = session.scalar(
            select(func.count()).select_from(Case).where(Case.disposition == "1.0")
        )
        n_stored = session.scalar(select(func.count()).select_from(Response))
        n_drafts = session.scalar(select(func.count()).select_from(Draft))

    units = [row for row in table if row["unit_code"]]
    assert len(units) == 17
    assert all(row["data"] for row in table), "every line says that it is synthetic"
    assert n_stored >= n_answered > 17 * 10
    assert n_drafts == 0
    # Of 17 intervals at 95 % fewer than 14 hold the truth once in some 800 waves.
    assert sum(held(units, known)) >= 14

    names = {cell.value for row in openpyxl.load_workbook(sheet).active.iter_rows() for cell in row}
    assert {row["name"] for row in units} <= names

    page = client.get(f"/ket-qua/{WAVE}").get_data(as_text=True)
    assert "synthetic" in page
    assert "<svg" in page
    assert all(row["name"] in page for row in units)


def test_a_closed_wave_takes_no_answer_and_loses_nothing(app, flask, database, client):
    flask("demo", "load", "--scale", "0.02", "--draw")
    with database.write() as session:
        made = invite.demonstration_code(
            session,
            WAVE,
            code_key=app.extensions["settings"].code_key_bytes,
            now=app.extensions["clock"](),
        )
    assert client.get(f"/p/{made.code}").status_code == 303
    flask("wave", "close", "--wave", WAVE)
    refused = app.test_client().get(f"/p/{made.code}")
    assert refused.status_code in (403, 404, 409, 410)
    flask("wave", "open", "--wave", WAVE)
    assert app.test_client().get(f"/p/{made.code}").status_code == 303
