"""Wanted precision as limits on variances, and why a wish cannot be met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import SamplingError
from analysis.sampling.planning import WHOLE, Strata, quantile

_ROOM = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Wanted precision of one item in one domain: either ± ``margin`` or a ``cv``, a fraction."""

    item: str
    domain: str = WHOLE
    margin: float | None = None
    cv: float | None = None

    @property
    def text(self) -> str:
        wish = f"± {self.margin:g}" if self.cv is None else f"CV {self.cv:g}"
        return f"{self.item!r} in {self.domain!r}: {wish}"


@dataclass(frozen=True, eq=False, slots=True)
class Limits:
    """Σ_h a_jh / m_h ≤ right_j."""

    a: NDArray[np.float64]
    right: NDArray[np.float64]
    finite: NDArray[np.float64]


def limits_of(strata: Strata, targets: Sequence[Target], level: float) -> Limits:
    z = quantile(level)
    if not targets:
        raise SamplingError("optimal.target", "There is no precision target.")
    rows, finite, wanted = [], [], []
    for target in targets:
        se = _wanted_se(strata, target, z)
        a, b = strata.variance_terms(target.item, target.domain)
        rows.append(a)
        finite.append(b)
        wanted.append(se**2)
    right = np.array(wanted) + finite
    return Limits(np.array(rows), right, np.array(finite))


def _wanted_se(strata: Strata, target: Target, z: float) -> float:
    if target.item not in strata.means or target.domain not in strata.domains:
        raise SamplingError(
            "optimal.target",
            f"There is no item {target.item!r} or no domain {target.domain!r}.",
            item=target.item,
            domain=target.domain,
        )
    wish = target.margin if target.cv is None else target.cv
    if (target.margin is None) == (target.cv is None) or not 0 < wish < inf:
        raise SamplingError(
            "optimal.target",
            f"Target for {target.item!r} in {target.domain!r}: either a margin or a CV, positive.",
            item=target.item,
            domain=target.domain,
        )
    if target.cv is None:
        return wish / z
    mean = abs(strata.mean_of(target.item, target.domain))
    if mean == 0:
        raise SamplingError(
            "optimal.target",
            f"Target {target.text}: a mean of zero has no CV.",
            hint="Ask for a margin.",
            item=target.item,
            domain=target.domain,
        )
    return wish * mean


def case_bounds(
    strata: Strata, floor: ArrayLike, cap: ArrayLike | None, take_all: ArrayLike | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    shape = strata.sizes.shape
    high = strata.sizes if cap is None else np.minimum(np.broadcast_to(cap, shape), strata.sizes)
    low = np.minimum(np.broadcast_to(floor, shape), strata.sizes)
    if take_all is not None:
        low = np.where(np.broadcast_to(take_all, shape), strata.sizes, low)
    bad = np.flatnonzero(~((low >= 1) & (low <= high) & (low == np.floor(low))))
    if bad.size:
        h = int(bad[0])
        raise SamplingError(
            "optimal.floor",
            f"Stratum {strata.names[h]!r}: at least {low[h]:g} and at most {high[h]:g} cases is no"
            " choice of whole numbers from 1.",
            hint="Every stratum needs a case, else its units cannot be drawn.",
            stratum=strata.names[h],
            floor=float(low[h]),
            cap=float(high[h]),
        )
    return low.astype(np.int64), np.floor(high).astype(np.int64)


def check_reach(
    strata: Strata, limits: Limits, targets: Sequence[Target], high: NDArray, level: float
) -> None:
    best = (limits.a / high).sum(axis=1)
    short = np.flatnonzero(best > limits.right * (1 + _ROOM))
    if not short.size:
        return
    z = quantile(level)
    faults = []
    for j in short:
        target = targets[j]
        se = sqrt(best[j] - limits.finite[j])
        mean = abs(strata.mean_of(target.item, target.domain))
        used = np.flatnonzero(limits.a[j] > 0)
        faults.append(
            {
                "item": target.item,
                "domain": target.domain,
                "wanted": target.margin if target.cv is None else target.cv,
                "best": z * se if target.cv is None else se / mean,
                "strata": [strata.names[h] for h in used],
            }
        )
    told = "; ".join(
        f"{targets[j].text}, at best {fault['best']:.4g}"
        for j, fault in zip(short, faults, strict=True)
    )
    raise SamplingError(
        "optimal.infeasible",
        f"Out of reach even with all the cases there are: {told}.",
        hint="Widen these targets, raise the caps of their strata, or expect a better response.",
        targets=faults,
    )


def scaled(target: Target, factor: float) -> Target:
    margin = None if target.margin is None else target.margin * factor
    cv = None if target.cv is None else target.cv * factor
    return Target(item=target.item, domain=target.domain, margin=margin, cv=cv)


def factor_reached(limits: Limits, issue: NDArray) -> float:
    """The factor of all targets that these cases just meet."""
    reached = np.maximum((limits.a / issue).sum(axis=1) - limits.finite, 0.0)
    return float(np.sqrt(reached / (limits.right - limits.finite)).max())
