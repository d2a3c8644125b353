"""Weights of a wave: base, non-response, post-stratification; each step kept with its figures.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from analysis.weighting.base import base_weights
from analysis.weighting.collapsing import Cell, Collapsed, collapse
from analysis.weighting.diagnostics import effective_n, kish_deff
from analysis.weighting.eligibility import NONRESPONDENT, RESPONDENT
from analysis.weighting.nonresponse import NonresponseAdjustment, weighting_class
from survey.domain.disposition import RESPONDED, Outcome
from survey.domain.wave import Stream
from survey.errors import Conflict
from survey.services import cells, weigh_strata
from survey.store import audit, screening, waves
from survey.store.models import Response, ResponseWeight, WeighRun

#: Outcomes that say who the person is: the ineligible keep their place in the sample.
RETURNED = RESPONDED | {Outcome.INELIGIBLE}


@dataclass(frozen=True, slots=True)
class Inputs:
    """``strata``: one row a stratum; ``responses``: one row a submitted one-time answer."""

    strata: pd.DataFrame
    responses: pd.DataFrame
    min_cell: int
    #: Fields in the order in which thin cells are neighbours.
    field_order: list[str]
    #: Answers that a reviewer's decision left out of ``responses``.
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Weights:
    """``responses`` has id, unit, cell, base, nonresponse and final; ``populations`` by cell."""

    responses: pd.DataFrame
    populations: dict[str, int]
    steps: list[dict[str, Any]]
    settings: dict[str, Any]


def load(session: Session, slug: str, *, with_excluded: bool = False) -> Inputs:
    """What weighting needs.  Raises NotFound, Conflict if there is no sample or no answer yet."""
    wave = waves.get(session, slug)
    draw = waves.draw_of(session, wave.id)
    if draw is None:
        raise Conflict("Đợt “%(slug)s” chưa rút mẫu.", code="weigh.no_draw", slug=slug)
    responses = pd.DataFrame(
        session.execute(
            select(
                Response.id,
                Response.unit_id,
                Response.stratum,
                Response.inclusion_probability,
                Response.outcome,
            )
            .where(Response.wave_id == wave.id, Response.stream == Stream.PROBABILITY)
            .order_by(Response.id)
        ).all(),
        columns=["id", "unit_id", "stratum", "probability", "outcome"],
    )
    gone = [] if with_excluded else screening.excluded(session, wave.id)
    left_out = responses["id"].isin(gone)
    excluded, responses = responses.loc[left_out, "id"], responses[~left_out].copy()
    if not responses["outcome"].isin(RETURNED).any():
        raise Conflict(
            "Đợt “%(slug)s” chưa có phiếu trả lời nào của mẫu.", code="weigh.no_answer", slug=slug
        )
    of_draw = cells.of_draw(session, draw.id, wave.settings)
    strata = weigh_strata.load(session, draw.id, draw.plan.frame_id, of_draw)
    responses = weigh_strata.placed(responses, strata, of_draw)
    order = cells.order(list(wave.settings["fields"]), of_draw)
    return Inputs(strata, responses, wave.settings["min_cell"], order, tuple(excluded))


def compute(inputs: Inputs) -> Weights:
    """Weigh the returned answers.  Pure: the same inputs give the same weights."""
    issued = _issued(inputs)
    counts = issued.groupby("unit")["returned"].sum()
    # One answer has no variance: such a unit gets no figure, and the table says so.
    too_few = sorted(counts.index[counts < 2])
    issued = issued[~issued["unit"].isin(too_few)].reset_index(drop=True)
    if issued.empty:
        raise Conflict(
            "Chưa đơn vị nào có từ hai phiếu trả lời; chưa ước lượng được.",
            code="weigh.too_few_answers",
        )
    collapsed = collapse(
        issued["unit"].to_numpy(),
        issued["field"].to_numpy(),
        issued["returned"].to_numpy(),
        minimum=inputs.min_cell,
        order=inputs.field_order,
        keep_short=True,
    )
    issued["cell"] = [_cell_name(collapsed.cells[position]) for position in collapsed.cell_of]
    base = base_weights(issued["probability"].to_numpy())
    status = np.where(issued["known"], RESPONDENT, NONRESPONDENT)
    adjusted = weighting_class(base.weights, status, issued["cell"].to_numpy())
    issued["base"], issued["nonresponse"] = base.weights, adjusted.weights
    populations = _populations(inputs.strata, issued)
    returned = issued[issued["returned"]].reset_index(drop=True)
    sums = issued.groupby("cell")["nonresponse"].sum()
    ratio = {cell: populations[cell] / sums[cell] for cell in sums.index}
    populations = _represented(populations, ratio, issued)
    returned["final"] = returned["nonresponse"] * returned["cell"].map(ratio)
    steps = [
        weigh_strata.reserves_step(inputs.strata),
        _base_step(returned),
        _collapse_step(collapsed, too_few),
        _nonresponse_step(adjusted),
        _poststratification_step(returned, ratio),
    ]
    columns = ["id", "unit", "cell", "base", "nonresponse", "final"]
    settings = {"min_cell": inputs.min_cell, "excluded": list(inputs.excluded)}
    return Weights(returned[columns], populations, steps, settings)


def _issued(inputs: Inputs) -> pd.DataFrame:
    """One row an issued case.  Answers do not point to cases, so the silent ones of a stratum are
    those issued less those returned; in a stratum all have the same probability.  A case that
    fieldwork found not to belong is known without an answer, and keeps its place in the sample.
    """
    keys = ["unit_id", "field"]
    returned = inputs.responses[inputs.responses["outcome"].isin(RETURNED)].rename(
        columns={"stratum": "field"}
    )
    n_returned = returned.groupby(keys).size()
    rows = []
    for stratum in inputs.strata.itertuples(index=False):
        outside = int(getattr(stratum, "n_ineligible", 0))
        n = int(n_returned.get((stratum.unit_id, stratum.field), 0))
        silent = int(stratum.n_issued) - n - outside
        if silent < 0:
            raise Conflict(
                "%(unit)s – %(field)s: nhiều phiếu trả lời hơn hồ sơ trong mẫu.",
                code="weigh.more_answers_than_cases",
                unit=stratum.unit,
                field=stratum.field,
            )
        place = (None, stratum.unit_id, stratum.field, stratum.probability)
        rows += [(*place, False, False)] * silent + [(*place, False, True)] * outside
    rows += [
        (row.id, row.unit_id, row.field, row.probability, True, True)
        for row in returned.itertuples(index=False)
    ]
    table = pd.DataFrame(rows, columns=["id", *keys, "probability", "returned", "known"])
    names = inputs.strata.drop_duplicates("unit_id").set_index("unit_id")["unit"]
    return table.assign(unit=table["unit_id"].map(names))


def _populations(strata: pd.DataFrame, issued: pd.DataFrame) -> dict[str, int]:
    """Dossiers of the frame in each cell."""
    cell_of = issued.drop_duplicates(["unit", "field"]).set_index(["unit", "field"])["cell"]
    sums: dict[str, int] = {}
    for row in strata.itertuples(index=False):
        cell = cell_of.get((row.unit, row.field))
        if cell is not None:
            sums[cell] = sums.get(cell, 0) + int(row.population)
    return sums


def _represented(
    populations: dict[str, int], ratio: dict[str, float], issued: pd.DataFrame
) -> dict[str, int | float]:
    """Dossiers that the returned answers stand for: without those found not to belong."""
    outside = issued[issued["known"] & ~issued["returned"]]
    lost = outside.groupby("cell")["nonresponse"].sum()
    return populations | {cell: populations[cell] - ratio[cell] * lost[cell] for cell in lost.index}


def _cell_name(cell: Cell) -> str:
    """``unit/field+field``; the unit ends at the slash."""
    return f"{cell.unit}/{'+'.join(map(str, cell.members))}"


def store(session: Session, slug: str, weights: Weights, *, now: datetime) -> int:
    """Keep a run; return its number."""
    wave = waves.get(session, slug)
    run = WeighRun(
        wave_id=wave.id,
        settings=weights.settings | {"populations": weights.populations},
        steps=weights.steps,
        n_responses=len(weights.responses),
        created_at=now,
    )
    session.add(run)
    session.flush()
    # An answer that was withdrawn while the weights were computed must not come back.
    present = set(session.scalars(select(Response.id).where(Response.wave_id == wave.id)))
    rows = [
        {
            "run_id": run.id,
            "response_id": row.id,
            "cell": row.cell,
            "psu": getattr(row, "psu", None),
            "base": float(row.base),
            "nonresponse": float(row.nonresponse),
            "final": float(row.final),
        }
        for row in weights.responses.itertuples(index=False)
        if row.id in present
    ]
    if rows:
        session.execute(insert(ResponseWeight), rows)
    audit.append(session, "weights.computed", by="system", at=now, wave=slug, run=run.id)
    return run.id


def _base_step(returned: pd.DataFrame) -> dict[str, Any]:
    w = returned["base"].to_numpy()
    return {
        "name": "base",
        "title": "Quyền số cơ sở",
        "summary": f"1/π; từ {w.min():.2f} đến {w.max():.2f}, tổng {w.sum():.0f}",
        "min": float(w.min()),
        "max": float(w.max()),
        "sum": float(w.sum()),
        "n": len(w),
    }


def _collapse_step(collapsed: Collapsed, too_few: list[str]) -> dict[str, Any]:
    return {
        "name": "cells",
        "title": "Gộp ô quá mỏng",
        "summary": (
            f"ít nhất {collapsed.minimum} phiếu mỗi ô; gộp {len(collapsed.merges)} ô, "
            f"{len(too_few)} đơn vị có dưới hai phiếu không được ước lượng"
        ),
        "merges": [
            {
                "unit": merge.unit,
                "cell": "+".join(map(str, merge.cell)),
                "into": "+".join(map(str, merge.into)),
                "n": merge.n_respondents,
            }
            for merge in collapsed.merges
        ],
        "thin_units": list(collapsed.short),
        "excluded_units": too_few,
    }


def _nonresponse_step(adjusted: NonresponseAdjustment) -> dict[str, Any]:
    factors = [part.factor for part in adjusted.classes]
    return {
        "name": "nonresponse",
        "title": "Hiệu chỉnh không trả lời",
        "summary": f"{len(factors)} lớp; hệ số từ {min(factors):.2f} đến {max(factors):.2f}",
        "response_rate": adjusted.response_rate,
        "classes": [
            {
                "cell": part.label,
                "n_issued": part.n_sampled,
                "n": part.n_respondents,
                "issued": part.weight_sampled,
                "responded": part.weight_respondents,
                "factor": part.factor,
            }
            for part in adjusted.classes
        ],
    }


def _poststratification_step(returned: pd.DataFrame, ratio: dict[str, float]) -> dict[str, Any]:
    final = returned["final"].to_numpy()
    return {
        "name": "poststratification",
        "title": "Hậu phân tầng theo đơn vị × lĩnh vực",
        "summary": (
            f"tổng {final.sum():.0f} hồ sơ; deff Kish {kish_deff(final):.3f}, "
            f"n hiệu dụng {effective_n(final):.0f}"
        ),
        "ratios": {cell: float(value) for cell, value in ratio.items()},
        "deff_kish": kish_deff(final),
        "n_effective": effective_n(final),
        "sum": float(final.sum()),
    }
