"""Strata too thin to hide in, merged for storage.

An answer keeps its stratum because weighting needs it.  Where a stratum's sample has fewer than
``k`` cases, the stratum alone would say who answered.  The rule: within a unit, strata stand in the
study's order of fields; from the first on, each takes in the next one until it has at least ``k``
drawn cases; what is left at the end joins the one before it.  A unit whose whole sample is smaller
than ``k`` is one cell; it cannot hide better than among itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

#: Between the fields of a merged cell.
JOINT = "+"


def storage_cells(sizes: Mapping[str, int], k: int, order: Sequence[str]) -> dict[str, str]:
    """Stratum -> the cell that an answer of it is stored under.

    ``sizes`` counts the drawn main cases of each stratum of one unit: they are fixed by the draw,
    so that an answer goes to the same cell on every day.  Strata that ``order`` does not name come
    last, in the order of their names.
    """
    rank = {name: position for position, name in enumerate(order)}
    names = sorted(sizes, key=lambda name: (rank.get(name, len(rank)), name))
    groups: list[list[str]] = []
    n = k
    for name in names:
        if n >= k:
            groups.append([])
            n = 0
        groups[-1].append(name)
        n += sizes[name]
    if n < k and len(groups) > 1:
        last = groups.pop()
        groups[-1] += last
    return {name: JOINT.join(group) for group in groups for name in group}
