"""Plan, seed, draw, verify: anybody finds the same cases, and a change is found out."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select, update

from survey.errors import Conflict, NotFound
from survey.services import frame
from survey.services.demo import load, population
from survey.services.sampling import check, sample
from survey.services.sampling import draw as sample_draw
from survey.store.models import Case, Dossier
from tests.conftest import NOON

SEED = "12345 67890"


def prepare(session, settings, shuffle=lambda rows: rows) -> None:
    """The demonstration's frame, its rows in another order, and a plan."""
    load.load(session, contact_key=settings.contact_key, by="test", now=NOON, scale=0.02)
    window = (date(2023, 1, 1), date(2023, 12, 31))
    heading, *rows = population.frame_csv(load.communes(session), window, scale=0.02).splitlines()
    frame.import_file(
        session,
        load.SLUG,
        b"\n".join([heading, *shuffle(rows)]),
        name="synthetic.csv",
        contact_key=settings.contact_key,
        by="test",
        now=NOON,
    )
    sample.plan(session, load.SLUG, sample.PlanRequest(), by="test", now=NOON)


def draw(session, seed: str = SEED):
    return sample_draw.draw_sample(session, load.SLUG, seed, by="test", now=NOON)


def drawn(session) -> list[tuple]:
    return sorted(
        session.execute(
            select(Dossier.code, Case.issued, Case.inclusion_probability).join(
                Case, Case.dossier_id == Dossier.id
            )
        ).all()
    )


@pytest.fixture
def session(database):
    with database.write() as session:
        yield session


def test_the_order_of_the_frame_does_not_matter(session, settings, tmp_path):
    from survey.store import migrate
    from survey.store.session import Database

    prepare(session, settings)
    first = draw(session)
    migrate.upgrade(url := f"sqlite:///{tmp_path / 'other.db'}")
    with Database(url).write() as other:
        prepare(other, settings, shuffle=lambda rows: rows[::-1])
        assert draw(other).digest == first.digest
        assert [row[:2] for row in drawn(other)] == [row[:2] for row in drawn(session)]


def test_every_case_keeps_the_chance_it_had(session, settings):
    prepare(session, settings)
    made = draw(session)
    issued = session.scalar(select(func.count()).where(Case.issued))
    assert (issued, session.scalar(select(func.count(Case.id)))) == (
        made.n_main,
        made.n_main + made.n_reserve,
    )
    # The Horvitz-Thompson count of the frame: main cases, each for 1/π dossiers.
    estimated = sum(1 / chance for _code, is_main, chance in drawn(session) if is_main)
    assert estimated == pytest.approx(session.scalar(select(func.count(Dossier.id))))


def test_another_seed_draws_others(session, settings, database):
    prepare(session, settings)
    with session.begin_nested() as undone:
        first = draw(session).digest
        undone.rollback()
    assert draw(session, "another number").digest != first


def test_a_draw_that_nobody_touched_verifies(session, settings):
    prepare(session, settings)
    made = draw(session)
    found = check.verify(session, load.SLUG)
    assert (found.agrees, found.digest, found.recomputed) == (True, made.digest, made.digest)


@pytest.mark.parametrize("table", [Case, Dossier])
def test_a_case_or_dossier_that_was_changed_is_found(session, settings, table):
    prepare(session, settings)
    draw(session)
    if table is Case:
        reserve = session.scalars(select(Case).where(~Case.issued).limit(1)).one()
        main = session.scalars(select(Case).where(Case.issued).limit(1)).one()
        a, b = reserve.dossier_id, main.dossier_id
        main.dossier_id = session.scalar(
            select(Dossier.id).where(Dossier.id.not_in(select(Case.dossier_id))).limit(1)
        )
        assert a != b
    else:
        one = session.scalar(select(func.min(Dossier.id)))
        session.execute(update(Dossier).where(Dossier.id == one).values(code="smuggled in"))
    session.flush()
    found = check.verify(session, load.SLUG)
    assert not found.agrees
    assert found.differs_at


def test_no_draw_without_a_plan_no_plan_after_a_draw_no_second_draw(session, settings):
    load.load(session, contact_key=settings.contact_key, by="test", now=NOON, scale=0.01)
    with pytest.raises(NotFound):
        draw(session)
    sample.plan(session, load.SLUG, sample.PlanRequest(), by="test", now=NOON)
    draw(session)
    with pytest.raises(Conflict):
        draw(session)
    with pytest.raises(Conflict):
        sample.plan(session, load.SLUG, sample.PlanRequest(), by="test", now=NOON)
