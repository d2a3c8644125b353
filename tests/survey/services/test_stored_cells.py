"""Answers of thin strata are stored together, and still weigh what they should."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import func, select

from survey.services import cells, weigh
from survey.services.fieldwork import rates as fieldwork_rates
from survey.store import waves
from survey.store.models import Case, Dossier, Frame, Response
from tests.support.waves import ELIGIBLE, RATINGS, send


def answer(app, code: str) -> None:
    client = app.test_client()
    client.get(f"/P/{code}")
    reply = send(client, "/phieu", consent="dong_y", page="sang_loc", **ELIGIBLE, **RATINGS)
    assert reply.location == "/phieu/xong"


def test_no_stored_answer_stands_in_a_stratum_too_thin_to_hide_in(app, wave):
    with wave.database.write() as session:
        found = waves.get(session, wave.slug)
        found.settings = {**found.settings, "layout": "one_page", "min_cell": 6}
    for code in wave.codes(12):
        answer(app, code)
    with wave.database.read() as session:
        found = waves.get(session, wave.slug)
        draw = waves.draw_of(session, found.id)
        of_draw = cells.of_draw(session, draw.id, found.settings)
        drawn = Counter()
        per_unit = Counter()
        for unit_id, stratum in session.execute(
            select(Case.unit_id, Case.stratum).where(Case.role == "main")
        ):
            drawn[unit_id, of_draw[unit_id, stratum].label] += 1
            per_unit[unit_id] += 1
        answers = session.scalars(select(Response)).all()
        assert len(answers) == 12
        thin = [a for a in answers if drawn[a.unit_id, a.stratum] < min(6, per_unit[a.unit_id])]
        assert thin == []
        # The stated probability of a cell: cases drawn over dossiers.
        dossiers = dict(
            session.execute(
                select(Dossier.unit_id, func.count()).join(Frame).group_by(Dossier.unit_id)
            ).all()
        )
        weights = Counter()
        for (unit_id, label), n in drawn.items():
            share = next(
                c.probability for k, c in of_draw.items() if (k[0], c.label) == (unit_id, label)
            )
            weights[unit_id] += n / share
        assert {u: round(w, 6) for u, w in weights.items()} == dossiers
        # Weights still sum to the dossiers of the units that have answers enough.
        made = weigh.compute(weigh.load(session, wave.slug))
        by_unit = made.responses.groupby("unit")["final"].sum()
        assert len(by_unit) >= 1
        rates = fieldwork_rates.table(session, wave.slug)
        assert rates.whole.issued == session.scalar(
            select(func.count()).select_from(Case).where(Case.issued)
        )
        assert sum(rates.codes.get(code, 0) for code in ("1.1", "1.2", "2.12")) == 12
