"""A small synthetic wave, drawn and open, for tests that need somebody to answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from survey.domain.calendar import local_day
from survey.services import frame, invite
from survey.services.demo import load, population
from survey.services.sampling import commitment, draw, sample
from survey.store import cases, waves
from survey.store.models import Desk

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True)
class SmallWave:
    """The wave's name and ways to get at codes that a test can open."""

    database: object
    settings: object
    slug: str = load.SLUG

    def codes(self, n: int = 1) -> list[str]:
        """Codes of that many cases nobody has opened."""
        with self.database.write() as session:
            wave = waves.get(session, self.slug)
            fresh = [c for c in cases.issued(session, wave.id) if not c.opened]
            taken = invite.on_trial(session, wave.id)
            chosen = [c for c in fresh if c.id not in taken][:n]
            made = invite.further_codes(
                session,
                chosen,
                code_key=self.settings.code_key_bytes,
                reason=invite.TRIAL,
                now=datetime.now(UTC),
            )
            return [item.code for item in made]

    def desk_code(self) -> str:
        with self.database.read() as session:
            return session.query(Desk).order_by(Desk.id).first().code


def make(app, *, scale: float = 0.02, layout: str = "sections") -> SmallWave:
    """Load and draw the demonstration at a small scale."""
    database, settings = app.extensions["database"], app.extensions["settings"]
    now = datetime.now(UTC)
    with database.write() as session:
        load.load(session, contact_key=settings.contact_key, by="test", now=now, scale=scale)
        load.draw(session, by="test", now=now)
        wave = waves.get(session, load.SLUG)
        wave.settings = {**wave.settings, "layout": layout}
    return SmallWave(database, settings)


def token(client, path: str = "/") -> str:
    """The form token of a page, as a browser would send it back."""
    return TOKEN.search(client.get(path).text).group(1)


def send(client, path: str, **fields):
    """POST a form with the token of this visitor's session."""
    return client.post(path, data={"csrf_token": token(client), **fields})


#: Answers to the screening page of somebody who may go on.
ELIGIBLE = {"a1": "co", "a2": "co", "a3": "tu", "a4": "khong"}


def agree(client, code: str) -> str:
    """Open a code and agree; the place one is sent to."""
    assert client.get(f"/P/{code}").location == "/phieu"
    return send(client, "/phieu", consent="dong_y").location


def answer_all(client, place: str, **answers) -> str:
    """Send every section, empty but for ``answers``, until only sending is left."""
    given = {**ELIGIBLE, **answers}
    for _ in range(40):
        if place == "/phieu/gui":
            return place
        reply = send(client, place, **given)
        assert reply.status_code == 303, reply.text
        place = reply.location
    raise AssertionError("the walk does not end")


#: Ratings of somebody who is content.
RATINGS = dict.fromkeys(
    [
        *("c1", "c2", "c3", "c4", "d1", "d2", "d3", "d4", "e1", "e2", "e3", "e4", "e5"),
        *("f1", "f2", "f3", "g1", "g2", "g3", "i1"),
    ],
    "5",
)


def draw_new(beside: SmallWave, slug: str, codes: list[str], *, scale: float = 0.05) -> SmallWave:
    """Give a wave that the office has just set up a frame and a sample; it is open then."""
    database, settings = beside.database, beside.settings
    now, week = datetime.now(UTC), timedelta(days=7)
    with database.write() as session:
        found = waves.get(session, slug)
        content = population.frame_csv(codes, (found.window_from, found.window_to), scale=scale)
        named = {"by": "test", "now": now}
        frame.import_file(
            session, slug, content, name="moi.csv", contact_key=settings.contact_key, **named
        )
        then = {"by": "test", "now": now - week}
        sample.plan(session, slug, sample.PlanRequest(), **then)
        source = {"seed_source": "xổ số", "seed_on": local_day(now), "key": bytes(32)}
        commitment.commit(session, slug, **source, **then)
        draw.draw_sample(session, slug, "12345", **named)
    return SmallWave(database, settings, slug)
