"""Weights brought to known totals: linear, raking and logit distances, with bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from analysis.errors import CalibrationError
from analysis.estimation.basis import Basis
from analysis.estimation.threads import one_thread
from analysis.weighting.infeasible import explain
from analysis.weighting.residuals import Known, Step

DISTANCES = ("linear", "raking", "logit")
Bounds = tuple[float, float] | None


@dataclass(frozen=True, eq=False)
class Recipe:
    """One calibration: columns ``known`` (n, p) and their ``totals`` (p,).

    Rows of one pattern have the same values of ``known``, hence the same g-weight.
    """

    known: Known
    totals: NDArray[np.float64]
    distance: str
    bounds: Bounds
    tol: float = 1e-12
    max_iter: int = 100
    labels: tuple[str, ...] = ()

    def ratios(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """g-weights (P,) from the weights (P,) by pattern."""
        return solve(
            self.known.table, weights, self.totals, distance=self.distance, bounds=self.bounds,
            tol=self.tol, max_iter=self.max_iter, labels=self.labels,
        )  # fmt: skip

    def applied(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """New weights (n,) from old ones."""
        return weights * self.ratios(self.known.sums(weights))[self.known.pattern]


def refuse_replicates(basis: Basis) -> None:
    if basis.replicates is not None:
        raise CalibrationError(
            "calibrate.replicates",
            "A design with replicates is not calibrated again.",
            hint="Calibrate first, then make replicates: they are calibrated alike.",
        )


def remember(
    basis: Basis,
    after: NDArray[np.float64],
    recipe: Recipe,
    steps: Sequence[Step],
    note: str,
    rounds: int = 1,
) -> Basis:
    """The design with new weights and what its variance must know of them."""
    here = range(len(basis.steps), len(basis.steps) + len(steps))
    start = basis.weights if basis.start is None else basis.start
    return replace(
        basis,
        weights=after,
        start=np.where(basis.inside, start, 0.0),
        recipes=(*basis.recipes, recipe),
        steps=(*basis.steps, *steps),
        sequence=(*basis.sequence, *(list(here) * rounds)),
        notes=(*basis.notes, note),
    )


def solve(
    known: sparse.csr_matrix,
    weights: NDArray[np.float64],
    totals: NDArray[np.float64],
    *,
    distance: str,
    bounds: Bounds,
    tol: float,
    max_iter: int,
    labels: Sequence[str] = (),
) -> NDArray[np.float64]:
    """g-weights (n,) with known'(weights ∘ g) = totals, nearest to 1 in the distance.

    Parameters
    ----------
    known : (n, p) sparse
    weights : (n,) float, ≥ 0
    totals : (p,) float
    tol : float
        Largest error of a total, relative to the largest size of the column's sum.

    Raises
    ------
    CalibrationError
        ``calibrate.contradiction`` (collinear columns whose totals disagree),
        ``calibrate.infeasible``, ``calibrate.no_convergence``.

    Notes
    -----
    Damped Newton on the dual; where bounds bite, its derivative is that of the free rows.
    Source: Deville and Särndal (1992), JASA 87, 376–382; Deville, Särndal and Sautory (1993).
    """
    scale = np.asarray(abs(known).T @ weights).ravel()
    scale = np.maximum(np.where(scale > 0, scale, 1.0), np.abs(totals))
    x = (known @ sparse.diags(1 / scale)).tocsr()
    wanted = totals / scale
    kept = _independent(x, weights, wanted, labels)
    x, wanted = x[:, kept], wanted[kept]
    dense = x.toarray() if x.nnz > 0.25 * np.prod(x.shape) else x
    multiplier = np.zeros(wanted.size)
    g, slope = _link(np.zeros(weights.size), distance, bounds)
    gap = wanted - dense.T @ (weights * g)
    best, stuck = np.abs(gap).max(initial=0.0), 0
    for _ in range(max_iter):
        if best <= tol:
            # One more step costs little and brings the totals to rounding.
            stuck += 1
        if stuck > 1:
            return g
        with one_thread():
            if sparse.issparse(dense):
                matrix = (dense.T @ sparse.diags(weights * slope) @ dense).toarray()
            else:
                matrix = dense.T @ (dense * (weights * slope)[:, None])
        step = np.linalg.lstsq(matrix, gap, rcond=1e-14)[0]
        length, improved = 1.0, False
        while length > 1e-6:
            trial = multiplier + length * step
            g_new, slope_new = _link(dense @ trial, distance, bounds)
            gap_new = wanted - dense.T @ (weights * g_new)
            size = np.abs(gap_new).max(initial=0.0)
            if np.isfinite(size) and size < best:
                improved = True
                break
            length /= 2
        if not improved:
            break
        multiplier, g, slope, gap, best = trial, g_new, slope_new, gap_new, size
    if best <= tol:
        return g
    explain(known, weights, totals, g, distance=distance, bounds=bounds, labels=labels)
    raise CalibrationError(
        "calibrate.no_convergence",
        f"The totals were not met to {tol:g}: the largest relative error is {best:.3g}.",
        hint="Allow more iterations (max_iter) or a larger tol.",
        error=float(best),
        iterations=max_iter,
    )


def _link(u: NDArray, distance: str, bounds: Bounds) -> tuple[NDArray, NDArray]:
    """g-weight and its derivative at u."""
    if distance == "logit":
        low, high = bounds
        a = (high - low) / ((1 - low) * (high - 1))
        with np.errstate(over="ignore"):
            e = np.exp(np.clip(a * u, -700, 700))
        below = (high - 1) + (1 - low) * e
        g = (low * (high - 1) + high * (1 - low) * e) / below
        return g, (g - low) * (high - g) / ((1 - low) * (high - 1))
    with np.errstate(over="ignore"):
        g = 1 + u if distance == "linear" else np.exp(u)
    slope = np.ones_like(u) if distance == "linear" else g
    if bounds is None:
        return g, slope
    return np.clip(g, *bounds), np.where((g > bounds[0]) & (g < bounds[1]), slope, 0.0)


def _independent(x, weights, wanted, labels) -> NDArray[np.int64]:
    """Columns that do not follow from others; those that do must agree in their totals."""
    from scipy.linalg import lstsq, qr

    gram = (x.T @ sparse.diags(weights) @ x).toarray()
    root = np.sqrt(np.maximum(np.diag(gram), 1e-300))
    r, pivot = qr(gram / np.outer(root, root), mode="r", pivoting=True)
    size = np.abs(np.diag(r))
    rank = int((size > 1e-11 * size[0]).sum())
    kept, spare = np.sort(pivot[:rank]), pivot[rank:]
    if spare.size:
        slope = lstsq(gram[np.ix_(kept, kept)], gram[np.ix_(kept, spare)])[0]
        gap = np.abs(slope.T @ wanted[kept] - wanted[spare])
        if gap.max() > 1e-7:
            worst = int(spare[int(gap.argmax())])
            name = labels[worst] if labels else worst
            raise CalibrationError(
                "calibrate.contradiction",
                f"{name} follows from the other columns, but its total does not.",
                hint="Margins must add up to the same population.",
                total=name,
                error=float(gap.max()),
            )
    return kept
