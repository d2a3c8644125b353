"""Rules: what they give, what is refused when read, what raises instead of guessing."""

import json
import math
from pathlib import Path

import pytest

from forms.expression import OPEN, ExpressionError, Undecided, parse
from tests.support.case_forms import rule_of

CASES = json.loads((Path(__file__).parent / "expression_cases.json").read_text("utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['rule']} {case.get('env', '')}")
def test_case(case):
    if "error" in case:
        with pytest.raises(ExpressionError) as caught:
            rule_of(case)
        assert caught.value.code == case["error"]
        return
    rule = rule_of(case)
    if "fault" in case:
        with pytest.raises(ExpressionError) as caught:
            rule.value(case.get("env", {}))
        assert caught.value.code == case["fault"]
        return
    value = rule.value(case.get("env", {}))
    assert value == case["value"]
    assert isinstance(value, bool) == isinstance(case["value"], bool)


def test_every_case_says_one_thing():
    assert all(len(case.keys() & {"value", "error", "fault"}) == 1 for case in CASES)


def test_a_rule_knows_what_it_reads():
    rule = parse("${a} = 'co' and (count-selected(.) > 1 or tinh = ${b})", columns={"tinh"})
    assert (rule.names, rule.columns) == ({"a", "b"}, {"tinh"})
    assert rule.reads_current
    assert rule.type == "boolean"


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("today()", "date"),
        ("today() - ${d}", "number"),
        ("${d} + 1", "date"),
        ("if(true(), ${d}, today())", "date"),
        ("if(true(), 1, 'x')", "any"),
        ("concat(1, 2)", "string"),
    ],
)
def test_the_type_of_a_rule(source, kind):
    assert parse(source, {"d": "date"}).type == kind


@pytest.mark.parametrize(
    ("source", "decided"),
    [
        ("${x} = 1 and ${no} = 1", False),
        ("${no} = 1 and ${x} = 1", False),
        ("${x} = 1 or ${yes} = 1", True),
        ("${yes} = 1 or ${x} = 1", True),
        ("${x} = 1 and ${yes} = 1", None),
        ("not(${x} = 1)", None),
        ("if(${x} = 1, true(), true())", None),
        ("${yes} = 1", True),
    ],
)
def test_a_question_that_is_still_to_come_leaves_a_rule_open_unless_the_rest_decides(
    source, decided
):
    rule, env = parse(source), {"x": OPEN, "yes": 1, "no": 0}
    if decided is None:
        with pytest.raises(Undecided):
            rule.holds(env)
    else:
        assert rule.holds(env) is decided


def test_nothing_is_run_as_python():
    with pytest.raises(ExpressionError):
        parse("().__class__")
    assert parse("'__import__(\"os\")'").value({}) == '__import__("os")'


def test_a_rule_that_is_too_long_or_too_deep_is_refused():
    for source, code in (("1" * 50_000, "too_long"), ("(" * 900 + "1" + ")" * 900, "too_deep")):
        with pytest.raises(ExpressionError) as caught:
            parse(source)
        assert caught.value.code == f"expression.{code}"


def test_not_a_number_is_neither_equal_nor_true():
    assert math.isnan(parse("number('x')").value({}))
    assert parse("number('x')").holds({}) is False
    assert parse("string(number('x'))").value({}) == "NaN"
