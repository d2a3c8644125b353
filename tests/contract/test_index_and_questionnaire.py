"""What the index scores is what the questionnaire asks, in the same words on both sides."""

from __future__ import annotations

import pytest

from analysis.index.scheme import Scheme
from forms import questionnaires
from survey.services.waves import DEFAULT_SETTINGS
from tests.support.source import ROOT

SCHEMES = sorted((ROOT / "survey" / "data" / "schemes").glob("*.toml"))


@pytest.fixture(scope="module")
def c1():
    return questionnaires.load("c1-citizen")


@pytest.fixture(params=SCHEMES, ids=lambda path: path.stem)
def scheme(request):
    return Scheme.from_toml(request.param.read_text(encoding="utf-8"))


def ratings(questionnaire, concept):
    return [q for q in questionnaire if q.is_rating and q.concept == concept]


def test_every_scored_concept_is_asked(c1, scheme):
    assert scheme.survey_leaves
    assert [leaf.id for leaf in scheme.survey_leaves if not ratings(c1, leaf.concept)] == []


def test_every_rating_can_be_declined_and_runs_from_one_to_five(c1):
    scales = {
        question.name: [(choice.name, bool(choice.missing)) for choice in question.choices]
        for question in c1
        if question.is_rating
    }
    five = [(str(n), False) for n in range(1, 6)]
    assert len(scales) == 20
    assert {name: scale for name, scale in scales.items() if scale != [*five, ("98", True)]} == {}


@pytest.mark.parametrize(("setting", "item"), [("fields", "b1"), ("channels", "b2")])
def test_the_frame_and_the_questionnaire_use_the_same_codes(c1, setting, item):
    question = next(q for q in c1 if q.name == item)
    assert {choice.name for choice in question.choices} == set(DEFAULT_SETTINGS[setting])


def test_the_demonstration_invents_only_known_fields_and_channels():
    from survey.services.demo import population

    assert set(population.FIELD_MIX) == set(DEFAULT_SETTINGS["fields"])
    assert set(population.CHANNEL_MIX) == set(DEFAULT_SETTINGS["channels"])
