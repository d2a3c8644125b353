"""Sheets of a poster beside those of the people drawn in the same unit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.quality.screening.finding import Finding, significant

RULE, VERSION = "unlike_sample", 1
#: Fewest sheets of each stream in a unit.
FEWEST = 10


def unlike_drawn_sample(
    codes: NDArray[np.integer],
    unit: NDArray[np.str_],
    drawn: NDArray[np.bool_],
    *,
    seed: int,
    level: float = 0.05,
    draws: int = 1999,
) -> list[Finding]:
    """Units whose two streams answer differently.

    Parameters
    ----------
    codes : (n, k) int
        Ratings 1 … 7, 0 where missing.
    drawn : (n,) bool
        True for sheets of the drawn sample, False for those of whoever scanned the poster.

    Notes
    -----
    The statistic is the sum over items of the Pearson X² between the streams' shares of
    categories.  Whole sheets are permuted between the streams of a unit, so the test has its
    level whatever the correlation of the items (what Rao and Scott's correction approximates).
    ``lift`` is the open stream's share of satisfied answers less the sample's, ``usual_lift`` the
    median of that over the units: people who scan a poster differ from those drawn for honest
    reasons too, and a lift far above the usual one is what recruiting friends looks like.
    Source: Good (2005), Permutation, Parametric and Bootstrap Tests, ch. 7; Rao & Scott (1981),
    JASA 76.
    """
    candidates = []
    names = [u for u in np.unique(unit) if _enough(drawn[unit == u])]
    lifts = {str(u): _lift(codes[unit == u], drawn[unit == u]) for u in names}
    usual = float(np.median(list(lifts.values()))) if lifts else 0.0
    rng = np.random.default_rng(seed)
    for name in names:
        rows = np.flatnonzero(unit == name)
        p, statistic = _permutation(codes[rows], drawn[rows], rng, draws)
        lift = lifts[str(name)]
        facts = {
            "drawn": int(drawn[rows].sum()),
            "open": int((~drawn[rows]).sum()),
            "lift": lift,
            "usual_lift": usual,
            "statistic": statistic,
        }
        candidates.append(
            Finding(
                rule=RULE,
                version=VERSION,
                unit=str(name),
                subject="unit",
                rows=tuple(int(r) for r in rows[~drawn[rows]]),
                p=p,
                facts=facts,
            )  # fmt: skip
        )
    return significant(candidates, level) if candidates else []


def _enough(drawn: NDArray[np.bool_]) -> bool:
    return bool(drawn.sum() >= FEWEST and (~drawn).sum() >= FEWEST)


def _lift(codes: NDArray[np.integer], drawn: NDArray[np.bool_]) -> float:
    def share(rows: NDArray[np.bool_]) -> float:
        given = codes[rows][codes[rows] > 0]
        return float((given >= 4).mean()) if given.size else 0.0

    return share(~drawn) - share(drawn)


def _permutation(codes, drawn, rng, draws) -> tuple[float, float]:
    """p and X².  Margins do not change under permutation: only the counts of one stream do."""
    values = range(1, int(codes.max(initial=1)) + 1)
    table = np.concatenate([codes == v for v in values], axis=1).astype(np.float32)
    answered = np.tile((codes > 0).astype(np.float32), (1, len(values)))
    members = np.empty((draws + 1, len(drawn)), dtype=np.float32)
    members[0] = drawn
    members[1:] = rng.permuted(np.tile(drawn, (draws, 1)), axis=1)
    seen, base = members @ table, members @ answered
    total, of = table.sum(axis=0), answered.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = total / of
        difference = seen / base - (total - seen) / (of - base)
        terms = difference**2 / (share * (1 / base + 1 / (of - base)))
    statistic = np.where(np.isfinite(terms), terms, 0.0).sum(axis=1)
    above = (statistic[1:] >= statistic[0] * (1 - 1e-5)).sum()
    return float((1 + above) / (1 + draws)), float(statistic[0])
