"""The numbers do not depend on the engine: all estimators, all designs, all engines."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.engines.comparing import in_memory, same, stored
from tests.engines.designs import CASES, ESTIMATES, people, write

#: Memory so small that the second pass takes strata one by one.
LITTLE = 256 << 10

SETTINGS = {
    "memory": {"engine": "memory"},
    "duckdb": {"engine": "duckdb"},
    "memory, little": {"engine": "memory", "memory": LITTLE},
}
CROSSED = ["sex", "service"]
BY = {"memory": ["commune"], "duckdb": [None, CROSSED], "memory, little": [CROSSED]}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return people()


@pytest.fixture(scope="module")
def files(frame, tmp_path_factory):
    return write(frame, tmp_path_factory.mktemp("rows"), parts=3)


@pytest.fixture(scope="module", params=SETTINGS)
def setting(request, frame, files):
    chosen = SETTINGS[request.param]
    return files if chosen["engine"] == "duckdb" else frame, chosen, BY[request.param]


@pytest.fixture(scope="module", params=CASES)
def pair(request, frame, setting):
    """A design in memory, and the same one stored."""
    case = CASES[request.param]
    rows, choice, _ = setting
    made = stored(rows, case=case, **choice)
    yield in_memory(frame, case), made
    made.close()


@pytest.mark.parametrize("name", ESTIMATES)
def test_an_engine_gives_the_numbers_of_the_design_in_memory(pair, setting, name):
    for by in setting[2]:
        wanted, found = (ESTIMATES[name](design, by) for design in pair)
        same(wanted=wanted, found=found)


@pytest.mark.parametrize("statistic", ["F", "Chisq", "Wald", "adjWald"])
def test_tests_of_independence_agree(pair, statistic):
    wanted, found = (design.chisq("said", "sex", statistic) for design in pair)
    for name in ("statistic", "df", "denominator_df", "p"):
        np.testing.assert_allclose(getattr(found, name), getattr(wanted, name), rtol=1e-9)
    pd.testing.assert_frame_equal(found.table, wanted.table, rtol=1e-9)


def test_degrees_of_freedom_agree(pair):
    assert pair[1].df == pair[0].df


def on_spark(address, frame, files, names, estimates) -> list[str]:
    """The pairs of a design and an estimator that differ, with what differs."""
    faults = []
    for name in names:
        made, wanted = stored(files, address, CASES[name]), in_memory(frame, CASES[name])
        for what in estimates:
            try:
                same(ESTIMATES[what](made, CROSSED), ESTIMATES[what](wanted, CROSSED))
            except AssertionError as fault:
                faults.append(f"{name}, {what}: {fault}")
    return faults


@pytest.mark.spark
@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")
def test_a_spark_cluster_gives_the_same_numbers(spark, frame, files):
    """All estimators on one design, one estimator on designs that take every way to a variance."""
    faults = on_spark(spark, frame, files, ["clustered, fpc"], ESTIMATES)
    others = ("stratified rows", "two stages, fpc gives the weights", "raked",
              "domain, calibrated inside it", "bootstrap of a raked design")  # fmt: skip
    faults += on_spark(spark, frame, files, others, ["mean, missing dropped"])
    assert not faults, "\n".join(faults)


@pytest.mark.spark
@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")
def test_a_spark_cluster_gives_all_the_same_numbers(spark, frame, files):
    faults = on_spark(spark, frame, files, CASES, ESTIMATES)
    assert not faults, "\n".join(faults)
