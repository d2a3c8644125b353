"""From a frame's counts to the cases of each stratum, and what they are expected to tell.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.sampling import allocation, size
from analysis.sampling.optimal import allocate_optimal
from analysis.sampling.planning import WHOLE, Strata
from analysis.sampling.precision import share_out
from analysis.sampling.targets import Target
from survey.domain.plan import PlanRequest
from survey.domain.wave import stratum_id
from survey.errors import Conflict

ITEM = "satisfied"

#: Words for what the statistics refuse; a number's facts fill them.
REFUSALS = {
    "allocation.too_few": "Quá ít phiếu: sàn của các tầng cộng lại đã nhiều hơn.",
    "allocation.too_many": "Nhiều phiếu hơn số hồ sơ trong danh sách.",
    "allocation.budget": "Kinh phí không đủ cho sàn của các tầng.",
    "sampling.margin": "Sai số phải lớn hơn 0 và nhỏ hơn 50 điểm phần trăm.",
    "sampling.margin_out_of_range": "Sai số phải lớn hơn 0 và nhỏ hơn 50 điểm phần trăm.",
    "sampling.level": "Độ tin cậy phải nằm giữa 0 và 1.",
    "sampling.deff": "Hiệu ứng thiết kế phải lớn hơn 0.",
    "sampling.response_rate": "Tỷ lệ trả lời phải lớn hơn 0 và không quá 1.",
    "planning.number": "Chi phí, tỷ lệ trả lời, hiệu ứng thiết kế phải là số dương hợp lệ.",
    "optimal.infeasible": "Ngay cả hỏi hết mọi hồ sơ cũng không đạt sai số đã chọn.",
    "optimal.target": "Sai số mong muốn không hợp lệ.",
    "precision.out_of_reach": "Ngay cả hỏi hết mọi hồ sơ cũng không đạt sai số đã chọn.",
    "precision.margin": "Sai số phải lớn hơn 0.",
}


@dataclass(frozen=True, slots=True)
class StratumCount:
    """Dossiers of one unit and field."""

    unit: str
    valid_from: str
    field: str
    population: int

    @property
    def name(self) -> str:
        return stratum_id(self.unit, self.valid_from, self.field)

    @property
    def unit_key(self) -> str:
        return f"{self.unit}@{self.valid_from}"


def strata_of(
    counts: list[StratumCount], request: PlanRequest, shares: Mapping[str, float] | None = None
) -> list[dict[str, Any]]:
    """The strata of a plan with their main and reserve cases.  Raises Conflict in plain words."""
    issue = sizes_of(counts, request, shares)
    return [
        {
            "stratum": count.name,
            "unit": count.unit,
            "valid_from": count.valid_from,
            "field": count.field,
            "population": count.population,
            "n": int(n),
            "reserve": min(
                -(-int(n) * round(request.reserve * 1000) // 1000), count.population - int(n)
            ),
        }
        for count, n in zip(counts, issue, strict=True)
    ]


def sizes_of(
    counts: list[StratumCount], request: PlanRequest, shares: Mapping[str, float] | None = None
) -> NDArray[np.int64]:
    """Main cases of each stratum.  Raises Conflict in plain words."""
    try:
        if request.formula in ("national", "general"):
            return _by_unit(counts, request, shares)
        strata = planned(counts, request, shares)
        if request.formula == "optimal":
            return allocate_optimal(
                strata, _targets(counts, request), floor=request.floor, level=request.level
            ).issue
        n = request.total if request.formula == "total" else int(request.budget // request.cost)
        return share_out(strata, n, method=request.allocation, floor=request.floor)
    except AnalysisError as refused:
        raise said(refused) from refused


def said(refused: AnalysisError) -> Conflict:
    """What the statistics refuse, in words of the office, with the stratum if there is one."""
    words = REFUSALS.get(refused.code, "Không lập được phương án với các lựa chọn này.")
    missed = refused.facts.get("targets") or [{}]
    where = str(refused.facts.get("stratum", missed[0].get("domain", "")))
    return Conflict(words, code=refused.code, hint=f"({where})" if where else "")


def planned(
    counts: list[StratumCount], request: PlanRequest, shares: Mapping[str, float] | None = None
) -> Strata:
    """Strata with last wave's shares of their unit where they are known.  Raises AnalysisError."""
    known = shares or {}
    return Strata.of_shares(
        [count.name for count in counts],
        [count.population for count in counts],
        shares={ITEM: [known.get(count.unit_key, request.share) for count in counts]},
        domains=[count.unit_key for count in counts],
        cost=request.cost,
        response_rate=request.response_rate,
        deff=request.deff,
    )


def _by_unit(
    counts: list[StratumCount], request: PlanRequest, shares: Mapping[str, float] | None
) -> NDArray[np.int64]:
    """The formula's size in each unit, shared out among its fields."""
    out = np.zeros(len(counts), dtype=np.int64)
    keys = np.array([count.unit_key for count in counts])
    for key in dict.fromkeys(keys.tolist()):
        here = np.flatnonzero(keys == key)
        mine = [counts[i] for i in here]
        population = np.array([count.population for count in mine])
        strata = planned(mine, request, shares)
        out[here] = allocation.allocate(
            _unit_size(int(population.sum()), request),
            population,
            method=request.allocation,
            sd=strata.sds[ITEM] if request.allocation in ("neyman", "optimal") else None,
            cost=strata.cost if request.allocation == "optimal" else None,
            floor=np.minimum(request.floor, population),
        )
    return out


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


def _targets(counts: Iterable[StratumCount], request: PlanRequest) -> list[Target]:
    units = dict.fromkeys(count.unit_key for count in counts)
    found = [Target(item=ITEM, domain=unit, margin=request.margin) for unit in units]
    if request.whole_margin:
        found.append(Target(item=ITEM, domain=WHOLE, margin=request.whole_margin))
    return found
