"""What calibration leaves of a score: the part that the known totals do not explain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


@dataclass(frozen=True, slots=True)
class PostStrata:
    """A post-stratification: ``cell_of`` (n,) and the ``weights`` (n,) it led to."""

    cell_of: NDArray[np.int64]
    weights: NDArray[np.float64]

    def residuals(self, scores: sparse.spmatrix) -> sparse.csr_matrix:
        """Weighted scores less the mean of the unweighted ones in their cell.

        Source: Särndal, Swensson and Wretman (1992), sec. 7.6, in the form of R's ``survey``.
        """
        n = self.cell_of.size
        used = self.weights > 0
        member = sparse.csr_matrix((used.astype(float), (self.cell_of, np.arange(n))))
        inverse = np.divide(1.0, self.weights, out=np.zeros(n), where=used)
        means = sparse.diags(1 / np.maximum(member.sum(axis=1).A1, 1)) @ (
            member @ (sparse.diags(inverse) @ scores)
        )
        return (scores - sparse.diags(self.weights) @ means[self.cell_of]).tocsr()
