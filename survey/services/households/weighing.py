"""Weights of a household round: areas, households and adults by their chances, then non-response.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.weighting.collapsing import Collapsed, collapse
from analysis.weighting.eligibility import NONRESPONDENT, RESPONDENT
from analysis.weighting.nonresponse import NonresponseAdjustment, weighting_class
from survey.errors import Conflict
from survey.services.weigh import RETURNED, Weights
from survey.store import households, screening, units, waves
from survey.store.models import Response

#: Areas with answers that a variance needs.
FEWEST_AREAS = 2


@dataclass(frozen=True, slots=True)
class Inputs:
    """``areas``: one row a drawn area; ``responses``: one row a submitted answer."""

    areas: pd.DataFrame
    responses: pd.DataFrame
    excluded: tuple[str, ...] = ()


def load(session: Session, slug: str, *, with_excluded: bool = False) -> Inputs:
    """What weighting needs.  Raises NotFound, Conflict if there is no answer yet."""
    wave = waves.get(session, slug)
    names = {unit.id: f"{unit.code}@{unit.valid_from}" for unit in units.of_wave(session, wave.id)}
    areas = pd.DataFrame(
        [row._asdict() for row in households.issued_by_area(session, wave.id)],
        columns=[
            *("code", "unit_id", "stratum", "households", "probability", "state", "share"),
            *("n_issued", "n_ineligible"),
        ],
    )
    areas["unit"] = areas["unit_id"].map(names)
    columns = ["id", "psu", "inclusion_probability", "outcome"]
    found = session.execute(
        select(*(getattr(Response, name) for name in columns))
        .where(Response.wave_id == wave.id, Response.psu.is_not(None))
        .order_by(Response.id)
    )
    responses = pd.DataFrame(found.all(), columns=columns)
    gone = [] if with_excluded else screening.excluded(session, wave.id)
    left_out = responses["id"].isin(gone)
    excluded = tuple(responses.loc[left_out, "id"])
    responses = responses[~left_out & responses["outcome"].isin(RETURNED)].reset_index(drop=True)
    if responses.empty:
        raise Conflict(
            "Đợt “%(slug)s” chưa có phiếu trả lời nào của mẫu.", code="weigh.no_answer", slug=slug
        )
    return Inputs(areas, responses, excluded)


def compute(inputs: Inputs) -> Weights:
    """Weigh the returned answers.  Pure: the same inputs give the same weights.

    An answer's base weight is 1 / (π_area π_household|area π_adult|household): with π_adult = 1/k
    the number of adults k is in it.  Households that did not answer are made up for by those of
    their cell (unit × stratum), with household weights: how many adults they have is not known.
    Areas without a closed listing are made up for by the listed ones, by households over π.
    Source: Särndal, Swensson and Wretman (1992), secs. 4.3 and 4.4; Kish (1949) on adults;
    Valliant, Dever and Kreuter (2018), ch. 13 (weighting classes).
    """
    areas, collapsed, too_few = _cells(inputs)
    if areas.empty:
        raise Conflict(
            "Chưa đơn vị nào có phiếu trả lời ở từ hai khu vực; chưa ước lượng được.",
            code="weigh.too_few_areas",
        )
    cases = _cases(areas, inputs.responses)
    status = np.where(cases["known"], RESPONDENT, NONRESPONDENT)
    cell = cases["cell"].to_numpy()
    adjusted = weighting_class(cases["household"].to_numpy(), status, cell)
    factor = adjusted.weights / cases["household"].to_numpy()
    returned = cases.assign(factor=factor)[cases["returned"]].reset_index(drop=True)
    returned["base"] = 1.0 / returned["probability"]
    returned["nonresponse"] = returned["base"] * returned["unlisted"] * returned["factor"]
    returned["final"] = returned["nonresponse"]
    # Nobody counted the adults of a cell: the answers stand for what their weights add up to.
    sums = returned.groupby("cell")["final"].sum()
    populations = {name: float(total) for name, total in sums.items()}
    steps = [
        _areas_step(inputs.areas),
        _base_step(returned),
        _cells_step(collapsed, too_few),
        _nonresponse_step(adjusted),
    ]
    columns = ["id", "unit", "cell", "psu", "base", "nonresponse", "final"]
    settings = {"kind": "household", "excluded": list(inputs.excluded)}
    return Weights(returned[columns], populations, steps, settings)


def _cells(inputs: Inputs) -> tuple[pd.DataFrame, Collapsed, list[str]]:
    """Listed areas with their cells: unit × stratum, joined where fewer than two areas answered."""
    areas = inputs.areas.assign(
        listed=inputs.areas["state"].eq("closed"),
        size=inputs.areas["households"] / inputs.areas["probability"],
        answered=inputs.areas["code"].isin(inputs.responses["psu"]),
    )
    n_answering = areas.groupby("unit")["answered"].sum()
    too_few = sorted(n_answering.index[n_answering < FEWEST_AREAS])
    areas = areas[~areas["unit"].isin(too_few)].reset_index(drop=True)
    if areas.empty:
        return areas, None, too_few
    collapsed = collapse(
        areas["unit"].to_numpy(),
        areas["stratum"].to_numpy(),
        areas["answered"].to_numpy(),
        minimum=FEWEST_AREAS,
        order=sorted(set(areas["stratum"])),
        keep_short=True,
    )
    cells = [collapsed.cells[position] for position in collapsed.cell_of]
    areas["cell"] = [f"{cell.unit}/{'+'.join(map(str, cell.members))}" for cell in cells]
    drawn = areas.groupby("cell")["size"].sum()
    listed = areas[areas["listed"]].groupby("cell")["size"].sum()
    areas["unlisted"] = areas["cell"].map(drawn / listed)
    return areas[areas["listed"]].reset_index(drop=True), collapsed, too_few


def _cases(areas: pd.DataFrame, responses: pd.DataFrame) -> pd.DataFrame:
    """One row a household in the field: its weight, and the answer that came of it if one did."""
    rows = []
    answers = dict(iter(responses.groupby("psu", sort=True)))
    for area in areas[areas["n_issued"] > 0].itertuples(index=False):
        own = answers.get(area.code, responses.iloc[:0])
        silent = int(area.n_issued) - len(own) - int(area.n_ineligible)
        if silent < 0:
            raise Conflict(
                "Khu vực %(area)s: nhiều phiếu trả lời hơn hộ trong mẫu.",
                code="weigh.more_answers_than_cases",
                area=area.code,
            )
        weight = 1.0 / (area.probability * area.share)
        place = (area.unit, area.cell, area.code, weight, area.unlisted)
        rows += [(None, *place, np.nan, False, False)] * silent
        rows += [(None, *place, np.nan, False, True)] * int(area.n_ineligible)
        rows += [
            (answer.id, *place, answer.inclusion_probability, True, True)
            for answer in own.itertuples(index=False)
        ]
    columns = ["id", "unit", "cell", "psu", "household", "unlisted", "probability", "returned"]
    return pd.DataFrame(rows, columns=[*columns, "known"])


def _areas_step(areas: pd.DataFrame) -> dict[str, Any]:
    n, listed = len(areas), int(areas["state"].eq("closed").sum())
    return {
        "name": "areas",
        "title": "Khu vực",
        "summary": f"{n} khu vực được chọn, {listed} có danh sách hộ đã chốt",
        "n": n,
        "n_listed": listed,
    }


def _base_step(returned: pd.DataFrame) -> dict[str, Any]:
    w = returned["base"].to_numpy()
    return {
        "name": "base",
        "title": "Quyền số cơ sở",
        "summary": (
            "1/(π khu vực × π hộ × 1/số người lớn); "
            f"từ {w.min():.2f} đến {w.max():.2f}, tổng {w.sum():.0f}"
        ),
        "min": float(w.min()),
        "max": float(w.max()),
        "sum": float(w.sum()),
        "n": len(w),
    }


def _cells_step(collapsed: Collapsed, too_few: list[str]) -> dict[str, Any]:
    return {
        "name": "cells",
        "title": "Gộp tầng có dưới hai khu vực trả lời",
        "summary": f"gộp {len(collapsed.merges)} tầng; {len(too_few)} đơn vị không được ước lượng",
        "merges": [
            {
                "unit": merge.unit,
                "cell": "+".join(map(str, merge.cell)),
                "into": "+".join(map(str, merge.into)),
                "n": merge.n_respondents,
            }
            for merge in collapsed.merges
        ],
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
