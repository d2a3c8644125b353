"""Memory of an export does not grow with its rows."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from survey.app import create_app
from survey.config import Settings
from survey.store import migrate
from tests.support import many_answers, peak

#: What a million rows may take.
MOST_MIB = 244
FORMATS = ("csv", "xlsx", "sav", "zsav", "dta", "parquet")


def exported(folder: Path, n: int) -> dict[str, float]:
    """MiB at the peak by format, for a wave of ``n`` answers."""
    environment = {
        "DATABASE_URL": f"sqlite:///{folder / 'survey.db'}",
        "SURVEY_INSTANCE": str(folder),
        "LOG_LEVEL": "ERROR",
    }
    folder.mkdir()
    settings = Settings.from_env(environment)
    migrate.upgrade(settings.database_url)
    app = create_app(settings)
    slug = many_answers.fill(app, n)
    app.extensions["database"].dispose()
    found = {}
    for kind in FORMATS:
        path = folder / f"rows.{kind}"
        found[kind] = peak.flask(["microdata", "export", slug, "-o", str(path)], environment)[1]
        path.unlink()
    return found


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.skipif(sys.platform != "linux", reason="the count of pages is Linux's")
def test_ten_times_the_rows_take_the_same_memory(tmp_path):
    few, many = (exported(tmp_path / str(n), n) for n in (5_000, 50_000))
    for kind, mebibytes in many.items():
        assert mebibytes < min(few[kind] + 16, MOST_MIB), (kind, few, many)
