"""``flask scheme``: what a person at the keyboard does with schemes."""

from __future__ import annotations

from pathlib import Path

import pytest

from survey.services.schemes import writing
from survey.services.schemes.register import shipped_schemes


@pytest.fixture
def run(app):
    return app.test_cli_runner().invoke


def test_a_scheme_is_checked_without_a_database(tmp_path: Path):
    from click.testing import CliRunner

    from survey.cli.scheme import scheme

    good, bad = tmp_path / "a.xlsx", tmp_path / "b.toml"
    good.write_bytes(writing.written(shipped_schemes()["mau-2023"], "xlsx"))
    bad.write_text('name = ""\n', encoding="utf-8")
    told = CliRunner().invoke(scheme, ["lint", str(good)])
    assert told.exit_code == 0
    assert "8 lĩnh vực, 100 điểm" in told.output
    told = CliRunner().invoke(scheme, ["lint", str(bad)])
    assert told.exit_code == 1
    assert "name: để trống." in told.output


def test_import_list_export_diff(run, tmp_path: Path):
    first, second = tmp_path / "a.toml", tmp_path / "b.xlsx"
    first.write_bytes(writing.written(shipped_schemes()["mau-2023"], "toml"))
    assert run(args=["scheme", "import", str(first)]).exit_code == 0
    listed = run(args=["scheme", "list"]).output
    assert "1\tmau-2023\t01/01/2023" in listed
    assert "có sẵn\tmau-9-linh-vuc" in listed
    assert run(args=["scheme", "export", "mau-2023@2023-06-30", "-o", str(second)]).exit_code == 0
    told = run(args=["scheme", "diff", str(first), str(second)])
    assert "giống nhau" in told.output
    other = run(args=["scheme", "diff", "1", "mau-9-linh-vuc"])
    assert "cách làm tròn: half_up → truncate" in other.output
    assert run(args=["scheme", "export", "mau-2023@2020-01-01", "-o", str(second)]).exit_code == 1
