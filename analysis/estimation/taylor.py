"""Variance of linear statistics from cluster sums (Taylor linearisation)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.errors import DesignError
from analysis.estimation.basis import compact
from analysis.estimation.stages import Stage
from analysis.estimation.sums import add_up, add_up_weighted
from analysis.estimation.threads import one_thread

#: What is done about a stratum from which one cluster was drawn.
LONELY = ("fail", "adjust", "average", "certainty", "remove")

#: Numbers held at a time where calibration spreads each score over all clusters.
_BLOCK = 20_000_000

#: Cells that are worked on together: their columns stay in cache.
_ROWS = 8192


@dataclass(frozen=True, eq=False)
class Spread:
    """Sums of influence values by cluster of the finest stage, and the rules of the design.

    ``values`` (c, J) belong to the cells (``cluster``, ``domain``); statistic (d, j) stands in
    column d·J + j.  ``explained`` holds pairs (U, p) and (p, D·J) whose product is what known
    totals explain of the scores.
    """

    cluster: NDArray[np.int64]
    domain: NDArray[np.int64]
    values: NDArray[np.float64]
    n_domains: int
    stages: tuple[Stage, ...]
    lonely: str = "fail"
    lonely_domains: bool = False
    explained: list[tuple[NDArray, NDArray]] = field(default_factory=list)

    def variances(self) -> NDArray[np.float64]:
        """Variances (D, J)."""
        if not self.explained:
            return self._by_cells(self.cluster, self.domain, self.values, self.n_domains)
        q = self.values.shape[1]
        n_clusters = depth(self.stages)[-1].stratum_of.size
        step = max(1, _BLOCK // (n_clusters * q))
        out = np.empty((self.n_domains, q))
        everywhere = np.arange(n_clusters)
        for first in range(0, self.n_domains, step):
            block = range(first, min(first + step, self.n_domains))
            dense = self._dense(block)
            found = self._by_cells(everywhere, np.zeros_like(everywhere), dense, 1)
            out[block.start : block.stop] = found.reshape(len(block), q)
        return out

    def covariance(self) -> NDArray[np.float64]:
        """Covariance (D·J, D·J).

        Notes
        -----
        V = Σ_h (1 − f_h) n_h / (n_h − 1) Σ_i (z_hi − z̄_h)(z_hi − z̄_h)'; the variance of later
        stages is added within clusters, multiplied by the sampling fractions before it.
        Source: Särndal, Swensson and Wretman (1992), secs. 4.3 and 5.5; Lumley (2010), ch. 2.
        """
        q = self.values.shape[1]
        dense = self._dense(range(self.n_domains))
        out = np.zeros((dense.shape[1],) * 2)
        unit, domain = self.cluster, self.domain
        if self.explained:  # every cluster has a score in every domain
            unit = np.repeat(np.arange(len(dense)), self.n_domains)
            domain = np.tile(np.arange(self.n_domains), len(dense))
        for level, (stage, at, scale) in enumerate(_levels(self.stages)):
            groups = self._groups(stage, at[unit], domain, self.n_domains, scale, level)
            sums = add_up(at, dense, stage.stratum_of.size)
            means = add_up(stage.stratum_of, sums, stage.n_drawn.size) / stage.n_drawn[:, None]
            shape = (stage.n_drawn.size, self.n_domains)
            off, root = np.zeros(shape, dtype=bool), np.zeros(shape)
            off[groups.stratum, groups.domain] = groups.off_centre
            root[groups.stratum, groups.domain] = np.sqrt(groups.factor)
            if off.any():
                parent, drawn = _parents(self.stages, level)
                grand = add_up(parent[stage.stratum_of], sums, drawn.size) / drawn[:, None]
                means = np.where(np.repeat(off, q, axis=1), grand[parent], means)
            deviation = sums - means[stage.stratum_of]
            deviation *= np.repeat(root, q, axis=1)[stage.stratum_of]
            with one_thread():
                out += deviation.T @ deviation
        return out

    def _dense(self, block: range) -> NDArray[np.float64]:
        """Residual scores (U, domains of the block × J)."""
        q = self.values.shape[1]
        dense = np.zeros((depth(self.stages)[-1].stratum_of.size, len(block), q))
        here = (self.domain >= block.start) & (self.domain < block.stop)
        dense[self.cluster[here], self.domain[here] - block.start] = self.values[here]
        out = dense.reshape(len(dense), -1)
        with one_thread():
            for known, slope in self.explained:
                out -= known @ slope[:, block.start * q : block.stop * q]
        return out

    def _by_cells(
        self, unit: NDArray, domain: NDArray, values: NDArray, n_domains: int
    ) -> NDArray[np.float64]:
        out = np.zeros((n_domains, values.shape[1]))
        for level, (stage, at, scale) in enumerate(_levels(self.stages)):
            code = at[unit] * n_domains + domain
            present, place = compact(code, stage.stratum_of.size * n_domains)
            merged = present.size == code.size
            sums = values if merged else add_up(place, values, present.size)
            where, whose = (at[unit], domain) if merged else np.divmod(present, n_domains)
            groups = self._groups(stage, where, whose, n_domains, scale, level)
            means = add_up(groups.of, sums, groups.stratum.size)
            means /= stage.n_drawn[groups.stratum][:, None]
            if groups.off_centre.any():
                parent, drawn = _parents(self.stages, level)
                family = parent[stage.stratum_of[where]] * n_domains + whose
                grand = add_up(family, sums, drawn.size * n_domains)
                grand /= np.repeat(drawn, n_domains)[:, None]
                at_home = grand[parent[groups.stratum] * n_domains + groups.domain]
                means = np.where(groups.off_centre[:, None], at_home, means)
            absent = stage.n_drawn[groups.stratum] - groups.clusters
            spread = means**2
            spread *= (absent * groups.factor)[:, None]
            out += add_up(groups.domain, spread, n_domains)
            for first in range(0, len(sums), _ROWS):
                here = slice(first, first + _ROWS)
                of = groups.of[here]
                part = sums[here] - means[of]
                part *= part
                out += add_up_weighted(whose[here], groups.factor[of], part, n_domains)
        return out

    def _groups(self, stage, cluster, domain, n_domains, scale, level) -> _Groups:
        stratum = stage.stratum_of[cluster]
        code, of = compact(stratum * n_domains + domain, stage.n_drawn.size * n_domains)
        h, d = np.divmod(code, n_domains)
        if stage is depth(self.stages)[-1]:  # its cells are pairs of cluster and domain already
            clusters = np.bincount(of)
        else:
            pairs = compact(cluster * n_domains + domain, stage.stratum_of.size * n_domains)[0]
            home = stage.stratum_of[pairs // n_domains] * n_domains + pairs % n_domains
            clusters = np.bincount(np.searchsorted(code, home), minlength=code.size)
        drawn = stage.n_drawn[h]
        open_ = (1 - stage.fraction[h]) * scale[h] > 1e-7 * scale[h]
        alone = (drawn == 1) & open_
        if self.lonely == "fail" and alone.any():
            refuse_lonely(stage, np.unique(h[alone]))
        single = (drawn == 1) | ((clusters == 1) if self.lonely_domains else False)
        factor = (1 - stage.fraction[h]) * scale[h] * drawn / np.maximum(drawn - 1, 1)
        off_centre = single & (self.lonely == "adjust")
        if self.lonely == "average":
            lost = single & open_
            parent = _parents(self.stages, level)[0][h] * n_domains + d
            _, parent = np.unique(parent, return_inverse=True)
            kept = np.bincount(parent, ~lost)
            if (kept == 0).any():
                refuse_lonely(stage, np.unique(h[lost]))
            factor = np.where(lost, 0.0, factor * (np.bincount(parent) / kept)[parent])
        return _Groups(of, h, d, clusters, factor, off_centre)


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


def _levels(stages: tuple[Stage, ...]):
    """Stage, its cluster of each finest cluster, and its share of the total by stratum."""
    kept = depth(stages)
    finest = kept[-1]
    scale: NDArray[np.float64] = np.ones(kept[0].n_drawn.size)
    for level, stage in enumerate(kept):
        if level:
            before = kept[level - 1]
            scale = (scale * before.fraction)[before.stratum_of][_parent_of(kept, level)]
        at = np.zeros(finest.stratum_of.size, dtype=np.int64)
        at[finest.cluster_of] = stage.cluster_of
        yield stage, at, scale


def _parents(stages: tuple[Stage, ...], level: int) -> tuple[NDArray, NDArray[np.int64]]:
    """Parent of each stratum, and the clusters drawn within each parent."""
    parent = _parent_of(stages, level)
    return parent, np.bincount(parent, stages[level].n_drawn).astype(np.int64)


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
