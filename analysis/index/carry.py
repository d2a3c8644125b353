"""One year's values under another year's scheme: what can be carried over, and what cannot."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from analysis.errors import SchemeError
from analysis.index import scoring
from analysis.index.rounding import exact
from analysis.index.scheme import Leaf, Scheme


@dataclass(frozen=True, slots=True)
class Carrying:
    """How values of one scheme are read by another.

    ``scheme`` is the other scheme less the leaves that nobody has a value for; ``missing`` are
    those leaves, ``dropped`` the old ones that the new scheme does not know.
    """

    scheme: Scheme
    missing: tuple[Leaf, ...]
    dropped: tuple[Leaf, ...]
    #: New leaf -> old leaf whose share of the maximum it takes; the others read their own inputs.
    by_share: Mapping[str, Leaf]

    def entered(self, before: Mapping[str, float | None]) -> dict[str, float | None]:
        """A unit's values under the old scheme as values of the new one.

        Raises SchemeError where the old values break the old scheme.
        """
        found: dict[str, float | None] = {}
        for leaf in self.scheme.leaves:
            old = self.by_share.get(leaf.id)
            if old is None:
                found |= {name: before[name] for name in leaf.inputs if name in before}
            elif set(old.inputs) <= set(before):
                found[next(iter(leaf.inputs))] = _scaled(leaf, old, before)
        return found


def carrying(before: Scheme, after: Scheme, concepts: Collection[str]) -> Carrying:
    """Match the leaves of two schemes.

    Parameters
    ----------
    before, after : Scheme
        A leaf of ``after`` follows the leaf of its own name, else the one that ``was`` names.
    concepts : collection of str
        What the survey asked.

    Returns
    -------
    Carrying
        Values that a statistic's rule reads are taken as they are, so that new thresholds count;
        points keep their share of the maximum.

    Raises
    ------
    SchemeError
        ``carry.nothing`` if no leaf of the new scheme has a value.
    """
    old = {leaf.id: leaf for leaf in before.leaves}
    known = before.inputs()
    by_share: dict[str, Leaf] = {}
    missing: list[Leaf] = []
    for leaf in after.leaves:
        earlier = old.get(leaf.id) or old.get(leaf.was)
        if leaf.source == "survey":
            if leaf.asked not in concepts:
                missing.append(leaf)
        elif leaf.source == "statistic" and set(leaf.inputs) <= set(known):
            continue
        elif leaf.source == "statistic" or earlier is None or earlier.source == "survey":
            missing.append(leaf)
        else:
            by_share[leaf.id] = earlier
    absent = {leaf.id for leaf in missing}
    followed = {leaf.id for leaf in by_share.values()} | {leaf.id for leaf in after.leaves}
    read = {name for leaf in after.leaves for name in leaf.inputs}
    asked = {leaf.asked for leaf in after.survey_leaves}
    dropped = tuple(
        leaf
        for leaf in before.leaves
        if leaf.id not in followed and leaf.asked not in asked and not set(leaf.inputs) & read
    )
    kept = _only(after, lambda leaf: leaf.id not in absent)
    if not kept.areas:
        raise SchemeError("carry.nothing", "No criterion of the scheme has a value.")
    return Carrying(kept, tuple(missing), dropped, by_share)


def _scaled(leaf: Leaf, old: Leaf, before: Mapping[str, float | None]) -> float | None:
    points = scoring.leaf_points(old, {name: before[name] for name in old.inputs})
    if points is None:
        return None
    return float(exact(points) / exact(old.max_points) * exact(leaf.max_points))


def _only(scheme: Scheme, wanted: Callable[[Leaf], bool]) -> Scheme:
    """A scheme with some of its leaves; criteria and areas without any go."""
    areas = []
    for area in scheme.areas:
        criteria = [
            replace(criterion, leaves=leaves)
            for criterion in area.criteria
            if (leaves := tuple(filter(wanted, criterion.leaves)))
        ]
        if criteria:
            areas.append(replace(area, criteria=tuple(criteria)))
    return replace(scheme, areas=tuple(areas))
