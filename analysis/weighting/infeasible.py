"""Why no weights within the bounds meet the totals: linear programmes over the g-weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from analysis.errors import CalibrationError

#: Beyond so many different rows the programmes would take longer than the calibration is worth.
MOST_ROWS = 100_000


def explain(
    known: sparse.csr_matrix,
    weights: NDArray[np.float64],
    totals: NDArray[np.float64],
    g: NDArray[np.float64],
    *,
    distance: str,
    bounds: tuple[float, float] | None,
    labels: Sequence[str] = (),
) -> None:
    """Raise if no g-weights within the bounds meet the totals; return if some do.

    Raises
    ------
    CalibrationError
        ``calibrate.infeasible`` with ``narrowest`` (the bounds widened alike until they suffice)
        and ``conflict`` (the totals that must give way if the bounds do not).

    Notes
    -----
    The narrowest bounds minimise t in L − t ≤ g ≤ U + t; the conflict minimises the sum of
    relative errors of the totals.
    """
    live = np.flatnonzero(weights > 0)
    if live.size > MOST_ROWS:
        return
    low, high = bounds if bounds is not None else (0.0 if distance != "linear" else None, None)
    matrix = (sparse.diags(weights[live]) @ known[live]).T.tocsr()
    size = np.maximum(np.abs(totals), np.asarray(abs(matrix).sum(axis=1)).ravel())
    size[size == 0] = 1.0
    matrix, wanted = sparse.diags(1 / size) @ matrix, totals / size
    errors = _least_errors(matrix, wanted, low, high)
    if errors is None or errors.max() <= 1e-9:
        return
    names = [labels[j] if labels else str(j) for j in np.flatnonzero(errors > 1e-9)]
    narrowest = _narrowest(matrix, wanted, low, high) if bounds is not None else None
    hint = "Drop or merge one of these totals."
    if narrowest is not None:
        hint = f"Bounds of {narrowest[0]:.6g} to {narrowest[1]:.6g} would do; or merge categories."
    raise CalibrationError(
        "calibrate.infeasible",
        f"No weights within the bounds meet all totals; in conflict: {', '.join(names)}.",
        hint=hint,
        bounds=bounds,
        narrowest=narrowest,
        conflict=tuple(names),
    )


def _least_errors(matrix, wanted, low, high) -> NDArray[np.float64] | None:
    from scipy.optimize import linprog

    p, n = matrix.shape
    eye = sparse.eye(p)
    found = linprog(
        np.concatenate([np.zeros(n), np.ones(2 * p)]),
        A_eq=sparse.hstack([matrix, eye, -eye]),
        b_eq=wanted,
        bounds=[(low, high)] * n + [(0, None)] * (2 * p),
        method="highs",
    )
    return found.x[n : n + p] + found.x[n + p :] if found.status == 0 else None


def _narrowest(matrix, wanted, low, high) -> tuple[float, float] | None:
    from scipy.optimize import linprog

    p, n = matrix.shape
    eye, ones = sparse.eye(n), np.ones((n, 1))
    found = linprog(
        np.concatenate([np.zeros(n), [1.0]]),
        A_ub=sparse.vstack([sparse.hstack([-eye, -ones]), sparse.hstack([eye, -ones])]),
        b_ub=np.concatenate([np.full(n, -low), np.full(n, high)]),
        A_eq=sparse.hstack([matrix, sparse.csr_matrix((p, 1))]),
        b_eq=wanted,
        bounds=[(None, None)] * n + [(0, None)],
        method="highs",
    )
    return (float(low - found.x[-1]), float(high + found.x[-1])) if found.status == 0 else None
