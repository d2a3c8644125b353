"""The compiled kernel and scipy give the same tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import SurveyDesign
from analysis.estimation.columns import Columns
from analysis.estimation.compiled import AVAILABLE, fits, switched
from analysis.estimation.sources import Items, Pairs

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="requirements-fast.txt is not installed")


def sample(seed: int, kind: type) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    n = 9000
    psu = random.integers(0, 300, n)
    values = random.integers(1, 6, (n, 4)) + 1e6 * (np.arange(4) == 3)
    frame = pd.DataFrame(values.astype(kind), columns=list("abcd"))
    return frame.assign(
        h=psu // 10, psu=psu, w=random.lognormal(1, 1, n), cell=random.integers(0, 40, n),
        N=psu // 10 + 11.0,
    )  # fmt: skip


@pytest.mark.parametrize("kind", [np.int32, np.float64, np.float32])
@pytest.mark.parametrize("sort", [True, False], ids=["in order", "in any order"])
@pytest.mark.parametrize("by", [None, "h", "cell", ["cell", "h"]])
def test_the_same_table(kind, sort, by):
    frame = sample(1, kind)
    if sort:
        frame = frame.sort_values("psu")
    design = SurveyDesign(frame, weights="w", strata="h", psu="psu", fpc="N")
    design = design.where(frame["a"].to_numpy() > 1)
    for estimate in (design.mean, design.total):
        with switched(True):
            fast = estimate(list("abcd"), by=by).table
        with switched(False):
            plain = estimate(list("abcd"), by=by).table
        pd.testing.assert_frame_equal(fast, plain, rtol=1e-9)


def test_a_constant_has_no_variance_but_rounding():
    frame = sample(2, np.float64).assign(a=5.0, d=1e6)
    design = SurveyDesign(frame, weights="w", strata="h", psu="psu")
    with switched(True):
        table = design.mean(["a", "d"], by="cell").table
    assert (table["se"] <= 1e-12 * table["estimate"]).all()


def test_results_do_not_change_from_call_to_call():
    design = SurveyDesign(sample(3, np.int32), weights="w", strata="h", psu="psu")
    with switched(True):
        assert design.mean("a", by="cell").table.equals(design.mean("a", by="cell").table)


def test_only_what_it_can_read_goes_through_it():
    whole = np.arange(5, dtype=np.int8)
    assert fits(Items(Columns(["a", "b"], [whole, whole])))
    assert not fits(Items(Columns(["a", "b"], [whole, whole.astype(float)])))
    assert not fits(Items(Columns(["a"], [np.array([1.0, np.nan])], gaps=True)))
    assert not fits(Pairs(Columns(["a", "b"], [whole, whole])))
