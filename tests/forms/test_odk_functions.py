"""ODK's documented functions, walked: each is evaluated and has a case, or is a fault at its cell.

Source: https://docs.getodk.org/form-operators-functions/ and XPath 1.0 (W3C 1999), section 4.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from forms import grammar, xlsform


def words(text: str) -> list[str]:
    return text.split()


RULES = [
    case["rule"]
    for case in json.loads((Path(__file__).parent / "expression_cases.json").read_text("utf-8"))[
        "cases"
    ]
]
DOCUMENTED = words(
    "if position once selected selected-at count-selected jr:choice-name indexed-repeat count "
    "count-non-empty sum max min regex contains starts-with ends-with substr substring-before "
    "substring-after translate string-length normalize-space concat join boolean-from-string "
    "string round int number digest pow log log10 abs sin cos tan asin acos atan atan2 sqrt exp "
    "exp10 pi today now decimal-date-time date decimal-time format-date format-date-time area "
    "distance random randomize uuid boolean not coalesce checklist weighted-checklist true false "
    "current instance pulldata ceiling floor"
)
#: Of ODK's and of XPath 1.0: nothing in a survey of citizens and households asks for them.
REFUSED = words(
    "base64-decode extract-signed geofence last name local-name namespace-uri lang id substring "
    "property version intersects depend"
)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_documented_function_is_evaluated_and_has_a_case(name):
    assert name.replace("jr:", "jr-") in grammar.FUNCTIONS
    call = re.compile(rf"(?<![\w:-]){re.escape(name)}\s*\(")
    assert any(map(call.search, RULES))


def test_no_other_function_is_evaluated():
    ours = {name.replace("jr-", "jr:") for name in grammar.FUNCTIONS}
    assert ours - set(DOCUMENTED) == {"date-time"}  # XForms' own twin of date()


@pytest.mark.parametrize("name", REFUSED)
def test_any_other_function_is_a_fault_at_its_cell(sheets, name):
    _, faults = xlsform.check(sheets(f"type|name|label|relevant\ntext|a|A?|{name}('x') = 'y'"))
    assert [(each.cell.address, each.code) for each in faults if each.is_error] == [
        ("survey!D2", "expression.function")
    ]
    assert f"{name}()" in next(each.message for each in faults if each.is_error)
