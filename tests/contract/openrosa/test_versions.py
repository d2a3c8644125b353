"""A wave that moved to a corrected questionnaire, and what field clients go on sending."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from forms import questionnaires
from survey.domain.intake import Reason, State
from survey.services.questionnaires import register, versions
from survey.store.models import Questionnaire, Response
from tests.support import field


def corrected(version: str):
    q = questionnaires.load("c1-citizen")
    return replace(q, version=version, titles={**q.titles, "vi": "Phiếu đã sửa"})


def move(database, slug: str, version: str) -> int:
    now = datetime.now(UTC)
    with database.write() as session:
        row = register.freeze(session, corrected(version), by="test", now=now)
        versions.move(session, slug, row.id, reason="sửa tên", by="test", now=now)
        return row.id


def answered_in(database, desk, instance_id: str) -> str:
    """Version of the questionnaire under which an answer is stored."""
    with database.read() as session:
        answer = session.get_one(Response, desk.row(instance_id).response_id)
        return session.get_one(Questionnaire, answer.questionnaire_id).version


def test_an_interview_begun_before_the_move_is_stored_under_its_own_version(
    device, database, desk, wave
):
    first, second = device.cases()[:2]
    old, new, unknown = (f"uuid:{x}{device.name}" for x in ("old", "new", "unknown"))
    begun = device.fill(first, instance_id=old)
    before = field.attribute(begun, "version")
    version = f"sửa-{device.name}"
    move(database, wave.slug, version)
    assert device.post(begun).status_code == 201
    assert desk.judged(old) == (State.STORED, "")
    assert answered_in(database, desk, old) == before
    del device.form  # the client fetches the form list again
    field.sent(device, new, second)
    assert desk.judged(new) == (State.STORED, "")
    assert answered_in(database, desk, new) == version
    third = device.fill(device.cases()[2], instance_id=unknown)
    third = third.replace(f'version="{version}"'.encode(), b'version="1999"')
    assert device.post(third).status_code == 201
    assert desk.judged(unknown) == (State.QUARANTINED, Reason.VERSION)
