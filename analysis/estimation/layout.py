"""In which order the rows of a design are worked on: strata together, in runs that fit a cache."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.estimation.stages import Stage

#: Row positions: a slice, or an array of them.
Rows = slice | NDArray[np.int64]

#: Least rows of a run (whole strata of the first stage), and most rows of a block.
RUN, BLOCK = 8192, 8192


@dataclass(frozen=True, eq=False)
class Run:
    """Rows that are worked on together: from ``start`` to ``stop``, or those in ``order``."""

    start: int
    stop: int
    order: NDArray[np.int64] | None

    @property
    def rows(self) -> Rows:
        """All rows of the run."""
        return slice(self.start, self.stop) if self.order is None else self.order

    def blocks(self) -> Iterator[tuple[Rows, slice]]:
        """Rows of each block, and where they stand in the run."""
        size = self.stop - self.start
        for first in range(0, size, BLOCK):
            here = slice(first, min(first + BLOCK, size))
            if self.order is None:
                yield slice(self.start + here.start, self.start + here.stop), here
            else:
                yield self.order[here], here


class Layout:
    """Runs of rows that hold whole first-stage strata; clusters of every stage lie together.

    Clusters are numbered in the order of their strata, so sorting by the finest is enough.
    """

    def __init__(self, stages: tuple[Stage, ...]) -> None:
        self._stages = stages

    @cached_property
    def _order(self) -> NDArray[np.int64] | None:
        """Rows in the order of their clusters; None where they stand so already."""
        finest = self._stages[-1].cluster_of
        if (finest[1:] >= finest[:-1]).all():
            return None
        return np.argsort(finest, kind="stable")

    @cached_property
    def _edges(self) -> NDArray[np.int64]:
        first = self._stages[0]
        rows = np.bincount(
            first.stratum_of,
            np.bincount(first.cluster_of, minlength=first.stratum_of.size),
            minlength=first.n_drawn.size,
        )
        ends = np.cumsum(rows).astype(np.int64)
        # The first stratum to end in each stretch of RUN rows closes a run.
        stretch = ends // RUN
        closes = np.flatnonzero(np.append(stretch[1:] != stretch[:-1], True))
        return np.unique(np.concatenate([[0], ends[closes]]))

    def runs(self, *, whole: bool = False) -> Iterator[Run]:
        """The runs in order; ``whole`` makes one run of all rows."""
        edges = [0, int(self._edges[-1])] if whole else self._edges.tolist()
        for start, stop in zip(edges[:-1], edges[1:], strict=True):
            order = None if self._order is None else self._order[start:stop]
            yield Run(start, stop, order)

    def blocks(self) -> Iterator[Rows]:
        """All rows, block by block."""
        for run in self.runs():
            for rows, _here in run.blocks():
                yield rows
