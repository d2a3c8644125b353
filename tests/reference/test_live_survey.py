"""Random designs through R's `survey` beside us: Hypothesis draws the design, R answers live.

Where R or its package is not installed these tests are skipped and the summary says so.  Numbers
agree to 1e-8 (R prints 17 digits, and sums in another order).  Where the two part on purpose, or R
has no number, the difference is named in `tests/support/live_calls.py` and held by a test below.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.design import SurveyDesign
from analysis.errors import AnalysisError
from tests.support.live_calls import CALLS, Asked, agree
from tests.support.live_designs import Drawn, draw_calibrated, draw_replicated, draw_sample
from tests.support.live_r import LiveR, numbers

pytestmark = pytest.mark.reference

SEEDS = st.integers(0, 2**32 - 1)
QUICK = settings(max_examples=8, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=300, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def live():
    made = LiveR()
    yield made
    made.close()


def compare(live: LiveR, drawn: Drawn, random: np.random.Generator) -> None:
    """Every call on one design; an error of ours needs an error, or no number, of R's."""
    asked = {name: make(random, drawn) for name, make in CALLS.items()}
    texts = {name: one.text for name, one in asked.items() if one is not None}
    answers = live.ask(drawn.frame, {"design": drawn.text} | texts)
    try:
        design = drawn.make()
    except AnalysisError as refused:
        assert "error" in answers["design"] or refused.code in drawn.may_refuse, refused
        return
    assert "error" not in answers["design"], answers["design"]
    if drawn.same_df:
        assert design.df == numbers(answers["design"])[0]
    for name in texts:
        _one(design, drawn, asked[name], answers[name], name)


def _one(design: SurveyDesign, drawn: Drawn, asked: Asked, wanted: dict, name: str) -> None:
    try:
        found = asked.ours(design)
    except AnalysisError as refused:
        assert "error" in wanted or refused.code in asked.without_number, (name, refused, wanted)
        return
    if "error" in wanted:
        assert asked.r_may_fail, (name, wanted)
        return
    agree(found, wanted, drawn, name)


@QUICK
@given(SEEDS)
def test_stages_strata_lonely_psus_and_domains(live, seed):
    random = np.random.default_rng(seed)
    compare(live, draw_sample(random, live.versions["survey"]), random)


@QUICK
@given(SEEDS)
def test_calibration_raking_post_strata_and_trimming(live, seed):
    random = np.random.default_rng(seed)
    compare(live, draw_calibrated(random, live.versions["survey"]), random)


@QUICK
@given(SEEDS)
def test_jackknife_and_balanced_halves(live, seed):
    random = np.random.default_rng(seed)
    compare(live, draw_replicated(random, live.versions["survey"]), random)


@pytest.mark.long
@LONG
@given(SEEDS)
def test_many_designs(live, seed):
    random = np.random.default_rng(seed)
    for draw in (draw_sample, draw_calibrated, draw_replicated):
        compare(live, draw(random, live.versions["survey"]), random)
