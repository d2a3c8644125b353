"""Sheets that are more alike than honest people of the unit would ever be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analysis.quality.screening.finding import Finding, significant
from analysis.quality.screening.matchnull import (
    CROWD,
    is_varied,
    latent_correlation,
    modal_share,
    simulated_matches,
)
from analysis.quality.screening.percentmatch import crowd_match, match_counts, percent_match

RULE, VERSION = "near_duplicate", 1
#: A unit with fewer sheets cannot tell what is usual in it.
FEWEST = 8
#: As good a match that this many honest sheets of other units would also find is commonplace.
COMMONPLACE = 0.25
#: Simulated sheets with which a sheet is compared: those nearest to it in uniformity.
NEAREST = 6000


def near_duplicates(
    codes: NDArray[np.integer],
    unit: NDArray[np.str_],
    *,
    seed: int,
    level: float = 0.05,
    minimum: int = 10,
    n_rows: int = 30_000,
) -> list[Finding]:
    """Answer sheets whose most alike other sheet of the unit is too alike.

    Parameters
    ----------
    codes : (n, k) int
        Ratings 1 … 7, 0 where missing.
    unit : (n,) str
    level : float
        False discovery rate over all sheets tested.
    n_rows : int
        Simulated sheets of each unit; each is compared with the 6,000 nearest of them.

    Notes
    -----
    p_i = (1 + #{simulated matches ≥ M_i}) / (1 + simulated): the percent match is judged
    against a null of the unit's own items, not against 85 %, and among simulated sheets that
    are about as uniform (share of the most frequent answer): two sheets that say “4” nearly
    everywhere agree without any copying.  The same is done with the fifth largest match, which a
    crowd of copies of one form raises; p is twice the smaller of the two.  A sheet is also left
    alone if sheets of *other* units match it as well (so many that one unit's worth of them
    would hold at least 0.25): a common pattern such as “all 4, one 5” is nobody's copy.
    Sheets that are each other's most alike are reported together; ``partner`` is the row to which
    the strongest of them is most alike.
    Source: Kuriakose & Robbins (2016); Simmons and others (2016).
    """
    varied = is_varied(codes)
    _, group = np.unique(unit, return_inverse=True)
    if not varied.any():
        return []
    latent = latent_correlation(codes[varied], group[varied])
    candidates: list[Finding] = []
    for which in range(int(group.max()) + 1):
        rows = np.flatnonzero(varied & (group == which))
        if rows.size < FEWEST:
            continue
        rng = np.random.default_rng([seed, which])
        null = simulated_matches(
            codes[rows], codes[varied], latent, rng, n_rows=n_rows, minimum=minimum
        )
        candidates += _of_unit(codes, unit, rows, null, minimum)
    if not candidates:
        return []
    flagged = significant(candidates, level)
    return _crowds(
        [each for each in flagged if not _is_commonplace(each, codes, unit, varied, minimum)]
    )


def _of_unit(codes, unit, rows, null, minimum) -> list[Finding]:
    made = percent_match(codes[rows], minimum=minimum)
    tested = np.flatnonzero(~np.isnan(made.share))
    crowd = crowd_match(codes[rows], CROWD, minimum=minimum)[tested]
    p, usual = _chances(codes[rows[tested]], made.share[tested], crowd, null)
    return [
        Finding(
            rule=RULE,
            version=VERSION,
            unit=str(unit[rows[i]]),
            rows=(int(rows[i]),),
            p=float(chance),
            facts={
                "partner": int(rows[made.partner[i]]),
                "share": float(made.share[i]),
                "compared": int(made.compared[i]),
                "crowd": -1.0 if np.isnan(many) else float(many),
                "usual": float(limit),
            },
        )
        for i, chance, limit, many in zip(tested, p, usual, crowd, strict=True)
    ]


def _chances(codes, share, crowd, null) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """p, and the match that one in twenty of the comparable simulated sheets reaches."""
    p, usual = np.ones(share.size), np.ones(share.size)
    width = min(NEAREST, len(null))
    modal = modal_share(codes)
    ends = [np.searchsorted(null[:, 0], modal, side) for side in ("left", "right")]
    starts = np.clip(sum(ends) // 2 - width // 2, 0, len(null) - width)
    for i, start in enumerate(starts):
        near = null[start : start + width]
        pair = (1 + (near[:, 1] >= share[i] - 1e-6).sum()) / (1 + width)
        many = 1.0
        if crowd[i] == crowd[i]:
            many = (1 + (near[:, 2] >= crowd[i] - 1e-6).sum()) / (1 + width)
        # Two looks at one sheet: Bonferroni.
        p[i] = min(1.0, 2 * min(pair, many))
        usual[i] = np.quantile(near[:, 1], 0.95)
    return p, usual


def _crowds(flagged: list[Finding]) -> list[Finding]:
    """One finding for all flagged sheets that hang together by their most alike other sheet."""
    crowd_of = {found.rows[0]: {found.rows[0]} for found in flagged}
    for found in flagged:
        own, other = crowd_of[found.rows[0]], crowd_of.get(int(found.facts["partner"]))
        if other is not None and other is not own:
            own |= other
            crowd_of.update(dict.fromkeys(other, own))
    by_row = {found.rows[0]: found for found in flagged}
    whole = []
    for members in {id(crowd): crowd for crowd in crowd_of.values()}.values():
        strongest = min((by_row[row] for row in members), key=lambda each: (each.q, each.rows))
        shares = [by_row[row].facts["share"] for row in members]
        facts = {**strongest.facts, "sheets": len(members), "share": float(np.median(shares))}
        whole.append(replace(strongest, rows=tuple(sorted(members)), facts=facts))
    return whole


def _is_commonplace(found: Finding, codes, unit, varied, minimum) -> bool:
    own = unit == found.unit
    others = codes[varied & ~own]
    if len(others) == 0:
        return False
    shares = match_counts(codes[[found.rows[0]]], others, minimum=minimum)[0]
    alike = int((shares >= found.facts["share"] - 1e-6).sum())
    return alike * (int((varied & own).sum()) - 1) / len(others) >= COMMONPLACE
