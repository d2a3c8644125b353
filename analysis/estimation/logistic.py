"""Weighted logistic regression by Newton's method, with the faults of its data named."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.errors import EstimationError

MOST_STEPS = 100


@dataclass(frozen=True, slots=True)
class LogisticFit:
    """``beta`` (p,), fitted probabilities (n,), inverse information (p, p), Newton steps."""

    beta: NDArray[np.float64]
    fitted: NDArray[np.float64]
    cov: NDArray[np.float64]
    steps: int


def expit(u: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 / (1 + exp(-u)) without overflow."""
    small = np.exp(-np.abs(u))
    return np.where(u >= 0, 1.0, small) / (1.0 + small)


def as_covariates(x: NDArray, n: int, *, names: tuple[str, ...] = ()) -> NDArray[np.float64]:
    """(n, p) finite covariates of full column rank.

    Raises EstimationError ``covariates.shape``, ``covariates.missing`` (rows),
    ``covariates.collinear`` (the columns that the ones before them explain).
    """
    array = np.asarray(x, dtype=np.float64)
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or array.shape[0] != n or array.shape[1] == 0:
        raise EstimationError(
            "covariates.shape", f"The covariates are {array.shape}, not ({n}, p).", rows=n
        )
    bad = np.flatnonzero(~np.isfinite(array).all(axis=1))
    if bad.size:
        raise EstimationError(
            "covariates.missing",
            f"{bad.size} rows have a missing or infinite covariate.",
            hint="Impute or drop them before; the choice belongs to the study, not to the fit.",
            rows=bad[:20].tolist(),
            n=int(bad.size),
        )
    dependent = _dependent_columns(array)
    if dependent:
        said = [names[j] if j < len(names) else j for j in dependent]
        raise EstimationError(
            "covariates.collinear",
            f"Covariates {said} are linear combinations of the ones before them.",
            hint="Leave them out; a constant counts as a column.",
            columns=said,
        )
    return array


def _dependent_columns(x: NDArray[np.float64]) -> list[int]:
    scale = np.linalg.norm(x, axis=0)
    dependent = np.flatnonzero(scale == 0).tolist()
    unit = x / np.where(scale == 0, 1, scale)
    r = np.linalg.qr(unit, mode="r")
    diagonal = np.abs(np.diag(r))
    short = [j for j in range(x.shape[1]) if j >= diagonal.size or diagonal[j] < 1e-9]
    return sorted(set(dependent) | set(short))


def fit_logistic(
    x: NDArray[np.float64],
    y: NDArray[np.bool_],
    weights: NDArray[np.float64] | None = None,
    *,
    tol: float = 1e-12,
) -> LogisticFit:
    """Maximise Σ w [y log p + (1-y) log(1-p)], p = expit(x'β).

    Parameters
    ----------
    x : (n, p) float
        Covariates, a column of ones among them if an intercept is wanted.
    y : (n,) bool
        The event.
    weights : (n,) float
        Case weights, not negative; default 1.

    Raises
    ------
    EstimationError
        ``logistic.one_outcome``, ``logistic.separation`` (a covariate tells the outcomes apart
        without error, so no finite β exists), ``logistic.no_convergence``, and those of
        :func:`as_covariates`.

    Notes
    -----
    Source: McCullagh and Nelder (1989), sec. 4.4.
    """
    x = as_covariates(x, y.size)
    w = np.ones(y.size) if weights is None else weights / weights.mean()
    if y[w > 0].all() or not y[w > 0].any():
        raise EstimationError(
            "logistic.one_outcome", "All cases have the same outcome.", n=int(y.size)
        )
    beta, best = np.zeros(x.shape[1]), -np.inf
    for step in range(1, MOST_STEPS + 1):
        p = expit(x @ beta)
        information = (x * (w * p * (1 - p))[:, None]).T @ x
        direction = _solve(information, x.T @ (w * (y - p)), step)
        best = _log_likelihood(x @ beta, y, w)
        length = 1.0
        while _log_likelihood(x @ (beta + length * direction), y, w) < best - 1e-9 * abs(best):
            length /= 2
        beta = beta + length * direction
        if np.abs(x @ direction).max() * length < max(tol, 1e-12) * (1 + np.abs(x @ beta).max()):
            break
    else:
        raise _not_converged(x @ beta, y)
    p = expit(x @ beta)
    if np.abs(x @ beta).max() > 30:
        raise _not_converged(x @ beta, y)
    information = (x * (w * p * (1 - p))[:, None]).T @ x
    return LogisticFit(beta, p, np.linalg.inv(information), step)


def _solve(information: NDArray, score: NDArray, step: int) -> NDArray[np.float64]:
    try:
        return np.linalg.solve(information, score)
    except np.linalg.LinAlgError:
        raise EstimationError(
            "logistic.separation",
            "The covariates tell the outcomes apart without error; no finite model exists.",
            hint="Join sparse categories or leave the covariate out.",
            steps=step,
        ) from None


def _not_converged(linear: NDArray, y: NDArray[np.bool_]) -> EstimationError:
    extreme = int((np.abs(linear) > 15).sum())
    code = "logistic.separation" if extreme else "logistic.no_convergence"
    return EstimationError(
        code,
        "The logistic model has no finite solution."
        if extreme
        else f"The logistic model did not settle in {MOST_STEPS} steps.",
        hint="Join sparse categories or leave a covariate out.",
        extreme_rows=extreme,
        n=int(y.size),
    )


def _log_likelihood(linear: NDArray, y: NDArray[np.bool_], w: NDArray) -> float:
    return float(w @ (y * linear - np.logaddexp(0.0, linear)))
