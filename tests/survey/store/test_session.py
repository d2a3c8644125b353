"""Transactions and their promises, on both databases."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from sqlalchemy import collate, func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from survey.domain.collation import sort_key
from survey.store import audit
from survey.store.models import AuditEvent, Desk, Job, Response, Unit
from survey.store.session import Database

DAY = date(2020, 1, 1)
NOON = datetime(2023, 11, 20, 5, 0, tzinfo=UTC)


@pytest.fixture
def store(database_url):
    made = Database(database_url)
    yield made
    made.dispose()


def unit(code: str = "1", **changes) -> Unit:
    return Unit(**{"code": code, "valid_from": DAY, "name": "Cẩm Văn", "kind": "xã", **changes})


def count(store: Database, table=Unit) -> int:
    with store.read() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_a_block_that_ends_is_kept_and_one_that_raises_is_undone(store):
    with store.write() as session:
        session.add(unit())
    with pytest.raises(LookupError), store.write() as session:
        session.add(unit("2"))
        session.flush()
        raise LookupError
    assert count(store) == 1


def test_what_is_changed_while_reading_is_undone(store):
    with store.read() as session:
        session.add(unit())
        session.flush()
    assert count(store) == 0


def test_what_follows_a_commit_happens_once_and_only_after_it(database_url):
    seen = []
    store = Database(database_url, after_commit=lambda _session: seen.append(count(store)))
    with store.write() as session:
        session.add(unit())
        session.flush()
        assert seen == []
    with pytest.raises(LookupError), store.write():
        raise LookupError
    assert seen == [1]
    store.dispose()


def test_writers_wait_for_each_other_and_no_step_is_lost(store):
    with store.write() as session:
        session.add(
            Job(kind="index", wave="", params={}, requested_by="x", created_at=NOON, total=0)
        )
    start = threading.Barrier(4)

    def add_ten() -> None:
        start.wait()
        for _ in range(10):
            with store.write() as session:
                job = session.scalars(select(Job).with_for_update()).one()
                job.total += 1

    writers = [threading.Thread(target=add_ten) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with store.read() as session:
        assert session.scalar(select(Job.total)) == 40


def test_a_reader_does_not_wait_for_a_writer(store):
    with store.write() as session:
        session.add(unit())
        session.flush()
        assert count(store) == 0
    assert count(store) == 1


def test_a_code_may_return_for_other_territory_at_another_date_only(store):
    with store.write() as session:
        session.add_all([unit(), unit(valid_from=date(2025, 7, 1), name="Cẩm Giàng")])
    with pytest.raises(IntegrityError), store.write() as session:
        session.add(unit(name="Cẩm Giang"))


def test_a_unit_cannot_end_before_it_begins(store):
    with pytest.raises(IntegrityError), store.write() as session:
        session.add(unit(valid_to=DAY))


def test_what_points_to_nothing_is_refused(store):
    with pytest.raises(IntegrityError), store.write() as session:
        session.add(Desk(wave_id=77, unit_id=77, code="A"))


def test_the_record_of_who_did_what_can_only_grow(store):
    with store.write() as session:
        audit.append(session, "wave.open", by="an", at=NOON)
    for change in ("UPDATE audit_event SET action = 'x'", "DELETE FROM audit_event"):
        with pytest.raises(DBAPIError, match="append-only"), store.write() as session:
            session.execute(text(change))
    assert count(store, AuditEvent) == 1


def test_an_instant_comes_back_as_it_went_in_whatever_its_zone(store):
    in_hanoi = NOON.astimezone(timezone(timedelta(hours=7)))
    with store.write() as session:
        audit.append(session, "wave.open", by="an", at=in_hanoi)
    with store.read() as session:
        read = session.scalar(select(AuditEvent.at))
    assert (read, read.utcoffset()) == (NOON, timedelta(0))


def test_a_time_without_a_zone_is_no_instant(store):
    with pytest.raises(StatementError, match="naive"), store.write() as session:
        audit.append(session, "wave.open", by="an", at=datetime(2023, 1, 1))


def test_names_that_differ_in_a_mark_are_two_names_in_alphabetical_order(store):
    names = ["Đức Chính", "Cẩm Giàng", "Cẩm Giang", "Ân", "Ăn", "An", "Dân"]
    with store.write() as session:
        session.add_all([unit(str(n), name=name) for n, name in enumerate(names)])
    collation = "vi" if store.engine.dialect.name == "sqlite" else "vi-x-icu"
    with store.read() as session:
        sorted_there = list(
            session.scalars(select(Unit.name).order_by(collate(Unit.name, collation)))
        )
        found = list(session.scalars(select(Unit.name).where(Unit.name == "Cẩm Giang")))
    assert sorted_there == sorted(names, key=sort_key)
    assert found == ["Cẩm Giang"]


def test_no_column_of_an_answer_leads_back_to_a_case():
    aims = {key.column.table.name for key in Response.__table__.foreign_keys}
    assert aims == {"wave", "unit", "questionnaire"}
    names = set(Response.__table__.columns.keys())
    assert not any("case" in name or "code" in name or name.endswith("_at") for name in names)


def test_a_failed_statement_names_no_value_that_was_bound_to_it(engine):
    with engine.connect() as connection, pytest.raises(DBAPIError) as failed:
        connection.execute(text("SELECT :answer FROM nowhere"), {"answer": "secret words"})
    assert "secret words" not in str(failed.value)
