"""Replicate weights made row by row give the variances of the whole table of replicates."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import SurveyDesign
from analysis.errors import DesignError
from analysis.estimation.replicaterows import Cell, replicate_rows


@pytest.fixture
def sample():
    """Three cells, the last one asked in full, with unequal weights."""
    random = np.random.default_rng(3)
    sizes, populations = (6, 9, 4), (40.0, 200.0, 4.0)
    frame = pd.DataFrame(
        {
            "cell": np.repeat([1, 2, 3], sizes),
            "population": np.repeat(populations, sizes),
            "w": random.uniform(1, 9, sum(sizes)),
            "y": random.normal(3, 1, sum(sizes)),
            "domain": random.integers(0, 2, sum(sizes)),
        }
    )
    cells = [
        Cell(frame.loc[frame["cell"] == place, "w"].to_numpy(), population)
        for place, population in enumerate(populations, 1)
    ]
    return frame, cells


def design_of(frame):
    totals = frame.groupby("cell")["population"].first().to_dict()
    return SurveyDesign(frame, weights="w", strata="cell", fpc="population").poststratify(
        "cell", totals
    )


def test_the_jackknife_is_that_of_the_design(sample):
    frame, cells = sample
    made = replicate_rows(cells, "jackknife")
    table = np.array(list(made.rows()))
    design = design_of(frame)
    whole = design.replicates("JKn").mean("y", by="domain")
    given = design.given_replicates(table, scale=made.scale, rscales=made.rscales)
    assert table.shape == (len(frame), len(frame)) == (len(frame), made.n)
    np.testing.assert_allclose(given.mean("y", by="domain").cov, whole.cov, rtol=1e-10)


def test_each_bootstrap_replicate_stands_for_the_population_and_the_seed_repeats_it(sample):
    frame, cells = sample
    made = replicate_rows(cells, "bootstrap", n=50, seed=7)
    table = np.array(list(made.rows()))
    for place, cell in enumerate(cells, 1):
        sums = table[(frame["cell"] == place).to_numpy()].sum(axis=0)
        np.testing.assert_allclose(sums, cell.population)
    assert (table[:15] >= 0).all()
    final = design_of(frame).weights
    np.testing.assert_allclose(table[15:], np.repeat(final[15:, None], 50, axis=1))
    again = np.array(list(replicate_rows(cells, "bootstrap", n=50, seed=7).rows()))
    other = np.array(list(replicate_rows(cells, "bootstrap", n=50, seed=8).rows()))
    assert (again == table).all() and not (other == table).all()


def test_many_bootstrap_replicates_come_near_the_linear_variance(sample):
    frame, cells = sample
    made = replicate_rows(cells, "bootstrap", n=4_000, seed=1)
    table = np.array(list(made.rows()))
    design = design_of(frame)
    given = design.given_replicates(table, scale=made.scale, rscales=made.rscales)
    bootstrap, linear = (np.sqrt(np.diag(x.total("y").cov)) for x in (given, design))
    # A variance from 4,000 replicates is known to some 2 %; nonlinear terms add a little.
    np.testing.assert_allclose(bootstrap, linear, rtol=0.12)


def test_draws_row_by_row_are_multinomial():
    cell = Cell(np.ones(5), 1e9)
    made = replicate_rows([cell], "bootstrap", n=20_000, seed=2)
    rows = np.array(list(made.rows()))
    times = np.rint(rows / rows.sum(axis=0) * 4)
    assert (times.sum(axis=0) == 4).all()
    np.testing.assert_allclose(times.mean(axis=1), 0.8, atol=0.02)
    np.testing.assert_allclose(times.var(axis=1), 4 * 0.2 * 0.8, atol=0.03)
    assert np.corrcoef(times[0], times[4])[0, 1] == pytest.approx(-0.25, abs=0.03)


@pytest.mark.parametrize(
    ("cells", "method", "n", "code"),
    [
        ([Cell(np.ones(3), 9.0)], "brr", None, "replicates.method"),
        ([Cell(np.ones(3), 9.0)], "bootstrap", 1, "replicates.n"),
        ([Cell(np.ones(1), 9.0)], "jackknife", None, "design.lonely_psu"),
    ],
)
def test_what_cannot_be_is_refused(cells, method, n, code):
    with pytest.raises(DesignError) as refused:
        replicate_rows(cells, method, n=n)
    assert refused.value.code == code
