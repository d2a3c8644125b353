"""Queries about flags and decisions."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from survey.domain.disposition import RESPONDED
from survey.store.models import (
    DecisionAnswer,
    FlagAnswer,
    Response,
    ScreeningDecision,
    ScreeningFlag,
    ScreeningRun,
)


def excluded(session: Session, wave_id: int) -> list[str]:
    """Answers whose newest decision excludes them, in order."""
    newest = (
        select(DecisionAnswer.response_id, func.max(ScreeningDecision.id).label("id"))
        .join(ScreeningDecision, ScreeningDecision.id == DecisionAnswer.decision_id)
        .where(ScreeningDecision.wave_id == wave_id)
        .group_by(DecisionAnswer.response_id)
        .subquery()
    )
    query = (
        select(Response.id)
        .join(newest, newest.c.response_id == Response.id)
        .join(ScreeningDecision, ScreeningDecision.id == newest.c.id)
        .where(ScreeningDecision.verdict == "exclude")
        .order_by(Response.id)
    )
    return list(session.scalars(query))


def count_answers(session: Session, wave_id: int) -> int:
    """Answers that a screening looks at."""
    of_wave = Response.wave_id == wave_id
    looked_at = Response.outcome.in_([str(outcome) for outcome in RESPONDED])
    return session.scalar(select(func.count()).select_from(Response).where(of_wave, looked_at))


def latest_run(session: Session, wave_id: int) -> ScreeningRun | None:
    return session.scalars(
        select(ScreeningRun)
        .where(ScreeningRun.wave_id == wave_id)
        .order_by(ScreeningRun.id.desc())
        .limit(1)
    ).one_or_none()


def flags(session: Session, run_id: int) -> list[ScreeningFlag]:
    """Strongest first."""
    return list(
        session.scalars(
            select(ScreeningFlag)
            .where(ScreeningFlag.run_id == run_id)
            .options(joinedload(ScreeningFlag.unit))
            .order_by(
                ScreeningFlag.strength.desc(), ScreeningFlag.n_answers.desc(), ScreeningFlag.id
            )
        )
    )


def answers_of(session: Session, flag_id: int) -> list[str]:
    query = select(FlagAnswer.response_id).where(FlagAnswer.flag_id == flag_id)
    return sorted(session.scalars(query))


def decisions(session: Session, keys: Iterable[str]) -> dict[str, list[ScreeningDecision]]:
    """Decisions by key, newest first."""
    query = (
        select(ScreeningDecision)
        .where(ScreeningDecision.key.in_(list(keys)))
        .order_by(ScreeningDecision.id.desc())
    )
    found: dict[str, list[ScreeningDecision]] = {}
    for decision in session.scalars(query):
        found.setdefault(decision.key, []).append(decision)
    return found
