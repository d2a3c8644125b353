"""A wave with printed paper forms, and people who type them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from survey.domain import paper
from survey.domain.calendar import local_day
from survey.domain.roles import Role
from survey.services import accounts, definitions
from survey.services.paper_entry import overview
from survey.store import cases as stored_cases
from survey.store import waves as stored_waves
from survey.store.models import PaperForm, PaperReturn, Response
from tests.support import waves

NOW = datetime.now(UTC)
#: Places of the boxes on c1-citizen: yes, yes, own, no; 5 of each scale.
TYPED = {"a1": "1", "a2": "1", "c1": "5", "c2": "4", "j2": "Cảm ơn cán bộ"}


class Came(NamedTuple):
    """A printed form that nobody has seen, a case that nobody has asked, and its unit."""

    number: int
    case: str
    unit: str


class Office:
    """A wave with printed forms and people who type."""

    def __init__(self, app, database, slug):
        self.app, self.database, self.slug = app, database, slug
        self.place = f"/van-phong/dot/{slug}/nhap-phieu"
        with database.write() as session:
            wave = stored_waves.get(session, slug)
            # As if printed: drawing thirty copies takes many seconds.
            made = {"wave_id": wave.id, "questionnaire_id": wave.questionnaire_id, "language": "vi"}
            printed = {"printed_at": NOW, "printed_by": "test", "state": "printed"}
            session.add_all(PaperForm(number=n, **made, **printed) for n in range(1, 31))
            self.q = definitions.of(wave.questionnaire)
            fresh = [c for c in stored_cases.issued(session, wave.id) if not c.opened]
            cases = [(str(case.id), case.unit.code) for case in fresh]
        self.left = (Came(n, *case) for n, case in enumerate(cases[:30], start=1))
        self.manager = self.person("ql", Role.MANAGER)
        self.a, self.b, self.c = (self.person(name) for name in "abc")

    def came(self) -> Came:
        return next(self.left)

    def seen(self) -> overview.Overview:
        with self.database.read() as session:
            return overview.overview(session, self.slug, account_id=0)

    def person(self, name: str, role: Role = Role.ENUMERATOR):
        with self.database.write() as session:
            known = accounts.create(session, name, role, by="test", now=NOW)
        client = self.app.test_client()
        waves.send(client, "/van-phong/dang-nhap", name=name, password=known)
        return client

    def log(self, form: int, **given):
        line = {"day": local_day(NOW).isoformat(), "number": paper.shown(form), **given}
        return waves.send(self.manager, f"{self.place}/ghi-nhan", **line)

    def type(self, client, number: int, typed=TYPED, **more):
        given = {f"q-{name}": text for name, text in typed.items()}
        return waves.send(client, f"{self.place}/{paper.shown(number)}", **given, **more)

    def found(self, number: int) -> PaperReturn:
        with self.database.read() as session:
            form = session.query(PaperForm).filter_by(number=number).one()
            found = session.get(PaperReturn, form.id)
            session.expunge_all()
            return found

    def answer(self, number: int) -> Response:
        with self.database.read() as session:
            found = session.get(Response, self.found(number).response_id)
            session.expunge(found)
            return found
