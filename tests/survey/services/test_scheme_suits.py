"""Options of items and rules of a scheme: what would give silently wrong points is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

import forms.questionnaires
from analysis.index.scheme import Scheme
from forms.model import Choice, Questionnaire
from survey.errors import InvalidInput
from survey.services import waves
from survey.services.composition import publish
from survey.services.demo import load
from survey.services.questionnaires import register, versions
from survey.services.schemes import suits
from survey.store import waves as store
from tests.support import released

NOW = datetime(2026, 3, 2, 5, tzinfo=UTC)
DAYS = (date(2026, 1, 1), date(2026, 12, 31))


def with_options(codes: str, version: str = "khac") -> Questionnaire:
    """The citizen's questionnaire whose item i1 has these options and "no opinion"."""
    q = forms.questionnaires.load("c1-citizen")
    old = q.question("i1").choices
    missing = [choice for choice in old if choice.missing]
    made = [Choice(code, {"vi": f"mức {code}", "en": f"level {code}"}) for code in codes]

    def of(question):
        choices = (*made, *missing)
        return replace(question, choices=choices) if question.name == "i1" else question

    sections = (replace(s, questions=tuple(map(of, s.questions))) for s in q.sections)
    return replace(q, version=version, sections=tuple(sections))


def ruled(**rule) -> Scheme:
    """A scheme of one survey leaf on i1's concept."""
    scheme = Scheme.from_toml(load.SCHEME.read_text(encoding="utf-8"))
    concept = forms.questionnaires.load("c1-citizen").question("i1").concept
    data = scheme.to_dict()
    for area in data["area"]:
        for criterion in area["criterion"]:
            for leaf in criterion["leaf"]:
                if leaf.get("concept") == concept:
                    leaf["rule"] = rule
    return Scheme.from_dict(data)


FOUR = {"1": 0.0, "2": 0.3, "3": 0.7, "4": 1.0}


@pytest.mark.parametrize(
    ("codes", "rule", "fits"),
    [
        ("12345", {"kind": "share"}, True),
        ("1245", {"kind": "share"}, True),
        ("123", {"kind": "share"}, False),
        ("1234", {"kind": "share"}, False),
        ("45", {"kind": "share"}, False),
        ("012345", {"kind": "share"}, False),
        ("1234", {"kind": "options", "weights": FOUR}, True),
        ("12345", {"kind": "options", "weights": FOUR}, False),
        ("123", {"kind": "options", "weights": FOUR}, False),
        ("123", {"kind": "tiers", "tiers": [{"from": 80, "points": 1}]}, False),
    ],
)
def test_an_item_has_the_options_that_the_rule_reads(codes, rule, fits):
    scheme, q = ruled(**rule), with_options(codes)
    found = [p for p in suits.problems(scheme, q, "citizen") if p.facts["item"] == "i1"]
    assert bool(found) != fits
    assert not list(suits.problems(scheme, q, "business")), "what others are asked is not read here"
    if not fits:
        text = str(found[0])
        assert "“i1”" in text
        assert ", ".join(codes) in text


def test_the_shipped_questionnaires_suit_the_shipped_schemes():
    for name in forms.questionnaires.names():
        for path in load.SCHEME.parent.glob("*.toml"):
            scheme = Scheme.from_toml(path.read_text(encoding="utf-8"))
            for group in {leaf.group for leaf in scheme.survey_leaves}:
                found = suits.problems(scheme, forms.questionnaires.load(name), group)
                assert not list(found), (name, path.name, group)


def kept(session, q: Questionnaire) -> int:
    return register.freeze(session, q, by="test", now=NOW).id


def test_no_wave_begins_moves_or_is_computed_with_options_that_the_rule_cannot_read(app):
    wave = released.answered(app, scale=0.03)
    with wave.database.write() as session:
        mended = kept(session, with_options("123"))
        set_up = store.get(session, wave.slug)
        scheme = set_up.scheme
        setup = waves.WaveSetup(
            slug="moi",
            titles={"vi": "Mới", "en": "New"},
            organisation="Phòng Nội vụ",
            contact="0220 000 000",
            window=DAYS,
            fieldwork=DAYS,
            questionnaire="c1-citizen@khac",
            scheme_text=scheme.definition,
            unit_codes=[],
        )
        known = {key: getattr(scheme, key) for key in ("name", "valid_from", "sha256")}
        with pytest.raises(InvalidInput, match="câu “i1” có các phương án 1, 2, 3, tiêu chí "):
            waves.create(session, setup, scheme=known, by="t", now=NOW)
        set_up.state = "open"
        session.flush()
        with pytest.raises(InvalidInput, match="câu “i1” có các phương án 1, 2, 3, tiêu chí "):
            versions.move(session, wave.slug, mended, reason="thử", by="t", now=NOW)
        assert set_up.questionnaire_id != mended
        # A wave that was set up before anybody looked is not computed either.
        set_up.questionnaire_id = mended
        session.flush()
        session.expire(set_up, ["questionnaire"])
        with pytest.raises(InvalidInput, match="câu “i1” có các phương án 1, 2, 3, tiêu chí "):
            publish.load(session, wave.slug)
