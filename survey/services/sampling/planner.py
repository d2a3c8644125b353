"""What a plan buys: cases and expected precision of each unit, other ways to share, the curve.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.errors import AnalysisError
from analysis.sampling.change import Waves, power
from analysis.sampling.detection import detectable_change
from analysis.sampling.planning import WHOLE, Strata
from analysis.sampling.precision import (
    cases_for_margin,
    compare_allocations,
    expected_precision,
    precision_curve,
)
from survey.domain.plan import PlanRequest
from survey.errors import Conflict, NotFound
from survey.services.households import plan as rounds
from survey.services.sampling import expected
from survey.services.sampling.sizes import StratumCount, planned, said, strata_of
from survey.store import waves
from survey.store.models import Unit

#: Ways to share out the same number of cases that are compared.
COMPARED = ("proportional", "equal", "power", "neyman")
#: Half-widths of the whole for which the number of cases is told.
WHOLE_MARGINS = (0.01, 0.02, 0.03, 0.05)
#: Change since last wave, in points of share, whose chance to be seen is told.
CHANGE = 0.05


def propose(session: Session, slug: str, request: PlanRequest) -> dict[str, Any]:
    """Figures of a plan as plain data.  Raises NotFound, Conflict in plain words."""
    wave = rounds.dossier_wave(session, slug)
    frame = waves.frame_of(session, wave.id)
    if frame is None:
        raise NotFound(
            "Đợt “%(slug)s” chưa có danh sách hồ sơ.",
            code="frame.not_found",
            hint="Chạy: flask frame import TỆP.csv --wave %(slug)s",
            slug=slug,
        )
    counts = expected.counts(session, frame)
    shares = expected.shares(session, wave)
    strata = strata_of(counts, request, shares)
    issue = np.array([stratum["n"] for stratum in strata])
    if not issue.sum():
        raise Conflict("Phương án không có phiếu nào.", code="plan.empty")
    # Codes are given again: with its first day a code is one unit.
    units = session.execute(select(Unit.code, Unit.valid_from, Unit.name))
    names = {f"{code}@{since}": name for code, since, name in units}
    try:
        return _figures(counts, planned(counts, request, shares), issue, request) | {
            "n_main": int(issue.sum()),
            "n_reserve": sum(stratum["reserve"] for stratum in strata),
            "names": {count.unit_key: names[count.unit_key] for count in counts},
            "known_shares": len(shares),
        }
    except AnalysisError as refused:
        raise said(refused) from refused


def _figures(
    counts: list[StratumCount], strata: Strata, issue: np.ndarray, request: PlanRequest
) -> dict[str, Any]:
    table = expected_precision(strata, issue, level=request.level).rows
    n = int(issue.sum())
    floor = min(request.floor, max(1, n // len(counts)))
    compared = compare_allocations(strata, n, methods=COMPARED, floor=floor, level=request.level)
    ways = [
        {"method": method, **_spread(rows)}
        for method, rows in compared.groupby("method", sort=False)
    ]
    least, most = floor * len(counts), int(strata.sizes.sum())
    totals = sorted({min(max(int(n * f), least), most) for f in np.linspace(0.25, 3, 12)} | {n})
    method = request.allocation if request.allocation in COMPARED else "proportional"
    curve = precision_curve(strata, totals, method=method, floor=floor, level=request.level)
    return {
        "rows": [_row(row) for row in table.itertuples()],
        "ways": [{"method": "chosen", **_spread(table)}, *ways],
        "curve": [{"n": int(total), **_spread(rows)} for total, rows in curve.groupby("n")],
        "chosen_n": n,
        "for_margin": _for_margins(strata, method, floor, request),
        "change": _change(table, request),
    }


def _row(row: Any) -> dict[str, Any]:
    return {
        "domain": row.domain,
        "population": int(row.population),
        "n": int(row.issue),
        "answers": round(float(row.answers), 1),
        "margin": _finite(row.margin),
        "cost": float(row.cost),
    }


def _spread(rows: pd.DataFrame) -> dict[str, Any]:
    """± of the whole, and of the units: the middle one and the worst."""
    units = rows.loc[rows["domain"] != WHOLE, "margin"]
    whole = rows.loc[rows["domain"] == WHOLE, "margin"].iloc[0]
    return {
        "whole": _finite(whole),
        "median": _finite(units.median()),
        "worst": _finite(units.max()),
    }


def _for_margins(
    strata: Strata, method: str, floor: int, request: PlanRequest
) -> list[dict[str, Any]]:
    found = []
    for margin in WHOLE_MARGINS:
        try:
            n = cases_for_margin(strata, margin, method=method, floor=floor, level=request.level)
        except AnalysisError:
            n = None  # not even with everybody
        found.append({"margin": margin, "n": n})
    return found


def _change(table: pd.DataFrame, request: PlanRequest) -> dict[str, Any]:
    """What change since a wave of the same size would be seen, in the whole and a middle unit."""
    units = table[table["domain"] != WHOLE]
    whole = table[table["domain"] == WHOLE].iloc[0]
    middle = units.iloc[(units["answers"] - units["answers"].median()).abs().argmin()]
    found: dict[str, Any] = {"points": CHANGE}
    for name, row in (("whole", whole), ("unit", middle)):
        answers = max(int(row["answers"]), 1)
        before = min(max(float(row["mean"]), 0.05), 0.95 - CHANGE)
        two = Waves(n_before=answers, n_now=answers, before=before, deff=request.deff)
        found[name] = {"power": power(two, CHANGE, level=request.level)}
        try:
            found[name]["least"] = detectable_change(two, level=request.level)
        except AnalysisError:
            found[name]["least"] = None
    return found


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
