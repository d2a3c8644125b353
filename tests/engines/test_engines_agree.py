"""The numbers do not depend on the engine: all estimators, all designs, all engines."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import SurveyDesign
from analysis.engines.stored import StoredDesign
from tests.engines.designs import CASES, ESTIMATES, people, write

#: Memory so small that the second pass takes strata one by one.
SMALL = 64 << 20


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return people()


@pytest.fixture(scope="module")
def files(frame, tmp_path_factory):
    return write(frame, tmp_path_factory.mktemp("rows"), parts=3)


def in_memory(frame, case):
    made = SurveyDesign(frame, **case.made)
    return case.change(made.where(case.mask(frame)) if case.mask else made)


def stored(rows, engine, case, **more):
    made = StoredDesign(rows, engine=engine, **case.made, **more)
    return case.change(made.where(*case.conditions) if case.conditions else made)


def same(found, wanted):
    assert list(found.table.columns) == list(wanted.table.columns)
    # A standard error of rounding is no figure: compare it with the size of the estimate.
    floor = 1e-12 * np.abs(wanted.table["estimate"]).max()
    for name in wanted.table:
        a, b = found.table[name], wanted.table[name]
        if b.dtype.kind == "f":
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=floor, err_msg=name)
        else:
            assert a.tolist() == b.tolist(), name
    scale = max(1e-12 * np.nanmax(np.abs(wanted.cov)), floor**2)
    np.testing.assert_allclose(found.cov, wanted.cov, rtol=1e-9, atol=scale)
    assert found.notes == wanted.notes


@pytest.fixture(scope="module", params=["memory", "duckdb", "duckdb, little memory"])
def setting(request, frame, files):
    if request.param == "memory":
        return frame, {"engine": "memory"}
    more = {} if request.param == "duckdb" else {"memory": SMALL}
    return files, {"engine": "duckdb", **more}


@pytest.fixture(scope="module", params=CASES)
def pair(request, frame, setting):
    """A design in memory, and the same one stored."""
    case = CASES[request.param]
    rows, choice = setting
    made = stored(rows, case=case, **choice)
    yield in_memory(frame, case), made
    made.close()


@pytest.mark.parametrize("by", [None, ["sex", "service"]], ids=str)
@pytest.mark.parametrize("name", ESTIMATES)
def test_an_engine_gives_the_numbers_of_the_design_in_memory(pair, name, by):
    wanted, found = (ESTIMATES[name](design, by) for design in pair)
    same(wanted=wanted, found=found)
