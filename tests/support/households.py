"""A small household round: areas drawn, one enumerator, a device that lists and interviews."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from survey.domain import household
from survey.domain.household import Entry
from survey.domain.roles import Role
from survey.services import accounts, units, wave_setup
from survey.services.households import areas, assigning, loading, packing
from survey.services.households.interviews import PART
from survey.services.intake import enumerators
from tests.support import field, waves

SLUG = "ho-dan"
SEED = "90817"
UNITS = ("10888", "10891")
SETUP = """
slug = "{slug}"
titles = {{ vi = "Vòng hộ gia đình", en = "Household round" }}
organisation = "Phòng Nội vụ"
contact = "0220 000 000"
window = [{opens}, {opens}]
fieldwork = [{opens}, {closes}]
questionnaire = "c1-citizen"
scheme = "mau-2023"
units = ["10888", "10891"]

[settings]
min_cell = 2
min_shown = 2

[settings.household]
areas = 2
households = 3
{more}
"""


def setup(**settings: object) -> bytes:
    """The set-up of a round that is open today."""
    more = "\n".join(f"{key} = {json.dumps(value)}" for key, value in settings.items())
    today = datetime.now(UTC).date()
    days = {"opens": today - timedelta(days=1), "closes": today + timedelta(days=7)}
    return SETUP.format(slug=SLUG, more=more, **days).encode()


def frame(n: int = 5) -> bytes:
    """``n`` areas of each unit, of 40 to 100 households."""
    rows = ["code,name,unit,households"]
    for unit in UNITS:
        rows += [f"{unit}-{i},Thôn {i},{unit},{40 + 17 * i % 61}" for i in range(1, n + 1)]
    return "\n".join(rows).encode()


def listing(n: int = 9) -> list[Entry]:
    """``n`` dwellings: one empty, one where nobody could say."""
    known = {2: 0, 5: None}
    return [Entry(i, f"ngõ {i}", known.get(i, 1 + i % 4)) for i in range(1, n + 1)]


@dataclass
class Device(field.Device):
    """An enumerator's device in a household round, without its screens."""

    def areas(self) -> list[dict]:
        with self.app.extensions["database"].read() as session:
            account = enumerators.account(session, self.name)
            return packing.areas(session, account.id)

    def send_listing(
        self, area: Mapping, entries: Sequence[Entry], *, revision: int = 1, closed: bool = True
    ):
        told = {
            "area": area["id"],
            "revision": revision,
            "closed": closed,
            "lines": [[e.number, e.note, e.adults] for e in entries],
        }
        return self.app.test_client().post(f"{self.place}/app/listings", json=told)

    def selection(self, area: Mapping, entries: Sequence[Entry], place: int, adults: int) -> dict:
        """What the device draws by itself for a place of an area."""
        rule = (area["seed"], area["code"])
        digest = household.listing_digest(area["code"], entries)
        number = household.households(*rule, entries, area["wanted"], area["method"])[place]
        who = household.adult(*rule, digest, number, adults)
        made = {"area": area["code"], "digest": digest, "number": number}
        return {**made, "adults": adults, "adult": who}

    def interview(self, area: Mapping, place: int, selection: Mapping, **more) -> str:
        """Send an interview with its part; its id."""
        id_ = f"uuid:{area['code']}-{place}-{more.pop('tag', 'a')}"
        part = {"selection": selection, **more.pop("part", {})}
        xml = self.fill(area["places"][place], instance_id=id_, **more)
        reply = self.post(xml, {PART: json.dumps(part).encode()})
        assert reply.status_code == 201, reply.text
        return id_


def make(app, *, folder: Path = Path("."), content: bytes | None = None, **settings) -> Device:
    """A drawn round whose areas are all with one enumerator."""
    database, keys = app.extensions["database"], app.extensions["settings"]
    named = {"by": "test", "now": datetime.now(UTC)}
    with database.write() as session:
        units.load_register(session)
        wave_setup.create(session, setup(**settings), folder=folder, **named)
        loading.load(session, SLUG, content or frame(), name="khu-vuc.csv", **named)
    with database.write() as session:
        areas.draw_areas(session, SLUG, SEED, **named)
        accounts.create(session, "dtv1", Role.ENUMERATOR, **named)
        token = enumerators.issue_address(session, "dtv1", code_key=keys.code_key_bytes, **named)
        for code in drawn_codes(session):
            assigning.assign(session, SLUG, code, "dtv1", **named)
    return Device(app, waves.SmallWave(database, keys, SLUG), "dtv1", token)


def drawn_codes(session) -> list[str]:
    from survey.store import households
    from survey.store import waves as stored

    wave = stored.get(session, SLUG)
    return [area.code for area, *_ in households.drawn(session, wave.id)]
