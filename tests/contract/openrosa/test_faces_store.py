"""Random interviews by HTTP, page after page and as a submission: one stored answer, one refusal.

``tests/property/test_faces_agree.py`` compares the readers; here everything between is the real
thing: cookies, tokens, drafts and the pages on one side, OpenRosa, the job and quarantine on the
other, and the database behind both.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from forms import questionnaires as shipped
from forms.faces import xform
from survey.domain import codes as access
from survey.domain.calendar import local_day
from survey.domain.intake import Reason, State
from survey.services.intake.case_list import CASE_FILE
from survey.services.questionnaires import register
from survey.store import cases
from survey.store import waves as store
from survey.store.models import Response
from tests.support import faces, field, odk, waves
from tests.support.questionnaires import BLANK, answers_to, questionnaires, sound

SHIPPED = [shipped.load("c1-citizen")]
_NUMBERS = itertools.count(1)
#: Interviews through each door.
N = 20
LENGTHS = (access.CASE_SYMBOLS,)


def asks(database, slug: str, q) -> None:
    """Have the wave ask this questionnaire, one section a page."""
    with database.write() as session:
        wave = store.get(session, slug)
        row = register.freeze(session, q, by="test", now=datetime.now(UTC))
        wave.questionnaire_id = row.id
        wave.settings = {**wave.settings, "layout": "sections"}


def by_pages(app, wave, code, answers) -> tuple[dict, set[str]]:
    """(what is stored, what a page refused); what is refused is left blank the next time."""
    client, refused, left = app.test_client(), set(), dict(answers)
    place = waves.agree(client, code)
    for _ in range(60):
        if place == "/phieu/xong":
            break
        given = {name: list(each.page) for name, each in left.items()}
        reply = waves.send(client, place, **given)
        if reply.status_code == 303:
            place = reply.location
            continue
        assert reply.status_code == 422, reply.text
        faults = set(re.findall(r'href="#(\w+?)(?:-0)?"', summary(reply.text)))
        assert faults
        refused |= faults
        if any(left[name] is BLANK for name in faults):
            return {}, refused  # required, and there is no answer to give
        left |= dict.fromkeys(faults, BLANK)
    code = re.search(r'class="code">([^<]+)<', client.get(place).text)
    assert code, place
    return stored(wave.database, newest=True), refused


def summary(text: str) -> str:
    return re.search(r'<div class="summary".*?</div>', text, re.DOTALL)[0]


_KNOWN: set[str] = set()


def stored(database, *, newest: bool) -> dict:
    """The answer that is new since the last look."""
    with database.read() as session:
        rows = session.execute(select(Response.id, Response.answers)).all()
    new = [(id_, answers) for id_, answers in rows if id_ not in _KNOWN]
    _KNOWN.update(id_ for id_, _ in new)
    assert len(new) == newest, new
    return dict(new[0][1]) if new else {}


def by_submission(device, desk, q, case: int, answers) -> tuple[dict, set[str]]:
    known = f"uuid:{next(_NUMBERS)}-{device.name}"
    form = xform.build(q, case_file=CASE_FILE).xml
    texts = {name: each.xml for name, each in answers.items()}
    xml = field.with_instance_id(odk.filled(form, {**texts, "case": str(case)}), known)
    assert device.post(xml).status_code == 201
    state, reason = desk.judged(known)
    if state == State.STORED:
        return stored(desk.database, newest=True), set()
    assert (state, reason) == (State.QUARANTINED, Reason.ANSWERS), desk.row(known).facts
    refused = set(desk.row(known).facts["problems"])
    desk.decide(known, "accepted")
    return stored(desk.database, newest=True), refused


def test_both_doors_store_and_refuse_the_same(app, database, desk, wave, installed):
    device = field.device(app, wave, name=f"dtv-mat-{next(_NUMBERS)}", n=150)
    codes = wave.codes(N)
    taken = {case_of(database, wave, code) for code in codes}
    pairs = zip(codes, [case for case in device.cases() if case not in taken], strict=False)
    _KNOWN.update(stored_now(database))
    seen = {"stored": 0, "refused": 0, "skipped": 0}

    @settings(
        deadline=None,
        max_examples=N,
        # Each interview uses up a case of each door: what was found is not tried again, smaller.
        phases=(Phase.generate,),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        database=None,
    )
    @given(st.data())
    def run(data):
        q = data.draw(st.sampled_from(SHIPPED) | questionnaires() | questionnaires())
        q = numbered(q)
        answers = data.draw(answers_to(q))
        if data.draw(st.integers(0, 3)):
            answers = mended(data, q, answers)
        code, case = next(pairs)
        asks(database, wave.slug, q)
        pages, refused = by_pages(app, wave, code, answers)
        sent, held = by_submission(device, desk, q, case, answers)
        if pages:
            assert sent == pages
            assert held == refused
            seen["stored"] += 1
        else:
            # A required question without an answer: nobody gets past it on a page.
            assert refused <= held
        seen["refused"] += bool(refused)
        given_ = {name for name, each in answers.items() if any(each.page)}
        seen["skipped"] += bool(given_ - pages.keys() - refused)

    run()
    assert min(seen.values()) > 0, seen


def mended(data, q, answers):
    """The same interview by somebody who tries again where a question refuses an answer."""
    context = {row.name: "" if row.name == "nguon" else "x" for row in q.variables}
    context |= {"today": local_day(datetime.now(UTC)).isoformat(), "order_seed": "x"}
    for _ in range(8):
        refused = faces.by_pages(q, answers, context).refused
        if not refused:
            break
        answers = answers | {name: data.draw(sound(q.question(name))) for name in refused}
    return answers


def case_of(database, wave, code: str) -> int:
    digest = access.code_digest(wave.settings.code_key_bytes, access.parse(code, LENGTHS))
    with database.read() as session:
        return cases.code_of(session, digest).case_id


def stored_now(database) -> set[str]:
    with database.read() as session:
        return set(session.scalars(select(Response.id)))


def numbered(q):
    """The same questionnaire as a version of its own, under the wave's form."""
    return replace(q, form_id="hai-cua", version=f"{next(_NUMBERS)}")
