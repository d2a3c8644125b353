"""EXPERIMENTAL: join an opt-in sample, which has the answers, with a probability sample.

The probability sample knows who the population is (covariates and weights), the opt-in sample
what it says (covariates and answers).  The estimate is right if either the model of who opts in
or the model of the answers is; no data can show that one of them is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import EstimationError
from analysis.estimation.logistic import as_covariates, expit, fit_logistic
from analysis.weighting.inputs import as_labels, as_weights

OUTCOMES = ("linear", "logistic")
EXPERIMENTAL = (
    "Experimental: the opt-in sample was not drawn at random; the interval holds only if one of "
    "the two models does."
)


@dataclass(frozen=True, slots=True)
class Integrated:
    """A population mean from two samples.

    ``se_optin`` and ``se_reference`` are the two parts of ``se``; ``naive`` the plain mean of
    the opt-in sample; ``optin_weights`` (n_B,) 1/π, empty for mass imputation, and their sum
    estimates the population's size.  ``notes`` must be printed with the estimate.
    """

    method: str
    estimate: float
    se: float
    se_optin: float
    se_reference: float
    ci_low: float
    ci_high: float
    naive: float
    optin_weights: NDArray[np.float64]
    outcome_beta: NDArray[np.float64]
    selection_beta: NDArray[np.float64]
    population_size: float
    level: float
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Samples:
    y: NDArray[np.float64]
    xb: NDArray[np.float64]
    xa: NDArray[np.float64]
    d: NDArray[np.float64]
    strata: NDArray
    psu: NDArray
    size: float


def doubly_robust(
    y: ArrayLike,
    x_optin: ArrayLike,
    x_reference: ArrayLike,
    weights: ArrayLike,
    *,
    outcome: str = "linear",
    population_size: float | None = None,
    strata: ArrayLike | None = None,
    psu: ArrayLike | None = None,
    level: float = 0.95,
) -> Integrated:
    """Doubly robust estimate of a population mean (experimental).

    Parameters
    ----------
    y : (n_B,) float
        Answers of the opt-in sample.
    x_optin, x_reference : (n_B, p), (n_A, p) float
        The same covariates in both samples, a column of ones among them.
    weights : (n_A,) float
        Weights of the probability sample, positive, summing to the population.
    outcome : str
        ``linear``, or ``logistic`` for y of 0 and 1.
    population_size : float
        Default: the sum of the weights.
    strata, psu : (n_A,) labels
        Design of the probability sample, for its part of the variance (PSUs as drawn with
        replacement).  Default: one stratum, every case its own PSU.
    level : float
        Of the normal interval.

    Returns
    -------
    Integrated
        Σ_B (y − m)/π / N + Σ_A d m / Σ_A d, with m the outcome model and π the chance to opt in.

    Raises
    ------
    EstimationError
        ``integration.shape``, ``integration.missing``, ``integration.outcome``,
        ``integration.population`` (not larger than the opt-in sample), ``integration.weights``,
        ``integration.lonely_psu``, ``integration.no_overlap`` (no finite selection model),
        ``covariates.*``, ``logistic.*``.

    Notes
    -----
    π = expit(x'θ) solves Σ_B x = Σ_A d π x.  The variance is the plug-in one of the source:
    N⁻² Σ_B (1 − π) ((y − m − h)/π − x'b)² for the opt-in sample, the design variance of
    m + π x'b for the other.  R's ``nonprobsvy`` 0.2.2 gives the same estimate, but takes the
    propensities of its variance in another row order than the answers; its standard errors
    differ for that reason.
    Source: Chen, Li and Wu (2020), JASA 115, secs. 3–4.
    """
    s = _checked(y, x_optin, x_reference, weights, outcome, population_size, strata, psu)
    beta, mb, ma = _outcome(s, outcome)
    theta = _selection(s)
    pi_b, pi_a = expit(s.xb @ theta), expit(s.xa @ theta)
    correction = float(((s.y - mb) / pi_b).sum() / s.size)
    information = (s.xa * (s.d * pi_a * (1 - pi_a))[:, None]).T @ s.xa
    residual = s.y - mb - correction
    b = np.linalg.solve(information, s.xb.T @ ((1 / pi_b - 1) * residual))
    optin = float(((1 - pi_b) * (residual / pi_b - s.xb @ b) ** 2).sum()) / s.size**2
    reference = _design_variance(ma + pi_a * (s.xa @ b), s)
    estimate = correction + float(s.d @ ma / s.d.sum())
    return _result("doubly robust", estimate, optin, reference, s, beta, theta, 1 / pi_b, level)


def mass_imputation(
    y: ArrayLike,
    x_optin: ArrayLike,
    x_reference: ArrayLike,
    weights: ArrayLike,
    *,
    outcome: str = "linear",
    population_size: float | None = None,
    strata: ArrayLike | None = None,
    psu: ArrayLike | None = None,
    level: float = 0.95,
) -> Integrated:
    """Answers of the probability sample predicted from the opt-in sample (experimental).

    Parameters, result and errors as :func:`doubly_robust`; right only if the outcome model is.

    Source: Kim, Park, Chen and Wu (2021), J. R. Stat. Soc. A 184(3).
    """
    s = _checked(y, x_optin, x_reference, weights, outcome, population_size, strata, psu)
    beta, mb, ma = _outcome(s, outcome)
    slope_a, slope_b = _slopes(ma, mb, outcome)
    mean = s.xa.T @ (s.d * slope_a) / s.size
    c = np.linalg.solve((s.xb * slope_b[:, None]).T @ s.xb, mean)
    optin = float(((s.y - mb) ** 2) @ (s.xb @ c) ** 2)
    reference = _design_variance(ma, s)
    estimate = float(s.d @ ma / s.d.sum())
    none = np.empty(0)
    return _result("mass imputation", estimate, optin, reference, s, beta, none, none, level)


def _checked(y, x_optin, x_reference, weights, outcome, population_size, strata, psu) -> _Samples:
    values = np.asarray(y, dtype=np.float64)
    if values.ndim != 1 or values.size == 0:
        raise EstimationError("integration.shape", f"y has shape {values.shape}.")
    if not np.isfinite(values).all():
        raise EstimationError(
            "integration.missing",
            "An answer of the opt-in sample is missing or infinite.",
            rows=np.flatnonzero(~np.isfinite(values))[:20].tolist(),
        )
    if outcome not in OUTCOMES or (outcome == "logistic" and not np.isin(values, (0, 1)).all()):
        raise EstimationError(
            "integration.outcome",
            f"The outcome model {outcome!r} does not fit the answers.",
            hint="linear, or logistic for answers of 0 and 1.",
        )
    d = as_weights(weights)
    if (d == 0).any():
        raise EstimationError("integration.weights", "Every case of the sample needs a weight.")
    xb, xa = as_covariates(x_optin, values.size), as_covariates(x_reference, d.size)
    if xb.shape[1] != xa.shape[1]:
        raise EstimationError(
            "integration.shape", f"{xb.shape[1]} covariates in one sample, {xa.shape[1]} in other."
        )
    size = float(d.sum()) if population_size is None else float(population_size)
    if not size > values.size:
        raise EstimationError(
            "integration.population",
            f"A population of {size:g} cannot hold an opt-in sample of {values.size}.",
            hint="Weights must sum to the population, not to the sample.",
            population=size,
            optin=int(values.size),
        )
    h = as_labels(np.zeros(d.size, int) if strata is None else strata, d.size, "strata")
    i = as_labels(np.arange(d.size) if psu is None else psu, d.size, "psu")
    return _Samples(values, xb, xa, d, h, i, size)


def _outcome(s: _Samples, outcome: str) -> tuple[NDArray, NDArray, NDArray]:
    """Coefficients, and predictions for the opt-in and for the probability sample."""
    if outcome == "logistic":
        beta = fit_logistic(s.xb, s.y.astype(bool)).beta
        return beta, expit(s.xb @ beta), expit(s.xa @ beta)
    beta = np.linalg.lstsq(s.xb, s.y, rcond=None)[0]
    return beta, s.xb @ beta, s.xa @ beta


def _slopes(ma: NDArray, mb: NDArray, outcome: str) -> tuple[NDArray, NDArray]:
    if outcome == "logistic":
        return ma * (1 - ma), mb * (1 - mb)
    return np.ones(ma.size), np.ones(mb.size)


def _selection(s: _Samples, most_steps: int = 100) -> NDArray[np.float64]:
    """θ of the propensity to opt in, by Newton on a concave pseudo-likelihood."""
    total = s.xb.sum(axis=0)

    def likelihood(theta: NDArray) -> float:
        return float(total @ theta - s.d @ np.logaddexp(0.0, s.xa @ theta))

    theta = np.zeros(s.xa.shape[1])
    for _ in range(most_steps):
        p = expit(s.xa @ theta)
        information = (s.xa * (s.d * p * (1 - p))[:, None]).T @ s.xa
        try:
            step = np.linalg.solve(information, total - s.xa.T @ (s.d * p))
        except np.linalg.LinAlgError:
            break
        length, now = 1.0, likelihood(theta)
        while likelihood(theta + length * step) < now - 1e-9 * abs(now):
            length /= 2
        theta = theta + length * step
        if np.abs(s.xa @ theta).max() > 50:
            break
        if np.abs(s.xa @ step).max() * length < 1e-12 * (1 + np.abs(s.xa @ theta).max()):
            return theta
    raise EstimationError(
        "integration.no_overlap",
        "The chance to opt in has no finite model: the samples hardly overlap.",
        hint="Compare the covariates of both samples; join sparse categories.",
    )


def _design_variance(z: NDArray[np.float64], s: _Samples) -> float:
    """Variance of Σ d z / Σ d, PSUs drawn with replacement within strata."""
    score = s.d * (z - s.d @ z / s.d.sum()) / s.d.sum()
    variance = 0.0
    for h in np.unique(s.strata):
        rows = s.strata == h
        of = np.unique(s.psu[rows], return_inverse=True)[1]
        totals = np.bincount(of, score[rows])
        if totals.size < 2:
            raise EstimationError(
                "integration.lonely_psu",
                f"Stratum {h!r} of the probability sample holds one PSU.",
                hint="Collapse strata first.",
                stratum=str(h),
            )
        variance += totals.size / (totals.size - 1) * float(((totals - totals.mean()) ** 2).sum())
    return variance


def _result(
    method, estimate, optin, reference, s: _Samples, beta, theta, inverse, level: float
) -> Integrated:
    from scipy.special import ndtri  # scipy is loaded where it is used: imports stay cheap

    se = float(np.sqrt(optin + reference))
    half = float(ndtri((1 + level) / 2)) * se
    return Integrated(
        method=method,
        estimate=estimate,
        se=se,
        se_optin=float(np.sqrt(optin)),
        se_reference=float(np.sqrt(reference)),
        ci_low=estimate - half,
        ci_high=estimate + half,
        naive=float(s.y.mean()),
        optin_weights=inverse,
        outcome_beta=beta,
        selection_beta=theta,
        population_size=s.size,
        level=level,
        notes=(EXPERIMENTAL,),
    )
