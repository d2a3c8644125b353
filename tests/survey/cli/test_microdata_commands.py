"""The commands for analysts, as somebody types them."""

from __future__ import annotations

import zipfile

from tests.support import ddi, released


def run(app, *arguments):
    return app.test_cli_runner().invoke(args=list(arguments))


def test_export_writes_a_package_or_one_file(app, tmp_path):
    wave = released.answered(app, scale=0.03)
    package = tmp_path / "m.zip"
    done = run(
        app, "microdata", "export", wave.slug, "--format", "csv", "--format", "dta",
        "--script", "r", "--replicates", "bootstrap", "--replicate-count", "5", "-o", str(package),
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile(package) as found:
        names = set(found.namelist())
    assert {f"{wave.slug}.csv", f"{wave.slug}.dta", "analyse.R", "codebook.xml"} <= names
    done = run(app, "microdata", "export", wave.slug, "-o", str(tmp_path / "a.sav"))
    assert done.exit_code == 0 and (tmp_path / "a.sav").read_bytes().startswith(b"$FL2")
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} >= {"m.zip", "a.sav"}


def test_export_refuses_orders_that_contradict_themselves(app, tmp_path):
    wave = released.answered(app, scale=0.03)
    one = str(tmp_path / "a.sav")
    for extra in (["--format", "csv"], ["--format", "sav", "--script", "r"]):
        done = run(app, "microdata", "export", wave.slug, *extra, "-o", one)
        assert done.exit_code == 2
    done = run(app, "microdata", "export", "khong-co", "-o", one)
    assert done.exit_code == 1 and "khong-co" in done.output
    assert list(tmp_path.glob("*.sav")) == []


def test_codebook_of_a_questionnaire_that_nobody_answered(app, tmp_path):
    done = run(app, "questionnaire", "codebook", "c1-citizen", "-o", str(tmp_path / "c"))
    assert done.exit_code == 0, done.output
    assert ddi.faults((tmp_path / "c" / "codebook.xml").read_bytes()) == []
    assert (tmp_path / "c" / "labels-en.sps").stat().st_size > 1_000
    done = run(app, "questionnaire", "codebook", "khong-co")
    assert done.exit_code == 1 and "c1-citizen" in done.output
