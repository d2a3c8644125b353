"""What an allocation is expected to give: ± for each domain and item, as a table and a curve."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf, nan, sqrt

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.errors import SamplingError
from analysis.sampling.allocation import allocate
from analysis.sampling.planning import WHOLE, Strata, quantile


@dataclass(frozen=True, slots=True)
class PrecisionTable:
    """Expected precision of an allocation.

    Attributes
    ----------
    level : float
    rows : DataFrame
        One row a domain and item: ``domain``, ``item``, ``population``, ``issue`` (cases),
        ``answers`` (expected, not rounded), ``mean``, ``se``, ``margin`` (half-width at
        ``level``), ``cv`` (NaN where the mean is zero), ``deff`` (variance over that of a simple
        random sample of as many answers; NaN where that has none), ``cost``.  A domain with a
        stratum that is given no case has an infinite ``se``.
    """

    level: float
    rows: pd.DataFrame

    def margin(self, domain: str = WHOLE, item: str | None = None) -> float:
        """Half-width of one domain; the widest of its items where none is named."""
        rows = self.rows[self.rows["domain"] == domain]
        if item is not None:
            rows = rows[rows["item"] == item]
        return float(rows["margin"].max())


def expected_precision(strata: Strata, issue: ArrayLike, *, level: float = 0.95) -> PrecisionTable:
    """What issuing ``issue`` cases to the strata is expected to give.

    Parameters
    ----------
    strata : Strata
    issue : (H,) float or int
        Cases to issue in each stratum, 0 ≤ m_h ≤ N_h.
    level : float

    Raises
    ------
    SamplingError
        ``precision.issue`` (names the stratum), ``sampling.level``.

    Notes
    -----
    Source: Cochran (1977), sec. 5.3; design effect of the whole: Kish (1965), sec. 8.2.
    """
    z = quantile(level)
    cases = _cases(strata, issue)
    rows = [
        _row(strata, cases, domain, item, z) for domain in strata.domains for item in strata.means
    ]
    return PrecisionTable(level, pd.DataFrame(rows))


def precision_curve(
    strata: Strata,
    totals: Iterable[int],
    *,
    method: str = "proportional",
    power: float = 0.5,
    item: str | None = None,
    floor: ArrayLike = 2,
    cap: ArrayLike | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """± against n: the expected precision for each total number of cases.

    Parameters
    ----------
    strata : Strata
    totals : iterable of int
        Cases to issue in all.
    method, power, cap
        As in `allocate`; the standard deviations and costs are those of ``strata``.
    item : str
        Item that ``neyman`` and ``optimal`` are best for; the first if none is named.
    floor : int or (H,) int
        Fewest cases of a stratum, or all of it where it is smaller.
    level : float

    Returns
    -------
    DataFrame
        The rows of `PrecisionTable` with a column ``n`` in front.

    Raises
    ------
    SamplingError
        Those of `allocate`.
    """
    tables = []
    for n in totals:
        issue = share_out(strata, n, method=method, power=power, item=item, floor=floor, cap=cap)
        rows = expected_precision(strata, issue, level=level).rows
        rows.insert(0, "n", int(n))
        tables.append(rows)
    return pd.concat(tables, ignore_index=True)


def compare_allocations(
    strata: Strata,
    n: int,
    *,
    methods: Sequence[str] = ("proportional", "equal", "power", "neyman"),
    power: float = 0.5,
    item: str | None = None,
    floor: ArrayLike = 2,
    cap: ArrayLike | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """What each way to share out the same ``n`` buys: rows of `PrecisionTable` with ``method``."""
    tables = []
    for method in methods:
        issue = share_out(strata, n, method=method, power=power, item=item, floor=floor, cap=cap)
        rows = expected_precision(strata, issue, level=level).rows
        rows.insert(0, "method", method)
        tables.append(rows)
    return pd.concat(tables, ignore_index=True)


def share_out(
    strata: Strata,
    n: int,
    *,
    method: str = "proportional",
    power: float = 0.5,
    item: str | None = None,
    floor: ArrayLike = 2,
    cap: ArrayLike | None = None,
) -> NDArray[np.int64]:
    """`allocate` with the sizes, spreads and costs of ``strata``; a floor never exceeds N_h.

    Raises SamplingError (``precision.item`` and those of `allocate`).
    """
    named = next(iter(strata.sds)) if item is None else item
    if named not in strata.sds:
        raise SamplingError("precision.item", f"There is no item {named!r}.", item=named)
    room = strata.sizes if cap is None else np.minimum(strata.sizes, np.asarray(cap))
    # Those who answer are fewer than those asked: the spread that counts is S / √r.
    spread = strata.sds[named] * np.sqrt(strata.deff / strata.response_rate)
    return allocate(
        n,
        strata.sizes,
        method=method,
        power=power,
        sd=spread,
        cost=strata.cost if method == "optimal" else None,
        floor=np.minimum(floor, room),
        cap=cap,
    )


def cases_for_margin(
    strata: Strata,
    margin: float,
    *,
    domain: str = WHOLE,
    item: str | None = None,
    method: str = "proportional",
    power: float = 0.5,
    floor: ArrayLike = 2,
    cap: ArrayLike | None = None,
    level: float = 0.95,
) -> int:
    """The fewest cases in all, shared out by ``method``, that bring ``domain`` to ± ``margin``.

    Raises
    ------
    SamplingError
        ``precision.margin`` (not positive), ``precision.out_of_reach`` (facts: the least margin).
    """
    if not margin > 0:
        raise SamplingError("precision.margin", "The margin must be positive.", margin=margin)
    named = next(iter(strata.sds)) if item is None else item
    room = strata.sizes if cap is None else np.minimum(strata.sizes, np.asarray(cap))
    low, high = int(np.minimum(floor, room).sum()), int(room.sum())

    def reached(n: int) -> float:
        issue = share_out(strata, n, method=method, power=power, item=named, floor=floor, cap=cap)
        return _row(strata, issue.astype(float), domain, named, quantile(level))["margin"]

    best = reached(high)
    if best > margin * (1 + 1e-12):
        raise SamplingError(
            "precision.out_of_reach",
            f"Domain {domain!r}: even {high} cases give ± {best:.4f} for {named!r}, not"
            f" ± {margin:g}.",
            domain=domain,
            item=named,
            wanted=margin,
            reached=best,
        )
    low -= 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) <= margin * (1 + 1e-12) else (middle, high)
    return high


def _cases(strata: Strata, issue: ArrayLike) -> NDArray[np.float64]:
    cases = np.asarray(issue, dtype=float)
    if cases.shape != strata.sizes.shape:
        raise SamplingError(
            "precision.issue",
            f"{cases.size} numbers of cases for {strata.sizes.size} strata.",
            given=cases.size,
        )
    bad = np.flatnonzero(~((cases >= 0) & (cases <= strata.sizes * (1 + 1e-12))))
    if bad.size:
        h = int(bad[0])
        raise SamplingError(
            "precision.issue",
            f"Stratum {strata.names[h]!r}: {cases[h]:g} cases of {strata.sizes[h]} units.",
            stratum=strata.names[h],
            issue=float(cases[h]),
            population=int(strata.sizes[h]),
        )
    return cases


def _row(
    strata: Strata, cases: NDArray[np.float64], domain: str, item: str, z: float
) -> dict[str, object]:
    inside = strata.domains[domain]
    variance = _variance(strata, cases, domain, item)
    mean = strata.mean_of(item, domain)
    answers = float((cases * strata.response_rate)[inside].sum())
    simple = _simple_variance(strata, answers, domain, item)
    se = sqrt(variance)
    return {
        "domain": domain,
        "item": item,
        "population": int(strata.sizes[inside].sum()),
        "issue": float(cases[inside].sum()),
        "answers": answers,
        "mean": mean,
        "se": se,
        "margin": z * se,
        "cv": se / abs(mean) if mean else nan,
        "deff": variance / simple if 0 < simple < inf else nan,
        "cost": float((cases * strata.cost)[inside].sum()),
    }


def _variance(strata: Strata, cases: NDArray[np.float64], domain: str, item: str) -> float:
    a, b = strata.variance_terms(item, domain)
    used = a > 0
    if (cases[used] == 0).any():
        return inf
    # A census leaves a rounding error below zero.
    return max(float((a[used] / cases[used]).sum()) - b, 0.0)


def _simple_variance(strata: Strata, answers: float, domain: str, item: str) -> float:
    """Variance of a simple random sample of as many answers from the whole domain."""
    inside = strata.domains[domain]
    size, total = strata.sizes[inside], float(strata.sizes[inside].sum())
    if not answers or total == 1:
        return nan
    mean, centre = strata.means[item][inside], strata.mean_of(item, domain)
    within = ((size - 1) * strata.sds[item][inside] ** 2).sum()
    spread = (within + (size * (mean - centre) ** 2).sum()) / (total - 1)
    return float(spread * (1 / answers - 1 / total))
