"""Truth recovery: over 200 draws from a known population the intervals hold what they promise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.index.satisfaction import satisfaction

#: Share of satisfied clients, dossiers and forms of each unit's three cells (synthetic).
SHARES = {
    "A": (0.90, 0.80, 0.60),
    "B": (0.95, 0.85, 0.70),
    "C": (0.80, 0.70, 0.90),
    "D": (0.97, 0.93, 0.88),
}
SIZES, FORMS = (1200, 600, 200), (52, 26, 18)
DRAWS = 200


@pytest.fixture(scope="module")
def population() -> pd.DataFrame:
    chance = np.random.default_rng(20231123)
    cells = [
        pd.DataFrame({"i1": np.where(chance.random(n) < p, 4.0, 2.0)}).assign(
            unit=unit, cell=f"{unit}/{position}", weight=n / forms, n=forms
        )
        for unit, shares in SHARES.items()
        for position, (p, n, forms) in enumerate(zip(shares, SIZES, FORMS, strict=True))
    ]
    return pd.concat(cells, ignore_index=True).assign(eligible=True)


@pytest.fixture(scope="module")
def draws(population):
    chance = np.random.default_rng(7)
    sizes = population.groupby("cell").size().to_dict()
    groups = [
        (rows.index.to_numpy(), int(rows["n"].iloc[0])) for _, rows in population.groupby("cell")
    ]
    made = []
    for _ in range(DRAWS):
        rows = np.concatenate([chance.choice(index, n, replace=False) for index, n in groups])
        drawn = population.loc[rows].reset_index(drop=True)
        made.append(satisfaction(drawn, {"overall": ["i1"]}, sizes, units=list(SHARES)))
    return made


@pytest.fixture(scope="module")
def truth(population):
    return (population["i1"] >= 4).groupby(population["unit"]).mean()


def test_unit_intervals_hold_the_truth(draws, truth):
    held = [u.overall.low <= truth[u.unit] <= u.overall.high for units, _ in draws for u in units]
    # 800 intervals: the standard error of the coverage is 0.008.
    assert len(held) == 800
    assert 0.926 <= np.mean(held) <= 0.974


def test_the_whole_waves_interval_holds_the_truth(draws, population):
    whole = (population["i1"] >= 4).mean()
    held = [made.overall.low <= whole <= made.overall.high for _, made in draws]
    # 200 intervals: the standard error of the coverage is 0.015.
    assert 0.904 <= np.mean(held) <= 0.996


def test_shares_are_right_on_average_and_scatter_as_their_errors_say(draws, truth):
    for position, unit in enumerate(SHARES):
        shares = np.array([units[position].overall.share for units, _ in draws])
        errors = np.array([units[position].overall.se for units, _ in draws])
        assert abs(shares.mean() - truth[unit]) < 3.5 * shares.std() / np.sqrt(DRAWS)
        # The ratio's own standard error is about 1 / √(2 · 200) = 0.05.
        assert np.sqrt((errors**2).mean()) / shares.std() == pytest.approx(1, abs=0.18)
