"""Send the synthetic respondents of a wave through the public pages, by HTTP."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from forms import canonical, routing
from forms.model import Questionnaire
from survey.domain.wave import Stream
from survey.errors import Conflict
from survey.services import invite
from survey.services.demo import persona, population
from survey.services.demo.population import Dossier
from survey.services.demo.visitor import UnexpectedPage, Visitor
from survey.store import cases, waves
from survey.store.session import Database


@dataclass(frozen=True, slots=True)
class Invited:
    """A drawn dossier with the code on its slip."""

    dossier: Dossier
    channel: str
    code: str


@dataclass(frozen=True, slots=True)
class Walked:
    n_invited: int
    n_submitted: int
    n_refused: int
    stream: Stream = Stream.PROBABILITY


def respond(
    database: Database,
    slug: str,
    *,
    url: str,
    code_key: bytes,
    workers: int,
    now: datetime,
    progress: Callable[[int, int, str], None],
) -> Walked:
    """Let every waiting case of a synthetic wave answer, refuse or stay silent as its dossier would.

    Raises Conflict if the wave is not synthetic or has no sample, UnexpectedPage if a page is not
    what a citizen should see.
    """
    definition, invited = _invite(database, slug, code_key, now)
    done = {"submitted": 0, "refused": 0, "silent": 0}
    with ThreadPoolExecutor(workers) as pool:
        for n, outcome in enumerate(pool.map(partial(_visit, url, definition), invited), start=1):
            done[outcome] += 1
            if n % 20 == 0 or n == len(invited):
                progress(n, len(invited), "Người trả lời giả lập")
    return Walked(len(invited), done["submitted"], done["refused"])


def _invite(
    database: Database, slug: str, code_key: bytes, now: datetime
) -> tuple[Questionnaire, list[Invited]]:
    """Codes for the waiting cases, as their owners would find them on the slips."""
    with database.write() as session:
        wave = waves.get(session, slug)
        if not wave.synthetic:
            raise Conflict(
                "Chỉ đợt giả lập (synthetic) mới có người trả lời giả lập.",
                code="demo.not_synthetic",
            )
        if not cases.has_draw(session, wave.id):
            raise Conflict(
                "Đợt “%(slug)s” chưa rút mẫu.",
                code="demo.no_draw",
                hint="Chạy: flask sample plan, rồi flask sample draw --seed …",
                slug=slug,
            )
        waiting = [
            case
            for case in cases.issued(session, wave.id)
            if case.disposition == "3.0" and not case.opened
        ]
        made = invite.further_codes(
            session, waiting, code_key=code_key, reason="demonstration", now=now
        )
        definition = canonical.from_json(wave.questionnaire.definition)
        return definition, [
            Invited(
                Dossier(item.case.dossier.code, item.case.unit.code, item.case.stratum),
                item.case.dossier.channel,
                item.code,
            )
            for item in made
        ]


def _visit(url: str, definition: Questionnaire, invited: Invited) -> str:
    dossier = invited.dossier
    if not population.responds(dossier) and not population.refuses(dossier):
        return "silent"
    with Visitor(url) as visitor:
        _expect(visitor.get(f"/P/{invited.code}"), "/phieu")
        visitor.get("/phieu")
        if population.refuses(dossier):
            _expect(visitor.post("/phieu", {"consent": "khong"}), "/phieu/tu-choi")
            return "refused"
        _fill(visitor, definition, invited)
        return "submitted"


def _fill(visitor: Visitor, definition: Questionnaire, invited: Invited) -> None:
    """Walk the sections; the page the server sends to must be the one the rules lead to."""
    context = {
        "unit_name": "",
        "case_field": invited.dossier.field,
        "case_channel": invited.channel,
        "today": "",
    }
    given: dict = {}
    section = routing.next_section(definition, given, context, after=None)
    _expect(visitor.post("/phieu", {"consent": "dong_y"}), f"/phieu/{section}")
    while section is not None:
        pages = {step.name: asked for step, asked in routing.path(definition, given, context)}
        values = persona.section_answers(pages[section], invited.dossier)
        reply = visitor.post(f"/phieu/{section}", values)
        given |= values
        section = routing.next_section(definition, given, context, after=section)
        _expect(reply, f"/phieu/{section or 'gui'}")
    _expect(visitor.post("/phieu/gui", {}), "/phieu/xong")


def _expect(reply: tuple[int, str], place: str) -> None:
    if reply[1] != place:
        raise UnexpectedPage(f"expected {place}, got {reply[0]} {reply[1]}")
