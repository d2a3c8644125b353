"""Weights after reserves went into the field: N / n' each, replaced cases still count."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import func, select

from survey.services import invite, weigh
from survey.services.composition import table_text
from survey.services.fieldwork import attempts, rates
from survey.services.fieldwork import reserves as fieldwork_reserves
from survey.store import waves
from survey.store.models import Case, Dossier, Response
from tests.support.databases import ON_SQLITE
from tests.support.waves import RATINGS, agree, answer_all, send


@pytest.fixture
def session(wave):
    with wave.database.write() as session:
        yield session


class Stratum:
    """The first stratum of some size, its cases in their order."""

    def __init__(self, session, slug: str) -> None:
        self.session, self.slug = session, slug
        wave = waves.get(session, slug)
        unit_id, field, _ = session.execute(
            select(Case.unit_id, Case.stratum, func.count())
            .where(Case.wave_id == wave.id)
            .group_by(Case.unit_id, Case.stratum)
            .order_by(func.count().desc(), Case.unit_id, Case.stratum)
        ).first()
        self.place = (unit_id, field)
        self.cases = session.scalars(
            select(Case).where(Case.unit_id == unit_id, Case.stratum == field).order_by(Case.rank)
        ).all()
        self.main = [case for case in self.cases if case.role == "main"]
        self.population = session.scalar(
            select(func.count()).where(Dossier.unit_id == unit_id, Dossier.field == field)
        )

    def replace(self, case: Case, result: str) -> Case:
        now = datetime.now(UTC)
        code = case.dossier.code
        attempts.log_attempt(
            self.session,
            self.slug,
            code,
            at=now,
            mode="phone",
            result=result,
            note="",
            by="lan",
            now=now,
        )
        (made,) = fieldwork_reserves.release(
            self.session, self.slug, [code], reason="thay", by="lan", now=now
        )
        return next(c for c in self.cases if c.id == made.reserve_id)


def answers(app, settings, session, chosen: list[Case]) -> None:
    """The owners of these cases answer through the pages."""
    made = invite.further_codes(
        session, chosen, code_key=settings.code_key_bytes, reason="trial", now=datetime.now(UTC)
    )
    session.commit()
    for item in made:
        visitor = app.test_client()
        answer_all(visitor, agree(visitor, item.code), **RATINGS)
        assert send(visitor, "/phieu/gui").location == "/phieu/xong"


def weighed(wave):
    with wave.database.read() as session:
        inputs = weigh.load(session, wave.slug)
    return inputs, weigh.compute(inputs)


def test_released_reserves_enlarge_the_sample_of_their_stratum(app, settings, wave):
    with wave.database.write() as session:
        here = Stratum(session, wave.slug)
        first, second, third, *_ = here.main
        reserve = here.replace(first, "2.112")
        answers(app, settings, session, [second, third, reserve])
        n_issued, place, population = len(here.main) + 1, here.place, here.population
    inputs, weights = weighed(wave)
    row = inputs.strata.set_index(["unit_id", "field"]).loc[place]
    assert (row["n_issued"], row["n_main"]) == (n_issued, n_issued - 1)
    assert row["probability"] == pytest.approx(n_issued / population)
    assert inputs.responses["probability"].tolist() == pytest.approx([n_issued / population] * 3)
    assert weights.responses["base"].tolist() == pytest.approx([population / n_issued] * 3)
    (unit,) = weights.responses["unit"].unique()
    whole = inputs.strata[inputs.strata["unit"] == unit]["population"].sum()
    assert weights.responses["final"].sum() == pytest.approx(whole)
    # The refusal that was replaced is still a non-respondent of the sample.
    nonresponse = next(step for step in weights.steps if step["name"] == "nonresponse")
    assert (
        nonresponse["classes"][0]["n_issued"]
        == inputs.strata[inputs.strata["unit"] == unit]["n_issued"].sum()
    )
    reserves = weights.steps[0]
    assert (reserves["name"], reserves["n_released"], len(reserves["strata"])) == ("reserves", 1, 1)
    texts = table_text.notes(weights.steps, {})
    assert any("1 hồ sơ dự phòng" in text["vi"] for text in texts)


@ON_SQLITE
def test_a_case_found_not_to_belong_takes_its_weight_out(app, settings, wave):
    with wave.database.write() as session:
        here = Stratum(session, wave.slug)
        first, second, third, *_ = here.main
        answers(app, settings, session, [second, third])
    _inputs, before = weighed(wave)
    with wave.database.write() as session:
        Stratum(session, wave.slug).replace(session.get_one(Case, first.id), "4.10")
    inputs, after = weighed(wave)
    (cell,) = after.populations
    assert isinstance(before.populations[cell], int)
    assert after.responses["final"].sum() == pytest.approx(after.populations[cell])
    # Three cases are known, with equal weights: the third of the dossiers that one of them stands
    # for does not belong.
    assert after.populations[cell] == pytest.approx(before.populations[cell] * 2 / 3)
    assert inputs.strata["n_ineligible"].sum() == 1


@ON_SQLITE
def test_without_a_release_nothing_changes(app, settings, wave):
    with wave.database.write() as session:
        here = Stratum(session, wave.slug)
        answers(app, settings, session, here.main[:2])
        n, population = len(here.main), here.population
    inputs, weights = weighed(wave)
    assert inputs.responses["probability"].tolist() == pytest.approx([n / population] * 2)
    assert weights.steps[0]["n_released"] == 0
    assert not any("dự phòng" in text["vi"] for text in table_text.notes(weights.steps, {}))


#: (unit, field, dossiers, main cases, reserves, response, share of the content)
SMALL_DISTRICT = (
    ("a", "x", 160, 16, 16, 0.4, 0.9),
    ("a", "y", 60, 8, 4, 0.8, 0.5),
    ("b", "x", 240, 20, 20, 0.5, 0.7),
    ("b", "y", 90, 10, 5, 0.7, 0.3),
)


def simulated_wave(rng: np.random.Generator) -> tuple[weigh.Inputs, dict[str, float]]:
    """A wave in which every silent case is replaced while its stratum has reserves; response is
    completely at random.  With it, what each answer says."""
    strata, responses, content = [], [], {}
    for unit, field, size, n_main, n_reserve, response, share in SMALL_DISTRICT:
        says = rng.permutation(np.arange(size) < round(share * size))
        responds = rng.random(n_main + n_reserve) < response
        n = n_main
        for worked in range(n_main + n_reserve):
            if worked < n and not responds[worked] and n < n_main + n_reserve:
                n += 1
        strata.append(
            {
                "unit_id": unit,
                "unit": unit,
                "field": field,
                "population": size,
                "n_issued": n,
                "n_main": n_main,
                "n_ineligible": 0,
                "probability": n / size,
            }
        )
        for i in np.flatnonzero(responds[:n]):
            content[key := f"{unit}/{field}/{i}"] = float(says[i])
            responses.append((key, unit, field, n / size, "1.1"))
    columns = ["id", "unit_id", "stratum", "probability", "outcome"]
    table = pd.DataFrame(responses, columns=columns)
    return weigh.Inputs(pd.DataFrame(strata), table, 2, ["x", "y"]), content


def test_estimates_stay_unbiased_while_reserves_are_released():
    rng = np.random.default_rng(20231120)
    found: dict[str, list[float]] = {"a": [], "b": []}
    released = []
    for _ in range(80):
        inputs, content = simulated_wave(rng)
        weights = weigh.compute(inputs)
        answers = weights.responses.assign(y=weights.responses["id"].map(content))
        assert answers["final"].sum() == pytest.approx(sum(row[2] for row in SMALL_DISTRICT))
        for unit, part in answers.groupby("unit"):
            found[unit].append(float(np.average(part["y"], weights=part["final"])))
        released.append(weights.steps[0]["n_released"])
    assert np.mean(released) > 15  # otherwise nothing was tried
    for unit, estimates in found.items():
        rows = [row for row in SMALL_DISTRICT if row[0] == unit]
        truth = sum(round(row[6] * row[2]) for row in rows) / sum(row[2] for row in rows)
        error = np.std(estimates, ddof=1) / np.sqrt(len(estimates))
        assert abs(np.mean(estimates) - truth) < 3.5 * error
        assert error < 0.02  # a bias of seven points would be seen


def test_answers_count_by_what_they_earned_and_lost_ones_as_refusals(app, settings, wave):
    with wave.database.write() as session:
        here = Stratum(session, wave.slug)
        first, second, third, *_ = here.main
        made = invite.further_codes(
            session,
            [third],
            code_key=settings.code_key_bytes,
            reason="trial",
            now=datetime.now(UTC),
        )
        answers(app, settings, session, [first, second])
    visitor = app.test_client()
    answer_all(visitor, agree(visitor, made[0].code))  # not one question answered
    send(visitor, "/phieu/gui")
    with wave.database.read() as session:
        table = rates.table(session, wave.slug, weighted=True)
        assert table.whole.counts["I"] + table.whole.counts["P"] == 2
        assert (table.whole.counts["R"], table.codes["2.12"]) == (1, 1)
        assert table.whole.rates["COOP4"].value == pytest.approx(2 / 3)
    with wave.database.write() as session:
        session.delete(session.scalars(select(Response).where(Response.outcome != "2.12")).first())
    with wave.database.read() as session:
        after = rates.table(session, wave.slug, weighted=True)
        assert after.whole.issued == table.whole.issued
        assert after.whole.counts["R"] == 2
        assert after.whole.rates["COOP4"].value == pytest.approx(1 / 3)
