"""Somebody with the whole database tries to find whose an answer is, and might as well guess.

Every column of every row that belongs to a case, and what the database itself knows of the row (its
place, its transaction, its number), is held against every column of the answers.  In one unit and
one cell, where nothing may tell the cases apart, the strongest rank correlation of all pairs must
be one that shuffled answers give too.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import JSON, select, text

from survey.services import respond
from survey.services.respond import Next
from survey.services.submission import Receipt, Sending, new_receipt_code
from survey.services.visit import Visitor
from survey.store import cases, waves
from survey.store.base import Base
from survey.store.models import Case, Draft, Response

SHUFFLES = 400


@pytest.fixture
def answered(wave, settings):
    """Answers of all cases of one unit, each with its case's number written in it; the order."""
    with wave.database.write() as session:
        found = waves.get(session, wave.slug)
        found.settings = {**found.settings, "layout": "joined", "min_cell": 1000}
        issued = cases.issued(session, found.id)
        unit = max({c.unit_id for c in issued}, key=lambda u: sum(c.unit_id == u for c in issued))
        numbers = [case.id for case in issued if case.unit_id == unit]
    chance = random.Random(20231120)
    now = datetime.now(UTC)
    for number in chance.sample(numbers, len(numbers) // 4):
        with wave.database.write() as session:  # some decline first and think better of it
            respond.decline(session, Visitor("case", number, ""), now=now)
    order = chance.sample(numbers, len(numbers))
    for step, number in enumerate(order):
        sending = Sending(
            receipt_code=new_receipt_code(),
            code_key=settings.code_key_bytes,
            language=chance.choice(["vi", "en"]),
            opened_at=now,
            now=now + timedelta(seconds=step),
        )
        raw = {"a1": ["co"], "a2": ["co"], "a3": ["tu"], "a4": ["khong"]}
        raw |= {"i1": [chance.choice("12345")], "j2": [f"case {number}"]}
        visitor, done = Visitor("case", number, ""), Next("sang_loc", "")
        while isinstance(done, Next):
            with wave.database.write() as session:
                done = respond.receive(
                    session, visitor, done.page, raw, agreed=True, sending=sending
                )
        assert isinstance(done, Receipt)
    return order


def features(session, table, key: str) -> dict[str, dict]:
    """What there is to know of a table's rows: name -> {value of ``key``: value}."""
    names = [c.name for c in table.columns if not isinstance(c.type, JSON)]
    system = ["xmin::text::bigint", "ctid"] if session.bind.dialect.name == "postgresql" else []
    if session.bind.dialect.name == "sqlite" and table.dialect_options["sqlite"]["with_rowid"]:
        system = ["rowid"]
    columns = ", ".join([f't."{key}"', *(f't."{n}"' for n in names), *(f"t.{n}" for n in system)])
    # No ORDER BY: the place of a row in a dump is a piece of knowledge too.
    rows = session.execute(text(f'SELECT {columns} FROM "{table.name}" t')).all()
    known = {"place": {row[0]: n for n, row in enumerate(rows)}}
    for position, name in enumerate([*names, *system], start=1):
        known[name] = {row[0]: row[position] for row in rows}
    return known


def ranks(values: list) -> np.ndarray | None:
    """Ranks, ties at their mean; None where there is nothing to tell apart."""
    if all(v is not None for v in values) and len({type(v) for v in values}) == 1:
        keyed = [ctid(v) for v in values]
    else:
        keyed = [str(v) for v in values]
    order = {v: i for i, v in enumerate(sorted(set(keyed)))}
    codes = np.array([order[v] for v in keyed], dtype=float)
    if len(order) == 1:
        return None
    counts = np.bincount(codes.astype(int))
    means = np.cumsum(counts) - (counts - 1) / 2
    centred = means[codes.astype(int)] - means[codes.astype(int)].mean()
    return centred / np.linalg.norm(centred)


def ctid(value):
    """PostgreSQL's "(page,line)" as a pair of numbers."""
    if isinstance(value, str) and value.startswith("(") and value.endswith(")"):
        return tuple(int(part) for part in value[1:-1].split(","))
    return value if not isinstance(value, (bytes, memoryview)) else bytes(value).hex()


def of_cases(session, order: list[int]) -> list[tuple[str, np.ndarray]]:
    """Each thing known of the cases, as ranks in ``order``."""
    found = []
    for table in Base.metadata.sorted_tables:
        keys = [
            c.name
            for c in table.columns
            if any(f.column.table.name == "survey_case" for f in c.foreign_keys)
        ]
        for key in ["id"] if table.name == "survey_case" else keys:
            for name, values in features(session, table, key).items():
                ranked = ranks([values.get(number) for number in order])
                if ranked is not None:
                    found.append((f"{table.name}.{name}", ranked))
    return found


def of_answers(session, order: list[int]) -> list[tuple[str, np.ndarray]]:
    owner = {
        answer.id: int(answer.answers["j2"].removeprefix("case "))
        for answer in session.scalars(select(Response).where(Response.answers.is_not(None)))
    }
    found = []
    for name, values in features(session, Response.__table__, "id").items():
        by_case = {owner[key]: value for key, value in values.items()}
        ranked = ranks([by_case[number] for number in order])
        if ranked is not None:
            found.append((f"response.{name}", ranked))
    return found


def chance_of(left: list[tuple[str, np.ndarray]], right: list[tuple[str, np.ndarray]]) -> float:
    """Share of shuffles whose strongest correlation is at least that of the true pairs."""
    first = np.array([column for _, column in left])
    second = np.array([column for _, column in right])
    strongest = np.abs(first @ second.T).max()
    shuffle = np.random.default_rng(7)
    reached = [
        np.abs(first @ second[:, shuffle.permutation(second.shape[1])].T).max() >= strongest - 1e-12
        for _ in range(SHUFFLES)
    ]
    return (1 + sum(reached)) / (1 + SHUFFLES)


def test_whoever_has_the_whole_database_might_as_well_guess(wave, answered):
    with wave.database.read() as session:
        assert session.scalars(select(Draft)).all() == []
        left, right = of_cases(session, answered), of_answers(session, answered)
        assert len(left) > 8 and len(right) > 2, (left, right)
        assert chance_of(left, right) > 0.005
        # The days are days, and nothing in an answer says more.
        assert {type(a.submitted_on).__name__ for a in session.scalars(select(Response))} == {
            "date"
        }
        marks = {case.disposition for case in session.scalars(select(Case)) if case.id in answered}
        assert marks == {"1.0"}


def test_the_attack_finds_a_link_that_is_there(wave, answered):
    with wave.database.read() as session:
        right = of_answers(session, answered)
    leak = ranks(list(range(len(answered))))  # a clock, were it kept: the order of submitting
    backwards = [("leak", leak[::-1] * 1.0)]
    noise = np.random.default_rng(3).permutation(len(answered))
    mixed = ranks(list(noise + 6 * np.arange(len(answered))))
    assert chance_of(backwards, [*right, ("kept", mixed)]) < 0.005
