"""The next wave keeps, rotates or avoids last wave's cases, and its bundle shows how."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from survey.domain.plan import PlanRequest
from survey.errors import Conflict
from survey.render import sample_bundle as files
from survey.services.demo import load
from survey.services.sampling import bundle_check, check, commitment, draw, sample
from survey.store import waves
from survey.store.models import Case, Dossier, Frame, Wave, WaveUnit
from tests.conftest import NOON
from tests.support import second_draw

NEXT = "next-year"


@pytest.fixture
def session(database, settings):
    """The demonstration's wave, drawn, and a second wave with the same list."""
    with database.write() as session:
        load.load(session, contact_key=settings.contact_key, by="test", now=NOON, scale=0.05)
        load.draw(session, by="test", now=NOON)
        first = waves.get(session, load.SLUG)
        kept = {c.name: getattr(first, c.name) for c in Wave.__table__.columns if c.name != "id"}
        session.add(Wave(**kept | {"slug": NEXT, "state": "planned"}))
        session.flush()
        again = waves.get(session, NEXT)
        for unit in session.scalars(select(WaveUnit).where(WaveUnit.wave_id == first.id)).all():
            session.add(WaveUnit(wave_id=again.id, unit_id=unit.unit_id))
        old = waves.frame_of(session, first.id)
        copied = {c.name: getattr(old, c.name) for c in Frame.__table__.columns if c.name != "id"}
        session.add(Frame(**copied | {"wave_id": again.id}))
        session.flush()
        new = waves.frame_of(session, again.id)
        for one in session.scalars(select(Dossier).where(Dossier.frame_id == old.id)).all():
            row = {c.name: getattr(one, c.name) for c in Dossier.__table__.columns}
            del row["id"]
            session.add(Dossier(**row | {"frame_id": new.id}))
        session.flush()
        yield session


def drawn_codes(session, slug: str) -> set[str]:
    wave = waves.get(session, slug)
    return set(
        session.scalars(
            select(Dossier.code).join(Case).where(Case.wave_id == wave.id, Case.role == "main")
        )
    )


def draw_next(session, overlap: float, total: int = 120):
    request = PlanRequest(formula="total", total=total, floor=1, after=load.SLUG, overlap=overlap)
    sample.plan(session, NEXT, request, by="test", now=NOON)
    commitment.commit(
        session, NEXT, seed_source="", seed_on=None, key=b"x" * 32, by="test", now=NOON
    )
    return draw.draw_sample(session, NEXT, load.SEED, by="test", now=NOON)


@pytest.mark.parametrize("overlap", [0.0, 0.5, 1.0])
def test_the_overlap_is_what_was_promised(session, overlap):
    """Expected by the plan, found in the draw; a small stratum may allow no better."""
    made = draw_next(session, overlap)
    before, now = drawn_codes(session, load.SLUG), drawn_codes(session, NEXT)
    assert made.n_main == len(now) == 120
    planned = waves.plan_of(session, waves.get(session, NEXT).id).definition
    expected = planned["coordination"]["expected_overlap"]
    chance = 4 * (expected * (1 - expected / 121)) ** 0.5 + 0.5
    assert len(before & now) == pytest.approx(expected, abs=chance)


def test_more_overlap_keeps_more_cases(session):
    found = []
    for overlap in (0.0, 0.5, 1.0):
        with session.begin_nested() as undone:
            draw_next(session, overlap)
            found.append(len(drawn_codes(session, load.SLUG) & drawn_codes(session, NEXT)))
            undone.rollback()
    assert found[0] < found[1] < found[2] == 120


def test_the_bundle_of_a_turned_draw_checks_both_ways(session, tmp_path):
    draw_next(session, 0.5)
    with zipfile.ZipFile(io.BytesIO(commitment.bundle(session, NEXT))) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    for name, data in content.items():
        (tmp_path / name).write_bytes(data)
    plan = json.loads(content[files.PLAN])
    assert plan["design"] == files.SHIFTED
    assert any(int(stratum["shift"]) for stratum in plan["strata"])
    assert bundle_check.check(tmp_path).agrees
    seed = json.loads(content[files.DRAW])["seed"]
    again = second_draw.sample_csv(content[files.FRAME], content[files.PLAN], seed)
    assert again == content[files.SAMPLE]
    assert check.verify(session, NEXT).agrees
    assert commitment.view(session, NEXT).seed_known


def test_another_seed_or_an_unknown_wave_is_refused(session):
    request = PlanRequest(formula="total", total=120, floor=1, after=load.SLUG, overlap=0.5)
    sample.plan(session, NEXT, request, by="test", now=NOON)
    with pytest.raises(Conflict) as refused:
        draw.draw_sample(session, NEXT, "my own", by="test", now=NOON + timedelta(days=1))
    assert refused.value.code == "draw.other_seed"
    session.execute(update(Wave).where(Wave.slug == NEXT).values(slug="renamed"))
    for other in ("renamed", "nothing"):
        with pytest.raises(Exception, match=other):
            sample.plan(session, "renamed", PlanRequest(after=other), by="test", now=NOON)
