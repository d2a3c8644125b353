"""Plan a sample before any seed exists, then draw it from a public one.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.plan import PlanRequest
from survey.domain.wave import WaveState, stratum_id
from survey.errors import Conflict, NotFound
from survey.services.households import plan as rounds
from survey.services.sampling import coordination, expected, sizes
from survey.store import audit, waves
from survey.store.models import (
    Dossier,
    Frame,
    SamplePlan,
    Unit,
    Wave,
)


@dataclass(frozen=True, slots=True)
class PlanView:
    plan_id: int
    sha256: str
    strata: list[dict[str, Any]]
    request: PlanRequest

    @property
    def n_main(self) -> int:
        return sum(stratum["n"] for stratum in self.strata)

    @property
    def n_reserve(self) -> int:
        return sum(stratum["reserve"] for stratum in self.strata)


def plan(session: Session, slug: str, request: PlanRequest, *, by: str, now: datetime) -> PlanView:
    """Fix strata and sizes before any seed exists.  Raises NotFound, Conflict, SamplingError."""
    wave = rounds.dossier_wave(session, slug)
    frame = _frame(session, wave)
    if waves.draw_of(session, wave.id) is not None:
        raise Conflict(
            "Đợt “%(slug)s” đã rút mẫu; phương án không đổi được nữa.",
            code="plan.drawn",
            slug=slug,
        )
    if waves.commitment_of(session, wave.id) is not None:
        raise Conflict(
            "Phương án của đợt “%(slug)s” đã cam kết công khai; không đổi được nữa.",
            code="plan.committed",
            slug=slug,
        )
    refuse_closed(wave)
    dossiers = dossiers_of(session, frame)
    shares = expected.shares(session, wave)
    strata = sizes.strata_of(expected.counts(session, frame), request, shares)
    definition = {
        "wave": slug,
        "frame_sha256": frame.sha256,
        "dossiers_sha256": content_digest(dossiers),
        "request": asdict(request),
        "expected_shares": shares,
        "strata": strata,
        "coordination": coordination.of_plan(session, request, strata),
    }
    stored = SamplePlan(
        wave_id=wave.id,
        frame_id=frame.id,
        definition=definition,
        sha256=plan_digest(definition),
        created_at=now,
        created_by=by,
    )
    session.add(stored)
    session.flush()
    audit.append(session, "sample.planned", by=by, at=now, wave=slug, sha256=stored.sha256)
    return _plan_view(stored)


def refuse_closed(wave: Wave) -> None:
    """Raise Conflict for a wave that takes no more answers."""
    if wave.state == WaveState.CLOSED:
        raise Conflict("Đợt “%(slug)s” đã đóng.", code="wave.closed", slug=wave.slug)


def plan_digest(definition: Mapping[str, Any]) -> str:
    """sha256 of the plan as JSON with sorted keys, no blanks, UTF-8."""
    text = json.dumps(definition, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _frame(session: Session, wave: Wave) -> Frame:
    frame = waves.frame_of(session, wave.id)
    if frame is None:
        raise NotFound(
            "Đợt “%(slug)s” chưa có danh sách hồ sơ.",
            code="frame.not_found",
            hint="Chạy: flask frame import TỆP.csv --wave %(slug)s",
            slug=wave.slug,
        )
    return frame


def dossiers_of(session: Session, frame: Frame) -> pd.DataFrame:
    rows = session.execute(
        select(Dossier.id, Dossier.code, Dossier.field, Dossier.unit_id, Unit.code, Unit.valid_from)
        .join(Unit, Unit.id == Dossier.unit_id)
        .where(Dossier.frame_id == frame.id)
        .order_by(Dossier.code)
    )
    columns = ["dossier_id", "code", "field", "unit_id", "unit_code", "valid_from"]
    table = pd.DataFrame(rows.all(), columns=columns)
    table["stratum"] = [
        stratum_id(*key)
        for key in zip(table["unit_code"], table["valid_from"], table["field"], strict=True)
    ]
    return table


def content_digest(dossiers: pd.DataFrame) -> str:
    """Digest of what the draw depends on: each dossier's code and stratum, sorted by code."""
    lines = sorted(dossiers["code"] + "\x1f" + dossiers["stratum"] + "\n")
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _plan_view(stored: SamplePlan) -> PlanView:
    definition = stored.definition
    return PlanView(
        stored.id, stored.sha256, definition["strata"], PlanRequest(**definition["request"])
    )
