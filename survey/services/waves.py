"""The life of a wave: set up, opened, closed, its results shown or withheld."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.model import Questionnaire as Definition
from survey.domain import assessed
from survey.domain.frame_eligibility import Eligibility
from survey.domain.wave import MOVES, WaveState, is_surveyed
from survey.errors import Conflict, NotFound
from survey.services import definitions, seal
from survey.services.intake import cutting
from survey.services.paper_entry import overview as paper_entry
from survey.services.questionnaires import register, versions
from survey.services.release import releases
from survey.services.schemes import register as schemes
from survey.services.schemes import suits
from survey.store import audit, cases, mixing, units, waves
from survey.store.models import Scheme, Unit, Wave, WaveUnit

#: Settings of a study where its set-up names none.
DEFAULT_SETTINGS: dict[str, Any] = {
    #: Fewest respondents in a weighting cell before it is merged with a neighbour.
    "min_cell": 5,
    #: Fewest respondents of a unit for which a figure is shown.
    "min_shown": 10,
    "retention_days": 180,
    #: How much one screen shows (forms.pages.Layout): sections, joined, one_page.
    "layout": "joined",
    #: An answer given faster than this for each question is flagged.
    "seconds_per_question": 2.0,
    #: Fewest attempts, days, times of day, calls or visits before a non-contact is final.
    "contact_rule": {"attempts": 3, "days": 3, "dayparts": 2, "personal": 1},
    "fields": {
        "chung_thuc": {"vi": "Chứng thực", "en": "Certification"},
        "ho_tich": {"vi": "Hộ tịch", "en": "Civil status"},
        "dat_dai": {"vi": "Đất đai", "en": "Land"},
        "bao_tro_xa_hoi": {"vi": "Bảo trợ xã hội", "en": "Social protection"},
        "nguoi_co_cong": {"vi": "Người có công", "en": "People with merit"},
        "khac": {"vi": "Khác", "en": "Other"},
    },
    "channels": {
        "truc_tiep": {"vi": "Trực tiếp", "en": "In person"},
        "truc_tuyen": {"vi": "Trực tuyến", "en": "Online"},
        "buu_chinh": {"vi": "Bưu chính", "en": "By post"},
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveSetup:
    """All that is decided before a frame is loaded."""

    slug: str
    titles: Mapping[str, str]
    organisation: str
    contact: str
    window: tuple[date, date]
    fieldwork: tuple[date, date]
    questionnaire: str
    scheme_text: str
    unit_codes: Sequence[str]
    synthetic: bool = False
    live_results: bool = False
    settings: Mapping[str, Any] | None = None


def create(session: Session, setup: WaveSetup, *, scheme: Mapping, by: str, now: datetime) -> int:
    """Set up a wave with its questionnaire, scheme, units and desks.

    ``scheme`` holds the checked scheme's ``name``, ``valid_from`` and ``sha256``.  Raises Conflict,
    NotFound, InvalidInput (the rule of eligibility, options that the scheme cannot read).
    """
    if session.scalar(select(Wave.id).where(Wave.slug == setup.slug)):
        raise Conflict("Đợt khảo sát “%(slug)s” đã có.", code="wave.exists", slug=setup.slug)
    # Whatever may be refused comes before what is written: a page may answer a refusal.
    found = [_unit(session, code, setup.window[1]) for code in setup.unit_codes]
    settings = DEFAULT_SETTINGS | dict(setup.settings or {})
    Eligibility.of(settings)  # a rule that cannot be read is told now, not when a list comes
    questionnaire = register.chosen(session, setup.questionnaire, by=by, now=now)
    definition = definitions.of(questionnaire)
    group = settings.get("group", "citizen")
    suits.demand(schemes.parsed(setup.scheme_text), definition, group)
    settings |= _assessed(definition, found)
    wave = Wave(
        slug=setup.slug,
        titles=dict(setup.titles),
        organisation=setup.organisation,
        contact=setup.contact,
        synthetic=setup.synthetic,
        live_results=setup.live_results,
        results_public=setup.synthetic,
        window_from=setup.window[0],
        window_to=setup.window[1],
        opens_on=setup.fieldwork[0],
        closes_on=setup.fieldwork[1],
        questionnaire_id=questionnaire.id,
        scheme_id=_scheme(session, setup.scheme_text, scheme).id,
        settings=settings,
        created_at=now,
    )
    session.add(wave)
    session.flush()
    versions.begin(session, wave, by=by, now=now)
    for unit in found:
        session.add(WaveUnit(wave_id=wave.id, unit_id=unit.id))
    audit.append(session, "wave.created", by=by, at=now, wave=setup.slug)
    return wave.id


def has_survey(session: Session, slug: str) -> bool:
    """Whether the wave asks anybody.  Raises NotFound."""
    return is_surveyed(waves.get(session, slug).settings)


def open_wave(session: Session, slug: str, *, by: str, now: datetime) -> None:
    """Start taking answers.  Raises NotFound, Conflict."""
    wave = waves.get(session, slug)
    if not is_surveyed(wave.settings):
        raise Conflict(
            "Đợt “%(slug)s” là năm không khảo sát: không hỏi ai, chỉ tổng hợp điểm thẩm định.",
            code="wave.no_survey",
            slug=slug,
        )
    if not cases.has_draw(session, wave.id):
        raise Conflict(
            "Đợt “%(slug)s” chưa rút mẫu; hãy rút mẫu trước khi mở.",
            code="wave.no_draw",
            slug=slug,
        )
    if releases.exists(session, wave):
        raise Conflict(
            "Đợt “%(slug)s” đã công bố; phiếu mới sẽ làm sai bảng đã công bố.",
            code="wave.released",
            slug=slug,
        )
    _move(session, wave, WaveState.OPEN, by=by, now=now)


def close_wave(session: Session, slug: str, *, by: str, now: datetime) -> None:
    """Stop taking answers, cut the links of field submissions, seal.  Raises NotFound, Conflict."""
    wave = waves.hold(session, slug)
    _move(session, wave, WaveState.CLOSED, by=by, now=now)
    n_cut = cutting.cut(session, wave) + paper_entry.cut(session, wave)
    sealed = seal.seal_wave(session, wave, now=now, today_too=True)
    if n_cut and sealed is None:
        mixing.mix(session, wave.id)


def set_public(session: Session, slug: str, public: bool, *, by: str, now: datetime) -> None:
    """Show the results to everybody, or withdraw them.  Raises NotFound, Conflict."""
    wave = waves.get(session, slug)
    if public and wave.state == WaveState.PLANNED:
        raise Conflict(
            "Đợt “%(slug)s” còn đang chuẩn bị, chưa có kết quả nào để công khai.",
            code="wave.no_results_yet",
            slug=slug,
        )
    if not public and releases.exists(session, wave):
        raise Conflict(
            "Đợt “%(slug)s” đã công bố; chỉ có thể đính chính bằng một bản mới.",
            code="wave.released",
            slug=slug,
        )
    wave.results_public = public
    audit.append(session, "results.shown" if public else "results.hidden", by=by, at=now, wave=slug)


def _move(session: Session, wave: Wave, state: WaveState, *, by: str, now: datetime) -> None:
    moves = MOVES[WaveState(wave.state)]
    if not is_surveyed(wave.settings) and wave.state == WaveState.PLANNED:
        moves = frozenset({WaveState.CLOSED})  # nobody is asked; it ends without being open
    if state not in moves:
        facts = {"slug": wave.slug, "state": wave.state, "wanted": state}
        if state is WaveState.OPEN:
            raise Conflict("Đợt “%(slug)s” đang mở rồi.", code="wave.wrong_state", **facts)
        raise Conflict(
            "Đợt “%(slug)s” không mở, nên không có gì để đóng.", code="wave.wrong_state", **facts
        )
    wave.state = state
    audit.append(session, f"wave.{state}", by=by, at=now, wave=wave.slug)


def _assessed(definition: Definition, found: Sequence[Unit]) -> dict[str, Any]:
    """The units that evaluators are asked about, where the questionnaire asks about several."""
    if not assessed.slots([variable.name for variable in definition.variables]):
        return {}
    units = [
        {"id": u.id, "code": u.code, "valid_from": f"{u.valid_from}", "name": u.name} for u in found
    ]
    return {assessed.SETTING: units}


def _scheme(session: Session, text: str, checked: Mapping) -> Scheme:
    same = session.scalars(select(Scheme).where(Scheme.sha256 == checked["sha256"])).one_or_none()
    if same is None:
        same = Scheme(definition=text, **checked)
        session.add(same)
        session.flush()
    return same


def _unit(session: Session, code: str, day: date) -> Unit:
    unit = units.valid_on(session, code, day)
    if unit is None:
        raise NotFound(
            "Không có đơn vị mã “%(unit)s” vào ngày %(day)s.",
            code="unit.not_found",
            unit=code,
            day=f"{day:%d/%m/%Y}",
        )
    return unit
