"""Balanced half samples for any number of pairs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import SurveyDesign
from analysis.estimation.hadamard import hadamard


@pytest.mark.parametrize("least", range(1, 130))
def test_rows_are_orthogonal_and_no_order_is_wasted(least):
    h = hadamard(least)
    n = len(h)
    np.testing.assert_array_equal(h @ h.T, n * np.eye(n))
    assert (h[0] == 1).all()
    assert (h[:, 0] == 1).all()
    # Every multiple of 4 up to 128, but those that only other constructions reach.
    wasted = n - max(least, 4) if least > 2 else 0
    assert wasted <= 3 or n in {56, 96, 104, 108, 120}


def pairs(strata: int) -> pd.DataFrame:
    rng = np.random.default_rng(strata)
    n = strata * 6
    h = np.repeat(np.arange(strata), 6)
    return pd.DataFrame(
        {
            "h": h, "psu": np.repeat(np.arange(2 * strata), 3), "w": rng.lognormal(2, 0.5, n),
            "y": rng.normal(5, 2, n) + h % 3,
        }
    )  # fmt: skip


@pytest.mark.parametrize("strata", [*range(2, 14), 19, 23, 25, 47])
@pytest.mark.parametrize(("method", "rho"), [("BRR", None), ("Fay", 0.3)])
def test_full_balance_gives_the_taylor_variance_of_totals(strata, method, rho):
    """Whatever the matrix: the columns are orthogonal to each other and to the ones."""
    design = SurveyDesign(pairs(strata), weights="w", strata="h", psu="psu")
    replicated = design.replicates(method, rho=rho)
    wanted, found = design.total("y").table.iloc[0], replicated.total("y").table.iloc[0]
    assert found["se"] == pytest.approx(wanted["se"], rel=1e-10)
    assert found["df"] == wanted["df"] == strata


@pytest.mark.parametrize(
    ("strata", "se"),
    # R 4.2.2, survey 4.5: SE(svymean(~y, as.svrepdesign(design, type = "BRR"))), of these frames.
    [
        (3, 0.448130645285248),
        (5, 0.297563445293452),
        (9, 0.203487363701181),
        (11, 0.203598084559507),
        (12, 0.280361727811228),
        (17, 0.272340240032258),
        (22, 0.188290709770812),
        (28, 0.1668974387112),
        (40, 0.14510737486974),
    ],
)
def test_means_of_balanced_halves_as_in_r(strata, se):
    design = SurveyDesign(pairs(strata), weights="w", strata="h", psu="psu")
    found = design.replicates("BRR").mean("y").table["se"][0]
    assert found == pytest.approx(se, rel=1e-12)


def test_replicates_of_a_variance_turn_about_their_own_means():
    """R 4.2.2, survey 4.5: SE(svyvar(~y, as.svrepdesign(design, type = "JKn")))."""
    design = SurveyDesign(pairs(4), weights="w", strata="h", psu="psu").replicates("JKn")
    row = design.variance("y").table.iloc[0]
    assert (row["estimate"], row["se"]) == pytest.approx(
        (4.93348261645514, 0.734406646187867), rel=1e-12
    )
