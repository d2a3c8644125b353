"""Stages, slots of a desk, persons with several dossiers: probabilities against frequencies."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import SamplingError
from analysis.sampling import designs, multiplicity, probabilities, timelocation
from analysis.sampling.multistage import Stage, adult_number, draw_stages, two_stage_joint
from analysis.sampling.prn import permanent_random_keys


def village_frame() -> pd.DataFrame:
    """Six communes in two strata, 2 to 4 villages each, 3 to 6 households each."""
    rows = []
    for c in range(6):
        for v in range(2 + c % 3):
            count = 3 + (c + v) % 4
            for h in range(count):
                rows.append(
                    {
                        "zone": f"z{c % 2}",
                        "commune": f"c{c}",
                        # The same names in every commune: only the path is a key.
                        "village": f"v{v}",
                        "household": f"h{h}",
                        "village_size": float(count),
                        "road": float(h % 2),
                    }
                )
    return pd.DataFrame(rows)


STAGES = (
    Stage(column="commune", take=2),
    Stage(column="village", take=2, design="pareto", measure="village_size"),
    Stage(column="household", take=2, design="systematic", order=("road",), reserve=1),
)


ADULT = Stage(column="adult", take=1)


def key(rows: pd.DataFrame) -> list[tuple[str, str, str]]:
    return list(rows[["commune", "village", "household"]].itertuples(index=False, name=None))


def test_three_stages_take_what_each_parent_is_asked_for():
    drawn = draw_stages(village_frame(), STAGES, "seed", stratum="zone")
    main = drawn[drawn["role"] == "main"]
    assert main.groupby("zone")["commune"].nunique().tolist() == [2, 2]
    assert (main.groupby("commune")["village"].nunique() == 2).all()
    assert (main.groupby(["commune", "village"]).size() == 2).all()
    assert (drawn[drawn["role"] == "reserve"].groupby(["commune", "village"]).size() == 1).all()
    product = drawn[[f"probability_{s.column}" for s in STAGES]].prod(axis=1)
    assert drawn["inclusion_probability"].to_numpy() == pytest.approx(product.to_numpy())
    mixed = village_frame().sample(frac=1, random_state=1)
    again = draw_stages(mixed, STAGES, "seed", stratum="zone")
    pd.testing.assert_frame_equal(again, drawn)


def reached(seeds: int) -> None:
    frame, hits, chance = village_frame(), Counter(), {}
    for seed in range(seeds):
        drawn = draw_stages(frame, STAGES, str(seed), stratum="zone")
        main = drawn[drawn["role"] == "main"]
        hits.update(key(main))
        chance |= dict(zip(key(main), main["inclusion_probability"], strict=True))
    assert set(chance) == set(key(frame))
    for unit, p in chance.items():
        assert abs(hits[unit] / seeds - p) < 4.5 * np.sqrt(p * (1 - p) / seeds)


def test_three_stages_reach_every_household_as_often_as_they_should():
    reached(80)


@pytest.mark.long
def test_three_stages_over_many_seeds():
    reached(1000)


def test_numbers_may_stand_in_a_column_and_small_parents_may_give_all():
    frame = village_frame().assign(wanted=lambda f: f["commune"].map({"c0": 1}).fillna(2))
    stages = (
        Stage(column="commune", take=6),
        Stage(column="village", take="wanted"),
        Stage(column="household", take=4, at_most=True),
    )
    drawn = draw_stages(frame, stages, "x")
    assert drawn.groupby("commune")["village"].nunique()["c0"] == 1
    sizes = village_frame().groupby(["commune", "village"]).size()
    taken = drawn.groupby(["commune", "village"]).size()
    assert (taken == np.minimum(sizes[taken.index], 4)).all()


def test_a_listed_adult_is_the_one_with_the_smallest_hash():
    frame = pd.concat(
        [village_frame().assign(adult=f"adult {i}") for i in range(3)], ignore_index=True
    )
    drawn = draw_stages(frame, (*STAGES[:2], Stage(column="household", take=2), ADULT), "seed")
    assert (drawn.groupby(["commune", "village", "household"]).size() == 1).all()
    assert drawn["probability_adult"].to_numpy() == pytest.approx(1 / 3)
    for row in drawn.itertuples():
        home = "\x1f".join((row.commune, row.village, row.household))
        keys = permanent_random_keys("seed", [f"{home}\x1fadult {i}" for i in range(3)])
        assert row.adult == f"adult {keys.argmin()}"


@pytest.mark.parametrize(
    ("change", "stages", "code"),
    [
        ({}, (), "stages.none"),
        ({}, (Stage(column="commune", take=9),), "draw.duplicate_id"),
        ({}, (*STAGES[:2], Stage(column="household", take=9)), "stages.too_few"),
        ({}, (Stage(column="commune", take=2, reserve=1), *STAGES[1:]), "stages.reserve"),
        ({}, (Stage(column="province", take=2), *STAGES[1:]), "stages.column"),
        ({"village_size": np.arange(79.0)}, STAGES, "stages.differs"),
        ({"village_size": 0.0}, STAGES, "pps.size"),
        ({"village": None}, STAGES, "stages.text"),
    ],
)
def test_stages_that_cannot_be_are_refused_by_name(change, stages, code):
    frame = village_frame()
    frame = frame.assign(
        **{name: v[: len(frame)] if np.ndim(v) else v for name, v in change.items()}
    )
    with pytest.raises(SamplingError) as refused:
        draw_stages(frame, stages, "x", stratum="zone")
    assert refused.value.code == code


def test_a_fault_of_a_stage_names_row_and_path():
    frame = village_frame()
    frame.loc[frame["commune"].eq("c2") & frame["village"].eq("v1"), "village_size"] = 0.0
    with pytest.raises(SamplingError) as refused:
        draw_stages(frame, (Stage(column="commune", take=3), *STAGES[1:]), "x", stratum="zone")
    facts = refused.value.facts
    row = frame.iloc[facts["row"]]
    assert (row["commune"], row["village"]) == ("c2", "v1")
    assert (facts["id"], facts["stage"]) == ("c2 / v1", "village")
    assert f"Row {facts['row']} ('c2 / v1')" in refused.value.message


def test_joint_probabilities_of_two_stages_are_those_of_all_samples():
    # Two of three communes, then two households of 2, 3 and 4.
    sizes, taken = [2, 3, 4], [2, 2, 2]
    first = probabilities.srs_joint(3, 2)
    within = [probabilities.srs_joint(n, k) for n, k in zip(sizes, taken, strict=True)]
    joint = two_stage_joint(first, within)
    starts = np.cumsum([0, *sizes])
    counted, total = np.zeros((9, 9)), 0.0
    for communes in combinations(range(3), 2):
        inside = [list(combinations(range(starts[c], starts[c + 1]), 2)) for c in communes]
        for a in inside[0]:
            for b in inside[1]:
                weight = 1 / (len(inside[0]) * len(inside[1]))
                rows = [*a, *b]
                counted[np.ix_(rows, rows)] += weight
                total += weight
    assert np.abs(counted / total - joint).max() < 1e-12


def test_every_adult_of_a_household_has_the_same_chance():
    households = [f"h{i}" for i in range(30_000)]
    for adults in (1, 2, 3, 7):
        number = adult_number("seed", households, np.full(30_000, adults))
        counts = np.bincount(number, minlength=adults + 1)[1:]
        assert counts.sum() == 30_000
        expected = 30_000 / adults
        assert np.abs(counts - expected).max() <= 4.5 * np.sqrt(expected)
    with pytest.raises(SamplingError) as refused:
        adult_number("seed", ["a", "b"], [1, 0])
    assert (refused.value.code, refused.value.facts["row"]) == ("stages.adults", 1)


def desk_slots() -> pd.DataFrame:
    return timelocation.half_day_slots(["Cao An", "Cẩm Văn"], [date(2024, 3, d) for d in (4, 5, 6)])


def test_slots_are_the_half_days_of_every_desk():
    slots = desk_slots()
    assert len(slots) == 12
    assert slots["id"].is_unique
    assert slots["id"][0] == "Cao An|2024-03-04|am"
    with pytest.raises(SamplingError) as refused:
        timelocation.half_day_slots([], [date(2024, 3, 4)])
    assert refused.value.code == "slots.empty"


def test_every_visitor_is_asked_as_often_as_it_should_be():
    slots = desk_slots()
    expected = dict(zip(slots["id"], 10.0 + np.arange(12) * 3, strict=True))
    visitors = {slot: 7 + i for i, slot in enumerate(slots["id"])}
    hits, chance = Counter(), {}
    for seed in range(150):
        drawn = designs.draw_design(
            slots["id"],
            slots["desk"],
            {"Cao An": (2, 0), "Cẩm Văn": (3, 0)},
            str(seed),
            design="pps_systematic",
            measure=[expected[slot] for slot in slots["id"]],
        )
        plan = timelocation.visitor_plan(
            drawn, str(seed), expected=[expected[slot] for slot in drawn["id"]], take=5
        )
        assert (plan["start"] >= 1).all()
        assert (plan["start"] <= plan["interval"]).all()
        for row in plan.itertuples():
            for number in timelocation.visitors_to_ask(row.start, row.interval, visitors[row.id]):
                hits[row.id, number] += 1
            chance[row.id] = row.visitor_probability
    assert len(chance) == 12
    for slot, count in visitors.items():
        for number in range(1, count + 1):
            p = chance[slot]
            assert abs(hits[slot, number] / 150 - p) < 4.8 * np.sqrt(p * (1 - p) / 150)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"expected": [5, 0], "take": 2}, "slots.expected"),
        ({"expected": float("nan"), "take": 2}, "slots.expected"),
        ({"expected": 5, "take": 0}, "slots.take"),
    ],
)
def test_slots_that_cannot_be_planned_are_refused_by_name(options, code):
    drawn = pd.DataFrame({"id": ["a", "b"], "inclusion_probability": [0.5, 0.5]})
    with pytest.raises(SamplingError) as refused:
        timelocation.visitor_plan(drawn, "x", **options)
    assert refused.value.code == code


PERSONS = ["p", "p", "q", "r", "p", "q", "s", "t", "u"]
WHERE = ["a", "a", "a", "a", "b", "b", "b", "b", "b"]


def test_a_person_with_several_dossiers_has_the_probability_of_all_samples():
    samples = [
        [*one, *two] for one in combinations(range(4), 2) for two in combinations(range(4, 9), 2)
    ]
    found = multiplicity.person_probabilities(PERSONS, WHERE, {"a": 2, "b": 2})
    joint = multiplicity.joint_person_probabilities(PERSONS, WHERE, {"a": 2, "b": 2})
    for one in found.index:
        for two in found.index:
            both = [{PERSONS[i] for i in sample} >= {one, two} for sample in samples]
            assert joint.at[one, two] == pytest.approx(np.mean(both), rel=1e-12)
        assert found[one] == pytest.approx(joint.at[one, one], rel=1e-12)


def test_shared_weights_count_persons_without_bias():
    samples = [
        [*one, *two] for one in combinations(range(4), 2) for two in combinations(range(4, 9), 2)
    ]
    dossiers = Counter(PERSONS)
    chance = {"a": 2 / 4, "b": 2 / 5}
    totals = [
        multiplicity.share_weights(
            [chance[WHERE[i]] for i in sample], [dossiers[PERSONS[i]] for i in sample]
        ).sum()
        for sample in samples
    ]
    assert np.mean(totals) == pytest.approx(len(dossiers), rel=1e-12)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: multiplicity.share_weights([0.5, 0], [1, 1]), "multiplicity.probability"),
        (lambda: multiplicity.share_weights([0.5, 1.2], [1, 1]), "multiplicity.probability"),
        (lambda: multiplicity.share_weights([0.5, 1], [1, 0]), "multiplicity.count"),
        (lambda: multiplicity.share_weights([0.5, 1], [1, 1.5]), "multiplicity.count"),
        (lambda: multiplicity.person_probabilities(["p"], ["a"], {}), "draw.unplanned_stratum"),
        (
            lambda: multiplicity.person_probabilities(["p"], ["a"], {"a": 2}),
            "draw.stratum_too_small",
        ),
        (lambda: multiplicity.person_probabilities(["p"], ["a", "a"], {"a": 1}), "draw.shape"),
    ],
)
def test_multiplicities_that_cannot_be_are_refused_by_name(call, code):
    with pytest.raises(SamplingError) as refused:
        call()
    assert refused.value.code == code
