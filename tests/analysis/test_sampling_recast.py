"""Results recast on new units: the succession of Cẩm Giàng, and its variance by simulation."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from analysis.errors import SamplingError
from analysis.sampling.recast import recast_means, recast_ratios
from analysis.sampling.succession import Succession

UNITS = Path(__file__).parents[2] / "survey" / "data" / "units"


def rows(name: str) -> list[dict[str, str]]:
    with (UNITS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def valid_on(day: str, *, below: tuple[str, ...] = ("huyện", "tỉnh", "thành phố")) -> list[str]:
    return [
        f"{row['code']}@{row['valid_from']}"
        for row in rows("units.csv")
        if row["valid_from"] <= day < (row["valid_to"] or "9999") and row["kind"] not in below
    ]


LINKS = [
    (
        f"{row['from_code']}@{row['from_valid_from']}",
        f"{row['to_code']}@{row['to_valid_from']}",
        float(row["share"]) if row["share"] else None,
    )
    for row in rows("succession.csv")
]
#: Shares of the two units that were split in 2025, as an office would enter them.
ENTERED = {
    ("10933@2024-12-01", "10930@2025-07-01"): 0.3,
    ("10933@2024-12-01", "10903@2025-07-01"): 0.7,
    ("10891@2020-01-01", "10891@2025-07-01"): 0.6,
    ("10891@2020-01-01", "10543@2025-07-01"): 0.4,
}
KNOWN = [(a, b, ENTERED.get((a, b), share)) for a, b, share in LINKS]


def test_seventeen_units_become_fifteen_become_six():
    days = ["2023-06-30", "2024-12-31", "2025-12-31"]
    first, second, third = (valid_on(day) for day in days)
    assert [len(first), len(second), len(third)] == [17, 15, 6]
    step = Succession.between(first, second, KNOWN)
    # Thạch Lỗi joined Cẩm Giang town, Cẩm Phúc and Cẩm Điền made Phúc Điền; the rest go on whole.
    assert not step.ended
    assert not step.split
    assert len(step.unchanged) == 13
    whole = Succession.between(first, third, KNOWN)
    assert set(whole.split) == {"10933@2020-01-01", "10936@2020-01-01", "10891@2020-01-01"}
    assert whole.shares.sum(axis=1) == pytest.approx(1)
    goes = dict(zip(whole.new, whole.shares[whole.old.index("10933@2020-01-01")], strict=True))
    assert goes["10930@2025-07-01"] == pytest.approx(0.3)
    assert goes["10903@2025-07-01"] == pytest.approx(0.7)
    # 10903 is Ngọc Liên before and Cẩm Giàng after: the code alone would be no key.
    source = whole.shares[:, whole.new.index("10903@2025-07-01")]
    assert {whole.old[i] for i in np.flatnonzero(source)} == {
        "10894@2020-01-01",
        "10903@2020-01-01",
        "10924@2020-01-01",
        "10933@2020-01-01",
        "10936@2020-01-01",
    }


def test_following_two_steps_is_the_product_of_both():
    first, second, third = (valid_on(d) for d in ("2023-06-30", "2024-12-31", "2025-12-31"))
    one = Succession.between(first, second, KNOWN)
    two = Succession.between(second, third, KNOWN)
    both = Succession.between(first, third, KNOWN)
    assert np.abs(one.shares @ two.shares - both.shares).max() < 1e-15


def test_unknown_shares_are_refused_or_named():
    first, third = valid_on("2023-06-30"), valid_on("2025-12-31")
    with pytest.raises(SamplingError) as refused:
        Succession.between(first, third, LINKS)
    assert refused.value.code == "succession.unknown"
    assert set(refused.value.facts["links"]) == set(ENTERED)
    # The year in which nothing was split needs none of them.
    Succession.between(first, valid_on("2024-12-31"), LINKS)
    equal = Succession.between(first, third, LINKS, unknown="equal")
    assert set(equal.assumed) == set(ENTERED)
    assert set(equal.shares[equal.old.index("10891@2020-01-01")]) == {0.0, 0.5}


def test_results_of_cam_giang_are_recast_as_ratios_of_recast_totals():
    first, third = valid_on("2023-06-30"), valid_on("2025-12-31")
    succession = Succession.between(first, third, KNOWN)
    random = np.random.default_rng(17)
    means, sizes = random.uniform(60, 95, 17), random.integers(500, 4000, 17).astype(float)
    root = random.normal(0, 1, (17, 17))
    cov = root @ root.T / 17 + np.eye(17)
    made = recast_means(succession, means, cov, sizes)
    assert made.units == tuple(third)
    by_old = dict(zip(first, zip(means, sizes, strict=True), strict=True))
    parts = [("10930@2020-01-01", 1.0), ("10939@2020-01-01", 1.0)]
    parts += [("10933@2020-01-01", 0.3), ("10936@2020-01-01", 0.3)]
    total = sum(s * by_old[u][1] for u, s in parts)
    by_hand = sum(s * by_old[u][1] * by_old[u][0] for u, s in parts) / total
    at = made.units.index("10930@2025-07-01")
    assert made.means[at] == pytest.approx(by_hand, rel=1e-12)
    assert made.weights.sum(axis=1) == pytest.approx(1)
    assert (made.coverage == 1).all()
    assert made.lost == ()
    # Both new units that share Phúc Điền's forerunner are correlated, and V is W V Wᵀ.
    assert np.abs(made.cov - made.weights @ cov @ made.weights.T).max() < 1e-12
    draws = random.multivariate_normal(means, cov, 20_000) @ made.weights.T
    assert np.abs(np.cov(draws.T) - made.cov).max() < 0.05
    assert made.se == pytest.approx(np.sqrt(np.diag(made.cov)))


def test_a_unit_that_goes_nowhere_is_told():
    succession = Succession.between(["a", "b"], ["c"], [("a", "c", 1.0)])
    assert succession.ended == ("b",)
    made = recast_means(succession, [70.0, 90.0], np.eye(2), [10, 20])
    assert (made.units, made.means.tolist(), made.lost) == (("c",), [70.0], ("b",))


def test_several_items_keep_their_covariances():
    succession = Succession.between(["a", "b"], ["c"], [("a", "c", 1.0), ("b", "c", 0.5)])
    means = np.array([[80.0, 60.0], [50.0, 40.0]])
    root = np.random.default_rng(2).normal(0, 1, (4, 4))
    cov = root @ root.T
    made = recast_means(succession, means, cov, [100, 100])
    assert made.means == pytest.approx(np.array([[70.0, 160 / 3]]))
    spread = np.array([[2 / 3, 0, 1 / 3, 0], [0, 2 / 3, 0, 1 / 3]])
    assert made.cov == pytest.approx(spread @ cov @ spread.T)
    assert made.se.shape == (1, 2)


def test_a_unit_recast_on_itself_is_itself():
    units = ["a", "b", "c"]
    same = Succession.between(units, units, [])
    cov = np.diag([1.0, 4, 9])
    made = recast_means(same, [70, 80, 90], cov, [10, 20, 30])
    assert made.means.tolist() == [70, 80, 90]
    assert (made.cov == cov).all()


def test_estimated_totals_bring_their_own_error():
    succession = Succession.between(
        ["a", "b"], ["c", "d"], [("a", "c", 1.0), ("b", "c", 0.25), ("b", "d", 0.75)]
    )
    random = np.random.default_rng(5)
    truth = np.array([700.0, 500.0, 1000.0, 900.0])
    root = random.normal(0, 1, (4, 4)) * 4
    cov = root @ root.T
    made = recast_ratios(succession, truth[:2], truth[2:], cov)
    assert made.means == pytest.approx([825 / 1225, 500 / 900])
    draws = random.multivariate_normal(truth, cov, 40_000)
    shares = succession.shares.T
    ratios = (draws[:, :2] @ shares.T) / (draws[:, 2:] @ shares.T)
    assert np.cov(ratios.T) == pytest.approx(made.cov, rel=0.05)


def test_parts_without_results_are_refused_or_told_as_coverage():
    succession = Succession.between(["a", "b"], ["c"], [("a", "c", 1.0), ("b", "c", 1.0)])
    means, cov = [80.0, np.nan], np.diag([4.0, np.nan])
    with pytest.raises(SamplingError) as refused:
        recast_means(succession, means, cov, [300, 100])
    assert refused.value.code == "recast.missing"
    assert refused.value.facts["units"] == {"c": ["b"]}
    made = recast_means(succession, means, cov, [300, 100], partial=True)
    assert (made.means[0], made.cov[0, 0], made.coverage[0]) == (80.0, 4.0, 0.75)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: Succession.between(["a"], ["b"], [("a", "b", 1.2)]), "succession.share"),
        (
            lambda: Succession.between(["a"], ["b", "c"], [("a", "b", 0.8), ("a", "c", 0.4)]),
            "succession.share",
        ),
        (
            lambda: Succession.between(
                ["a"], ["b", "c"], [("a", "b", 1.0), ("a", "c", None)], unknown="equal"
            ),
            "succession.share",
        ),
        (
            lambda: Succession.between(["a"], ["b"], [("a", "b", 0.5), ("a", "b", 0.5)]),
            "succession.twice",
        ),
        (
            lambda: Succession.between(["a"], ["z"], [("a", "b", 1.0), ("b", "a", 1.0)]),
            "succession.circle",
        ),
        (lambda: recast_means(SAME, [1.0], np.eye(2), [1, 1]), "recast.shape"),
        (lambda: recast_means(SAME, [1.0, 2.0], np.eye(3), [1, 1]), "recast.covariance"),
        (lambda: recast_means(SAME, [1.0, 2.0], [[1, 2], [0, 1]], [1, 1]), "recast.covariance"),
        (lambda: recast_means(SAME, [1.0, 2.0], np.eye(2), [1, 0]), "recast.size"),
        (lambda: recast_ratios(SAME, [1.0, 2.0], [1, 0], np.eye(4)), "recast.size"),
        (lambda: recast_ratios(SAME, [1.0, np.nan], [1, 1], np.eye(4)), "recast.covariance"),
    ],
)
def test_successions_that_cannot_be_are_refused_by_name(call, code):
    with pytest.raises(SamplingError) as refused:
        call()
    assert refused.value.code == code


SAME = Succession.between(["a", "b"], ["a", "b"], [])
