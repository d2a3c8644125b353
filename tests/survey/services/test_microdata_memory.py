"""Memory of an export does not grow with its rows."""

from __future__ import annotations

import sys

import pytest

from tests.support import many_answers, peak

#: What the issue of the house allows for a million rows.
MOST_MIB = 256


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own count of pages is Linux's")
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_ten_times_the_rows_take_the_same_memory(app, settings, tmp_path, database_kind):
    environment = {
        "DATABASE_URL": settings.database_url,
        "SURVEY_INSTANCE": str(settings.instance_dir),
        "LOG_LEVEL": "ERROR",
    }
    found: dict[str, list[float]] = {}
    for n in (10_000, 100_000):
        slug = many_answers.fill(app, n)
        for kind in ("csv", "xlsx", "sav", "zsav", "dta", "parquet"):
            path = tmp_path / f"rows.{kind}"
            arguments = ["microdata", "export", slug, "-o", str(path)]
            found.setdefault(kind, []).append(peak.flask(arguments, environment)[1])
            path.unlink()
    for kind, (few, many) in found.items():
        assert many < min(few + 24, MOST_MIB), (kind, found)
