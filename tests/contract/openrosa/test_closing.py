"""A wave closes when nothing of it waits; then nothing leads from a case to its answer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from survey.domain.intake import Reason, State, Verdict
from survey.errors import Conflict
from survey.services import waves as lives
from survey.store.models import Case, FieldSubmission, Response
from tests.support import field

NOW = datetime.now(UTC)


def test_a_wave_closes_when_nothing_waits_and_knows_late_copies_after(device, desk, database):
    cases = device.cases()
    a, b = f"uuid:a{device.name}", f"uuid:b{device.name}"
    xml = device.fill(cases[0], instance_id=a)
    receipt = device.post(xml).data
    assert desk.judged(a) == (State.STORED, "")
    late = device.fill(cases[1], instance_id=b)
    c = field.sent(device, f"uuid:c{device.name}", 999_999)
    assert desk.judged(c) == (State.QUARANTINED, Reason.CASE)
    strange = field.sent(device, f"uuid:s{device.name}", cases[2], c1="77")
    assert desk.judged(strange) == (State.QUARANTINED, Reason.ANSWERS)
    with pytest.raises(Conflict, match="1 phiếu"), database.write() as session:
        lives.close_wave(session, desk.slug, by="test", now=NOW)
    desk.decide(strange, Verdict.REJECTED)
    with database.write() as session:
        lives.close_wave(session, desk.slug, by="test", now=NOW)
    with database.read() as session:
        kept = [each.paradata for each in session.query(Response).filter_by(channel="enumerator")]
        assert len(kept) == 1
        assert "interviewer" not in kept[0]  # alone in its cell: the label would name its case
    n = desk.n_answers()
    with database.read() as session:
        assert session.get(FieldSubmission, a) is None  # nothing leads from case to answer now
        assert session.query(Case).filter_by(id=cases[0]).one().answered
    assert device.post(xml).data == receipt
    assert device.post(xml.replace(b"</data>", b" </data>", 1)).status_code == 409
    assert device.post(late).status_code == 201
    assert desk.judged(b) == (State.QUARANTINED, Reason.WAVE_CLOSED)
    assert desk.n_answers() == n
