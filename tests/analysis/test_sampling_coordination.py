"""The next wave keeps, rotates or avoids: overlap against its expectation."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.errors import SamplingError
from analysis.sampling import designs, draw, prn, probabilities, turning
from analysis.sampling.coordination import (
    draw_coordinated,
    expected_overlap,
    expected_poisson_overlap,
    poisson_rows,
    shift_for_overlap,
    shift_for_poisson_overlap,
)

IDS = [f"u{i:03d}" for i in range(60)]


def cases(start: float, n: int, seed: str, ids=IDS) -> set[str]:
    drawn = draw_coordinated(ids, ["s"] * len(ids), {"s": (n, 0)}, seed, {"s": start})
    return set(drawn["id"])


def test_without_a_shift_the_draw_is_the_plain_one():
    plain = draw.draw_stratified(IDS, ["s"] * 60, {"s": (9, 4)}, "x")
    assert draw_coordinated(IDS, ["s"] * 60, {"s": (9, 4)}, "x", {}).equals(plain)


def test_turned_keys_start_at_the_shift():
    keys = np.array([0, 2**62, 2**63, 2**63 - 1], dtype=np.uint64)
    assert turning.turned(keys, 0.5).tolist() == [2**63, 3 * 2**62, 0, 2**64 - 1]


@pytest.mark.parametrize(
    ("n_before", "n_now", "overlap"), [(12, 12, 0.5), (20, 10, 0.7), (9, 15, 0.2)]
)
def test_the_overlap_is_the_wanted_one_on_average(n_before, n_now, overlap):
    shift = shift_for_overlap(60, n_before, n_now, overlap)
    assert shift.expected_overlap == pytest.approx(overlap * n_now, abs=1e-6)
    seen = [
        len(cases(0.0, n_before, str(seed)) & cases(shift.start, n_now, str(seed)))
        for seed in range(300)
    ]
    error = np.std(seen) / np.sqrt(300)
    assert abs(np.mean(seen) - shift.expected_overlap) < 4 * error


def test_a_kept_wave_is_the_same_and_an_avoided_one_almost_another():
    assert shift_for_overlap(60, 12, 12, 1.0) == (0.0, 12.0)
    avoid = shift_for_overlap(60, 12, 12, 0.0)
    assert avoid.expected_overlap < 0.01
    assert not cases(0.0, 12, "x") & cases(avoid.start, 12, "x")


def test_a_turned_draw_is_still_a_simple_random_sample():
    hits = dict.fromkeys(IDS, 0)
    for seed in range(1500):
        for unit in cases(0.37, 15, str(seed)):
            hits[unit] += 1
    share = np.array(list(hits.values())) / 1500
    assert np.abs(share - 0.25).max() < 4 * np.sqrt(0.25 * 0.75 / 1500)


def test_units_that_are_born_or_die_leave_the_numbers_of_the_others():
    later = [*IDS[5:], "new1", "new2"]
    kept = cases(0.2, 12, "x", later) & set(IDS)
    # Those who stay are drawn in the same order as before.
    order = draw_coordinated(IDS, ["s"] * 60, {"s": (60, 0)}, "x", {"s": 0.2})["id"].tolist()
    staying = [unit for unit in order if unit in later]
    assert kept == set(staying[: len(kept)])


def test_the_expectation_is_the_exact_sum_over_ranks():
    # Three units, two cases each, start ½: 0 to 3 numbers before the start, ⅛ ⅜ ⅜ ⅛.
    overlaps = [2, 1, 1, 2]
    expected = sum(o * w for o, w in zip(overlaps, (1, 3, 3, 1), strict=True)) / 8
    assert expected_overlap(3, 2, 2, 0.5) == pytest.approx(expected)


def test_poisson_samples_overlap_as_their_arcs_do():
    before, now = np.linspace(0.1, 0.6, 60), np.linspace(0.5, 0.2, 60)
    for start in (0.0, 0.3, 0.8):
        expected = expected_poisson_overlap(before, now, start)
        seen, size = [], []
        for seed in range(400):
            keys = prn.permanent_random_keys(str(seed), IDS)
            first, second = poisson_rows(before, keys), poisson_rows(now, keys, start)
            seen.append(np.intersect1d(first, second).size)
            size.append(second.size)
        assert abs(np.mean(seen) - expected) < 4 * np.std(seen) / 20
        assert abs(np.mean(size) - now.sum()) < 4 * np.std(size) / 20
    assert expected_poisson_overlap(before, now) == pytest.approx(np.minimum(before, now).sum())
    assert expected_poisson_overlap([0.3], [0.4], 0.3) == 0


@pytest.mark.parametrize("overlap", [0.0, 0.4, 1.0])
def test_pareto_waves_overlap_nearly_as_poisson_waves_do(overlap):
    measure = 1.0 + np.arange(60) % 7
    chances = probabilities.pps_probabilities(measure, 12)
    shift = shift_for_poisson_overlap(chances, chances, overlap)
    assert shift.expected_overlap == pytest.approx(12 * overlap, abs=1e-6)
    seen, hits = [], dict.fromkeys(IDS, 0)
    for seed in range(80):
        waves = [
            set(
                designs.draw_design(
                    IDS,
                    ["s"] * 60,
                    {"s": (12, 0)},
                    str(seed),
                    design="pareto",
                    measure=measure,
                    starts={"s": start},
                )["id"]
            )
            for start in (0.0, shift.start)
        ]
        seen.append(len(waves[0] & waves[1]))
        for unit in waves[1]:
            hits[unit] += 1
    assert abs(np.mean(seen) - shift.expected_overlap) < 0.6
    share = np.array([hits[unit] for unit in IDS]) / 80
    assert (np.abs(share - chances) < 4.5 * np.sqrt(chances * (1 - chances) / 80)).all()


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: shift_for_overlap(60, 10, 20, 0.8), "coordination.overlap"),
        (lambda: shift_for_overlap(60, 50, 50, 0.2), "coordination.overlap"),
        (lambda: shift_for_overlap(60, 10, 10, 1.2), "coordination.overlap"),
        (lambda: expected_overlap(60, 61, 10, 0.2), "coordination.size"),
        (lambda: turning.turned(np.zeros(1, np.uint64), 1.0), "coordination.start"),
        (lambda: turning.turned(np.zeros(1, np.uint64), float("nan")), "coordination.start"),
        (lambda: shift_for_poisson_overlap([0.2], [0.9], 0.9), "coordination.overlap"),
        (
            lambda: draw_coordinated(IDS, ["s"] * 60, {"s": (9, 0)}, "x", {"t": 0.1}),
            "coordination.stratum",
        ),
        (
            lambda: designs.draw_design(
                IDS, ["s"] * 60, {"s": (9, 0)}, "x", design="systematic", starts={"s": 0.1}
            ),
            "coordination.design",
        ),
        (lambda: expected_poisson_overlap([1.2], [0.3]), "pps.probability"),
    ],
)
def test_overlaps_that_cannot_be_are_refused_by_name(call, code):
    with pytest.raises(SamplingError) as refused:
        call()
    assert refused.value.code == code
