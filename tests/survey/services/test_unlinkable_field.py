"""The same attack on a closed wave whose answers came from tablets, or from paper.

Until the wave closes a field submission and a paper form point to case and answer.  Afterwards
somebody with the whole database must be able to do no better than chance.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from survey.services import waves as lives
from survey.store import cases
from survey.store import waves as stored
from survey.store.base import Base
from survey.store.models import Response
from tests.support import field, waves
from tests.support.paper_office import Office
from tests.survey.services.test_unlinkable import chance_of, of_answers, of_cases

NOW = datetime.now(UTC)


@pytest.fixture
def numbers(app, database):
    """Cases of one unit whose answers share one cell, in the order in which they will answer."""
    small = waves.make(app, scale=0.03)
    with database.write() as session:
        wave = stored.get(session, small.slug)
        wave.settings = {**wave.settings, "min_cell": 1000}
        issued = [c for c in cases.issued(session, wave.id) if not c.opened]
        unit = max({c.unit_id for c in issued}, key=lambda u: sum(c.unit_id == u for c in issued))
        found = [case.id for case in issued if case.unit_id == unit]
    return random.Random(20260311).sample(found, len(found))[:16]


def by_tablet(app, numbers: list[int]) -> None:
    chance = random.Random(5)
    with app.extensions["database"].read() as session:
        slug = session.scalars(select(stored.Wave.slug)).one()
    device = field.device(app, waves.SmallWave(None, None, slug), n=0)
    with app.extensions["database"].write() as session:
        user = field.enumerators.account(session, device.name)
        given = {"by": "test", "now": NOW}
        field.enumerators.give(session, slug, user, sorted(numbers), **given)
    for number in numbers:
        answers = {"i1": chance.choice("12345"), "j2": f"case {number}"}
        first = field.sent(device, f"uuid:{number}", number, **answers)
        if chance.random() < 0.3:  # some are edited later
            answers["i1"] = chance.choice("12345")
            field.sent(device, f"uuid:{number}b", number, **field.correcting(first), **answers)
        field.work(app)


def by_paper(app, numbers: list[int]) -> None:
    chance = random.Random(5)
    with app.extensions["database"].read() as session:
        slug = session.scalars(select(stored.Wave.slug)).one()
    office = Office(app, app.extensions["database"], slug)
    for form, number in enumerate(numbers, start=1):
        office.log(form, case=str(number))
        typed = {"a1": "1", "a2": "1", "i1": chance.choice("12345"), "j2": f"case {number}"}
        for who in (office.a, office.b):
            assert office.type(who, form, typed).status_code == 303


@pytest.mark.parametrize("way", [by_tablet, by_paper])
def test_after_the_close_whoever_has_the_whole_database_might_as_well_guess(
    app, database, numbers, way
):
    way(app, numbers)
    with database.write() as session:
        lives.close_wave(session, session.scalars(select(stored.Wave.slug)).one(), by="t", now=NOW)
    with database.read() as session:
        left, right = of_cases(session, numbers), of_answers(session, numbers)
        assert len(left) > 5 and len(right) > 2, (left, right)
        assert chance_of(left, right) > 0.005
        keys = set(session.scalars(select(Response.id)))
        assert len(keys) == len(numbers)
        for table in Base.metadata.sorted_tables:
            if table.name not in ("response", "response_file"):
                everything = str(session.execute(select(table)).all())
                assert not any(key in everything for key in keys), table.name
                assert "uuid:" not in everything, table.name
