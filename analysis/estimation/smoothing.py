"""Sampling variances that rest on few PSUs, smoothed by a generalised variance function."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import EstimationError
from analysis.estimation.logistic import as_covariates


@dataclass(frozen=True, slots=True)
class SmoothedVariances:
    """``variance`` (m,): smoothed; ``beta`` the coefficients of log D on (1, log n, covariates).

    ``r2`` is that of the fit; ``notes`` name the remedy and must be printed with the estimates.
    """

    variance: NDArray[np.float64]
    beta: NDArray[np.float64]
    r2: float
    notes: tuple[str, ...]


def smooth_variances(
    variance: ArrayLike, n: ArrayLike, *, covariates: ArrayLike | None = None
) -> SmoothedVariances:
    """Replace direct variance estimates by what areas of that size have on average.

    Parameters
    ----------
    variance : (m,) float
        Direct variance estimates, not negative.  A zero (all answers equal) takes no part in
        the fit and gets the smoothed value too.
    n : (m,) float
        Cases or PSUs of each area, positive and not all equal.
    covariates : (m, p) float
        More explanations of log D, without a constant.

    Raises
    ------
    EstimationError
        ``smoothing.shape``, ``smoothing.variance`` (missing or negative), ``smoothing.n``,
        ``smoothing.too_few`` (areas with a positive variance), ``covariates.*``.

    Notes
    -----
    log D = a + b log n + c'z by least squares; the fitted exp(·) are scaled so that they sum to
    the direct variances of the areas used, which takes off the bias of the logarithm.
    Source: Dick (1995), Survey Methodology 21(1); Hidiroglou, Beaumont and Yung (2019), Survey
    Methodology 45(1), sec. 3; Wolter (2007), ch. 7.
    """
    d, size = np.asarray(variance, dtype=np.float64), np.asarray(n, dtype=np.float64)
    _check(d, size)
    x = np.column_stack([np.ones(d.size), np.log(size)])
    if covariates is not None:
        x = np.column_stack([x, as_covariates(covariates, d.size)])
    used = d > 0
    if used.sum() <= x.shape[1]:
        raise EstimationError(
            "smoothing.too_few",
            f"{int(used.sum())} areas with a positive variance cannot carry {x.shape[1]} "
            "coefficients.",
            areas=int(used.sum()),
        )
    as_covariates(x[used], int(used.sum()))
    logs = np.log(d[used])
    beta = np.linalg.lstsq(x[used], logs, rcond=None)[0]
    fitted = np.exp(x @ beta)
    spread = float(((logs - logs.mean()) ** 2).sum())
    left = float(((logs - x[used] @ beta) ** 2).sum())
    return SmoothedVariances(
        variance=fitted * d[used].sum() / fitted[used].sum(),
        beta=beta,
        r2=1 - left / spread if spread > 0 else 1.0,
        notes=_notes(used),
    )


def _check(d: NDArray[np.float64], size: NDArray[np.float64]) -> None:
    if d.ndim != 1 or size.shape != d.shape:
        raise EstimationError("smoothing.shape", f"{d.shape} variances and {size.shape} sizes.")
    bad = np.flatnonzero(~np.isfinite(d) | (d < 0))
    if bad.size:
        raise EstimationError(
            "smoothing.variance",
            f"{bad.size} variances are missing, infinite or negative.",
            areas=bad[:20].tolist(),
        )
    bad = np.flatnonzero(~np.isfinite(size) | (size <= 0))
    if bad.size:
        raise EstimationError(
            "smoothing.n", f"{bad.size} areas have no size.", areas=bad[:20].tolist()
        )


def _notes(used: NDArray[np.bool_]) -> tuple[str, ...]:
    notes = ["Sampling variances were smoothed over the areas by a model of log variance."]
    if not used.all():
        notes.append(f"{int((~used).sum())} areas had no variance of their own.")
    return tuple(notes)
