"""The small language of formulas: what it knows, and that it knows nothing else."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import SchemeError
from analysis.index import formula


@pytest.mark.parametrize(
    ("text", "values", "result"),
    [
        ("0.1 + 0.2", {}, Fraction(3, 10)),
        ("min(max_points, 2 * done / planned)", {"max_points": 2, "done": 9, "planned": 10}, 1.8),
        ("if(late > 0 and not apology >= late, 0, 1)", {"late": 3, "apology": 2}, 0),
        ("if(late > 0 and not apology >= late, 0, 1)", {"late": 3, "apology": 3}, 1),
        ("round(2.345, 2)", {}, Fraction(235, 100)),
        ("-(1 - 3) * order", {"order": 2}, 4),
        ("floor(7 / 2) + ceil(7 / 2) + abs(-1)", {}, 8),
        ("tt.1 + tt.2", {"tt.1": 1.5, "tt.2": 2}, 3.5),
        ("10 - 3 - 2", {}, 5),
        ("2 + 3 * 4 / 6", {}, 4),
    ],
)
def test_a_formula_is_worked_out_exactly(text, values, result):
    assert formula.evaluate(text, values) == Fraction(str(result))


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('id')",
        "().__class__",
        "open('x')",
        "a[0]",
        "2 ** 99",
        "lambda: 1",
        "if(1, 2, 3)",
        "a < b",
        "1 +",
        "",
        "max()",
    ],
)
def test_nothing_else_is_a_formula(text):
    with pytest.raises(SchemeError) as refused:
        formula.evaluate(text, {"a": 1, "b": 2})
    assert refused.value.code == "formula.syntax"
    assert refused.value.facts["column"] >= 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x / 0", "formula.zero"),
        ("y", "formula.name"),
        ("abs(1, 2)", "formula.arguments"),
        ("1+" * 300 + "1", "formula.long"),
    ],
)
def test_what_cannot_be_worked_out_is_refused_by_name(text, code):
    with pytest.raises(SchemeError) as refused:
        formula.evaluate(text, {"x": 1})
    assert refused.value.code == code


@given(st.text(max_size=80))
def test_any_text_is_a_formula_or_a_refusal(text):
    try:
        formula.evaluate(text, {"x": 1.0})
    except SchemeError as refused:
        assert refused.code.startswith("formula.")


def test_the_deepest_formula_is_still_worked_out():
    assert formula.evaluate("-" * 498 + "1", {}) == 1
    assert formula.evaluate("(" * 249 + "1" + ")" * 249, {}) == 1
