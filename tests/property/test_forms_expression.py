"""Two roads to one value: our compiled rules and elementpath's own XPath 1.0 evaluator."""

from __future__ import annotations

import math

import pytest
from elementpath import XPathContext
from elementpath.xpath1 import XPath1Parser
from hypothesis import given
from hypothesis import strategies as st

from forms.expression import parse

pytestmark = pytest.mark.property

numbers = st.integers(0, 9).map(str) | st.sampled_from(["${n}", "0.5", "2.25"])
texts = st.sampled_from(["'co'", "'khong'", "''", "${s}", "'Giàng'"])


def joined(parts: st.SearchStrategy, operators: list[str]) -> st.SearchStrategy:
    return st.tuples(parts, st.sampled_from(operators), parts).map(lambda t: f"({' '.join(t)})")


arithmetic = st.recursive(numbers, lambda x: joined(x, ["+", "-", "*"]), max_leaves=5)
comparisons = joined(arithmetic, ["=", "!=", "<", "<=", ">", ">="]) | joined(texts, ["=", "!="])
logic = st.recursive(
    comparisons,
    lambda x: joined(x, ["and", "or"]) | x.map("not({})".format),
    max_leaves=5,
)
functions = st.sampled_from(
    ["string-length({})", "contains({}, 'o')", "starts-with({}, 'k')", "concat({}, 'x')"]
    + ["normalize-space({})", "boolean({})", "string({})", "number({})"]
).flatmap(lambda call: texts.map(call.format))


def by_elementpath(rule, n, s):
    source = rule.replace("${n}", "$n ").replace("${s}", "$s ")
    token = XPath1Parser().parse(source)
    return token.evaluate(XPathContext(root=None, item=0, variables={"n": n, "s": s}))


@given(
    logic | arithmetic | functions, st.integers(-5, 20), st.sampled_from(["co", "khong", "", "5"])
)
def test_the_core_of_xpath_agrees_with_elementpath(rule, n, s):
    ours = parse(rule).value({"n": n, "s": s})
    theirs = by_elementpath(rule, n, s)
    if isinstance(ours, float) and math.isnan(ours):
        assert math.isnan(float(theirs))
    elif isinstance(ours, (bool, str)):
        assert ours == theirs and type(ours) is type(theirs)
    else:
        assert ours == pytest.approx(float(theirs))


@given(logic)
def test_an_answer_read_twice_gives_the_same(rule):
    compiled, env = parse(rule), {"n": 3, "s": "co"}
    assert compiled.value(env) == compiled.value(env)
    assert env == {"n": 3, "s": "co"}
