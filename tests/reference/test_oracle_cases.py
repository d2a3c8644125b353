"""Every figure that R's `survey` printed, against ours."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.design import SurveyDesign
from tests.support.oracle_calls import answer, supported
from tests.support.oracle_designs import design_of, read_weights

pytestmark = pytest.mark.reference

HERE = Path(__file__).parent / "oracles"
CASES = json.loads((HERE / "cases.json").read_text())
ASKED = [case for case in CASES if supported(case)]

#: What R stopped early is compared to where it stopped: its raking ends at 1e-9 of a margin, its
#: calibration at 1e-7 of a total, `svyglm` at 1e-8 of the deviance, `uniroot` at its tolerance.
TOLERANCE = [
    (r"/rake", 1e-6),
    (r"ciprop_.*_logit", 1e-8),
]
EXACT = 1e-9

#: Deliberate differences: the stratum is the category, so the variance is 0.  R's beta quantile
#: of an infinite sample is 0.5, which is no interval; ours is the share itself.
OURS = {"strat/ciprop_stype_beta", "strat_nofpc/ciprop_stype_beta"}


def tolerance(case: dict) -> float:
    return next((loose for part, loose in TOLERANCE if re.search(part, case["id"])), EXACT)


@cache
def design(data: str, text: str) -> SurveyDesign:
    return design_of(HERE, data, json.loads(text))


@pytest.mark.parametrize("case", ASKED, ids=lambda case: case["id"])
def test_case(case: dict):
    compare(case, answer(design(case["data"], json.dumps(case["design"])), case))


def compare(case: dict, found: dict) -> None:
    """Every figure that R printed for a case, with what was found."""
    rtol = tolerance(case)
    if case["id"] in OURS:
        np.testing.assert_allclose(found["est"], case["est"][0], rtol=EXACT)
        return
    for name in ("est", "se", "deff", "ci_lo", "ci_hi", "ci95_t", "vcov", "degf"):
        if name not in case:
            continue
        assert name in found, f"{name} is not compared"
        wanted = pd.array(np.asarray(case[name], dtype=object).ravel(), dtype="Float64")
        wanted = wanted.to_numpy(dtype=float, na_value=np.nan)
        got = np.asarray(found[name], dtype=float).ravel()
        # A standard error of rounding is no figure: compare it with the size of the estimate.
        floor = 1e-12 * np.nanmax(np.abs(case["est"]))
        if name == "vcov":
            floor = max(floor**2, 1e-12 * np.nanmax(np.abs(wanted)))
        np.testing.assert_allclose(got, wanted, rtol=rtol, atol=floor, err_msg=name)


def test_the_cases_not_asked_are_known():
    """What the interface does not offer is counted, so that nothing falls out unseen."""
    left = Counter(case["r"].split("(")[0] for case in CASES if not supported(case))
    assert left == {"svyglm": 7}
    assert len(CASES) == 728


WEIGHED = {
    case["design"]["weights_file"]: case for case in CASES if "weights_file" in case["design"]
}


@pytest.mark.parametrize("file", sorted(WEIGHED))
def test_the_weights_of_every_row(file: str):
    case = WEIGHED[file]
    made = design(case["data"], json.dumps(case["design"]))
    loose = 1e-8 if "rake" in file else EXACT
    np.testing.assert_allclose(made.weights, read_weights(HERE, file), rtol=loose)
