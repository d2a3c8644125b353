"""Sums in one pass are those of the design, unit by unit: two roads to one number."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.index import satisfaction
from analysis.index.satisfaction import unit_sums

CONCEPTS = {"a": ["a1", "a2"], "b": ["b1"], "never": ["n1"]}
UNITS = ["u3", "u0", "u1", "silent", "u2"]


def answers(seed: int) -> tuple[pd.DataFrame, dict[str, float]]:
    """Unequal weights within cells, missing answers, ineligible people, shuffled rows."""
    random = np.random.default_rng(seed)
    n = 160
    unit = random.choice(["u0", "u1", "u2", "u3"], n)
    cell = np.char.add(np.char.add(unit, "/"), random.choice(["x", "y", "z"], n))
    items = {
        name: np.where(random.random(n) < 0.2, np.nan, random.integers(1, 6, n))
        for name in ("a1", "a2", "b1")
    }
    rows = pd.DataFrame(items).assign(
        n1=np.nan, unit=unit, cell=cell, weight=random.uniform(1, 5, n),
        eligible=random.random(n) > 0.1,
    )  # fmt: skip
    sizes = rows["cell"].value_counts()
    # One cell was asked whole: it adds nothing to the variance.
    populations = {cell: float(size * (1 if cell == "u1/x" else 3)) for cell, size in sizes.items()}
    return rows, populations


@pytest.mark.parametrize("seed", range(4))
def test_one_pass_is_the_design_unit_by_unit(seed):
    rows, populations = answers(seed)
    found, whole = unit_sums(rows, CONCEPTS, populations, units=UNITS)
    counted = satisfaction._counts(rows, CONCEPTS, {})
    names = [*CONCEPTS, ""]
    slow, slow_whole = satisfaction._by_design(counted, populations, UNITS, names)
    for one, other in zip([*found, whole], [*slow, slow_whole], strict=True):
        assert (one.unit, one.n, one.names) == (other.unit, other.n, other.names)
        assert one.complete == other.complete
        for name in ("score", "valid", "heard", "deff", "covariance"):
            assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-9, abs=1e-15)
        assert one.n_effective == pytest.approx(other.n_effective)
        assert one.unweighted == pytest.approx(other.unweighted)


def test_cells_that_reach_over_units_are_left_to_the_design():
    rows, populations = answers(1)
    rows["cell"] = rows["cell"].str.partition("/")[2]
    sizes = {cell: float(3 * n) for cell, n in rows["cell"].value_counts().items()}
    found, _ = unit_sums(rows, CONCEPTS, sizes, units=UNITS)
    counted = satisfaction._counts(rows, CONCEPTS, {})
    slow, _ = satisfaction._by_design(counted, sizes, UNITS, [*CONCEPTS, ""])
    assert found[0].covariance == pytest.approx(slow[0].covariance)
