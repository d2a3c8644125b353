"""Last year's results on this year's units, through many-to-many succession with shares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import SamplingError
from analysis.sampling.succession import Succession

_ROUND = 1e-9


@dataclass(frozen=True, eq=False, slots=True)
class Recast:
    """Results on the new units.

    Attributes
    ----------
    units : tuple of str
        New units that received any part of an old unit.
    means : (N,) or (N, K) float
    cov : (N, N) or (N K, N K) float
        Covariance of the means; entries of a unit's items stand together.
    weights : (N, O) float
        What each old unit contributes to a new unit's mean; rows sum to one.
    coverage : (N,) float
        Part of the new unit's recast size that has results; 1 where all its sources have.
    assumed : tuple of (old, new)
        Shares that were not known and were set equal.
    lost : tuple of str
        Old units with results of which some part goes to no new unit.
    """

    units: tuple[str, ...]
    means: NDArray[np.float64]
    cov: NDArray[np.float64]
    weights: NDArray[np.float64]
    coverage: NDArray[np.float64]
    assumed: tuple[tuple[str, str], ...]
    lost: tuple[str, ...]

    @property
    def se(self) -> NDArray[np.float64]:
        """Standard errors, in the shape of the means."""
        return np.sqrt(np.maximum(np.diag(self.cov), 0.0)).reshape(self.means.shape)


def recast_means(
    succession: Succession,
    means: ArrayLike,
    cov: ArrayLike,
    sizes: ArrayLike,
    *,
    partial: bool = False,
) -> Recast:
    """Means of the new units as ratios of recast totals, sizes taken as known.

    Parameters
    ----------
    succession : Succession
    means : (O,) or (O, K) float
        Results of the old units, in the order of ``succession.old``; NaN where there are none.
    cov : (O, O) or (O K, O K) float
        Their covariance, a unit's items together; rows of units without results are ignored.
    sizes : (O,) float
        Size of each old unit in what the mean is of (cases, people), > 0.
    partial : bool
        Whether a new unit may be given the mean of those of its sources that have results;
        `coverage` then says how much of it that is.

    Returns
    -------
    Recast

    Raises
    ------
    SamplingError
        ``recast.shape``, ``recast.size``, ``recast.covariance``, ``recast.missing`` (facts
        ``units``: new units with a source without results).

    Notes
    -----
    mean_j = Σ_i s_ij X_i mean_i / Σ_i s_ij X_i, which takes every part of an old unit to be like
    the whole; V = W V_old Wᵀ, so that new units that share a source are correlated.
    Source: Särndal, Swensson and Wretman (1992), sec. 5.3 (linear functions of estimators).
    """
    old = len(succession.old)
    y, x = np.asarray(means, dtype=float), np.asarray(sizes, dtype=float)
    items = 1 if y.ndim == 1 else y.shape[1]
    v = _covariance(cov, old * items)
    if y.shape[0] != old or x.shape != (old,):
        raise SamplingError(
            "recast.shape", f"{y.shape[0]} results and {x.size} sizes for {old} units.", units=old
        )
    _check_sizes(succession.old, x)
    table = y.reshape(old, items)
    known = np.isfinite(table).all(axis=1)
    parts = (succession.shares * x[:, None]).T
    reached = parts.sum(axis=1) > 0
    _check_missing(succession, parts[reached], np.flatnonzero(reached), known, partial)
    total = parts[:, known].sum(axis=1)
    kept = np.flatnonzero(total > 0)
    weights = np.where(known, parts[kept], 0.0) / total[kept, None]
    spread = np.kron(weights, np.eye(items))
    v = np.where(np.repeat(known, items)[:, None] & np.repeat(known, items), v, 0.0)
    made = weights @ np.where(known[:, None], table, 0.0)
    return Recast(
        tuple(succession.new[j] for j in kept),
        made if y.ndim == 2 else made[:, 0],
        spread @ v @ spread.T,
        weights,
        total[kept] / parts[kept].sum(axis=1),
        succession.assumed,
        _lost(succession, known),
    )


def recast_ratios(
    succession: Succession, numerators: ArrayLike, denominators: ArrayLike, cov: ArrayLike
) -> Recast:
    """Ratios of the new units from estimated totals of the old ones, both with sampling error.

    Parameters
    ----------
    succession : Succession
    numerators, denominators : (O,) float
        Estimated totals Y_i and X_i > 0 of the old units.
    cov : (2 O, 2 O) float
        Covariance of (Y_1 … Y_O, X_1 … X_O).

    Returns
    -------
    Recast
        ``means`` are the ratios R_j = Σ_i s_ij Y_i / Σ_i s_ij X_i, ``cov`` their linearised
        covariance.

    Raises
    ------
    SamplingError
        ``recast.shape``, ``recast.size``, ``recast.covariance``.

    Source: Särndal, Swensson and Wretman (1992), secs. 5.5 and 5.6.
    """
    old = len(succession.old)
    y, x = np.asarray(numerators, dtype=float), np.asarray(denominators, dtype=float)
    v = _covariance(cov, 2 * old)
    if y.shape != (old,) or x.shape != (old,):
        raise SamplingError("recast.shape", f"Totals are wanted for {old} units.", units=old)
    _check_sizes(succession.old, x)
    if not (np.isfinite(y).all() and np.isfinite(v).all()):
        raise SamplingError("recast.covariance", "Totals or covariances are missing.")
    kept = np.flatnonzero(succession.shares.sum(axis=0) > 0)
    shares = succession.shares[:, kept].T
    bottom = shares @ x
    ratio = shares @ y / bottom
    slope = np.hstack([shares, -ratio[:, None] * shares]) / bottom[:, None]
    return Recast(
        tuple(succession.new[j] for j in kept),
        ratio,
        slope @ v @ slope.T,
        shares * x / bottom[:, None],
        np.ones(kept.size),
        succession.assumed,
        _lost(succession, np.ones(old, dtype=bool)),
    )


def _covariance(cov: ArrayLike, size: int) -> NDArray[np.float64]:
    v = np.asarray(cov, dtype=float)
    if v.shape != (size, size) or not np.allclose(v, v.T, equal_nan=True):
        raise SamplingError(
            "recast.covariance", f"A symmetric covariance of {size} × {size} is wanted.", size=size
        )
    return v


def _check_sizes(names: tuple[str, ...], sizes: NDArray[np.float64]) -> None:
    bad = np.flatnonzero(~((sizes > 0) & np.isfinite(sizes)))
    if bad.size:
        raise SamplingError(
            "recast.size",
            f"Unit {names[bad[0]]!r}: {sizes[bad[0]]:g} is no size.",
            unit=names[bad[0]],
        )


def _check_missing(
    succession: Succession,
    parts: NDArray[np.float64],
    new: NDArray[np.int64],
    known: NDArray[np.bool_],
    partial: bool,
) -> None:
    lacking = {
        succession.new[j]: [succession.old[i] for i in np.flatnonzero((row > 0) & ~known)]
        for j, row in zip(new, parts, strict=True)
        if (row[~known] > 0).any()
    }
    if lacking and not partial:
        unit, sources = next(iter(lacking.items()))
        raise SamplingError(
            "recast.missing",
            f"{unit!r} comes in part from {sources[0]!r}, which has no results.",
            hint="Allow results for a part of the unit; its coverage will be told.",
            units=lacking,
        )


def _lost(succession: Succession, known: NDArray[np.bool_]) -> tuple[str, ...]:
    left = succession.shares.sum(axis=1) < 1 - _ROUND
    return tuple(succession.old[i] for i in np.flatnonzero(left & known))
