"""Units with more marked sheets than the others' own differences explain: a funnel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.quality.screening.finding import Finding, significant

VERSION = 1
#: Units with fewer sheets are not tested.
FEWEST = 5
#: The overdispersion is taken from this quantile of χ² instead of its mean: a dozen units say
#: little about how much units differ, and too small a ρ would cry out for nothing.
CAUTION = 0.2


def unit_excess(
    rule: str,
    marked: NDArray[np.bool_],
    unit: NDArray[np.str_],
    *,
    known: NDArray[np.bool_] | None = None,
    level: float = 0.05,
) -> list[Finding]:
    """Units whose share of marked sheets is above that of the others.

    Parameters
    ----------
    rule : str
        Name of what is counted, for the findings.
    marked : (n,) bool
        Straight lines, sheets sent out of hours, officer present …
    known : (n,) bool, optional
        Sheets for which the mark is known; the others are left out.

    Notes
    -----
    p = P(X ≥ x) of a beta-binomial with the mean and the overdispersion ρ of the *other* units
    (ρ by moments, an upper 80 % limit, 0 at least): units differ for honest reasons, and how
    much they do is learnt from them.  One unit's excess does not hide in a mean that it has
    moved itself.
    Source: Spiegelhalter (2005), Statistics in Medicine 24 (funnel plots, overdispersion);
    Williams (1982), Applied Statistics 31 (moments).
    """
    kept = np.ones(len(marked), dtype=bool) if known is None else known
    names, group = np.unique(unit[kept], return_inverse=True)
    totals = np.bincount(group, minlength=names.size)
    hits = np.bincount(group, marked[kept], minlength=names.size)
    where = np.flatnonzero(kept)
    candidates = []
    for i in np.flatnonzero((totals >= FEWEST) & (names.size > 1)):
        others = np.arange(names.size) != i
        if totals[others].sum() < FEWEST:
            continue
        mean, rho = _moments(hits[others], totals[others])
        p = _tail(int(hits[i]), int(totals[i]), mean, rho)
        rows = tuple(int(r) for r in where[(group == i) & marked[kept]])
        facts = {
            "marked": int(hits[i]),
            "sheets": int(totals[i]),
            "elsewhere": float(mean),
            "rho": float(rho),
        }
        candidates.append(
            Finding(
                rule=rule,
                version=VERSION,
                unit=str(names[i]),
                subject="unit",
                rows=rows,
                p=p,
                facts=facts,
            )  # fmt: skip
        )
    return significant(candidates, level) if candidates else []


def _moments(hits, totals) -> tuple[float, float]:
    """Mean, and upper limit of ρ in Var X = n μ (1 − μ) (1 + (n − 1) ρ)."""
    from scipy.special import chdtri

    # Half a mark more: where nobody is marked elsewhere, one mark is still no impossibility.
    mean = (hits.sum() + 0.5) / (totals.sum() + 1)
    used = totals > 1
    if used.sum() < 3:
        return mean, 0.0
    n, x = totals[used].astype(float), hits[used]
    chi = ((x - n * mean) ** 2 / (n * mean * (1 - mean))).sum()
    free = used.sum() - 1
    # Var of a new unit about an estimated mean is larger by 1/m.
    spread = chi / chdtri(free, 1 - CAUTION) * (1 + 1 / used.sum())
    return mean, float(np.clip((spread - 1) / (n - 1).mean(), 0.0, 0.9))


def _tail(x: int, n: int, mean: float, rho: float) -> float:
    from scipy.special import bdtrc, betaln, gammaln

    if x == 0:
        return 1.0
    if rho < 1e-6:
        return float(np.clip(bdtrc(x - 1, n, mean), 0.0, 1.0))
    a, b = mean * (1 / rho - 1), (1 - mean) * (1 / rho - 1)
    k = np.arange(x, n + 1)
    logs = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return float(min(np.exp(logs + betaln(k + a, n - k + b) - betaln(a, b)).sum(), 1.0))
