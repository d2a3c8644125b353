"""What a reviewer sees of the evidence, and the decision that a reviewer signs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from survey.domain.collation import sort_key
from survey.errors import InvalidInput, NotFound, Problem
from survey.services import jobs
from survey.store import audit, waves
from survey.store import screening as store
from survey.store.models import DecisionAnswer, Response, ScreeningDecision, ScreeningFlag

Verdict = Literal["keep", "exclude"]
#: A reason of fewer characters explains nothing.
SHORTEST_REASON = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    verdict: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One finding of the newest run, with the decisions taken on it (newest first)."""

    id: int
    rule: str
    version: int
    unit: str
    unit_code: str
    subject: str
    p: float | None
    q: float | None
    n_answers: int
    facts: Mapping[str, Any]
    decisions: tuple[Decision, ...]

    @property
    def verdict(self) -> str:
        return self.decisions[0].verdict if self.decisions else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The newest run of a wave; ``at`` None before the first."""

    at: datetime | None
    n_answers: int
    n_excluded: int
    flags: tuple[Flag, ...]

    @property
    def units(self) -> list[tuple[str, str]]:
        found = {flag.unit_code: flag.unit for flag in self.flags}
        return sorted(found.items(), key=lambda pair: sort_key(pair[1]))

    def of(self, *, rule: str = "", unit: str = "", open_only: bool = False) -> list[Flag]:
        return [
            flag
            for flag in self.flags
            if (not rule or flag.rule == rule)
            and (not unit or flag.unit_code == unit)
            and not (open_only and flag.decisions)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """An answer as a reviewer may see it: its ratings, its day, no free text."""

    id: str
    submitted_on: Any
    stream: str
    ratings: str
    excluded: bool


def review(session: Session, slug: str) -> Review:
    """All evidence of the newest run, strongest first.  Raises NotFound."""
    wave = waves.get(session, slug)
    run = store.latest_run(session, wave.id)
    excluded = store.excluded(session, wave.id)
    rows = store.flags(session, run.id) if run else []
    taken = store.decisions(session, {row.key for row in rows})
    return Review(
        at=run.created_at if run else None,
        n_answers=run.n_answers if run else 0,
        n_excluded=len(excluded),
        flags=tuple(_flag(row, taken.get(row.key, [])) for row in rows),
    )


def request_due(session: Session, *, now: datetime) -> list[str]:
    """Ask for a screening of every wave that has other answers than at its newest one."""
    due = []
    for wave in waves.all_newest_first(session):
        run = store.latest_run(session, wave.id)
        n = store.count_answers(session, wave.id)
        if n and (run is None or run.n_answers != n):
            jobs.request(session, "screen", {"wave": wave.slug}, by="system", now=now)
            due.append(wave.slug)
    return due


def flag(session: Session, slug: str, flag_id: int) -> tuple[Flag, list[Sheet]]:
    """One finding and the answers it names.  Raises NotFound."""
    wave, row = _row(session, slug, flag_id)
    excluded = set(store.excluded(session, wave.id))
    decisions = store.decisions(session, [row.key]).get(row.key, [])
    sheets = []
    for response_id in store.answers_of(session, row.id):
        found = session.get_one(Response, response_id)
        sheets.append(
            Sheet(
                id=found.id,
                submitted_on=found.submitted_on,
                stream=found.stream,
                ratings=" ".join(str(v) for v in found.answers.values() if _is_rating(v)),
                excluded=found.id in excluded,
            )
        )
    return _flag(row, decisions), sheets


def decide(
    session: Session,
    slug: str,
    flag_id: int,
    *,
    verdict: str,
    reason: str,
    by: str,
    now: datetime,
) -> int:
    """Append a decision on a finding and the answers it names; the number of answers.

    ``exclude`` takes them out of the headline figures, never out of the database; every figure is
    computed with them as well.  Raises NotFound, InvalidInput.
    """
    wave, row = _row(session, slug, flag_id)
    named = store.answers_of(session, row.id)
    problems = list(_problems(verdict, reason, named))
    if problems:
        raise InvalidInput("Quyết định chưa ghi được.", problems, code="screening.decision_invalid")
    decision = ScreeningDecision(
        wave_id=wave.id,
        key=row.key,
        evidence={
            "rule": row.rule,
            "version": row.version,
            "unit": row.unit.code,
            "subject": row.subject,
            "p": row.p,
            "q": row.q,
            "facts": row.facts,
        },
        verdict=verdict,
        reason=reason.strip(),
        by=by,
        at=now,
    )
    session.add(decision)
    session.flush()
    session.add_all(DecisionAnswer(decision_id=decision.id, response_id=each) for each in named)
    audit.append(
        session, "screening.decided", by=by, at=now, wave=slug, rule=row.rule, unit=row.unit.code,
        verdict=verdict, answers=len(named), decision=decision.id,
    )  # fmt: skip
    return len(named)


def _problems(verdict: str, reason: str, named: list[str]):
    if verdict not in ("keep", "exclude"):
        yield Problem("screening.no_verdict", "Hãy chọn giữ hoặc loại.")
    if len(reason.strip()) < SHORTEST_REASON:
        yield Problem(
            "screening.no_reason", "Hãy ghi lý do, ít nhất %(n)s ký tự.", {"n": SHORTEST_REASON}
        )
    if verdict == "exclude" and not named:
        yield Problem(
            "screening.names_no_answer",
            "Dấu hiệu này nói về cả đơn vị, không nêu phiếu nào: không loại được phiếu theo nó.",
        )


def _row(session: Session, slug: str, flag_id: int):
    wave = waves.get(session, slug)
    row = session.get(ScreeningFlag, flag_id)
    run = store.latest_run(session, wave.id)
    if row is None or run is None or row.run_id != run.id:
        raise NotFound(
            "Không có dấu hiệu số %(id)s trong lần sàng lọc mới nhất.",
            code="screening.flag_not_found",
            id=flag_id,
        )
    return wave, row


def _flag(row: ScreeningFlag, decisions: list[ScreeningDecision]) -> Flag:
    return Flag(
        id=row.id,
        rule=row.rule,
        version=row.version,
        unit=row.unit.name,
        unit_code=row.unit.code,
        subject=row.subject,
        p=row.p,
        q=row.q,
        n_answers=row.n_answers,
        facts=row.facts,
        decisions=tuple(
            Decision(verdict=each.verdict, reason=each.reason, by=each.by, at=each.at)
            for each in decisions
        ),
    )


def _is_rating(value: Any) -> bool:
    return isinstance(value, str) and value.isdecimal() and len(value) == 1
