"""What a plan buys is told before the seed exists, and the plan keeps what was told."""

from __future__ import annotations

import pytest

from survey.domain.plan import PlanRequest
from survey.errors import Conflict, InvalidInput, NotFound
from survey.services.demo import load
from survey.services.sampling import expected, planner, proposals, sample
from survey.store import waves as wave_store
from tests.conftest import NOON


@pytest.fixture
def session(database, settings):
    with database.write() as session:
        load.load(session, contact_key=settings.contact_key, by="test", now=NOON, scale=0.05)
        yield session


def propose(session, **choices):
    return planner.propose(session, load.SLUG, PlanRequest(**choices))


def units(found) -> list[dict]:
    return [row for row in found["rows"] if row["domain"] != "all"]


def test_the_proposal_is_the_plan_that_is_made(session):
    request = PlanRequest(formula="total", total=600, allocation="neyman", reserve=0.3)
    told = planner.propose(session, load.SLUG, request)
    made = sample.plan(session, load.SLUG, request, by="test", now=NOON)
    assert (told["n_main"], told["n_reserve"]) == (made.n_main, made.n_reserve)
    assert made.n_main == 600
    assert sum(row["n"] for row in units(told)) == 600


def test_a_code_that_was_given_again_has_the_name_of_the_wave_s_days(session):
    """10888 was a township on the wave's days and is a ward of 2025 since."""
    named = [name for unit, name in propose(session)["names"].items() if unit.startswith("10888@")]
    assert named == ["Thị trấn Cẩm Giang"]


def test_a_total_and_a_budget_are_kept(session):
    assert propose(session, formula="total", total=500)["n_main"] == 500
    bought = propose(session, formula="budget", budget=30_000_000, cost=70_000)
    assert bought["n_main"] == 428
    whole = next(row for row in bought["rows"] if row["domain"] == "all")
    assert whole["cost"] == 428 * 70_000


def test_the_cheapest_plan_meets_every_margin_and_no_unit_could_spare_much(session):
    found = propose(session, formula="optimal", margin=0.12, whole_margin=0.03)
    margins = [row["margin"] for row in units(found)]
    assert max(margins) <= 0.12
    whole = next(row for row in found["rows"] if row["domain"] == "all")
    assert whole["margin"] <= 0.03 + 1e-12
    fewer = propose(session, formula="total", total=found["n_main"] - 17)
    whole = next(row for row in fewer["rows"] if row["domain"] == "all")
    assert max(row["margin"] for row in units(fewer)) > 0.12 or whole["margin"] > 0.03


def test_the_curve_falls_and_shares_by_size_suit_the_whole(session):
    found = propose(session)
    for name in ("whole", "median"):
        line = [point[name] for point in found["curve"]]
        assert line == sorted(line, reverse=True)
    ways = {way["method"]: way for way in found["ways"]}
    assert ways["proportional"]["whole"] <= ways["equal"]["whole"]
    wanted = {item["margin"]: item["n"] for item in found["for_margin"] if item["n"]}
    assert list(wanted.values()) == sorted(wanted.values(), reverse=True)


def test_more_answers_see_smaller_changes(session):
    few = propose(session, formula="total", total=400)["change"]
    many = propose(session, formula="total", total=900)["change"]
    assert many["whole"]["power"] > few["whole"]["power"]
    assert many["whole"]["least"] < few["whole"]["least"] < few["unit"]["least"]


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"formula": "total", "total": 10}, "sàn"),
        ({"formula": "total", "total": 10**6}, "Nhiều phiếu hơn"),
        ({"formula": "optimal", "margin": 0.0001}, "hỏi hết"),
        ({"formula": "general", "margin": 0.7}, "Sai số"),
    ],
)
def test_what_cannot_be_is_said_in_words(session, choices, words):
    with pytest.raises(Conflict) as refused:
        if choices["formula"] == "optimal":
            propose(session, **choices, response_rate=0.5)
        else:
            propose(session, **choices)
    assert words in str(refused.value)


def test_no_wave_no_proposal(session):
    with pytest.raises(NotFound):
        planner.propose(session, "nothing", PlanRequest())


def test_choices_are_read_in_percent_and_faults_are_named():
    made = proposals.read({"formula": "general", "margin": "4,5", "deff": "1.3", "total": "0"})
    assert (made.margin, made.deff, made.level) == (0.045, 1.3, 0.95)
    for form, name in (
        ({"margin": "abc"}, "margin"), ({"margin": "60"}, "margin"), ({"formula": "x"}, "formula"),
        ({"formula": "total"}, "total"), ({"floor": "1.5"}, "floor"), ({"deff": "nan"}, "deff"),
        ({"response_rate": "0"}, "response_rate"), ({"level": "-1"}, "level"),
    ):  # fmt: skip
        with pytest.raises(InvalidInput) as refused:
            proposals.read(form)
        assert [problem.code for problem in refused.value.problems] == [f"plan.{name}"]


def test_shares_of_the_wave_before_guide_the_next(session, monkeypatch):
    frame = wave_store.frame_of(session, wave_store.get(session, load.SLUG).id)
    counts = expected.counts(session, frame)
    assert sum(count.population for count in counts) == frame.n_rows
    known = {count.unit_key: 0.9 for count in counts}
    careful = propose(session)
    monkeypatch.setattr(expected, "shares", lambda *_: known)
    hopeful = propose(session)
    assert hopeful["known_shares"] == 17
    assert hopeful["ways"][0]["whole"] < careful["ways"][0]["whole"]
    made = sample.plan(session, load.SLUG, PlanRequest(), by="test", now=NOON)
    planned = wave_store.plan_of(session, wave_store.get(session, load.SLUG).id)
    assert planned.definition["expected_shares"] == known
    assert made.n_main == hopeful["n_main"]
