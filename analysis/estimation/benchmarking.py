"""Bring small area estimates to a total that is known more reliably than its parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import EstimationError
from analysis.estimation.smallarea import FayHerriot

SPREADS = ("difference", "ratio", "mse")


@dataclass(frozen=True, slots=True)
class Benchmarked:
    """``estimate`` (m,) with Σ W estimate = ``total``; ``gap`` is what was missing before.

    ``notes`` name the remedy and must be printed with the estimates.
    """

    estimate: NDArray[np.float64]
    total: float
    gap: float
    spread: str
    notes: tuple[str, ...]


def benchmark(
    fit: FayHerriot,
    weights: ArrayLike,
    *,
    total: float | None = None,
    spread: str = "difference",
) -> Benchmarked:
    """Adjust model estimates so that their weighted sum is the direct one.

    Parameters
    ----------
    fit : FayHerriot
        The model estimates.
    weights : (m,) float
        W_i, such as population shares (means) or counts (totals); positive.
    total : float
        Σ W y to be met; default the sum of the direct estimates, where all areas have one.
    spread : str
        How the gap G = total − Σ W θ is shared out: ``difference`` the same amount to all,
        G / ΣW; ``ratio`` in proportion to the estimate; ``mse`` in proportion to the MSE,
        G MSE_i / Σ W MSE, so that what is known well moves little.

    Raises
    ------
    EstimationError
        ``benchmark.weights``, ``benchmark.spread``, ``benchmark.no_total`` (an area has no
        direct estimate), ``benchmark.ratio`` (the sum of the estimates is not positive).

    Notes
    -----
    All three are θ_i + φ_i W_i G / Σ φ W² for some φ.  The MSE of the fit is left as it is;
    it is slightly too small for the benchmarked estimates (Steorts and Ghosh 2013).
    Source: Wang, Fuller and Qu (2008), Survey Methodology 34(1); Datta, Ghosh, Steorts and
    Maples (2011), Test 20.
    """
    w = np.asarray(weights, dtype=np.float64)
    if w.shape != fit.estimate.shape or not (np.isfinite(w) & (w > 0)).all():
        raise EstimationError(
            "benchmark.weights",
            "Every area needs one positive weight.",
            shape=w.shape,
            areas=int(fit.estimate.size),
        )
    if total is None:
        total = _direct_total(fit, w)
    gap = float(total - w @ fit.estimate)
    return Benchmarked(
        estimate=fit.estimate + gap * _shares(fit, w, spread),
        total=float(total),
        gap=gap,
        spread=spread,
        notes=(f"Benchmarked to {total:.6g} ({spread}); the gap was {gap:.6g}.",),
    )


def _direct_total(fit: FayHerriot, w: NDArray[np.float64]) -> float:
    if not fit.sampled.all():
        raise EstimationError(
            "benchmark.no_total",
            f"{int((~fit.sampled).sum())} areas have no direct estimate to sum.",
            hint="Give the total.",
            areas=np.flatnonzero(~fit.sampled)[:20].tolist(),
        )
    return float(w @ fit.direct)


def _shares(fit: FayHerriot, w: NDArray[np.float64], spread: str) -> NDArray[np.float64]:
    """(m,) with Σ W share = 1."""
    if spread == "difference":
        return np.full(w.size, 1 / w.sum())
    if spread == "mse":
        return fit.mse / (w @ fit.mse)
    if spread == "ratio":
        if w @ fit.estimate <= 0:
            raise EstimationError(
                "benchmark.ratio",
                "A ratio needs a positive sum of the estimates.",
                hint="spread='difference'",
                sum=float(w @ fit.estimate),
            )
        return fit.estimate / (w @ fit.estimate)
    raise EstimationError(
        "benchmark.spread", f"Unknown spread {spread!r}.", hint=f"One of {SPREADS}."
    )
