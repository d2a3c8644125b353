"""An enumerator's device for tests: its address, its forms, the XML that it sends."""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from xml.etree import ElementTree

from sqlalchemy import update

from forms.faces import xform
from survey.domain.intake import Verdict
from survey.domain.roles import Role
from survey.services import accounts, definitions
from survey.services.intake import enumerators, quarantine
from survey.services.intake.case_list import CASE_FILE
from survey.store import field as store
from survey.store.models import FieldSubmission, Questionnaire, Response, Wave
from survey.work import WORK
from tests.support import odk, waves

ANSWERS = {**waves.ELIGIBLE, **waves.RATINGS, "h3": "khong", "g0": "khong"}


@dataclass
class Device:
    """One enumerator with cases and an address."""

    app: object
    wave: waves.SmallWave
    name: str
    token: str

    @property
    def place(self) -> str:
        return f"/odk/{self.token}"

    @cached_property
    def form(self) -> bytes:
        with self.app.extensions["database"].read() as session:
            stored = session.query(Questionnaire).join(Wave).filter_by(slug=self.wave.slug).one()
            return xform.build(definitions.of(stored), case_file=CASE_FILE).xml

    def cases(self) -> list[int]:
        with self.app.extensions["database"].read() as session:
            account = enumerators.account(session, self.name)
            return [row.id for row in store.cases_of(session, account.id)]

    def fill(
        self, case: int, *, instance_id: str = "", meta: Mapping = {}, without=(), **answers
    ) -> bytes:
        """A filled form for a case, as a client writes it."""
        xml = odk.filled(
            self.form, {"case": str(case), **ANSWERS, **answers}, meta=meta, without=without
        )
        return with_instance_id(xml, instance_id or f"uuid:{uuid.uuid4()}")

    def post(self, xml: bytes, files: Mapping[str, bytes] = {}, *, more=False, client=None, **head):
        client = client or self.app.test_client()
        return client.post(
            f"{self.place}/submission",
            data=parts(xml, files, more=more),
            content_type="multipart/form-data",
            headers={"X-OpenRosa-Version": "1.0", **head},
        )


class Desk:
    """What the office sees and does."""

    def __init__(self, app, database, slug):
        self.app, self.database, self.slug = app, database, slug
        self.key = app.extensions["settings"].code_key_bytes

    def row(self, instance_id: str) -> FieldSubmission:
        with self.database.read() as session:
            found = session.get(FieldSubmission, instance_id)
            session.expunge(found)
            return found

    def judged(self, instance_id: str) -> tuple[str, str]:
        work(self.app)
        row = self.row(instance_id)
        return row.state, row.reason

    def answer(self, instance_id: str) -> dict:
        with self.database.read() as session:
            return session.get(Response, self.row(instance_id).response_id).answers

    def decide(self, id_: str, verdict: Verdict, **more) -> None:
        with self.database.write() as session:
            quarantine.decide(
                session,
                self.slug,
                id_,
                verdict=verdict,
                by="truong",
                code_key=self.key,
                now=datetime.now(UTC),
                **{"reason": "đã gọi lại", **more},
            )

    def set_wave(self, **values) -> None:
        with self.database.write() as session:
            session.execute(update(Wave).where(Wave.slug == self.slug).values(**values))

    def n_answers(self) -> int:
        with self.database.read() as session:
            return session.query(Response).count()


def parts(xml: bytes, files: Mapping[str, bytes] = {}, *, more: bool = False) -> dict:
    """The parts of one request."""
    sent = {"xml_submission_file": (io.BytesIO(xml), "s.xml", "text/xml")}
    sent |= {name: (io.BytesIO(content), name) for name, content in files.items()}
    return sent | ({"*isIncomplete*": "yes"} if more else {})


def with_instance_id(xml: bytes, instance_id: str) -> bytes:
    return xml.replace(odk.INSTANCE_ID.encode(), instance_id.encode())


def device(app, wave: waves.SmallWave, *, n: int = 5, name: str = "dtv1") -> Device:
    """An enumerator with ``n`` cases that nobody has."""
    database, settings = app.extensions["database"], app.extensions["settings"]
    now = datetime.now(UTC)
    with database.write() as session:
        accounts.create(session, name, Role.ENUMERATOR, by="test", now=now)
        token = enumerators.issue_address(
            session, name, code_key=settings.code_key_bytes, by="test", now=now
        )
        user = enumerators.account(session, name)
        enumerators.give(
            session, wave.slug, user, free_cases(session, wave.slug, n), by="test", now=now
        )
    return Device(app, wave, name, token)


def free_cases(session, slug: str, n: int) -> list[int]:
    from survey.store import cases
    from survey.store import waves as stored

    issued = cases.issued(session, stored.get(session, slug).id)
    free = [c.id for c in issued if not c.opened and store.assigned_to(session, c.id) is None]
    return free[:n]


def work(app) -> int:
    """What the job does, now."""
    return WORK["intake"](app, lambda _done, _total, _message: None)


def tags(xml: bytes | str) -> dict[str, list[str]]:
    """Texts of an XML by local tag name."""
    found: dict[str, list[str]] = {}
    for element in ElementTree.fromstring(xml).iter():
        found.setdefault(element.tag.rpartition("}")[2], []).append(element.text or "")
    return found


def attribute(xml: bytes, name: str) -> str:
    """An attribute of the root."""
    return ElementTree.fromstring(xml).get(name, "")


def sent(device: Device, instance_id: str, case: int | str | None = None, **more) -> str:
    """Send a filled form and give back its id."""
    case = device.cases()[0] if case is None else case
    reply = device.post(device.fill(case, instance_id=instance_id, **more))
    assert reply.status_code == 201, reply.text
    return instance_id


def correcting(instance_id: str) -> dict:
    """What makes a filled form an edit of another."""
    return {"meta": {"deprecatedID": instance_id}}
