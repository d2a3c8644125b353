"""What a supervisor looks at: how enumerators differ, and how well a second interview agrees.

Flags are evidence for a talk, never a verdict: each says what it compares, with the figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist, median

#: Interviews of one enumerator before anything is compared.
LEAST = 5
#: A median time under this share of the others' is a flag.
FAST = 0.6
#: Rule -> which of an enumerator's counts it compares.
_SHARES = (("refusals", "refused", "ended"), ("disagrees", "agreed", "checked"))
_Z = NormalDist().inv_cdf(0.995)


@dataclass(frozen=True, slots=True)
class Agreement:
    """``agreed`` of ``n`` answers were the same; ``kappa``, ``se`` None where all answers are one.

    ``inconsistency``: the index of inconsistency, the share of the answers' variance that is noise.
    """

    n: int
    agreed: int
    low: float
    high: float
    kappa: float | None
    se: float | None
    inconsistency: float | None

    @property
    def share(self) -> float:
        return self.agreed / self.n


@dataclass(frozen=True, slots=True)
class Work:
    """One enumerator's interviews: minutes of each, refusals among the cases that ended."""

    minutes: Sequence[int]
    refused: int
    ended: int
    agreed: int = 0
    checked: int = 0


def agreement(counts: Mapping[tuple[str, str], int]) -> Agreement | None:
    """Agreement of two interviews from a table of (first answer, second answer) -> people.

    Cohen's kappa with its large-sample standard error (Fleiss, Cohen and Everitt 1969); index of
    inconsistency as the Census Bureau has it for several categories, 1 − kappa of the table made
    symmetric (Biemer 2011, ch. 4).  None without any answer.
    """
    n = sum(counts.values())
    if not n:
        return None
    agreed = sum(k for (first, second), k in counts.items() if first == second)
    low, high = wilson(agreed, n)
    rows: dict[str, float] = {}
    columns: dict[str, float] = {}
    for (first, second), k in counts.items():
        rows[first] = rows.get(first, 0.0) + k / n
        columns[second] = columns.get(second, 0.0) + k / n
    names = rows.keys() | columns.keys()
    by_chance = sum(rows.get(x, 0.0) * columns.get(x, 0.0) for x in names)
    if 1 - by_chance < 1e-12:
        return Agreement(n, agreed, low, high, None, None, None)
    observed = agreed / n
    kappa = (observed - by_chance) / (1 - by_chance)
    mean = {x: (rows.get(x, 0.0) + columns.get(x, 0.0)) / 2 for x in names}
    noise = (1 - observed) / (1 - sum(p * p for p in mean.values()))
    se = _kappa_se(counts, rows, columns, n, kappa, by_chance)
    return Agreement(n, agreed, low, high, kappa, se, noise)


def _kappa_se(
    counts: Mapping[tuple[str, str], int],
    rows: Mapping[str, float],
    columns: Mapping[str, float],
    n: int,
    kappa: float,
    by_chance: float,
) -> float:
    """Fleiss, Cohen and Everitt (1969), eq. 13."""
    same = other = 0.0
    for (first, second), k in counts.items():
        share = k / n
        margins = columns.get(first, 0.0) + rows.get(second, 0.0)
        if first == second:
            total = rows.get(first, 0.0) + columns.get(first, 0.0)
            same += share * (1 - total * (1 - kappa)) ** 2
        else:
            other += share * margins**2
    variance = same + (1 - kappa) ** 2 * other - (kappa - by_chance * (1 - kappa)) ** 2
    return sqrt(max(variance, 0.0) / n) / (1 - by_chance)


def wilson(k: int, n: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """Wilson's interval of k of n."""
    p = k / n
    shrunk = 1 + z * z / n
    centre = (p + z * z / (2 * n)) / shrunk
    reach = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / shrunk
    return max(0.0, centre - reach), min(1.0, centre + reach)


def flags(works: Mapping[str, Work]) -> dict[str, list[tuple[str, dict[str, float]]]]:
    """Enumerator -> (rule, figures), each against all the others together.

    ``fast``: median minutes under `FAST` of the others'; ``refusals``, ``disagrees``: the 99 %
    interval of the own share leaves out the others' share.
    """
    found: dict[str, list[tuple[str, dict[str, float]]]] = {name: [] for name in works}
    for name, own in works.items():
        others = [work for other, work in works.items() if other != name]
        minutes = [each for work in others for each in work.minutes]
        if len(own.minutes) >= LEAST and len(minutes) >= LEAST:
            mine, theirs = median(own.minutes), median(minutes)
            if mine < FAST * theirs:
                found[name].append(("fast", {"own": mine, "others": theirs}))
        for rule, part, whole in (
            ("refusals", "refused", "ended"),
            ("disagrees", "agreed", "checked"),
        ):
            k, n = getattr(own, part), getattr(own, whole)
            k_all = sum(getattr(work, part) for work in others)
            n_all = sum(getattr(work, whole) for work in others)
            if n < LEAST or n_all < LEAST:
                continue
            low, high = wilson(k, n, _Z)
            theirs = k_all / n_all
            worse = theirs < low if rule == "refusals" else high < theirs
            if worse:
                found[name].append((rule, {"own": 100 * k / n, "others": 100 * theirs}))
    return found
