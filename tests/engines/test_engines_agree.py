"""The numbers do not depend on the engine."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest

from analysis.design import SurveyDesign
from analysis.engines.duckdb import DuckdbEngine
from analysis.engines.memory import MemoryEngine
from analysis.engines.stored import StoredDesign
from analysis.errors import AnalysisError

DESIGN = {"weights": "w", "strata": "commune", "psu": "village", "fpc": "villages"}
ESTIMATES = {
    "mean": lambda d, by: d.mean(["q1", "income"], by=by),
    "mean, missing dropped": lambda d, by: d.mean(["q1", "q2"], by=by, na="drop"),
    "total": lambda d, by: d.total(["q1", "income"], by=by),
    "total, missing dropped": lambda d, by: d.total(["q1", "q2"], by=by, na="drop"),
    "ratio": lambda d, by: d.ratio("income", "q1", by=by),
    "ratio, missing dropped": lambda d, by: d.ratio("q2", "income", by=by, na="drop"),
    "proportion": lambda d, by: d.proportion("answer", by=by),
}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    random = np.random.default_rng(7)
    n = 4000
    commune, village = random.integers(0, 6, n), random.integers(0, 8, n)
    return pd.DataFrame(
        {
            "commune": np.array([*"ABCDEF"])[commune],
            "village": village,
            "villages": 20 + commune,
            "w": random.lognormal(2, 0.7, n),
            "q1": random.integers(1, 6, n),
            "q2": np.where(random.random(n) < 0.1, np.nan, random.normal(3, 1, n)),
            "income": random.lognormal(2, 0.5, n),
            "answer": np.array(["có", "không", "khác"])[random.integers(0, 3, n)],
            "sex": random.integers(0, 2, n),
            "service": np.array(["đất đai", "hộ tịch"])[random.integers(0, 2, n)],
        }
    )


def parquet(frame, folder):
    path = folder / "rows.parquet"
    held = duckdb.connect()
    held.register("held", frame)
    held.execute(f"COPY held TO '{path}' (FORMAT parquet)")
    return path


@pytest.fixture(scope="module", params=["memory", "duckdb"])
def engine(request, frame, tmp_path_factory):
    if request.param == "memory":
        return MemoryEngine(frame)
    folder = tmp_path_factory.mktemp("rows")
    return DuckdbEngine(parquet(frame, folder), threads=2, spill=folder)


@pytest.mark.parametrize("by", [None, "commune", ["sex", "service"]], ids=str)
@pytest.mark.parametrize("name", ESTIMATES)
def test_an_engine_gives_the_numbers_of_the_design_in_memory(engine, frame, name, by):
    wanted = ESTIMATES[name](SurveyDesign(frame, nest=True, **DESIGN), by)
    found = ESTIMATES[name](StoredDesign(engine, nest=True, **DESIGN), by)
    pd.testing.assert_frame_equal(found.table, wanted.table, rtol=1e-9, atol=0, check_dtype=False)
    scale = np.abs(wanted.cov).max()
    np.testing.assert_allclose(found.cov, wanted.cov, rtol=1e-9, atol=1e-12 * scale)


@pytest.mark.parametrize(
    ("code", "ask"),
    [
        ("estimate.missing", lambda d: d.mean("q2")),
        ("design.no_column", lambda d: d.mean("absent")),
        ("design.missing_value", lambda d: d.mean("q1", by="q2")),
        ("estimate.na", lambda d: d.mean("q1", na="listwise")),
    ],
)
def test_what_has_no_right_answer_is_refused(engine, code, ask):
    with pytest.raises(AnalysisError) as refused:
        ask(StoredDesign(engine, nest=True, **DESIGN))
    assert refused.value.code == code


def test_the_spread_of_large_numbers_keeps_its_digits(frame, tmp_path):
    far = frame.assign(income=frame["income"] + 1e6)
    near = frame.assign(income=far["income"] - 1e6)  # exact: what is left of the digits
    wanted = SurveyDesign(near, nest=True, **DESIGN).mean("income", by="commune").table
    for engine in (MemoryEngine(far), DuckdbEngine(parquet(far, tmp_path))):
        found = StoredDesign(engine, nest=True, **DESIGN).mean("income", by="commune").table
        np.testing.assert_allclose(found["se"], wanted["se"], rtol=1e-11)
