"""When a wave closes nothing leads from a paper form to a case or an answer."""

from __future__ import annotations

import pytest

from survey.errors import Conflict
from survey.services import waves as lives
from survey.store.models import PaperEntry, PaperReturn, Response
from tests.support import waves
from tests.support.paper_office import NOW, Office


@pytest.fixture
def office(app, database):
    return Office(app, database, waves.make(app, scale=0.02).slug)


def test_closing_waits_for_paper_and_then_cuts_every_way_back(office):
    first, second = office.came(), office.came()
    for form in (first, second):
        office.log(form.number, case=form.case)
    for who in (office.a, office.b):
        office.type(who, first.number)
    office.type(office.a, second.number)
    with pytest.raises(Conflict, match="1 phiếu giấy"), office.database.write() as session:
        lives.close_wave(session, office.slug, by="test", now=NOW)
    office.type(office.b, second.number)
    with office.database.write() as session:
        lives.close_wave(session, office.slug, by="test", now=NOW)
    with office.database.read() as session:
        assert session.query(Response).filter_by(channel="paper").count() == 2
        for found in session.query(PaperReturn):
            assert (found.case_id, found.response_id, found.n_fields) == (None, None, 5)
        assert {str(entry.typed) for entry in session.query(PaperEntry)} == {"{}"}
