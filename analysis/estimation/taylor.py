"""Variance of linear statistics from cluster sums (Taylor linearisation)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.errors import DesignError
from analysis.estimation.codes import compact
from analysis.estimation.stages import Stage
from analysis.estimation.sums import add_up
from analysis.estimation.threads import one_thread

#: What is done about a stratum from which one cluster was drawn.
LONELY = ("fail", "adjust", "average", "certainty", "remove")

#: Cells that are worked on together: their columns stay in cache.
_ROWS = 8192


@dataclass(frozen=True, eq=False)
class Spread:
    """The variance rules of a design, for statistics of ``n_domains`` domains.

    Scores come as cells: sums by cluster of the finest stage and domain, of whole first-stage
    strata; the variances of such parts add up, unless the `LONELY` rule compares strata.
    """

    stages: tuple[Stage, ...]
    n_domains: int
    lonely: str = "fail"
    lonely_domains: bool = False

    @property
    def in_parts(self) -> bool:
        """Whether strata may be worked on apart: no rule looks at other strata, or lists them."""
        if self.lonely in ("certainty", "remove"):
            return True
        single = any((level.stage.n_drawn == 1).any() for level in self._levels)
        return not (single or self.lonely_domains)

    @property
    def finest(self) -> Stage:
        """The last stage that adds to the variance."""
        return self._levels[-1].stage

    @cached_property
    def _levels(self) -> list[_Level]:
        kept = depth(self.stages)
        finest, made = kept[-1], []
        scale: NDArray[np.float64] = np.ones(kept[0].n_drawn.size)
        for place, stage in enumerate(kept):
            parent = _parent_of(kept, place)
            if place:
                before = kept[place - 1]
                scale = (scale * before.fraction)[before.stratum_of][parent]
            at = None
            if stage is not finest:
                at = np.zeros(finest.stratum_of.size, dtype=np.int64)
                at[finest.cluster_of] = stage.cluster_of
            made.append(_Level(stage, at, (1 - stage.fraction) * scale, scale, parent))
        return made

    def variances(
        self, cluster: NDArray[np.int64], domain: NDArray[np.int64], values: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Variances (D, q) of the totals of ``values`` (c, q) in cells of a cluster and a domain.

        Notes
        -----
        V = Σ_h (1 − f_h) n_h / (n_h − 1) Σ_i (z_hi − z̄_h)²; the variance of later stages is added
        within clusters, multiplied by the sampling fractions before it.
        Source: Särndal, Swensson and Wretman (1992), secs. 4.3 and 5.5; Lumley (2010), ch. 2.
        """
        out = np.zeros((self.n_domains, values.shape[1]))
        for level in self._levels:
            where, whose, sums = self._merged(level, cluster, domain, values)
            groups = self._groups(level, where, whose)
            means = add_up(groups.of, sums, groups.stratum.size)
            means /= level.stage.n_drawn[groups.stratum][:, None]
            if groups.off_centre.any():
                grand = self._grand(level, groups, where, whose, sums)
                means = np.where(
                    groups.off_centre[:, None], grand[self._family(level, groups)], means
                )
            absent = level.stage.n_drawn[groups.stratum] - groups.clusters
            spread = means * means
            out += add_up(groups.domain, spread, self.n_domains, absent * groups.factor)
            for first in range(0, len(sums), _ROWS):
                here = slice(first, first + _ROWS)
                of = groups.of[here]
                part = means[of]
                part -= sums[here]
                part *= part
                out += add_up(whose[here], part, self.n_domains, groups.factor[of])
        return out

    def covariance(
        self,
        cluster: NDArray[np.int64],
        domain: NDArray[np.int64],
        dense: NDArray[np.float64],
        first: int,
    ) -> NDArray[np.float64]:
        """Covariance (D·q, D·q) of the totals of ``dense`` (u, D·q), scores of whole clusters.

        ``dense`` begins with cluster ``first`` of the finest stage; ``cluster`` and ``domain`` (c,)
        say which of its cells hold a row.
        """
        q = dense.shape[1] // self.n_domains
        out = np.zeros((dense.shape[1],) * 2)
        everyone = np.arange(first, first + len(dense))
        for level in self._levels:
            groups = self._groups(level, level.cluster(cluster), domain)
            place, at = compact(level.cluster(everyone))
            sums = add_up(at, dense, place.size) if place.size < len(dense) else dense
            strata, of = compact(level.stage.stratum_of[place])
            means = add_up(of, sums, strata.size) / level.stage.n_drawn[strata][:, None]
            shape = (strata.size, self.n_domains)
            off, root = np.zeros(shape, dtype=bool), np.zeros(shape)
            row = np.searchsorted(strata, groups.stratum)
            off[row, groups.domain] = groups.off_centre
            root[row, groups.domain] = np.sqrt(groups.factor)
            if off.any():
                parent = level.parent[strata]
                drawn = self._drawn(level, groups).reshape(-1, self.n_domains)
                grand = add_up(parent[of], sums, len(drawn)) / np.repeat(drawn, q, axis=1)
                means = np.where(np.repeat(off, q, axis=1), grand[parent], means)
            deviation = sums - means[of]
            deviation *= np.repeat(root, q, axis=1)[of]
            with one_thread():
                out += deviation.T @ deviation
        return out

    def _merged(self, level: _Level, cluster, domain, values) -> tuple[NDArray, NDArray, NDArray]:
        """Cells of the stage's clusters, from those of the finest stage."""
        if level.at is None:
            return cluster, domain, values
        code = level.cluster(cluster) * self.n_domains + domain
        present, place = compact(code)
        where, whose = np.divmod(present, self.n_domains)
        return where, whose, add_up(place, values, present.size)

    def _grand(self, level: _Level, groups: _Groups, where, whose, sums) -> NDArray[np.float64]:
        """Means by parent and domain, over the clusters drawn in the strata that hold a row."""
        family = level.parent[level.stage.stratum_of[where]] * self.n_domains + whose
        drawn = self._drawn(level, groups)
        return add_up(family, sums, drawn.size) / drawn[:, None]

    def _family(self, level: _Level, groups: _Groups) -> NDArray[np.int64]:
        return level.parent[groups.stratum] * self.n_domains + groups.domain

    def _drawn(self, level: _Level, groups: _Groups) -> NDArray[np.float64]:
        """Clusters drawn in the strata that hold a row, by parent and domain; at least 1.

        A stratum without a row of the domain does not count: so it is in R's ``survey``.
        """
        size = (int(level.parent.max()) + 1) * self.n_domains
        counted = level.stage.n_drawn[groups.stratum]
        return np.maximum(np.bincount(self._family(level, groups), counted, minlength=size), 1)

    def _groups(self, level: _Level, cluster: NDArray, domain: NDArray) -> _Groups:
        stage, d = level.stage, self.n_domains
        pairs, _ = compact(cluster * d + domain)
        stratum = stage.stratum_of[cluster]
        code, of = compact(stratum * d + domain)
        if pairs.size == cluster.size:
            clusters = np.bincount(of, minlength=code.size)
        else:
            home = stage.stratum_of[pairs // d] * d + pairs % d
            clusters = np.bincount(np.searchsorted(code, home), minlength=code.size)
        h, whose = np.divmod(code, d)
        drawn = stage.n_drawn[h]
        open_ = level.rest[h] > 1e-7 * level.scale[h]
        alone = (drawn == 1) & open_
        if self.lonely == "fail" and alone.any():
            refuse_lonely(stage, np.unique(h[alone]))
        single = (drawn == 1) | ((clusters == 1) if self.lonely_domains else False)
        factor = level.rest[h] * drawn / np.maximum(drawn - 1, 1)
        off_centre = single & (self.lonely == "adjust")
        if self.lonely == "average":
            lost = single & open_
            _, parent = np.unique(level.parent[h] * d + whose, return_inverse=True)
            kept = np.bincount(parent, ~lost)
            if (kept == 0).any():
                refuse_lonely(stage, np.unique(h[lost]))
            factor = np.where(lost, 0.0, factor * (np.bincount(parent) / kept)[parent])
        return _Groups(of, h, whose, clusters, factor, off_centre)


@dataclass(frozen=True, eq=False)
class _Level:
    """A stage within the design.

    ``at`` (U,) is the stage's cluster of each finest one (None for the finest).  By stratum:
    ``scale`` is its share of the total, ``rest`` = (1 − f) × ``scale``, ``parent`` its cluster of
    the stage before.
    """

    stage: Stage
    at: NDArray[np.int64] | None
    rest: NDArray[np.float64]
    scale: NDArray[np.float64]
    parent: NDArray[np.int64]

    def cluster(self, finest: NDArray[np.int64]) -> NDArray[np.int64]:
        return finest if self.at is None else self.at[finest]


@dataclass(frozen=True, eq=False)
class _Groups:
    """Pairs of stratum and domain: their clusters with rows, and the factor of their squares.

    Where ``off_centre``, deviations are from the mean over all clusters (of the parent).
    """

    of: NDArray[np.int64]
    stratum: NDArray[np.int64]
    domain: NDArray[np.int64]
    clusters: NDArray[np.int64]
    factor: NDArray[np.float64]
    off_centre: NDArray[np.bool_]


def depth(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """The stages that add to the variance: those after one drawn with a known fraction."""
    used = 1
    while used < len(stages) and stages[used - 1].fraction.any():
        used += 1
    return stages[:used]


def _parent_of(stages: tuple[Stage, ...], level: int) -> NDArray[np.int64]:
    """For each stratum of a stage, the cluster of the stage before that it lies in."""
    stage = stages[level]
    parent = np.zeros(stage.n_drawn.size, dtype=np.int64)
    if level:
        parent[stage.stratum_of[stage.cluster_of]] = stages[level - 1].cluster_of
    return parent


def degrees_of_freedom(stage: Stage, used: NDArray[np.bool_]) -> int:
    """First-stage clusters less strata, counting those that hold a used row."""
    clusters = np.unique(stage.cluster_of[used])
    return int(clusters.size - np.unique(stage.stratum_of[clusters]).size)


def refuse_lonely(stage: Stage, strata: NDArray[np.int64]) -> None:
    """Raise DesignError ``design.lonely_psu`` that names the strata."""
    names = tuple(stage.labels[h] for h in strata)
    raise DesignError(
        "design.lonely_psu",
        f"Stratum {names[0]!r} holds one PSU; its variance cannot be estimated.",
        hint="Merge it with a neighbour, or name a remedy: lonely='adjust', 'average', …",
        stratum=names[0],
        strata=names,
    )
