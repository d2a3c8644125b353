"""Proposals of a plan: asked for on a page, worked out by the worker, looked at, taken or left."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.plan import ALLOCATIONS, GOALS, PlanRequest
from survey.errors import InvalidInput, NotFound, Problem
from survey.render.curve import precision_svg
from survey.services import jobs
from survey.store import waves
from survey.store.models import PlanProposal

#: What the page calls each choice.
LABELS = {
    "formula": Problem("plan.label", "Số phiếu theo"),
    "margin": Problem("plan.label", "Sai số mỗi đơn vị"),
    "level": Problem("plan.label", "Độ tin cậy"),
    "deff": Problem("plan.label", "Hiệu ứng thiết kế"),
    "response_rate": Problem("plan.label", "Tỷ lệ trả lời dự kiến"),
    "allocation": Problem("plan.label", "Chia cho các tầng"),
    "floor": Problem("plan.label", "Số tối thiểu mỗi tầng"),
    "reserve": Problem("plan.label", "Dự phòng so với phiếu chính"),
    "total": Problem("plan.label", "Tổng số phiếu"),
    "budget": Problem("plan.label", "Kinh phí"),
    "cost": Problem("plan.label", "Chi phí một phiếu"),
    "whole_margin": Problem("plan.label", "Sai số toàn bộ"),
    "share": Problem("plan.label", "Tỷ lệ hài lòng dự kiến khi chưa biết"),
}


@dataclass(frozen=True, slots=True)
class ProposalView:
    """What a proposal's page shows; ``found`` is empty while the worker is at it."""

    id: int
    request: PlanRequest
    found: dict[str, Any]
    created_at: datetime
    created_by: str
    plot_wide: str = ""
    plot_narrow: str = ""


def read(form: dict[str, str]) -> PlanRequest:
    """A request from the fields of the page; shares come in percent.  Raises InvalidInput."""
    given: dict[str, Any] = {}
    problems = []
    for field in fields(PlanRequest):
        text = form.get(field.name, "").strip().replace(",", ".")
        if not text or field.name not in LABELS:
            continue
        if field.name in ("formula", "allocation"):
            known = GOALS if field.name == "formula" else ALLOCATIONS
            given[field.name] = text
            good = text in known
        else:
            try:
                number = float(text)
                good = 0 <= number < 1e12
            except ValueError:
                number, good = 0.0, False
            whole = field.name in ("floor", "total")
            given[field.name] = int(number) if whole else number / _unit(field.name)
            good = good and (not whole or number == int(number))
        if not good:
            problems.append(
                Problem(
                    f"plan.{field.name}",
                    "“%(text)s” không hợp lệ cho mục “%(name)s”.",
                    {"text": text[:40], "name": LABELS[field.name]},
                )
            )
    if problems:
        raise InvalidInput("Các lựa chọn chưa hợp lệ.", problems, code="plan.choices")
    request = PlanRequest(**given)
    _check(request)
    return request


def _unit(name: str) -> float:
    return 1.0 if name in ("deff", "budget", "cost") else 100.0


def _check(request: PlanRequest) -> None:
    rules = {
        "margin": 0 < request.margin < 0.5,
        "level": 0.5 <= request.level < 1,
        "deff": 0 < request.deff <= 100,
        "response_rate": 0 < request.response_rate <= 1,
        "floor": request.floor >= 1,
        "reserve": 0 <= request.reserve <= 5,
        "share": 0.01 <= request.share <= 0.99,
        "whole_margin": 0 <= request.whole_margin < 0.5,
        "total": request.formula != "total" or request.total > 0,
        "budget": request.formula != "budget" or request.budget > 0,
        "cost": request.cost > 0,
    }
    broken = [name for name, kept in rules.items() if not kept]
    if broken:
        raise InvalidInput(
            "Các lựa chọn chưa hợp lệ.",
            [
                Problem(
                    f"plan.{name}",
                    "Giá trị của mục “%(name)s” ngoài khoảng.",
                    {"name": LABELS[name]},
                )
                for name in broken
            ],
            code="plan.choices",
        )


def ask(session: Session, slug: str, request: PlanRequest, *, by: str, now: datetime) -> int:
    """Store a request and ask the worker for its figures; the job's id.  Raises NotFound."""
    wave = waves.get(session, slug)
    stored = PlanProposal(
        wave_id=wave.id, request=asdict(request), found={}, created_at=now, created_by=by
    )
    session.add(stored)
    session.flush()
    params = {"wave": slug, "proposal": stored.id}
    return jobs.request(session, "plan.propose", params, by=by, now=now)


def request_of(session: Session, proposal: int) -> PlanRequest:
    """The choices of a proposal, for the worker."""
    return PlanRequest(**session.get_one(PlanProposal, proposal).request)


def answer(session: Session, proposal: int, found: dict[str, Any]) -> None:
    """Store what the worker found."""
    session.get_one(PlanProposal, proposal).found = found


def latest(session: Session, slug: str, language: str) -> ProposalView | None:
    """The newest proposal of a wave, with its plot.  Raises NotFound."""
    wave = waves.get(session, slug)
    found = session.scalars(
        select(PlanProposal)
        .where(PlanProposal.wave_id == wave.id)
        .order_by(PlanProposal.id.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        return None
    curve = found.found.get("curve", [])
    return ProposalView(
        found.id,
        PlanRequest(**found.request),
        found.found,
        found.created_at,
        found.created_by,
        *(precision_svg(curve, language, narrow=narrow) for narrow in (False, True)),
    )


def use(session: Session, slug: str, proposal: int, *, by: str, now: datetime) -> int:
    """Ask the worker to make the plan of a proposal; the job's id.  Raises NotFound."""
    wave = waves.get(session, slug)
    found = session.get(PlanProposal, proposal)
    if found is None or found.wave_id != wave.id:
        raise NotFound("Không có đề xuất này.", code="proposal.not_found")
    return jobs.request(
        session, "plan.use", {"wave": slug, "proposal": proposal, "by": by}, by=by, now=now
    )
