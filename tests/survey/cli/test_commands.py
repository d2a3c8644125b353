"""Commands speak plainly when something is missing, and leave a trace only when they did work."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile

import pytest
from sqlalchemy import func, select

from survey.app import create_app
from survey.config import Settings
from survey.store.models import AuditEvent, Dossier
from tests.support.source import ROOT
from tests.support.waves import make


@pytest.fixture
def bare(empty_database_url, tmp_path):
    """The application on a database without any table."""
    made = create_app(
        Settings.from_env(
            {"DATABASE_URL": empty_database_url, "SURVEY_INSTANCE": str(tmp_path / "bare")}
        )
    )
    yield made
    made.extensions["database"].dispose()


def invoke(app, *words):
    return app.test_cli_runner().invoke(args=list(words))


@pytest.mark.parametrize(
    "words", [("sample", "plan"), ("wave", "list"), ("weigh", "run", "--wave", "x"), ("purge",)]
)
def test_a_database_that_was_never_made_is_told_with_the_way_out(bare, words):
    done = invoke(bare, *words)
    assert done.exit_code == 1
    assert "flask database upgrade" in done.output + done.stderr
    assert isinstance(done.exception, SystemExit)


def test_the_database_is_made_by_its_command(bare):
    assert invoke(bare, "database", "upgrade").exit_code == 0
    assert "flask demo load" in invoke(bare, "sample", "plan").stderr


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("sample", "draw", "--seed", "x"), "flask sample plan"),
        (("weigh", "run"), "chưa rút mẫu"),
        (("index", "compute"), "flask weigh run"),
        (("sample", "verify"), "chưa rút mẫu"),
        (("demo", "respond"), "flask sample draw"),
    ],
)
def test_a_step_taken_too_early_names_the_step_before(app, words, hint):
    assert invoke(app, "demo", "load", "--scale", "0.01").exit_code == 0
    done = invoke(app, *words)
    assert done.exit_code == 1
    assert hint in done.output + done.stderr


def test_a_faulty_frame_is_refused_with_all_its_rows(app, tmp_path):
    invoke(app, "demo", "load", "--scale", "0.01")
    database = app.extensions["database"]
    with database.read() as session:
        before = session.scalar(select(func.count()).select_from(Dossier))
    file = tmp_path / "bad.csv"
    file.write_text(
        "dossier_code,unit_code,field,channel,received_on,due_on,returned_on,applicant\n"
        "A1,99999,chung_thuc,truc_tiep,2023-05-02,,2023-05-01,person\n"
        "A1,10888,khac,truc_tiep,32/13/2023,,2023-05-01,person\n",
        encoding="utf-8",
    )
    done = invoke(app, "frame", "import", str(file))
    assert done.exit_code == 1
    told = done.stderr
    assert told.count("Dòng 2: ô ") == 2
    assert told.count("Dòng 3: ô ") == 2
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Dossier)) == before


def test_slips_are_never_printed_over_older_ones(app, tmp_path):
    make(app, scale=0.005)
    slips = tmp_path / "slips.pdf"
    first = invoke(app, "slips", "print", "-o", str(slips))
    assert first.exit_code == 0, first.output
    content = slips.read_bytes()
    assert invoke(app, "slips", "print", "-o", str(slips)).exit_code != 0
    assert slips.read_bytes() == content
    assert slips.stat().st_mode & 0o077 == 0
    again = invoke(app, "slips", "print", "-o", str(tmp_path / "more.pdf"))
    assert "đã có mã" in again.output
    silent = invoke(app, "slips", "print", "-o", str(tmp_path / "x.pdf"), "--reissue")
    assert silent.exit_code == 1
    assert not (tmp_path / "x.pdf").exists()


def test_what_was_done_is_on_record(app):
    make(app, scale=0.005)
    with app.extensions["database"].read() as session:
        actions = list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))
    assert actions == [
        "questionnaire.published",
        "wave.created",
        "frame.imported",
        "verified.imported",
        "sample.planned",
        "sample.committed",
        "sample.drawn",
    ]


def test_a_published_sample_is_verified_in_a_process_without_a_database(app, tmp_path):
    make(app, scale=0.005)
    bundle = tmp_path / "mau.zip"
    assert invoke(app, "sample", "bundle", "-o", str(bundle)).exit_code == 0
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:9/nothing",
        "SURVEY_INSTANCE": str(tmp_path / "nothing-here"),
    }
    command = [sys.executable, "-m", "flask", "sample", "verify", str(bundle)]
    run = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "Đúng" in run.stdout
    with zipfile.ZipFile(bundle) as archive:
        for name in archive.namelist():
            (tmp_path / name).write_bytes(archive.read(name))
    drawn = tmp_path / "draw.json"
    drawn.write_text(drawn.read_text(encoding="utf-8").replace('"seed": "', '"seed": "0'))
    command[-1] = str(tmp_path)
    run = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert "SAI KHÁC: sample.csv, dòng 2" in run.stderr


def test_the_way_from_plan_to_draw_on_the_command_line(app, tmp_path):
    assert invoke(app, "demo", "load", "--scale", "0.005").exit_code == 0
    assert invoke(app, "sample", "plan").exit_code == 0
    page = tmp_path / "a4.pdf"
    words = ("sample", "commit", "--seed-source", "Xổ số", "-o", str(page), "--seed-on")
    assert "phải sau hôm nay" in invoke(app, *words, "2020-01-01").stderr
    done = invoke(app, *words, "2999-12-31")
    assert done.exit_code == 0, done.stderr
    assert page.read_bytes().startswith(b"%PDF")
    assert "chỉ có từ ngày 2999-12-31" in invoke(app, "sample", "draw", "--seed", "1").stderr
    assert "cam kết" in invoke(app, "sample", "plan").stderr
    assert "Không có bí danh" in invoke(app, "sample", "open", "xyz", "--reason", "thử").stderr


WAVE = """
slug = "thu-2024"
titles = { vi = "Đợt thử 2024", en = "Trial wave 2024" }
organisation = "Phòng Nội vụ"
contact = "0220 000 000"
window = [2024-01-01, 2024-11-30]
fieldwork = [2024-12-01, 2024-12-31]
questionnaire = "c1-citizen"
scheme = "mau-9-linh-vuc"
units = ["10888", "10891"]
"""


def test_a_wave_of_ones_own_is_set_up_from_a_file(app, tmp_path):
    file = tmp_path / "wave.toml"
    file.write_text(WAVE, encoding="utf-8")
    assert invoke(app, "wave", "create", str(file)).exit_code == 0
    frame = tmp_path / "frame.csv"
    lines = [f"H{i},10888,khac,truc_tiep,2024-05-02,,2024-05-03,person" for i in range(30)]
    heading = "dossier_code,unit_code,field,channel,received_on,due_on,returned_on,applicant"
    frame.write_text("\n".join([heading, *lines]), encoding="utf-8")
    for words in (
        ("frame", "import", str(frame)),
        ("sample", "plan", "--margin", "0.2"),
        ("sample", "draw", "--seed", "x"),
        ("sample", "verify"),
    ):
        done = invoke(app, *words)
        assert done.exit_code == 0, done.output
    again = invoke(app, "wave", "create", str(file))
    assert again.exit_code == 1
    assert "đã có" in again.stderr


def test_all_faults_of_a_waves_file_are_told(app, tmp_path):
    file = tmp_path / "wave.toml"
    spoilt = WAVE.replace("2024-11-30", "2023-11-30").replace('slug = "thu-2024"', "x = 1")
    file.write_text(spoilt, encoding="utf-8")
    told = invoke(app, "wave", "create", str(file)).stderr
    for key in ("slug", "window", "x"):
        assert f"“{key}”" in told
