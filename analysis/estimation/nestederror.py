"""Unit-level small area estimation: the nested error model of Battese, Harter and Fuller."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import EstimationError
from analysis.estimation.logistic import as_covariates
from analysis.estimation.onewayreml import RandomIntercept, fit_random_intercept


@dataclass(frozen=True, slots=True)
class NestedError:
    """EBLUPs of area means; arrays (m,) are in the order of ``areas``.

    ``n`` is an area's sample (0: the estimate is synthetic); ``effect`` its predicted effect.
    """

    areas: tuple[Hashable, ...]
    estimate: NDArray[np.float64]
    mse: NDArray[np.float64]
    n: NDArray[np.int64]
    effect: NDArray[np.float64]
    beta: NDArray[np.float64]
    beta_cov: NDArray[np.float64]
    sigma2u: float
    sigma2e: float
    loglik: float
    method: str
    notes: tuple[str, ...]


def battese_harter_fuller(
    y: ArrayLike,
    covariates: ArrayLike,
    area: ArrayLike,
    *,
    areas: ArrayLike,
    population_means: ArrayLike,
    population_sizes: ArrayLike,
    method: str = "REML",
) -> NestedError:
    """Predict the mean of y in each area from sampled units and known means of covariates.

    Parameters
    ----------
    y : (n,) float
        Values of the sampled units.
    covariates : (n, p) float
        Their covariates, a column of ones among them for an intercept.
    area : (n,) labels
        The area of each unit.
    areas : (m,) labels
        The areas to predict; those without a sampled unit get a synthetic estimate.
    population_means : (m, p) float
        Means of the same covariates over each area's population (1 for the column of ones).
    population_sizes : (m,) float
        Units of each area; at least its sample.
    method : str
        ``REML`` or ``ML``.

    Returns
    -------
    NestedError
        f ȳ + (X̄ − f x̄)'β + (1 − f) û, f = n / N, and its second-order MSE.

    Raises
    ------
    EstimationError
        ``nestederror.method``, ``nestederror.shape``, ``nestederror.missing``,
        ``nestederror.areas`` (a sampled area or a repeated one is not in the list once),
        ``nestederror.population`` (smaller than the sample), ``covariates.*``,
        ``randomintercept.*``.

    Notes
    -----
    The model ignores the weights: sampling must be non-informative given the covariates.
    MSE: g1 + g2 + 2 g3 of the non-sampled part plus the units' own error; for ML the bias of the
    variances is not taken off, so REML is the choice where the MSE matters.
    Source: Battese, Harter and Fuller (1988), JASA 83; Prasad and Rao (1990); Datta and Lahiri
    (2000); Rao and Molina (2015), secs. 7.1–7.2.
    """
    if method not in ("REML", "ML"):
        raise EstimationError("nestederror.method", f"Unknown method {method!r}.", hint="REML, ML")
    values, x, place, names = _checked_sample(y, covariates, area, areas)
    means, sizes = _checked_population(population_means, population_sizes, place, names, x)
    present, group = np.unique(place, return_inverse=True)
    model = fit_random_intercept(values, x, group, reml=method == "REML")
    estimate, effect, n, mse = _synthetic(model, means, sizes)
    estimate[present], mse[present] = _predicted(model, means[present], sizes[present])
    effect[present], n[present] = model.effect, model.n
    return NestedError(
        areas=names,
        estimate=estimate,
        mse=mse,
        n=n,
        effect=effect,
        beta=model.beta,
        beta_cov=model.beta_cov,
        sigma2u=model.sigma2u,
        sigma2e=model.sigma2e,
        loglik=model.loglik,
        method=method,
        notes=_notes(model, n),
    )


def _checked_sample(y: ArrayLike, covariates: ArrayLike, area: ArrayLike, areas: ArrayLike):
    values, labels = np.asarray(y, dtype=np.float64), np.asarray(area)
    if values.ndim != 1 or labels.shape != values.shape:
        raise EstimationError(
            "nestederror.shape", f"y has shape {values.shape}, the areas {labels.shape}."
        )
    if not np.isfinite(values).all():
        raise EstimationError(
            "nestederror.missing",
            "A value is missing or infinite.",
            rows=np.flatnonzero(~np.isfinite(values))[:20].tolist(),
        )
    names = tuple(np.asarray(areas).tolist())
    where = {name: i for i, name in enumerate(names)}
    strange = sorted({str(a) for a in labels.tolist() if a not in where})
    if strange or len(where) < len(names):
        raise EstimationError(
            "nestederror.areas",
            "Every sampled area must be in the list of areas, and once.",
            absent=strange,
            repeated=len(names) - len(where),
        )
    place = np.array([where[a] for a in labels.tolist()], dtype=np.int64)
    return values, as_covariates(covariates, values.size), place, names


def _checked_population(population_means, population_sizes, place, names, x):
    means = np.asarray(population_means, dtype=np.float64)
    means = means[:, None] if means.ndim == 1 else means
    sizes = np.asarray(population_sizes, dtype=np.float64)
    if means.shape != (len(names), x.shape[1]) or sizes.shape != (len(names),):
        raise EstimationError(
            "nestederror.shape",
            f"Means of shape {means.shape} and sizes of {sizes.shape} for {len(names)} areas "
            f"and {x.shape[1]} covariates.",
            hint="The column of ones has population mean 1 and must be given too.",
        )
    if not (np.isfinite(means).all() and np.isfinite(sizes).all()):
        raise EstimationError("nestederror.missing", "A population mean or size is missing.")
    small = np.flatnonzero(sizes < np.maximum(np.bincount(place, minlength=len(names)), 1))
    if small.size:
        raise EstimationError(
            "nestederror.population",
            f"{small.size} areas have a population smaller than their sample.",
            areas=[names[i] for i in small[:20]],
        )
    return means, sizes


def _synthetic(model: RandomIntercept, means: NDArray, sizes: NDArray):
    leverage = np.einsum("ij,jk,ik->i", means, model.beta_cov, means)
    mse = model.sigma2u + leverage + model.sigma2e / sizes
    m = sizes.size
    return means @ model.beta, np.zeros(m), np.zeros(m, dtype=np.int64), mse


def _predicted(model: RandomIntercept, means: NDArray, sizes: NDArray):
    f = model.n / sizes
    estimate = (
        f * model.y_mean + (means - f[:, None] * model.x_mean) @ model.beta + (1 - f) * model.effect
    )
    return estimate, _mse(model, means, sizes)


def _mse(model: RandomIntercept, means: NDArray, sizes: NDArray) -> NDArray[np.float64]:
    n, gamma = model.n, model.gamma
    rest = np.maximum(sizes - n, 0)
    # Means over the units not in the sample: only these are predicted.
    x_rest = (means * sizes[:, None] - model.x_mean * n[:, None]) / np.maximum(rest, 1)[:, None]
    away = x_rest - gamma[:, None] * model.x_mean
    g1 = (1 - gamma) * model.sigma2u
    g2 = np.einsum("ij,jk,ik->i", away, model.beta_cov, away)
    v = np.linalg.inv(model.information)
    u, e = model.sigma2u, model.sigma2e
    g3 = (e**2 * v[0, 0] + u**2 * v[1, 1] - 2 * u * e * v[0, 1]) / (n**2 * (u + e / n) ** 3)
    return (rest / sizes) ** 2 * (g1 + g2 + 2 * g3) + rest / sizes**2 * e


def _notes(model: RandomIntercept, n: NDArray[np.int64]) -> tuple[str, ...]:
    notes = []
    if model.sigma2u == 0:
        notes.append("The variance between areas is estimated as 0: estimates are synthetic.")
    if (n == 0).any():
        notes.append(f"{int((n == 0).sum())} areas have no sample: their estimates are synthetic.")
    return tuple(notes)
