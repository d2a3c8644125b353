"""The result of every estimator: a table, a covariance, and what was done about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import EstimationError


class Estimates:
    """Estimates in the rows of ``table``; ``cov`` (q, q) in the same order, made when asked for.

    ``table`` has the by columns, ``item``, [``category``], ``estimate``, ``se``, ``ci_low``,
    ``ci_high``, ``df``, ``n`` (rows used) and ``deff``: the variance over that of a simple random
    sample of the same n, ``notes`` says whether without replacement; NaN where it has no meaning.
    """

    def __init__(
        self,
        table: pd.DataFrame,
        cov: NDArray[np.float64] | Callable[[], NDArray[np.float64]],
        notes: tuple[str, ...] = (),
    ) -> None:
        self.table = table
        self.notes = notes
        self._cov = cov

    @cached_property
    def cov(self) -> NDArray[np.float64]:
        """Covariance of the estimates (q, q)."""
        return self._cov() if callable(self._cov) else self._cov

    def __repr__(self) -> str:
        return repr(self.table)

    def contrast(
        self, weights: NDArray[np.float64] | Sequence[tuple[int, int]], *, level: float = 0.95
    ) -> Estimates:
        """Differences between rows, with the covariance of the estimates.

        Parameters
        ----------
        weights : (k, q) float, or pairs of row positions
            A pair (i, j) stands for row i less row j.
        level : float
            Intervals use the least degrees of freedom of the rows that take part.

        Raises
        ------
        EstimationError
            ``contrast.shape``.
        """
        matrix = self._matrix(weights)
        estimate = matrix @ self.table["estimate"].to_numpy()
        cov = matrix @ self.cov @ matrix.T
        se = np.sqrt(np.clip(np.diag(cov), 0, None))
        all_df = self.table["df"].to_numpy(dtype=float)
        df = np.array([all_df[row != 0].min(initial=np.inf) for row in matrix])
        reach = np.array([critical(level, one) for one in df]) * se
        table = pd.DataFrame(
            {
                "item": [_name(row, self.table) for row in matrix],
                "estimate": estimate,
                "se": se,
                "ci_low": estimate - reach,
                "ci_high": estimate + reach,
                "df": df,
            }
        )
        return Estimates(table, cov, self.notes)

    def _matrix(self, weights) -> NDArray[np.float64]:
        q = len(self.table)
        given = np.asarray(weights)
        if given.ndim == 2 and given.shape[1] == q and not (q == 2 and given.dtype.kind in "iu"):
            return given.astype(float)
        if given.ndim == 2 and given.shape[1] == 2 and given.dtype.kind in "iu":
            if given.min(initial=0) < -q or given.max(initial=0) >= q:
                raise EstimationError(
                    "contrast.shape",
                    f"A pair names a row beyond the {q} of the table.",
                    columns=q,
                )
            matrix = np.zeros((len(given), q))
            for row, (i, j) in enumerate(given):
                matrix[row, i] += 1
                matrix[row, j] -= 1
            return matrix
        raise EstimationError(
            "contrast.shape", f"A contrast needs {q} columns or pairs of rows.", columns=q
        )


def critical(level: float, df: float) -> float:
    """Quantile of Student's t (normal for infinite df) for a two-sided interval."""
    if not np.isfinite(df):
        return NormalDist().inv_cdf(0.5 + level / 2)
    if df <= 0:
        return float("nan")
    from scipy.special import stdtrit  # much lighter than scipy.stats

    return float(stdtrit(df, 0.5 + level / 2))


def _name(row: NDArray[np.float64], table: pd.DataFrame) -> str:
    parts = []
    by = list(table.columns[: list(table.columns).index("estimate")])
    for k in np.flatnonzero(row):
        label = "/".join(str(table.iloc[k][c]) for c in by)
        parts.append(f"{row[k]:+g}·{label}")
    return " ".join(parts)
