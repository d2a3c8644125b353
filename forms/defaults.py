"""What stands in a field before anybody has answered: a fixed text, or one that is worked out.

A default that is worked out (``today()``, ``once(random())``) looks at no row: ODK's clients work
it out when a form is opened, before anything is answered, and a page must not say otherwise.

Source: https://docs.getodk.org/form-logic/#dynamic-defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from forms import routing, values
from forms.model import Questionnaire
from forms.program import program

Context = Mapping[str, Any]


def given(q: Questionnaire, context: Context) -> Mapping[str, Any]:
    """Values by question, as they are stored; of lists the names.  Nearly always nothing.

    Raises
    ------
    ExpressionError
        A default cannot be worked out, as ``forms.expression`` says.
    """
    fixed = q.once("defaults", lambda: _fixed(q))
    rules = program(q).default
    if not rules:
        return fixed
    env = routing.environment(q, {}, context)
    return fixed | {name: _stored(rule.value(env)) for name, rule in rules.items()}


def _fixed(q: Questionnaire) -> dict[str, Any]:
    return {
        each.name: each.default.split() if each.choices else each.default
        for each in q
        if each.default and each.is_asked and not each.default_is_rule
    }


def _stored(value: values.Value) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, time):
        return value.isoformat(timespec="minutes")
    return value.isoformat() if isinstance(value, date) else values.string(value)
