"""Base weights, unknown eligibility, non-response, collapsing: small cases worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import AnalysisError
from analysis.weighting.base import base_weights
from analysis.weighting.collapsing import collapse
from analysis.weighting.diagnostics import diagnose, diagnose_by, effective_n, kish_deff
from analysis.weighting.eligibility import spread_unknown
from analysis.weighting.nonresponse import response_propensity, weighting_class

R, N, OUT, U = "respondent", "nonrespondent", "ineligible", "unknown"


def test_stages_multiply_and_chances_divide():
    got = base_weights([0.5, 0.25], 0.1, multiplicity=[1, 2])
    assert got.weights == pytest.approx([20, 20])
    assert got.probability == pytest.approx([0.05, 0.025])
    assert got.total == pytest.approx(40)


@pytest.mark.parametrize("stage", [0.0, -0.1, 1.01, np.nan, np.inf])
def test_a_probability_outside_its_range_is_refused(stage):
    with pytest.raises(AnalysisError) as caught:
        base_weights([0.5, 0.5], [0.5, stage])
    assert caught.value.code == "base.probability_out_of_range"
    assert caught.value.facts == {"stage": 2, "rows": [1]}


def test_no_stage_and_no_chance_are_refused():
    with pytest.raises(AnalysisError, match="No inclusion"):
        base_weights()
    with pytest.raises(AnalysisError) as caught:
        base_weights([0.5], multiplicity=0.5)
    assert caught.value.code == "base.multiplicity"


def test_unknown_cases_give_their_weight_to_the_known_ones_of_their_class():
    status = [R, N, OUT, U, R, U]
    got = spread_unknown([2, 2, 2, 6, 1, 1], status, ["a", "a", "a", "a", "b", "b"])
    assert got.weights == pytest.approx([4, 4, 4, 0, 2, 0])
    assert got.eligible_rate == pytest.approx(5 / 7)
    a, b = got.classes
    assert (a.label, a.n_sampled, a.n_respondents, a.factor) == ("a", 4, 3, 2.0)
    assert (b.label, b.n_sampled, b.n_respondents, b.factor) == ("b", 2, 1, 2.0)


def test_respondents_carry_all_eligible_weight_and_the_ineligible_leave():
    got = weighting_class([10, 10, 20, 5, 5], [R, N, R, OUT, R], [1, 1, 2, 2, 2])
    assert got.weights == pytest.approx([20, 0, 20, 0, 5])
    assert got.response_rate == pytest.approx(35 / 45)
    assert [(c.label, c.n_sampled, c.n_respondents, c.factor) for c in got.classes] == [
        (1, 2, 1, 2.0),
        (2, 2, 2, 1.0),
    ]
    assert got.classes[0].response_rate == 0.5
    assert got.notes == ()


def test_a_class_without_respondents_is_refused_with_its_name():
    with pytest.raises(AnalysisError) as caught:
        weighting_class([1, 1, 1], [R, N, N], ["x", "x", "y"])
    assert caught.value.code == "weighting.empty_class"
    assert caught.value.facts == {"classes": ["y"], "n_sampled": [1]}
    assert "collapse" in caught.value.hint


def test_unknown_cases_must_be_spread_first():
    with pytest.raises(AnalysisError) as caught:
        weighting_class([1, 1], [R, U], [1, 1])
    assert caught.value.code == "nonresponse.unknown_left"
    spread = spread_unknown([1, 1], [R, U], [1, 1])
    assert weighting_class(spread.weights, [R, U], [1, 1]).weights == pytest.approx([2, 0])


@pytest.mark.parametrize(
    ("weights", "status", "classes", "code"),
    [
        ([1, np.nan], [R, R], [1, 1], "weights.not_valid"),
        ([1, -1], [R, R], [1, 1], "weights.not_valid"),
        ([np.inf, 1], [R, R], [1, 1], "weights.not_valid"),
        ([0, 0], [R, R], [1, 1], "weights.all_zero"),
        ([1, 1], [R, R], [1], "weights.length"),
        ([1, 1], [R, R], [1, np.nan], "weights.class_missing"),
        ([1, 1], [R, "maybe"], [1, 1], "eligibility.status"),
        ([1, 1], [OUT, OUT], [1, 1], "nonresponse.no_eligible"),
    ],
)
def test_bad_input_is_named(weights, status, classes, code):
    with pytest.raises(AnalysisError) as caught:
        weighting_class(weights, status, classes)
    assert caught.value.code == code


def test_kish_by_hand():
    assert kish_deff([1, 1, 1, 1]) == 1
    assert kish_deff([1, 3]) == pytest.approx(2 * 10 / 16)
    assert effective_n([1, 3, 0]) == pytest.approx(1.6)
    seen = diagnose([1, 3, 0])
    assert (seen.n, seen.total, seen.smallest, seen.largest) == (2, 4, 1, 3)
    assert seen.deff == pytest.approx(1 + seen.cv**2)
    assert diagnose_by([1, 3, 5], ["a", "a", "b"])["b"].deff == 1


def cells(unit: str, sizes: dict[str, int]):
    names = [name for name, n in sizes.items() for _ in range(n)]
    return [unit] * len(names), names


def test_small_cells_join_the_smaller_neighbour_and_every_step_is_told():
    units, names = cells("u1", {"a": 5, "b": 1, "c": 3, "d": 9})
    got = collapse(units, names, [True] * len(units), minimum=4)
    # b (1) joins c (3), smaller than a (5): then all hold 4 or more.
    assert [cell.members for cell in got.cells] == [("a",), ("b", "c"), ("d",)]
    assert [(m.cell, m.n_respondents, m.into) for m in got.merges] == [(("b",), 1, ("c",))]
    assert got.notes == ("u1: b (1 respondents, fewer than 4) was joined with c",)
    assert set(got.labels[[0, 5, 6]]) == {"u1|a", "u1|b+c"}


def test_the_order_of_neighbourhood_can_be_given():
    units, names = cells("u1", {"a": 5, "b": 1, "c": 3})
    got = collapse(units, names, [True] * 9, minimum=3, order=["b", "a", "c"])
    assert [cell.members for cell in got.cells] == [("b", "a"), ("c",)]
    with pytest.raises(AnalysisError) as caught:
        collapse(units, names, [True] * 9, minimum=3, order=["a", "b"])
    assert caught.value.facts == {"absent": ["c"]}


def test_units_are_never_crossed():
    u1, c1 = cells("u1", {"a": 1})
    u2, c2 = cells("u2", {"a": 9})
    with pytest.raises(AnalysisError) as caught:
        collapse(u1 + u2, c1 + c2, [True] * 10, minimum=2)
    assert caught.value.code == "collapse.unit_below_minimum"
    kept = collapse(u1 + u2, c1 + c2, [True] * 10, minimum=2, keep_short=True)
    assert kept.short == ("u1",)
    assert len(kept.cells) == 2
    with pytest.raises(AnalysisError) as caught:
        collapse(u1 + u2, c1 + c2, [False] + [True] * 9, minimum=2, keep_short=True)
    assert caught.value.code == "collapse.unit_without_respondents"


def test_collapsed_cells_are_the_remedy_of_an_empty_class_and_stay_in_the_result():
    units, names = cells("u1", {"a": 2, "b": 2})
    status = [R, N, N, N]
    joined = collapse(units, names, np.array(status) == R, minimum=1)
    got = weighting_class([1, 1, 1, 1], status, joined)
    assert got.weights == pytest.approx([4, 0, 0, 0])
    assert got.remedy is joined
    assert got.notes == ("u1: b (0 respondents, fewer than 1) was joined with a",)


@pytest.mark.property
@given(
    st.lists(
        st.tuples(st.sampled_from("uv"), st.sampled_from("abcd"), st.booleans()),
        min_size=1,
        max_size=60,
    ),
    st.integers(1, 6),
    st.randoms(use_true_random=False),
)
def test_collapsing_keeps_its_promises_whatever_the_row_order(rows, minimum, random):
    units, names, answered = (list(column) for column in zip(*rows, strict=True))
    if any(not any(a for u, _, a in rows if u == unit) for unit in set(units)):
        return  # refused: tested above
    got = collapse(units, names, answered, minimum=minimum, keep_short=True)
    for cell in got.cells:
        assert cell.n_respondents >= minimum or cell.unit in got.short
    assert sum(cell.n_sampled for cell in got.cells) == len(rows)
    order = list(range(len(rows)))
    random.shuffle(order)
    again = collapse(
        [units[i] for i in order],
        [names[i] for i in order],
        [answered[i] for i in order],
        minimum=minimum,
        keep_short=True,
    )
    assert (again.cells, again.merges) == (got.cells, got.merges)
    assert again.labels.tolist() == got.labels[order].tolist()


@pytest.mark.property
@given(
    st.lists(
        st.tuples(st.floats(0.1, 100), st.sampled_from([R, N, OUT, U]), st.integers(0, 2)),
        min_size=1,
        max_size=50,
    )
)
def test_the_two_steps_keep_every_class_total(rows):
    # One respondent a class makes every class adjustable.
    rows = rows + [(1.0, R, g) for g in range(3)]
    w, status, of = (np.array(column) for column in zip(*rows, strict=True))
    spread = spread_unknown(w, status, of)
    assert spread.weights.sum() == pytest.approx(w.sum())
    done = weighting_class(spread.weights, status, of)
    eligible = np.isin(status, (R, N))
    for g in range(3):
        assert done.weights[of == g].sum() == pytest.approx(
            spread.weights[eligible & (of == g)].sum()
        )
    assert (done.weights[status != R] == 0).all()


def test_propensities_undo_a_response_that_depends_on_a_covariate():
    random = np.random.default_rng(7)
    bias = {"none": [], "classes": [], "inverse": []}
    for _ in range(40):
        x = random.normal(size=3000)
        y = 3 + x
        status = np.where(random.random(3000) < 1 / (1 + np.exp(-x)), R, N)
        w = np.full(3000, 2.0)
        bias["none"].append(y[status == R].mean() - y.mean())
        for method in ("classes", "inverse"):
            got = response_propensity(w, status, x, method=method, n_classes=10)
            bias[method].append(np.average(y, weights=got.weights) - y.mean())
    assert np.mean(bias["none"]) > 0.3
    assert abs(np.mean(bias["classes"])) < 0.05
    assert abs(np.mean(bias["inverse"])) < 0.01


def test_propensity_classes_keep_the_total_and_are_described():
    random = np.random.default_rng(1)
    x = random.normal(size=400)
    status = np.where(random.random(400) < 0.6, R, N)
    got = response_propensity(np.ones(400), status, x, n_classes=4)
    assert got.weights.sum() == pytest.approx(400)
    assert [c.n_sampled for c in got.classes] == [100] * 4
    assert got.response_rate == pytest.approx((status == R).mean())
    inverse = response_propensity(np.ones(400), status, x, n_classes=4, method="inverse")
    raised = sum(c.factor * c.weight_respondents for c in inverse.classes)
    assert raised == pytest.approx(inverse.weights.sum())


@pytest.mark.parametrize(
    ("x", "status", "code"),
    [
        ([[0, 0], [1, 1], [2, 2], [4, 4]], [R, N, R, N], "covariates.collinear"),
        ([[1], [1], [1], [1]], [R, N, R, N], "covariates.collinear"),
        ([[0], [1], [np.nan], [2]], [R, N, R, N], "covariates.missing"),
        ([[0], [1], [2], [3]], [R, R, N, N], "logistic.separation"),
        ([[0], [1], [2], [3]], [R, R, R, R], "logistic.one_outcome"),
    ],
)
def test_models_that_do_not_exist_are_refused(x, status, code):
    with pytest.raises(AnalysisError) as caught:
        response_propensity(np.ones(4), status, np.array(x, float), n_classes=2)
    assert caught.value.code == code
