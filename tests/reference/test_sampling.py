"""Unequal probabilities: what R's package sampling selects and computes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.sampling.maxentropy import conditional_poisson_joint
from analysis.sampling.probabilities import pps_probabilities
from analysis.sampling.systematic import systematic, systematic_joint

pytestmark = pytest.mark.reference
R = json.loads((Path(__file__).parent / "sampling" / "sampling.json").read_text(encoding="utf-8"))


def test_probabilities_are_proportional_and_sum_to_the_sample():
    wanted = np.array(R["pik"])
    # From sizes that are the probabilities themselves the same ones come back.
    assert pps_probabilities(wanted, R["n"]) == pytest.approx(wanted, rel=1e-13)


def test_the_systematic_sample_is_the_one_r_selects():
    assert (systematic(R["pik"], R["u"]) + 1).tolist() == R["systematic_selected_1based"]


def test_joint_probabilities_of_systematic_sampling():
    expected = np.array(R["pi2_syst_first12"])
    assert np.abs(systematic_joint(np.diag(expected)) - expected).max() < 1e-13


def test_joint_probabilities_of_maximum_entropy_with_certain_units():
    expected = np.array(R["maxentropy_pi2"])
    assert np.abs(conditional_poisson_joint(np.diag(expected)) - expected).max() < 1e-6
