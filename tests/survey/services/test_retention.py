"""What must not be kept is deleted on its day, and not before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from survey.services import frame, retention
from survey.services.demo import load, population
from survey.store.models import AuditEvent, Contact, Dossier, Draft
from tests.support.waves import agree


def count(database, model) -> int:
    with database.read() as session:
        return len(list(session.scalars(select(model))))


def purge_after(database, days: int):
    with database.write() as session:
        return retention.purge(session, by="test", now=datetime.now(UTC) + timedelta(days=days))


@pytest.fixture
def contacts(app, database, settings):
    """The demonstration's frame again, every dossier with a contact."""
    now = datetime.now(UTC)
    with database.write() as session:
        load.load(session, contact_key=settings.contact_key, by="t", now=now, scale=0.01)
        codes = load.communes(session)
        lines = population.frame_csv(codes, load.WINDOW, scale=0.01).decode().splitlines()
        content = "\n".join(
            [lines[0] + ",contact", *(f"{line},0900 000 000" for line in lines[1:])]
        )
        made = frame.import_file(
            session,
            load.SLUG,
            content.encode(),
            name="with-contacts.csv",
            contact_key=settings.contact_key,
            by="t",
            now=now,
        )
    return made


def test_contacts_are_encrypted_apart_from_the_dossier_and_deleted_on_their_day(
    database, contacts, settings
):
    assert contacts.n_contacts == contacts.n_dossiers == count(database, Contact)
    with database.read() as session:
        assert b"0900" not in session.scalars(select(Contact)).first().ciphertext
    limit = load.OPEN_DAYS + 180
    assert purge_after(database, limit - 2).n_contacts == 0
    assert purge_after(database, limit + 2).n_contacts == contacts.n_contacts
    assert count(database, Contact) == 0
    assert count(database, Dossier) == contacts.n_dossiers


def test_unfinished_answers_go_when_the_retention_has_run_out(client, wave):
    agree(client, wave.codes()[0])
    limit = load.OPEN_DAYS + 180
    assert purge_after(wave.database, limit - 2).n_drafts == 0
    assert purge_after(wave.database, limit + 2).n_drafts == 1
    assert count(wave.database, Draft) == 0
    with wave.database.read() as session:
        actions = [event.action for event in session.scalars(select(AuditEvent))]
    assert "data.purged" in actions
