"""Base weights: how many persons, dossiers or visits each drawn case stands for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import AnalysisError


@dataclass(frozen=True, slots=True)
class BaseWeights:
    """``weights`` (n,) in units represented; ``probability`` (n,) their overall inclusion."""

    weights: NDArray[np.float64]
    probability: NDArray[np.float64]

    @property
    def total(self) -> float:
        """The sum of the weights: an estimate of the population's size."""
        return float(self.weights.sum())


def base_weights(*probabilities: ArrayLike, multiplicity: ArrayLike = 1) -> BaseWeights:
    """Design weights from the inclusion probability of each stage.

    Parameters
    ----------
    *probabilities : (n,) float or float
        Conditional inclusion probability of stage 1, 2, …; each in (0, 1].
    multiplicity : (n,) float or float
        Chances by which a case could have come into the sample: a person with k eligible
        dossiers has k, where persons and not dossiers are the target.  At least 1.

    Returns
    -------
    BaseWeights
        w₀ = 1 / (π₁ π₂ … k).

    Raises
    ------
    AnalysisError
        ``base.no_probability``, ``base.probability_out_of_range``, ``base.multiplicity``; facts
        hold the stage (from 1) and the first rows.

    Notes
    -----
    Source: Särndal, Swensson and Wretman (1992), secs. 2.8 and 4.3; for multiplicity Lavallée
    (2007), *Indirect Sampling*, sec. 2.1.
    """
    if not probabilities:
        raise AnalysisError("base.no_probability", "No inclusion probability was given.")
    stages = np.broadcast_arrays(*(np.asarray(stage, dtype=np.float64) for stage in probabilities))
    for number, stage in enumerate(stages, start=1):
        bad = np.flatnonzero(~((stage > 0) & (stage <= 1)))
        if bad.size:
            raise AnalysisError(
                "base.probability_out_of_range",
                f"Stage {number}: {bad.size} inclusion probabilities are not in (0, 1].",
                hint="A case that could not be drawn cannot be in the sample.",
                stage=number,
                rows=bad[:20].tolist(),
            )
    chances = np.asarray(multiplicity, dtype=np.float64)
    if not (np.isfinite(chances) & (chances >= 1)).all():
        raise AnalysisError(
            "base.multiplicity",
            "A case has at least one chance to be drawn.",
            smallest=float(np.nanmin(chances)),
        )
    probability = np.atleast_1d(np.prod(stages, axis=0))
    weights = 1.0 / (probability * chances)
    return BaseWeights(weights=weights, probability=probability)
