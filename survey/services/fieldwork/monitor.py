"""Fieldwork as it stands: counts per unit, for the office."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from survey.domain.collation import sort_key
from survey.domain.household_round import SETTING
from survey.domain.wave import Stream, is_surveyed
from survey.store import units, waves
from survey.store.models import Case, Response, Wave, Withdrawal


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCounts:
    """``opened``: agreed or declined on the first page.  ``flagged``: answers with a flag."""

    code: str
    name: str
    sampled: int
    reserve: int
    opened: int
    submitted: int
    refused: int
    flagged: int
    open_answers: int

    @property
    def response_rate(self) -> float | None:
        return self.submitted / self.sampled if self.sampled else None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveDetail:
    slug: str
    titles: dict[str, str]
    organisation: str
    synthetic: bool
    state: str
    opens_on: date
    closes_on: date
    window_from: date
    window_to: date
    live_results: bool
    results_public: bool
    n_frame: int
    frame_name: str
    seed: str
    #: False in a year in which nobody is asked.
    surveyed: bool
    is_household: bool = False


def waves_list(session: Session) -> list[WaveDetail]:
    return [_detail(session, wave) for wave in waves.all_newest_first(session)]


def wave(session: Session, slug: str) -> WaveDetail:
    """Raises NotFound."""
    return _detail(session, waves.get(session, slug))


def counts(session: Session, slug: str) -> list[UnitCounts]:
    """One row a unit, in Vietnamese alphabetical order.  Raises NotFound."""
    found = waves.get(session, slug)
    by_case = _case_counts(session, found.id)
    by_answer = _answer_counts(session, found.id)
    for unit_id, n in _withdrawn(session, found.id).items():
        # Taken back: a refusal after the fact.
        by_case[unit_id]["submitted"] -= n
        by_case[unit_id]["refused"] += n
    rows = [
        UnitCounts(
            code=unit.code,
            name=unit.name,
            **by_case.get(unit.id, _NO_CASES),
            flagged=by_answer.get((unit.id, Stream.PROBABILITY), (0, 0))[1],
            open_answers=by_answer.get((unit.id, Stream.OPEN), (0, 0))[0],
        )
        for unit in units.of_wave(session, found.id)
    ]
    return sorted(rows, key=lambda row: sort_key(row.name))


def totals(rows: Sequence[UnitCounts]) -> UnitCounts:
    sums = {
        f.name: sum(getattr(row, f.name) for row in rows)
        for f in fields(UnitCounts)
        if f.name not in ("code", "name")
    }
    return UnitCounts(code="", name="", **sums)


_NO_CASES = {"sampled": 0, "reserve": 0, "opened": 0, "submitted": 0, "refused": 0}


def _case_counts(session: Session, wave_id: int) -> dict[int, dict[str, int]]:
    rows = session.execute(
        select(
            Case.unit_id,
            func.count().filter(Case.issued).label("sampled"),
            func.count().filter(~Case.issued).label("reserve"),
            func.count().filter(Case.opened).label("opened"),
            func.count().filter(Case.disposition == "1.0").label("submitted"),
            func.count().filter(Case.disposition.like("2.1%")).label("refused"),
        )
        .where(Case.wave_id == wave_id)
        .group_by(Case.unit_id)
    )
    return {row.unit_id: {k: v for k, v in row._mapping.items() if k != "unit_id"} for row in rows}


def _withdrawn(session: Session, wave_id: int) -> dict[int, int]:
    """Unit -> answers of drawn cases that were taken back."""
    return dict(
        session.execute(
            select(Withdrawal.unit_id, func.count())
            .where(Withdrawal.wave_id == wave_id, Withdrawal.stream == Stream.PROBABILITY)
            .group_by(Withdrawal.unit_id)
        ).all()
    )


def _answer_counts(session: Session, wave_id: int) -> dict[tuple[int, str], tuple[int, int]]:
    """(unit, stream) -> answers, answers that carry a flag."""
    rows = session.execute(
        select(
            Response.unit_id,
            Response.stream,
            func.count(),
            func.count().filter(cast(Response.flags, String) != "[]"),
        )
        .where(Response.wave_id == wave_id)
        .group_by(Response.unit_id, Response.stream)
    )
    return {(unit, stream): (n, flagged) for unit, stream, n, flagged in rows}


def _detail(session: Session, found: Wave) -> WaveDetail:
    frame = waves.frame_of(session, found.id)
    draw = waves.draw_of(session, found.id)
    return WaveDetail(
        slug=found.slug,
        titles=found.titles,
        organisation=found.organisation,
        synthetic=found.synthetic,
        state=found.state,
        opens_on=found.opens_on,
        closes_on=found.closes_on,
        window_from=found.window_from,
        window_to=found.window_to,
        live_results=found.live_results,
        results_public=found.results_public,
        n_frame=frame.n_dossiers if frame else 0,
        frame_name=frame.name if frame else "",
        seed=draw.seed if draw else "",
        is_household=SETTING in found.settings,
        surveyed=is_surveyed(found.settings),
    )
