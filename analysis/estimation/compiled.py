"""The one pass in machine code, where numba is installed; elsewhere scipy does the same sums.

Only the common case is compiled: items without gaps, one stage of clusters, no calibration.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache

import numpy as np
from numpy.typing import NDArray

from analysis.estimation.basis import Basis, Domains
from analysis.estimation.layout import Layout, Run
from analysis.estimation.sources import Items, Source
from analysis.estimation.stages import Stage

#: Whether numba is installed (requirements-fast.txt).
AVAILABLE = importlib.util.find_spec("numba") is not None

#: Parts that are summed apart, then together in their order: results do not depend on threads.
_PARTS = 8

#: Rows that are turned into doubles at a time.
_TILE = 64
_switch = {"on": AVAILABLE}


@contextmanager
def switched(on: bool) -> Iterator[None]:
    """Within it, the compiled kernel is used or not, for comparisons."""
    before = _switch["on"]
    _switch["on"] = on and AVAILABLE
    try:
        yield
    finally:
        _switch["on"] = before


def fits(source: Source) -> bool:
    """Whether the kernel can read the source: columns of one kind, none missing."""
    return _switch["on"] and isinstance(source, Items) and source.alike


def domain_sums(
    basis: Basis, domains: Domains, source: Items
) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Σ w y and Σ w y² (D, q) about the centre, Σ w and rows (D, 1)."""
    d, q = len(domains), source.width
    centre = np.broadcast_to(source.centre, q).astype(float)

    def work(runs: list[Run]) -> tuple[NDArray, ...]:
        out = np.zeros((d, q)), np.zeros((d, q)), np.zeros((d, 1)), np.zeros((d, 1))
        for run in runs:
            rows = run.rows
            kernels()[0](source.block(rows), centre, basis.weights[rows], domains.code[rows], *out)
        return out

    return tuple(map(sum, zip(*_in_parts(basis.layout, work), strict=True)))


def variances(
    basis: Basis, domains: Domains, source: Items, theta: NDArray[np.float64], stage: Stage
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Variances (D, q) of Σ w (y − θ), and clusters less strata with a row, (D,)."""
    d, q = theta.shape
    centre = np.broadcast_to(source.centre, q) + theta
    drawn = stage.n_drawn
    factor = (1 - stage.fraction) * drawn / np.maximum(drawn - 1, 1)

    def work(runs: list[Run]) -> tuple[NDArray, ...]:
        out = np.zeros((d, q)), np.zeros(d)
        for run in runs:
            rows = run.rows
            cluster = stage.cluster_of[rows]
            kernels()[1](
                source.block(rows), centre, basis.weights[rows], domains.code[rows], cluster,
                stage.stratum_of[cluster], drawn, factor, *out,
            )  # fmt: skip
        return out

    return tuple(map(sum, zip(*_in_parts(basis.layout, work), strict=True)))


def _in_parts(layout: Layout, work: Callable) -> list[tuple[NDArray, ...]]:
    runs = list(layout.runs())
    edges = np.linspace(0, len(runs), _PARTS + 1).astype(int)
    parts = [runs[a:b] for a, b in zip(edges[:-1], edges[1:], strict=True)]
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(work, parts))


@cache
def kernels() -> tuple[Callable, Callable]:
    """The compiled loops over one run: sums by domain, and variances."""
    import numba

    compiled = numba.njit(nogil=True, cache=True)
    tile = compiled(_tile)
    closing = compiled(_close_cluster), compiled(_close_stratum)
    return compiled(_sums_loop(tile)), compiled(_spread_loop(tile, *closing))


def _tile(block, first, out):
    """Rows of the block as doubles, row by row: what follows runs over neighbours."""
    q, rows = block.shape
    stop = min(first + len(out), rows)
    for j in range(q):
        for i in range(first, stop):
            out[i - first, j] = block[j, i]
    return stop


def _sums_loop(tile):
    def sums(block, centre, w, code, top, squares, size, n):
        q, rows = block.shape
        y = np.empty((_TILE, q))
        for first in range(0, rows, _TILE):
            for i in range(first, tile(block, first, y)):
                d = code[i]
                if d < 0:
                    continue
                size[d, 0] += w[i]
                n[d, 0] += 1
                weight, values, one, two = w[i], y[i - first], top[d], squares[d]
                for j in range(q):
                    value = values[j] - centre[j]
                    one[j] += weight * value
                    two[j] += weight * value * value

    return sums


def _spread_loop(tile, close_cluster, close_stratum):
    def spread(block, centre, w, code, cluster, stratum, drawn, factor, out, df):
        q, rows = block.shape
        n_domains = len(df)
        y, scores = np.empty((_TILE, q)), np.zeros((n_domains, q))
        mine, touched = np.empty(n_domains, np.int64), np.empty(n_domains, np.int64)
        here, held = np.zeros(n_domains, np.bool_), np.zeros(n_domains, np.int64)
        # Deviations from the first score of the stratum, so that squares keep their digits.
        away = np.zeros((3, n_domains, q))
        n_mine = n_touched = 0
        for first in range(0, rows, _TILE):
            for i in range(first, tile(block, first, y)):
                d = code[i]
                if d >= 0:
                    if not here[d]:
                        here[d] = True
                        mine[n_mine] = d
                        n_mine += 1
                    for j in range(q):
                        scores[d, j] += w[i] * (y[i - first, j] - centre[d, j])
                if i + 1 == rows or cluster[i + 1] != cluster[i]:
                    n_touched = close_cluster(
                        scores, mine[:n_mine], here, held, touched, n_touched, away
                    )
                    n_mine = 0
                if i + 1 == rows or stratum[i + 1] != stratum[i]:
                    h = stratum[i]
                    close_stratum(touched[:n_touched], held, away, drawn[h], factor[h], out, df)
                    n_touched = 0

    return spread


def _close_cluster(scores, mine, here, held, touched, n_touched, away):
    """Take one cluster's scores into the sums of its stratum; ``scores`` are left at 0."""
    q = scores.shape[1]
    for d in mine:
        here[d] = False
        if held[d] == 0:
            touched[n_touched] = d
            n_touched += 1
            for j in range(q):
                away[0, d, j] = scores[d, j]
        held[d] += 1
        for j in range(q):
            gap = scores[d, j] - away[0, d, j]
            away[1, d, j] += gap
            away[2, d, j] += gap * gap
            scores[d, j] = 0.0
    return n_touched


def _close_stratum(touched, held, away, drawn, factor, out, df):
    """Add one stratum's squared deviations; clusters without a row of the domain scored 0."""
    q = out.shape[1]
    for d in touched:
        absent = drawn - held[d]
        df[d] += held[d] - 1
        held[d] = 0
        for j in range(q):
            start = away[0, d, j]
            gap = away[1, d, j] - absent * start
            out[d, j] += factor * (away[2, d, j] + absent * start * start - gap * gap / drawn)
            away[1, d, j] = 0.0
            away[2, d, j] = 0.0
