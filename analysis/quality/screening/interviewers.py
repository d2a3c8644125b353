"""Interviews of one enumerator that are more alike than those of the colleagues."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.quality.screening.finding import Finding, significant
from analysis.quality.screening.percentmatch import match_counts

RULE, VERSION = "alike_interviews", 1
#: Fewest interviews of an enumerator.
FEWEST = 8


def alike_interviews(
    codes: NDArray[np.integer],
    interviewer: NDArray[np.str_],
    unit: NDArray[np.str_],
    *,
    seed: int,
    level: float = 0.05,
    draws: int = 1999,
    minimum: int = 10,
) -> list[Finding]:
    """Enumerators whose interviews resemble one another too much.

    Parameters
    ----------
    codes : (n, k) int
        Ratings 1 … 7, 0 where missing.
    interviewer : (n,) str
        "" where nobody led the interview: such sheets are left out.

    Notes
    -----
    The statistic is the mean share of equal answers over pairs of the enumerator's interviews.
    Whoever invents answers repeats a habit, so the pairs agree more than people do.  Interviews
    are dealt out anew among the enumerators of the same unit (where a unit has one enumerator,
    among all of the wave): p is the share of deals with a mean as large.  Without interpenetrated
    assignments an enumerator's area explains some likeness: a reason to listen in, no verdict.
    Source: Kuriakose & Robbins (2016); Winker (2016), Statistical Journal of the IAOS 32
    (between-interviewer likeness of falsified data); Good (2005), ch. 3.
    """
    led = np.flatnonzero(interviewer != "")
    rng = np.random.default_rng(seed)
    candidates: list[Finding] = []
    for rows, names in _pools(interviewer, unit, led):
        shares = match_counts(codes[rows], codes[rows], minimum=minimum)
        known = (shares >= 0).astype(np.float32)
        np.fill_diagonal(known, 0.0)
        shares = np.where(known > 0, shares, 0.0).astype(np.float32)
        for name in names:
            own = interviewer[rows] == name
            p, mean, usual = _deal(shares, known, own, rng, draws)
            facts = {"interviews": int(own.sum()), "share": mean, "usual": usual}
            candidates.append(
                Finding(
                    rule=RULE,
                    version=VERSION,
                    unit=_most(unit[rows][own]),
                    subject=str(name),
                    rows=tuple(int(r) for r in rows[own]),
                    p=p,
                    facts=facts,
                )  # fmt: skip
            )
    return significant(candidates, level) if candidates else []


def _pools(interviewer, unit, led):
    """Rows among which interviews are dealt, with the enumerators judged there."""
    alone = []
    for name in np.unique(unit[led]):
        rows = led[unit[led] == name]
        people, n = np.unique(interviewer[rows], return_counts=True)
        if people.size > 1:
            yield rows, people[n >= FEWEST]
        else:
            alone += [person for person, k in zip(people, n, strict=True) if k >= FEWEST]
    # The same person alone in two units is judged once, on all of the interviews.
    if alone and np.unique(interviewer[led]).size > 1:
        yield led, np.unique(alone)


def _deal(shares, known, own, rng, draws) -> tuple[float, float, float]:
    members = np.empty((draws + 1, own.size), dtype=np.float32)
    members[0] = own
    members[1:] = rng.permuted(np.tile(own, (draws, 1)), axis=1)
    sums = ((members @ shares) * members).sum(axis=1)
    pairs = ((members @ known) * members).sum(axis=1)
    means = sums / np.maximum(pairs, 1)
    p = (1 + (means[1:] >= means[0] - 1e-7).sum()) / (1 + draws)
    return float(p), float(means[0]), float(means[1:].mean())


def _most(units) -> str:
    names, n = np.unique(units, return_counts=True)
    return str(names[n.argmax()])
