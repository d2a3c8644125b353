"""An export of a million answers: seconds and memory of each format, and of replicate weights."""

from __future__ import annotations

import os

import pytest

from tests.support import many_answers, peak

pytestmark = pytest.mark.bench
ROWS = int(os.environ.get("BENCH_MICRODATA_ROWS", "1000000"))
#: Bootstrap weights of the second half of the lines; 10⁶ rows of them are 0.8 GB of doubles.
REPLICATES = 100
FORMATS = os.environ.get("BENCH_MICRODATA_FORMATS", "csv sav zsav dta parquet xlsx").split()


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_million_answers(app, settings, tmp_path, capsys, database_kind):
    slug = many_answers.fill(app, ROWS)
    environment = {
        "DATABASE_URL": settings.database_url,
        "SURVEY_INSTANCE": str(settings.instance_dir),
        "LOG_LEVEL": "ERROR",
    }
    replicates = ["--replicates", "bootstrap", "--replicate-count", str(REPLICATES)]
    orders = [(kind, more) for more in ([], replicates) for kind in FORMATS]
    with capsys.disabled():
        print(f"\n{ROWS} answers")
        for kind, more in orders:
            path = tmp_path / f"rows.{kind}"
            arguments = ["microdata", "export", slug, *more, "-o", str(path)]
            seconds, mebibytes = peak.flask(arguments, environment)
            size = path.stat().st_size / 1e6
            path.unlink()
            named = f"{kind}, {REPLICATES} replicate weights" if more else kind
            print(f"{named}: {seconds:.0f} s, {mebibytes:.0f} MiB at the peak, file {size:.0f} MB")
