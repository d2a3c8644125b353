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

import numpy as np
import pandas as pd
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from analysis.sampling import allocation, draw, size
from survey.domain.wave import WaveState
from survey.errors import Conflict, NotFound
from survey.services import invite
from survey.store import audit, waves
from survey.store.models import Case, Dossier, Frame, SampleDraw, SamplePlan, Unit, Wave


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What the office decides; everything else follows from the frame."""

    #: "national" is n = N / (1 + N e²); "general" is F2 with level, deff and response rate.
    formula: str = "national"
    margin: float = 0.10
    level: float = 0.95
    deff: float = 1.0
    response_rate: float = 1.0
    allocation: str = "proportional"
    #: Fewest cases of a stratum (or all of it where it is smaller).
    floor: int = 2
    #: Reserve cases as a share of the main ones, rounded up in each stratum.
    reserve: float = 0.5


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


@dataclass(frozen=True, slots=True)
class DrawView:
    digest: str
    seed: str
    n_main: int
    n_reserve: int


def plan(session: Session, slug: str, request: PlanRequest, *, by: str, now: datetime) -> PlanView:
    """Fix strata and sizes before any seed exists.  Raises NotFound, Conflict, SamplingError."""
    wave = waves.get(session, slug)
    frame = _frame(session, wave)
    if waves.draw_of(session, wave.id) is not None:
        raise Conflict(
            "Đợt “%(slug)s” đã rút mẫu; phương án không đổi được nữa.",
            code="plan.drawn",
            slug=slug,
        )
    dossiers = dossiers_of(session, frame)
    definition = {
        "wave": slug,
        "frame_sha256": frame.sha256,
        "dossiers_sha256": _content_digest(dossiers),
        "request": asdict(request),
        "strata": _strata(dossiers, request),
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


def draw_sample(session: Session, slug: str, seed: str, *, by: str, now: datetime) -> DrawView:
    """Draw the planned sample and make its cases.  Raises NotFound, Conflict."""
    wave = waves.get(session, slug)
    planned = waves.plan_of(session, wave.id)
    if planned is None:
        raise NotFound(
            "Đợt “%(slug)s” chưa có phương án mẫu.",
            code="plan.not_found",
            hint="Chạy: flask sample plan --wave %(slug)s",
            slug=slug,
        )
    if waves.draw_of(session, wave.id) is not None:
        raise Conflict("Đợt “%(slug)s” đã rút mẫu.", code="draw.exists", slug=slug)
    dossiers = dossiers_of(session, session.get_one(Frame, planned.frame_id))
    changed = changed_since(planned, dossiers)
    if changed:
        raise Conflict(
            "%(what)s đã thay đổi sau khi lập phương án mẫu; không rút mẫu.",
            code="draw.changed_since_plan",
            what=changed,
        )
    drawn = redraw(dossiers, planned.definition, seed)
    stored = SampleDraw(
        plan_id=planned.id, seed=seed, digest=draw.digest(drawn), drawn_at=now, drawn_by=by
    )
    session.add(stored)
    session.flush()
    _make_cases(session, wave, stored, dossiers, drawn)
    invite.make_desks(session, slug)
    # From here on the dates of the fieldwork decide when answers are taken.
    wave.state = WaveState.OPEN
    audit.append(session, "sample.drawn", by=by, at=now, wave=slug, seed=seed, digest=stored.digest)
    return _draw_view(stored, drawn)


def plan_digest(definition: Mapping[str, Any]) -> str:
    """sha256 of the plan as JSON with sorted keys, no blanks, UTF-8."""
    text = json.dumps(definition, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def stratum_id(unit_code: str, valid_from: object, field: str) -> str:
    """Name of a stratum; the date is part of it because unit codes are reused."""
    return f"{unit_code}@{valid_from}/{field}"


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


def _content_digest(dossiers: pd.DataFrame) -> str:
    """Digest of what the draw depends on: each dossier's code and stratum, sorted by code."""
    lines = sorted(dossiers["code"] + "\x1f" + dossiers["stratum"] + "\n")
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _strata(dossiers: pd.DataFrame, request: PlanRequest) -> list[dict[str, Any]]:
    strata = []
    for (unit, since), of_unit in dossiers.groupby(["unit_code", "valid_from"], sort=True):
        counts = of_unit["field"].value_counts().sort_index()
        n_unit = _unit_size(len(of_unit), request)
        sizes = allocation.allocate(
            n_unit,
            counts.to_numpy(),
            method=request.allocation,
            floor=np.minimum(request.floor, counts.to_numpy()),
        )
        for field, population, n in zip(counts.index, counts, sizes, strict=True):
            reserve = min(-(-int(n) * round(request.reserve * 1000) // 1000), population - n)
            strata.append(
                {
                    "stratum": stratum_id(unit, since, field),
                    "unit": unit,
                    "valid_from": str(since),
                    "field": field,
                    "population": int(population),
                    "n": int(n),
                    "reserve": int(reserve),
                }
            )
    return strata


def _unit_size(population: int, request: PlanRequest) -> int:
    if request.formula == "national":
        return size.national_sample(population, request.margin)
    wanted = size.required_sample(
        population,
        margin=request.margin,
        level=request.level,
        deff=request.deff,
        response_rate=request.response_rate,
    )
    return min(wanted.issue, population)


def redraw(dossiers: pd.DataFrame, definition: Mapping[str, Any], seed: str) -> pd.DataFrame:
    sizes = {s["stratum"]: (s["n"], s["reserve"]) for s in definition["strata"]}
    return draw.draw_stratified(dossiers["code"], dossiers["stratum"], sizes, seed)


def changed_since(planned: SamplePlan, dossiers: pd.DataFrame) -> str:
    if plan_digest(planned.definition) != planned.sha256:
        return "Phương án mẫu"
    if _content_digest(dossiers) != planned.definition["dossiers_sha256"]:
        return "Danh sách hồ sơ"
    return ""


def _make_cases(
    session: Session, wave: Wave, stored: SampleDraw, dossiers: pd.DataFrame, drawn: pd.DataFrame
) -> None:
    origin = dossiers.set_index("code")
    session.execute(
        insert(Case),
        [
            {
                "wave_id": wave.id,
                "draw_id": stored.id,
                "dossier_id": int(origin.at[row.id, "dossier_id"]),
                "unit_id": int(origin.at[row.id, "unit_id"]),
                "stratum": origin.at[row.id, "field"],
                "role": row.role,
                "rank": int(row.rank),
                "inclusion_probability": float(row.inclusion_probability),
                "issued": row.role == "main",
            }
            for row in drawn.itertuples(index=False)
        ],
    )


def _plan_view(stored: SamplePlan) -> PlanView:
    definition = stored.definition
    return PlanView(
        stored.id, stored.sha256, definition["strata"], PlanRequest(**definition["request"])
    )


def _draw_view(stored: SampleDraw, drawn: pd.DataFrame) -> DrawView:
    n_main = int((drawn["role"] == "main").sum())
    return DrawView(stored.digest, stored.seed, n_main, len(drawn) - n_main)
