"""The shared file of rules in ODK's own engine: JavaRosa, which is inside ODK Collect."""

import json
import math
from pathlib import Path

import pytest

from tests.support import javarosa, odk
from tests.support.case_forms import fits_a_form, form_of

CASES = json.loads((Path(__file__).parent / "expression_cases.json").read_text("utf-8"))["cases"]
FITTING = [case for case in CASES if fits_a_form(case)]

#: Where the engine says something else, with what it says.
DIFFERS = {
    "string(1000000 * 1000000)": ("1.0E12", "XPath 1.0 writes no exponent; Java does"),
    "string(0.00000015)": ("1.5E-7", "XPath 1.0 writes no exponent; Java does"),
    "min(1, 'x') = 1": ("true", "the engine passes over what is no number; a mistake for us"),
    "decimal-date-time('1970-01-02T12:00:00')": (
        "1.1666666666666667",
        "the engine counts in UTC from its zone (Saigon was at +8 in 1970); we by the wall clock",
    ),
}


@pytest.fixture(scope="module")
def engine():
    if reason := javarosa.missing():
        pytest.skip(reason)
    with javarosa.engine() as running:
        yield running


def agrees(text: str, value: object) -> bool:
    if isinstance(value, bool):
        return text == str(value).lower()
    if isinstance(value, (int, float)):
        return bool(text) and math.isclose(float(text), value, rel_tol=1e-12, abs_tol=1e-12)
    return text == (value or "")


def test_odk_s_engine_gives_every_rule_the_same_value(engine, tmp_path):
    path, wrong = tmp_path / "case.xml", []
    for case in FITTING:
        path.write_bytes(form_of(case))
        said = engine.value(path, "ket_qua")
        known = DIFFERS.get(case["rule"])
        if not (said == known[0] if known else agrees(said, case["value"])):
            wrong.append((case["rule"], case["value"], said))
    assert not wrong
    assert len(FITTING) > 220


def test_every_rule_passes_odk_validate(tmp_path):
    forms = {case["rule"]: form_of(case) for case in FITTING}
    assert odk.validate_all(forms, tmp_path) == []


def test_a_rule_that_odk_does_not_know_is_refused(tmp_path):
    known = form_of({"rule": "abs(-4)", "value": 4})
    forms = {"abs": known, "abz": known.replace(b"abs(", b"abz(")}
    assert odk.validate_all(forms, tmp_path) == ["abz"]
