"""Area-level small area estimation: the Fay-Herriot model, its MSE, and benchmarking.

Direct estimates of small areas are shrunk towards a regression on covariates, each the more
the less it is to be trusted.  The unit-level model is in :mod:`analysis.estimation.nestederror`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import EstimationError
from analysis.estimation.areavariance import Weighted, area_variance, weighted_at
from analysis.estimation.logistic import as_covariates

METHODS = ("REML", "ML", "FH")


@dataclass(frozen=True, slots=True)
class FayHerriot:
    """A fitted Fay-Herriot model; arrays (m,) are in the order of the areas given.

    ``estimate`` is the EBLUP (for an area without a sample the synthetic estimate x'β);
    ``gamma`` the weight of the direct estimate in it; ``synthetic`` = x'β; ``sigma2u`` the
    variance between areas; ``beta_cov`` (p, p).  ``notes`` are to be printed with the estimates.
    """

    method: str
    estimate: NDArray[np.float64]
    mse: NDArray[np.float64]
    gamma: NDArray[np.float64]
    synthetic: NDArray[np.float64]
    sampled: NDArray[np.bool_]
    direct: NDArray[np.float64]
    beta: NDArray[np.float64]
    beta_cov: NDArray[np.float64]
    sigma2u: float
    loglik: float
    steps: int
    notes: tuple[str, ...]

    @property
    def rmse(self) -> NDArray[np.float64]:
        """(m,) square roots of the MSE, in the unit of the estimate."""
        return np.sqrt(self.mse)

    @property
    def beta_se(self) -> NDArray[np.float64]:
        return np.sqrt(np.diag(self.beta_cov))

    @property
    def aic(self) -> float:
        return -2 * self.loglik + 2 * (self.beta.size + 1)

    @property
    def bic(self) -> float:
        return -2 * self.loglik + (self.beta.size + 1) * float(np.log(self.sampled.sum()))

    @property
    def kic(self) -> float:
        return -2 * self.loglik + 3 * (self.beta.size + 1)


def fay_herriot(
    direct: ArrayLike,
    variance: ArrayLike,
    covariates: ArrayLike,
    *,
    method: str = "REML",
    sampled: ArrayLike | None = None,
    tol: float = 1e-12,
    most_steps: int = 100,
) -> FayHerriot:
    """Fit y_i = x_i'β + u_i + e_i with known sampling variances, and predict every area.

    Parameters
    ----------
    direct : (m,) float
        Direct estimates.
    variance : (m,) float
        Their sampling variances D_i (squared standard errors), positive.  Where they
        rest on few PSUs, smooth them first (:mod:`analysis.estimation.smoothing`).
    covariates : (m, p) float
        Area covariates, a column of ones among them for an intercept.
    method : str
        ``REML``, ``ML``, or ``FH`` (moments, Fay and Herriot 1979).
    sampled : (m,) bool
        False where an area has no sample: its ``direct`` and ``variance`` are not looked at,
        its estimate is synthetic.  Default: all areas are sampled.
    tol : float
        Relative step of σ²ᵤ at which scoring stops.  R's ``sae`` stops at 1e-4 unless told
        otherwise, which leaves its figures up to 1e-5 short of the solution.
    most_steps : int
        Steps of scoring before the roots of the score are searched for instead (noted).

    Returns
    -------
    FayHerriot
        With the second-order MSE: g1 + g2 + 2 g3 for REML; for ML and FH less the bias of σ²ᵤ.
        Without a sample: σ²ᵤ + x'(X'V⁻¹X)⁻¹x.

    Raises
    ------
    EstimationError
        ``smallarea.method``, ``smallarea.shape``, ``smallarea.missing``, ``smallarea.variance``
        (not positive), ``smallarea.too_few_areas``, and ``covariates.*``.

    Notes
    -----
    Scoring starts at the median of D, as in R's ``sae``; where it circles or leaves the range (and
    ``sae`` gives up), all roots are searched for.  A negative solution is set to 0 and noted.
    Source: Fay and Herriot (1979), JASA 74; Prasad and Rao (1990), JASA 85; Datta and Lahiri
    (2000), Stat. Sinica 10; Datta, Rao and Smith (2005), Biometrika 92; Rao and Molina (2015),
    secs. 6.1–6.2.
    """
    if method not in METHODS:
        raise EstimationError(
            "smallarea.method", f"Unknown method {method!r}.", hint=f"One of {METHODS}."
        )
    y, d, x, seen = _checked(direct, variance, covariates, sampled)
    a, steps = area_variance(y[seen], d[seen], x[seen], method, tol=tol, most_steps=most_steps)
    fit = weighted_at(a, y[seen], d[seen], x[seen])
    synthetic = x @ fit.beta
    gamma = np.where(seen, a / (a + d), 0.0)
    estimate = np.where(seen, synthetic + gamma * (y - synthetic), synthetic)
    spread = float(np.log(2 * np.pi / fit.inverse).sum() + fit.residual**2 @ fit.inverse)
    return FayHerriot(
        method=method,
        estimate=estimate,
        mse=_mse(a, d, x, seen, fit, method),
        gamma=gamma,
        synthetic=synthetic,
        sampled=seen,
        direct=np.where(seen, y, np.nan),
        beta=fit.beta,
        beta_cov=fit.q,
        sigma2u=a,
        loglik=-spread / 2,
        steps=steps,
        notes=_notes(a, seen, steps > most_steps),
    )


def _checked(direct: ArrayLike, variance: ArrayLike, covariates: ArrayLike, sampled):
    y, d = np.asarray(direct, dtype=np.float64), np.asarray(variance, dtype=np.float64)
    if y.ndim != 1 or d.shape != y.shape:
        raise EstimationError(
            "smallarea.shape",
            f"The direct estimates have shape {y.shape}, their variances {d.shape}.",
        )
    seen = np.ones(y.size, bool) if sampled is None else np.asarray(sampled).astype(bool)
    if seen.shape != y.shape:
        raise EstimationError("smallarea.shape", f"sampled has shape {seen.shape}, not {y.shape}.")
    bad = np.flatnonzero(seen & ~(np.isfinite(y) & np.isfinite(d)))
    if bad.size:
        raise EstimationError(
            "smallarea.missing",
            f"{bad.size} sampled areas lack a direct estimate or its variance.",
            hint="Name areas without a sample by sampled=...; they get a synthetic estimate.",
            areas=bad[:20].tolist(),
        )
    bad = np.flatnonzero(seen & (np.where(seen, d, 1.0) <= 0))
    if bad.size:
        raise EstimationError(
            "smallarea.variance",
            f"{bad.size} areas have a sampling variance that is not positive.",
            hint="Equal answers hide the variance of an area: smooth_variances borrows it.",
            areas=bad[:20].tolist(),
        )
    x = np.asarray(covariates, dtype=np.float64)
    x = x[:, None] if x.ndim == 1 else x
    if x.shape[0] == y.size and int(seen.sum()) <= x.shape[1]:
        raise EstimationError(
            "smallarea.too_few_areas",
            f"{int(seen.sum())} sampled areas cannot carry {x.shape[1]} coefficients.",
            areas=int(seen.sum()),
            coefficients=int(x.shape[1]),
        )
    if x.shape[0] == y.size:
        as_covariates(x[seen], int(seen.sum()))  # collinearity counts where the model is fitted
    if not np.isfinite(x).all() or x.shape[0] != y.size:
        as_covariates(x, y.size)
    # Unsampled areas take part in no sum; a harmless number keeps 0 * NaN out of them.
    return np.where(seen, y, 0.0), np.where(seen, d, 1.0), x, seen


def _mse(a: float, d: NDArray, x: NDArray, seen: NDArray, fit: Weighted, method: str) -> NDArray:
    b = d / (a + d)
    w, m = fit.inverse, fit.inverse.size
    if method == "FH":
        variance_a = 2 * m / w.sum() ** 2
        bias = 2 * (m * (w @ w) - w.sum() ** 2) / w.sum() ** 3
    else:
        variance_a = 2 / (w @ w)
        xs = x[seen]
        bias = -np.trace(fit.q @ ((xs * w[:, None] ** 2).T @ xs)) / (w @ w)
    leverage = np.einsum("ij,jk,ik->i", x, fit.q, x)
    mse = d * (1 - b) + b**2 * (leverage + 2 * variance_a / (a + d))
    mse = mse if method == "REML" else mse - bias * b**2
    return np.where(seen, mse, a + leverage)


def _notes(a: float, seen: NDArray[np.bool_], searched: bool) -> tuple[str, ...]:
    notes = []
    if searched:
        notes.append("Scoring did not settle; the variance between areas was found by search.")
    if a == 0:
        notes.append("The variance between areas is estimated as 0: estimates are synthetic.")
    if not seen.all():
        notes.append(f"{int((~seen).sum())} areas have no sample: their estimates are synthetic.")
    return tuple(notes)
