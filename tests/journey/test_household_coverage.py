"""Household rounds over and over from a population whose truth is known: weights and intervals."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from analysis.index.satisfaction import unit_sums
from analysis.index.unit_sums import estimated
from analysis.sampling.multistage import Stage, draw_stages
from survey.domain import household
from survey.domain.household import Entry
from survey.services.households import weighing
from survey.services.households.weighing import Inputs

N_AREAS, PER_AREA, PER_HOUSEHOLD_ROUND = 16, 6, 8
#: Households of one adult are less content, so that weights without adults would mislead.
CONTENT = (0.35, 0.55, 0.75, 0.85)


class Population:
    """Two communes of 16 villages; every adult is content or not."""

    def __init__(self) -> None:
        random = np.random.default_rng(11)
        self.rows, self.listings, self.answers = [], {}, {}
        for unit in ("10888", "10891"):
            for i in range(N_AREAS):
                code, n = f"{unit}-{i:02}", int(random.integers(25, 90))
                adults = random.choice([1, 2, 3, 4], size=n, p=[0.35, 0.35, 0.2, 0.1])
                shift = random.normal(0, 0.08)
                entries = [Entry(k + 1, "", int(k_adults)) for k, k_adults in enumerate(adults)]
                self.listings[code] = entries
                for entry in entries:
                    chance = np.clip(CONTENT[entry.adults - 1] + shift, 0, 1)
                    self.answers[code, entry.number] = random.random(entry.adults) < chance
                # The register is not what the listing finds.
                size = float(max(5, round(n * random.uniform(0.8, 1.25))))
                self.rows.append({"area": code, "households": size, "stratum": unit})
        self.frame = pd.DataFrame(self.rows)
        everybody = np.concatenate(list(self.answers.values()))
        self.share, self.n_adults = float(everybody.mean()), len(everybody)

    def share_of(self, unit: str) -> float:
        own = [a for (code, _), a in self.answers.items() if code.startswith(unit)]
        return float(np.concatenate(own).mean())

    def one_round(self, seed: str, method: str, response_rate: float) -> Inputs:
        """Draw areas, households and adults by the product's own rules; not all answer."""
        stage = Stage(
            column="area",
            take=PER_AREA,
            design="pps_systematic",
            measure="households",
            order=("area",),
        )
        drawn = draw_stages(self.frame, [stage], seed, stratum="stratum")
        random = np.random.default_rng(int(seed))
        areas, responses = [], []
        for row in drawn.itertuples(index=False):
            told = self.listings[row.area]
            digest = household.listing_digest(row.area, told)
            numbers = household.households(seed, row.area, told, PER_HOUSEHOLD_ROUND, method)
            share = float(household.household_share(told, PER_HOUSEHOLD_ROUND))
            areas.append(
                {
                    "code": row.area, "unit_id": row.stratum, "unit": row.stratum,
                    "stratum": "ho_dan", "households": row.households,
                    "probability": row.inclusion_probability, "state": "closed", "share": share,
                    "n_issued": len(numbers), "n_ineligible": 0,
                }
            )  # fmt: skip
            adults = {entry.number: entry.adults for entry in told}
            for number in numbers:
                if random.random() >= response_rate:
                    continue
                k = adults[number]
                who = household.adult(seed, row.area, digest, number, k)
                responses.append(
                    {
                        "id": f"{row.area}/{number}", "psu": row.area, "outcome": "1.1",
                        "inclusion_probability": row.inclusion_probability * share / k,
                        "answer": 5.0 if self.answers[row.area, number][who - 1] else 1.0,
                    }
                )  # fmt: skip
        return Inputs(pd.DataFrame(areas), pd.DataFrame(responses))


def estimates(inputs: Inputs):
    """Shares of both communes and the whole, and what the weights add up to."""
    weights = weighing.compute(inputs)
    rows = weights.responses.merge(inputs.responses[["id", "answer"]], on="id")
    told = rows.assign(weight=rows["nonresponse"], eligible=True)
    units, whole = unit_sums(
        told[["unit", "cell", "psu", "weight", "eligible", "answer"]],
        {"S": ["answer"]},
        weights.populations,
        units=["10888", "10891"],
    )
    return [estimated(each) for each in (*units, whole)], float(rows["final"].sum())


def simulate(rounds: int, method: str, response_rate: float) -> dict:
    population = Population()
    made = []
    for seed in range(1, rounds + 1):
        inputs = population.one_round(str(seed), method, response_rate)
        (first, second, whole), total = estimates(inputs)
        made.append(
            {
                "whole": whole.overall.share, "se": whole.overall.se, "total": total,
                "covered": whole.overall.low <= population.share <= whole.overall.high,
                "first": first.overall.share, "first_se": first.overall.se,
                "first_covered": first.overall.low
                <= population.share_of("10888") <= first.overall.high,
                "plain": float((inputs.responses["answer"] == 5).mean()),
            }
        )  # fmt: skip
    return {"population": population, "rounds": pd.DataFrame(made)}


def check(found: dict) -> None:
    population, rounds = found["population"], found["rounds"]
    n = len(rounds)
    for name, truth in (
        ("whole", population.share),
        ("first", population.share_of("10888")),
        ("total", population.n_adults),
    ):
        error = rounds[name].std(ddof=1) / np.sqrt(n)
        assert abs(rounds[name].mean() - truth) < 4 * error + 0.004 * truth, name
    # Counting households as if each had one adult would be far off.
    plain = rounds["plain"].std(ddof=1) / np.sqrt(n)
    assert rounds["plain"].mean() < population.share - 8 * plain
    ratio = rounds["se"].mean() / rounds["whole"].std(ddof=1)
    assert 0.85 < ratio < 1.45, ratio
    slack = 4 * np.sqrt(0.95 * 0.05 / n)
    assert rounds["covered"].mean() > 0.95 - 0.02 - slack
    assert rounds["first_covered"].mean() > 0.95 - 0.02 - slack


@pytest.mark.parametrize(("method", "rate"), [("systematic", 1.0), ("srs", 0.7)])
def test_weights_are_unbiased_and_intervals_cover(method, rate):
    check(simulate(60, method, rate))


@pytest.mark.long
@pytest.mark.parametrize(("method", "rate"), [("systematic", 0.8), ("srs", 0.6)])
def test_weights_are_unbiased_and_intervals_cover_in_a_thousand_rounds(method, rate):
    check(simulate(1_000, method, rate))


def hand_made() -> Inputs:
    areas = pd.DataFrame(
        [
            {"code": code, "unit_id": 1, "unit": "u", "stratum": "s", "households": 50,
             "probability": p, "state": state, "share": share, "n_issued": n, "n_ineligible": 0}
            for code, p, state, share, n in [
                ("A", 0.5, "closed", 0.1, 2), ("B", 0.25, "closed", 0.2, 2),
                ("C", 0.5, None, None, 0)]
        ]
    )  # fmt: skip
    chance = {
        "a1": Fraction(1, 2) / 10 / 2,
        "a2": Fraction(1, 2) / 10,
        "b1": Fraction(1, 4) / 5 / 3,
    }
    responses = pd.DataFrame(
        [
            {"id": id_, "psu": id_[0].upper(), "inclusion_probability": float(p), "outcome": "1.1"}
            for id_, p in chance.items()
        ]
    )
    return Inputs(areas, responses)


def test_weights_by_hand():
    # Households: A 1/(0.5·0.1) = 20 each, two of two; B 1/(0.25·0.2) = 20 each, one of two.
    # Factor of the cell: 80 / 60.  Areas: (100 + 200 + 100) / (100 + 200).
    made = weighing.compute(hand_made()).responses.set_index("id")
    assert made["base"].to_dict() == pytest.approx({"a1": 40, "a2": 20, "b1": 60})
    factor = (80 / 60) * (400 / 300)
    assert made["final"].to_dict() == pytest.approx(
        {"a1": 40 * factor, "a2": 20 * factor, "b1": 60 * factor}
    )
    assert made["psu"].to_dict() == {"a1": "A", "a2": "A", "b1": "B"}
