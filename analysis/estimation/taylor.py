"""Variance of linear statistics from cluster sums (Taylor linearisation)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from analysis.errors import DesignError
from analysis.estimation.stages import Stage

#: What is done about a stratum from which one cluster was drawn.
LONELY = ("fail", "adjust", "average", "certainty", "remove")


def covariance(
    scores: NDArray[np.float64] | sparse.spmatrix, stages: tuple[Stage, ...], lonely: str = "fail"
) -> NDArray[np.float64]:
    """Covariance of the totals of weighted scores.

    Parameters
    ----------
    scores : (n, q) float
        Weighted influence values; their column sums are the linearised statistics.
    stages : tuple of Stage
    lonely : str
        One of `LONELY`, with the meaning of R's ``survey.lonely.psu``.

    Returns
    -------
    (q, q) float

    Raises
    ------
    DesignError
        ``design.lonely_psu`` for a stratum with one cluster that is not all of it, under ``fail``.

    Notes
    -----
    V = Σ_h (1 − f_h) n_h / (n_h − 1) Σ_i (z_hi − z̄_h)(z_hi − z̄_h)'; the variance of later stages is
    added within clusters, multiplied by the sampling fractions before it.
    Source: Särndal, Swensson and Wretman (1992), secs. 4.3 and 5.5; Lumley (2010), ch. 2.
    """
    rows = sparse.csr_matrix(scores) if not sparse.issparse(scores) else scores.tocsr()
    total = np.zeros((rows.shape[1], rows.shape[1]))
    scale: NDArray[np.float64] = np.ones(1)
    for level, stage in enumerate(stages):
        if level:
            # Without a first-stage fraction the later stages add nothing: ultimate clusters.
            before = stages[level - 1]
            scale = (scale * before.fraction)[before.stratum_of][_parent(stage, before)]
            if not scale.any():
                break
        else:
            scale = np.ones(stage.n_drawn.size)
        total += _one_stage(_sums(rows, stage), stage, scale, lonely)
    return total


def degrees_of_freedom(stage: Stage, used: NDArray[np.bool_]) -> int:
    """First-stage clusters less strata, counting those that hold a used row."""
    clusters = np.unique(stage.cluster_of[used])
    return int(clusters.size - np.unique(stage.stratum_of[clusters]).size)


def _sums(rows: sparse.csr_matrix, stage: Stage) -> NDArray[np.float64]:
    n = stage.cluster_of.size
    shape = (stage.stratum_of.size, n)
    gather = sparse.csr_matrix((np.ones(n), (stage.cluster_of, np.arange(n))), shape=shape)
    return np.asarray((gather @ rows).todense())


def _parent(stage: Stage, before: Stage) -> NDArray[np.int64]:
    """For each stratum of a stage, the cluster of the stage before that it lies in."""
    parent = np.zeros(stage.n_drawn.size, dtype=np.int64)
    parent[stage.stratum_of[stage.cluster_of]] = before.cluster_of
    return parent


def _one_stage(
    sums: NDArray[np.float64], stage: Stage, scale: NDArray[np.float64], lonely: str
) -> NDArray[np.float64]:
    n = stage.n_drawn
    alone = (n == 1) & (stage.n_population > 1) & (scale > 0)
    if alone.any() and lonely == "fail":
        h = int(np.flatnonzero(alone)[0])
        raise DesignError(
            "design.lonely_psu",
            f"Stratum {stage.labels[h]!r} holds one PSU; its variance cannot be estimated.",
            hint="Merge it with a neighbour, or name a remedy: lonely='adjust', 'average', …",
            stratum=stage.labels[h],
            strata=tuple(stage.labels[i] for i in np.flatnonzero(alone)),
        )
    member = sparse.csr_matrix(
        (np.ones(sums.shape[0]), (stage.stratum_of, np.arange(sums.shape[0]))),
        shape=(n.size, sums.shape[0]),
    )
    means = (member @ sums) / n[:, None]
    if lonely == "adjust":
        # Deviation from the mean over all clusters of the stage instead of from itself.
        means[n == 1] = sums.sum(axis=0) / sums.shape[0]
    factor = (1 - stage.fraction) * scale * n / np.maximum(n - 1, 1)
    centred = (sums - means[stage.stratum_of]) * np.sqrt(factor)[stage.stratum_of, None]
    result = centred.T @ centred
    if lonely == "average" and alone.any():
        result *= n.size / (n.size - alone.sum())
    return result
