"""How long the respondent's pages take in this room.  Prints; never judges."""

from __future__ import annotations

import timeit

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form

from forms import answers, expression, routing
from forms.faces.web import form_class
from forms.questionnaires import load
from tests.forms.test_expression import CASES
from tests.support.case_forms import rule_of

pytestmark = pytest.mark.bench

CONTEXT = {"unit_name": "Xã Cao An", "case_field": "", "case_channel": ""}
SENT = MultiDict([("c1", "5"), ("c2", "98"), ("c3", "1")])


def test_speed(capsys):
    q = load("c1-citizen")
    stored = {each.name: each.choices[0].name for each in q if each.name < "j" and each.choices}
    rule = expression.parse("${a1} = 'co' and ${a2} = 'co'", {"a1": "string", "a2": "string"})
    raw = {name: SENT.getlist(name) for name in SENT}

    def post():
        make = form_class(q, "tiep_can", "vi", Form)
        return make(SENT, answers=stored, context=CONTEXT).validate()

    jobs = {
        "one rule": lambda: rule.holds(stored),
        "path of C1": lambda: routing.path(q, stored, CONTEXT),
        "progress": lambda: routing.progress(q, stored, CONTEXT, "tiep_can"),
        "answers of a page": lambda: answers.parse(q, "tiep_can", raw, stored, CONTEXT),
        "form of a page, filled and checked": post,
    }
    with capsys.disabled():
        for name, job in jobs.items():
            print(f"\n{name}: {min(timeit.repeat(job, number=200, repeat=5)) / 200 * 1e6:.1f} µs")


def test_every_shared_rule(capsys):
    took = []
    for case in (each for each in CASES if "value" in each):
        rule, env = rule_of(case), case.get("env", {})
        least = min(timeit.repeat(lambda r=rule, e=env: r.value(e), number=50, repeat=3)) / 50
        took.append((least * 1e6, case["rule"]))
    took.sort()
    with capsys.disabled():
        print(f"\n{len(took)} rules: median {took[len(took) // 2][0]:.1f} µs, slowest:")
        for micros, rule in took[-4:]:
            print(f"{micros:.1f} µs  {rule[:90]}")
