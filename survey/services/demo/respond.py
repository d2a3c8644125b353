"""Send the synthetic respondents of a wave through the public pages, by HTTP."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import cycle

from sqlalchemy.orm import Session

from forms import pages
from forms.model import Questionnaire
from forms.pages import Layout
from survey.errors import Conflict
from survey.services import definitions, invite
from survey.services.demo import persona, population, visitor
from survey.services.demo.population import Dossier
from survey.services.demo.visitor import UnexpectedPage, Visitor
from survey.store import cases, waves


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


def invite_all(
    session: Session, slug: str, *, code_key: bytes, now: datetime
) -> tuple[Questionnaire, Layout, list[Invited]]:
    """Codes for the waiting cases of a synthetic wave, as their owners would find them on slips.

    Raises Conflict if the wave is not synthetic or has no sample.
    """
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
    on_trial = invite.on_trial(session, wave.id)
    waiting = [
        case
        for case in cases.issued(session, wave.id)
        if case.disposition == "3.0" and not case.opened and case.id not in on_trial
    ]
    made = invite.further_codes(
        session, waiting, code_key=code_key, reason="demonstration", now=now
    )
    layout = Layout(wave.settings.get("layout", Layout.JOINED))
    return (
        definitions.of(wave.questionnaire),
        layout,
        [
            Invited(
                Dossier(item.case.dossier.code, item.case.unit.code, item.case.stratum),
                item.case.dossier.channel,
                item.code,
            )
            for item in made
        ],
    )


def walk(
    urls: Sequence[str],
    definition: Questionnaire,
    layout: Layout,
    invited: list[Invited],
    *,
    workers: int,
    progress: Callable[[int, int, str], None],
) -> Walked:
    """Let every invited dossier's owner answer, refuse or stay silent, through the public pages.

    Several servers of the same installation share the visitors out.

    Raises UnexpectedPage if a page is not what a citizen should see.
    """
    for url in urls:
        visitor.wait_for(url)
    done = {"submitted": 0, "refused": 0, "silent": 0}
    with ThreadPoolExecutor(workers) as pool:
        for n, outcome in enumerate(
            pool.map(partial(_visit, definition, layout), cycle(urls), invited), start=1
        ):
            done[outcome] += 1
            if n % 20 == 0 or n == len(invited):
                progress(n, len(invited), "Người trả lời giả lập")
    return Walked(len(invited), done["submitted"], done["refused"])


def _visit(definition: Questionnaire, layout: Layout, url: str, invited: Invited) -> str:
    dossier = invited.dossier
    if not population.responds(dossier) and not population.refuses(dossier):
        return "silent"
    with Visitor(url) as browser:
        _expect(browser.get(f"/P/{invited.code}"), "/phieu")
        browser.get("/phieu")
        if population.refuses(dossier):
            _expect(browser.post("/phieu", {"consent": "khong"}), "/phieu/tu-choi")
            return "refused"
        _fill(browser, definition, layout, invited)
        return "submitted"


def _fill(browser: Visitor, definition: Questionnaire, layout: Layout, invited: Invited) -> None:
    """Walk the pages; the page the server sends to must be the one the rules lead to."""
    context = {
        "unit_name": "",
        "case_field": invited.dossier.field,
        "case_channel": invited.channel,
        "today": "",
    }
    given: dict = {}
    sent: set[str] = set()
    _expect(
        browser.post("/phieu", {"consent": "dong_y"}),
        f"/phieu/{pages.path(definition, layout, given, context)[0].name}",
    )
    while page := _next(pages.path(definition, layout, given, context), sent):
        ahead = pages.ahead(definition, layout, given, context, page)
        values = persona.section_answers(page.questions, invited.dossier)
        reply = browser.post(f"/phieu/{page.name}", values)
        given |= values
        sent |= set(page.sections)
        following = _next(pages.path(definition, layout, given, context), sent)
        if following is None and not ahead and layout is not Layout.SECTIONS:
            _expect(reply, "/phieu/xong")
            return
        _expect(reply, f"/phieu/{following.name if following else 'gui'}")
    _expect(browser.post("/phieu/gui", {}), "/phieu/xong")


def _next(path: Sequence[pages.Page], sent: set[str]) -> pages.Page | None:
    return next((page for page in path if not sent.issuperset(page.sections)), None)


def _expect(reply: tuple[int, str], place: str) -> None:
    if reply[1] != place:
        raise UnexpectedPage(f"expected {place}, got {reply[0]} {reply[1]}")
