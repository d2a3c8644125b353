"""A table whose criteria are asked of several groups, each by a wave of its own."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, datetime

import numpy as np
import pytest
from sqlalchemy import insert, select

from analysis.index.satisfaction import unit_sums
from analysis.index.scheme import Scheme
from analysis.index.unit_sums import OVERALL, joined, silent
from survey import jobs
from survey.domain import assessed
from survey.errors import Conflict
from survey.render import release_files as files
from survey.services import cells, frame, verified
from survey.services import waves as wave_life
from survey.services.composition import other_groups, publish
from survey.services.demo import load as demo
from survey.services.demo import population
from survey.services.release import check, gather
from survey.services.sampling import draw, sample
from survey.store import cases, waves
from survey.store.models import IndexRun, Response, Unit, Wave
from tests.support import released

SLUG = "lanh-dao-2023"
#: Of the sample scheme, the survey leaf that leaders are asked about here.
LEADERS = """source = "survey"
group = "leader"
concept = "steering"
rule = { kind = "options", weights = { 4 = 1.0, 3 = 0.6, 2 = 0.2, 1 = 0.0 } }"""


def scheme_with_leaders() -> str:
    text = demo.SCHEME.read_text("utf-8")
    leaf = text.index('id = "chi_dao.kiem_tra.2"')
    at = text.index('source = "verified"', leaf)
    return text[:at] + LEADERS + text[at + len('source = "verified"') :]


def truth(unit: dict) -> float:
    """How a unit is seen, between 1 and 4."""
    return 1.8 + int(hashlib.md5(unit["code"].encode()).hexdigest(), 16) % 18 / 10


@pytest.fixture
def both(app):
    """The citizens' wave, answered, and the leaders' wave beside it, answered and weighed."""
    found = released.answered(app, scale=0.05)
    scheme = Scheme.from_toml(scheme_with_leaders())
    with found.database.write() as session:
        citizens = waves.get(session, found.slug)
        codes = demo.communes(session)
        setup = wave_life.WaveSetup(
            slug=SLUG,
            titles=citizens.titles,
            organisation=citizens.organisation,
            contact=citizens.contact,
            window=demo.WINDOW,
            fieldwork=(citizens.opens_on, citizens.closes_on),
            questionnaire="c3-inside",
            scheme_text=scheme_with_leaders(),
            unit_codes=codes,
            synthetic=True,
            settings={"group": "leader", "min_shown": 5},
        )
        now = datetime.now(UTC)
        checked = {"name": scheme.name, "valid_from": scheme.valid_from, "sha256": scheme.sha256}
        wave_life.create(session, setup, scheme=checked, by="t", now=now)
        frame.import_file(
            session,
            SLUG,
            population.frame_csv(codes, demo.WINDOW, scale=0.02),
            name="lanh-dao.csv",
            contact_key=app.extensions["settings"].contact_key,
            by="t",
            now=now,
        )
        sample.plan(session, SLUG, sample.PlanRequest(), by="t", now=now)
        draw.draw_sample(session, SLUG, "7", by="t", now=now)
        answer(session)
        leaders = waves.get(session, SLUG)
        citizens.scheme_id = leaders.scheme_id
        session.flush()
        points = demo.verified_csv(codes, scheme)
        verified.import_file(session, found.slug, points, name="diem.csv", by="t", now=now)
    jobs.run_here(app, "weigh", released.silent, wave=SLUG)
    return found


def answer(session) -> None:
    wave = waves.get(session, SLUG)
    of_draw = cells.of_draw(session, waves.draw_of(session, wave.id).id, wave.settings)
    chance, rows = random.Random(3), []
    for case in cases.issued(session, wave.id):
        if chance.random() > 0.8:
            continue
        name = f"draft {case.id}"
        slots = [f"dv_{k}" for k in range(1, 9)]
        units = assessed.chosen(wave.settings, slots, own=case.unit_id, seed=name)
        answers = {slot: assessed.key(unit) for slot, unit in units.items()}
        kind = chance.gauss(0, 0.4)  # some see everything kindly
        for slot, unit in units.items():
            if chance.random() > 0.1:
                level = round(truth(unit) + kind + chance.gauss(0, 0.5))
                answers[f"d1_{slot.removeprefix('dv_')}"] = str(min(4, max(1, level)))
        cell = of_draw[case.unit_id, case.stratum]
        rows.append(
            {
                "id": hashlib.md5(name.encode()).hexdigest(),
                "wave_id": wave.id,
                "stream": "probability",
                "unit_id": case.unit_id,
                "stratum": cell.label,
                "inclusion_probability": cell.probability,
                "questionnaire_id": wave.questionnaire_id,
                "answers": answers,
                "outcome": "1.1",
                "language": "vi",
                "submitted_on": wave.closes_on,
                "minutes": 5,
                "flags": [],
                "receipt_digest": hashlib.sha256(name.encode()).digest(),
            }
        )
    session.execute(insert(Response), rows)


def join(found, *slugs: str) -> None:
    with found.database.write() as session:
        wave = waves.get(session, found.slug)
        wave.settings = {**wave.settings, "companions": list(slugs)}


def table(found) -> dict:
    found.compute()
    with found.database.read() as session:
        return session.scalars(select(IndexRun).order_by(IndexRun.id.desc())).first().table


def test_a_criterion_of_leaders_is_scored_from_leaders_alone(both):
    join(both, SLUG)
    made = table(both)
    with both.database.read() as session:
        inputs = other_groups.load(session, both.slug)
        answers = session.scalars(
            select(Response.answers)
            .join(Wave, Wave.id == Response.wave_id)
            .where(Wave.slug == SLUG)
        ).all()
        keys = {f"{u.code}@{u.valid_from}": u.code for u in session.scalars(select(Unit))}
    (leaders,) = inputs.others
    assert (leaders.group, leaders.slug) == ("leader", SLUG)
    assert "leader:steering" in inputs.names and "steering" not in inputs.concepts
    by_unit = {row["unit_code"]: row for row in made["rows"]}
    weights = {"4": 1.0, "3": 0.6, "2": 0.2, "1": 0.0}
    for sums in leaders.units:
        given = [
            weights[row[f"d1_{k}"]]
            for row in answers
            for k in range(1, 9)
            if row.get(f"dv_{k}") == sums.unit and f"d1_{k}" in row
        ]
        at = sums.names.index("leader:steering")
        assert sums.heard[at] == len(given) >= 5
        # Weights differ a little between strata.
        assert sums.score[at] / sums.valid[at] == pytest.approx(np.mean(given), abs=0.06)
        row = by_unit[keys[sums.unit]]
        scored = next(c for c in row["concepts"] if c["id"] == "chi_dao.kiem_tra.2")
        assert scored["points"] == pytest.approx(2 * sums.score[at] / sums.valid[at], abs=1e-9)
        assert row["total"] is not None and row["total_se"] > 0
    assert any("lãnh đạo" in note["vi"] and SLUG in note["vi"] for note in made["notes"])


def test_one_kind_person_is_one_voice_not_eight(both):
    """Assessments of one person go together; taking them as apart would claim too much."""
    with both.database.read() as session:
        asked = publish.load(session, SLUG)
    whole = publish.sums(asked)[1]
    apart = asked.respondents.drop(columns="person")
    alone = unit_sums(
        apart,
        asked.concepts,
        {cell: 8.0 * n for cell, n in asked.populations.items()},
        units=[],
        scores=asked.scheme.concept_scores(),
    )[1]
    at = whole.names.index("leader:steering")
    beside = alone.names.index("leader:steering")
    assert whole.covariance[at, at] > 1.5 * alone.covariance[beside, beside]


def test_without_the_other_wave_there_is_no_total_and_the_table_says_why(both):
    made = table(both)
    assert all(row["total"] is None for row in made["rows"])
    assert any("chưa có đợt nào" in note["vi"] for note in made["notes"])
    assert any(row["satisfaction"] is not None for row in made["rows"])


def test_a_wave_of_the_same_group_cannot_stand_beside(both):
    with both.database.write() as session:
        wave = waves.get(session, SLUG)
        wave.settings = {**wave.settings, "group": "citizen"}
    join(both, SLUG)
    with both.database.read() as session, pytest.raises(Conflict, match="cùng nhóm"):
        other_groups.load(session, both.slug)


def test_the_bundle_gives_the_table_again_with_what_leaders_said(both):
    join(both, SLUG)
    table(both)
    stored, made = both.release()
    for bundle in (made.public, made.full):
        found = check.check(bundle, public_key=stored.public_key)
        assert found.agrees, found.differs % found.facts
    assert b"leader:steering" in files.unpacked(made.public)[files.SUMS]


def test_the_leaders_wave_is_not_released_alone(both):
    with both.database.write() as session:
        wave = waves.get(session, SLUG)
        wave.state = "closed"
    jobs.run_here(both.app, "recompute", released.silent, wave=SLUG)
    with both.database.read() as session, pytest.raises(Conflict, match="nhiều đơn vị"):
        gather.gather(session, SLUG)


def test_sums_of_independent_surveys_stand_side_by_side():
    one, two = silent("u", ["a", "b", OVERALL]), silent("u", ["c", OVERALL])
    one.score[:], one.valid[:], one.heard[:] = [1, 2, 3], [4, 5, 9], [6, 7, 8]
    one.covariance[:] = np.arange(9).reshape(3, 3)
    two.score[:], two.valid[:], two.covariance[:] = [5, 5], [6, 6], 40
    made = joined([one, two], ["c", "a", "missing", "b"])
    assert made.names == ("c", "a", "missing", "b", OVERALL)
    assert made.score.tolist() == [5, 1, 0, 2, 3] and made.heard.tolist() == [0, 6, 0, 7, 8]
    assert made.covariance[0].tolist() == [40, 0, 0, 0, 0]
    assert made.covariance[1].tolist() == [0, 0, 0, 1, 2]
    assert made.covariance[3].tolist() == [0, 3, 0, 4, 5]
