"""Paper forms of a wave: numbered, printed, and known by their number ever after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from forms.model import Questionnaire
from survey.domain import paper
from survey.domain.calendar import local_day
from survey.errors import Conflict, InvalidInput, NotFound
from survey.render import paper_form
from survey.render.paper_form import PaperCopy, forms_pdf, preview_pdf
from survey.services import definitions
from survey.services.questionnaires import media
from survey.store import audit, units, waves
from survey.store.models import PaperForm, Unit, Wave

#: Copies of one order: more is another order, so that no page waits for minutes.
MOST = 500
#: What separates wave and number in a form's QR code.
SEPARATOR = "/"


@dataclass(frozen=True, slots=True)
class Printed:
    """One print run."""

    first: str
    last: str
    n: int
    pdf: bytes


@dataclass(frozen=True, slots=True)
class Overview:
    """What a page shows before it prints: numbers by state, units and languages to choose."""

    counts: dict[str, int]
    units: list[tuple[str, str]]
    languages: tuple[str, ...]


def overview(session: Session, slug: str) -> Overview:
    """Raises NotFound."""
    wave = waves.get(session, slug)
    counts = dict(
        session.execute(
            select(PaperForm.state, func.count())
            .where(PaperForm.wave_id == wave.id)
            .group_by(PaperForm.state)
        ).all()
    )
    of_wave = [(unit.code, unit.name) for unit in units.of_wave(session, wave.id)]
    return Overview(counts, of_wave, definitions.of(wave.questionnaire).languages)


def preview(q: Questionnaire, language: str, session: Session | None = None) -> bytes:
    """A questionnaire as it would look on paper, published or not.  Raises InvalidInput.

    Without a session, pictures are only framed.
    """
    _check_language(language, q.languages)
    return preview_pdf(q, language, media.contents(session, q) if session else {})


def preview_pictures(session: Session, q: Questionnaire, language: str) -> list[bytes]:
    """The same for a screen, one PNG picture a page.  Raises InvalidInput."""
    _check_language(language, q.languages)
    return paper_form.preview_pictures(q, language, media.contents(session, q))


def print_forms(
    session: Session,
    slug: str,
    *,
    count: int,
    language: str = "vi",
    unit_code: str = "",
    by: str,
    now: datetime,
) -> Printed:
    """Number and print new copies of the wave's questionnaire.

    Raises NotFound; InvalidInput for a count or language that cannot be; Conflict when the wave
    is closed or its numbers are used up.
    """
    wave = session.scalars(
        select(Wave).where(Wave.slug == slug).with_for_update()
    ).one_or_none() or waves.get(session, slug)
    definition = definitions.of(wave.questionnaire)
    _check(wave, count, language, definition.languages)
    unit = _unit(session, wave.id, unit_code)
    last = session.scalar(select(func.max(PaperForm.number)).where(PaperForm.wave_id == wave.id))
    numbers = range((last or 0) + 1, (last or 0) + 1 + count)
    if numbers[-1] > paper.MOST:
        raise Conflict("Đợt “%(slug)s” đã dùng hết số phiếu giấy.", code="paper.full", slug=slug)
    shown = [paper.shown(number) for number in numbers]
    content = forms_pdf(
        definition,
        language,
        [PaperCopy(number, f"{slug}{SEPARATOR}{number}") for number in shown],
        title=wave.titles.get(language) or wave.titles["vi"],
        organisation=wave.organisation,
        made_on=local_day(now),
        unit_name=unit.name if unit else "",
        synthetic=wave.synthetic,
        files=media.contents(session, definition),
    )
    common = {
        "wave_id": wave.id,
        "questionnaire_id": wave.questionnaire_id,
        "language": language,
        "unit_id": unit.id if unit else None,
        "printed_at": now,
        "printed_by": by,
        "state": "printed",
    }
    session.execute(insert(PaperForm), [common | {"number": number} for number in numbers])
    facts = {"first": shown[0], "last": shown[-1], "unit": unit_code}
    audit.append(session, "paper.printed", by=by, at=now, wave=slug, **facts)
    return Printed(shown[0], shown[-1], count, content)


def _check(wave: Wave, count: int, language: str, languages: tuple[str, ...]) -> None:
    if wave.state == "closed":
        raise Conflict(
            "Đợt “%(slug)s” đã đóng; không in thêm phiếu giấy.", code="paper.closed", slug=wave.slug
        )
    if not 1 <= count <= MOST:
        raise InvalidInput("Mỗi lần in từ 1 đến %(most)s phiếu.", code="paper.count", most=MOST)
    _check_language(language, languages)


def _check_language(language: str, languages: tuple[str, ...]) -> None:
    if language not in languages:
        raise InvalidInput(
            "Phiếu hỏi không có ngôn ngữ “%(language)s”.", code="paper.language", language=language
        )


def _unit(session: Session, wave_id: int, code: str) -> Unit | None:
    if not code:
        return None
    found = next((u for u in units.of_wave(session, wave_id) if u.code == code), None)
    if found is None:
        raise NotFound("Đợt này không có đơn vị “%(unit)s”.", code="paper.unit", unit=code)
    return found
