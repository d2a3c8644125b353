"""Replicate weights: jackknife, balanced halves, Fay's method and the Rao-Wu bootstrap."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import CalibrationError, DesignError
from analysis.estimation.basis import Basis
from analysis.estimation.codes import crossed
from analysis.estimation.hadamard import hadamard
from analysis.estimation.replicate import Replicates, rank_df
from analysis.estimation.stages import Stage
from analysis.estimation.taylor import degrees_of_freedom, refuse_lonely

METHODS = ("JK1", "JKn", "BRR", "Fay", "bootstrap")


def with_given(
    basis: Basis, weights: NDArray, scale: float, rscales: ArrayLike | float, mse: bool
) -> Basis:
    """See `SurveyDesign.given_replicates`."""
    weights = np.asarray(weights, dtype=float)
    if weights.ndim != 2 or len(weights) != len(basis.frame):
        raise DesignError(
            "replicates.shape", f"Replicate weights need {len(basis.frame)} rows.",
            shape=weights.shape,
        )  # fmt: skip
    if not np.isfinite(weights).all():
        raise DesignError("replicates.weights", "A replicate weight is not finite.")
    spread = np.broadcast_to(np.asarray(rscales, dtype=float), weights.shape[1:]).copy()
    rows = np.arange(len(weights))
    made = Replicates(
        "given", np.ones(len(weights)), rows, weights.T, float(scale), spread, mse,
        rank_df(weights.T),
    )  # fmt: skip
    return replace(basis, replicates=made, steps=(), sequence=())


def with_replicates(
    basis: Basis, method: str, n: int | None, seed: int | None, rho: float | None, mse: bool
) -> Basis:
    """See `SurveyDesign.replicates`."""
    if method not in METHODS:
        raise DesignError(
            "replicates.method", f"Unknown {method!r}.", hint=f"One of {METHODS}.", method=method
        )
    stage = basis.stages[0]
    factors, scale, rscales = _MAKERS[method](stage, n, seed, rho)
    start = basis.weights if basis.start is None else basis.start
    unit_of, by_unit = stage.cluster_of, factors
    if basis.recipes:
        unit_of, by_unit = _recalibrated(basis, start, stage, factors)
    if method == "bootstrap":
        df = float(degrees_of_freedom(stage, np.ones(len(start), dtype=bool)))
    else:
        df = float(rank_df(factors))
    made = Replicates(method, start, unit_of, by_unit, scale, rscales, mse, df)
    return replace(
        basis,
        replicates=made,
        steps=(),
        sequence=(),
        notes=(*basis.notes, f"variance from {len(factors)} {method} replicates"),
    )


def _recalibrated(basis, start, stage: Stage, factors):
    """Each replicate goes through the design's calibrations; units are PSU × pattern."""
    patterns = [recipe.known.pattern for recipe in basis.recipes]
    unit_of, (psu, *of) = crossed([stage.cluster_of, *patterns])
    base = np.bincount(unit_of, start)
    out = np.empty((psu.size, len(factors)))
    for r, factor in enumerate(factors):
        g = factor[psu]
        for recipe, where in zip(basis.recipes, of, strict=True):
            sums = np.bincount(where, base * g, minlength=recipe.known.table.shape[0])
            try:
                g = g * recipe.ratios(sums)[where]
            except CalibrationError as refused:
                raise CalibrationError(
                    "calibrate.replicate",
                    f"Replicate {r + 1} cannot be calibrated: {refused}",
                    hint="It may have lost a category: merge small ones, or use Fay or JKn.",
                    replicate=r + 1,
                ) from refused
        out[:, r] = g
    return unit_of, out.T


def _jk1(stage: Stage, n, seed, rho):
    if stage.n_drawn.size > 1:
        raise DesignError(
            "replicates.strata", "JK1 is for designs without strata.", hint="Use JKn."
        )
    return _jackknife(stage)


def _jackknife(stage: Stage, *_):
    """One PSU left out, the others of its stratum weighed up; rscales (1 − f)(n − 1)/n.

    Source: Wolter (2007), Introduction to Variance Estimation, ch. 4.
    """
    drawn = stage.n_drawn
    alone = (drawn == 1) & (stage.fraction < 1)
    if alone.any():
        refuse_lonely(stage, np.flatnonzero(alone))
    psus = np.flatnonzero(drawn[stage.stratum_of] > 1)
    factors = np.ones((psus.size, stage.stratum_of.size))
    for r, i in enumerate(psus):
        h = stage.stratum_of[i]
        factors[r, stage.stratum_of == h] = drawn[h] / (drawn[h] - 1)
        factors[r, i] = 0.0
    h = stage.stratum_of[psus]
    rscales = (1 - stage.fraction[h]) * (drawn[h] - 1) / drawn[h]
    if drawn.size == 1:
        return factors, float(rscales[0]), np.ones(psus.size)
    return factors, 1.0, rscales


def _brr(stage: Stage, *_):
    return _fay(stage, None, None, 0.0)


def _fay(stage: Stage, n, seed, rho):
    """Balanced halves from a Hadamard matrix; the half left out keeps the share rho.

    Source: McCarthy (1969); Fay (1989); Judkins (1990), J. Official Statistics 6, 223–239.
    """
    if rho is None or not 0 <= rho < 1:
        raise DesignError("replicates.rho", f"Fay's rho is {rho!r}.", hint="0 ≤ rho < 1, say 0.3.")
    if (stage.n_drawn != 2).any():
        h = int(np.flatnonzero(stage.n_drawn != 2)[0])
        raise DesignError(
            "replicates.pairs",
            f"Stratum {stage.labels[h]!r} holds {stage.n_drawn[h]} PSUs; balanced halves need 2.",
            hint="Use JKn or bootstrap.",
            stratum=stage.labels[h],
        )
    # Columns go to strata in the order of their names as text, as in R: means feel which is which.
    column = np.argsort(np.argsort(np.array(stage.labels, dtype=str), kind="stable"))
    signs = hadamard(stage.n_drawn.size + 1)[:, 1 + column]
    order = np.argsort(stage.stratum_of, kind="stable")
    first = np.zeros(stage.stratum_of.size, dtype=bool)
    first[order[::2]] = True
    sign = np.where(first, 1.0, -1.0) * signs[:, stage.stratum_of]
    return 1 + (1 - rho) * sign, 1 / (len(signs) * (1 - rho) ** 2), np.ones(len(signs))


def _bootstrap(stage: Stage, n, seed, rho):
    """Rao–Wu rescaling with n_h − 1 draws.

    Source: Rao, Wu and Yue (1992), Survey Methodology 18, 209–217.
    """
    if n is None or n < 2:
        raise DesignError("replicates.n", f"The number of replicates is {n!r}.", hint="Say 500.")
    if seed is None:
        raise DesignError(
            "replicates.seed", "A bootstrap needs a seed.", hint="So that it can be made again."
        )
    alone = (stage.n_drawn == 1) & (stage.fraction < 1)
    if alone.any():
        refuse_lonely(stage, np.flatnonzero(alone))
    # One column a replicate, kept row by row: estimators take whole rows of a few clusters.
    factors = np.ones((stage.stratum_of.size, n))
    fraction, first = stage.fraction, np.arange(n)
    ends = np.cumsum(stage.n_drawn)
    for h, size in enumerate(stage.n_drawn.tolist()):
        if size == 1:
            continue
        # One stream for each stratum: the order of work and other strata change nothing.
        random = np.random.Generator(np.random.Philox(key=[seed % 2**64, h]))
        drawn = random.integers(0, size, (size - 1, n), dtype=np.int32)
        drawn *= n
        drawn += first
        times = np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n)
        c = np.sqrt(1 - fraction[h])
        factors[ends[h] - size : ends[h]] = 1 - c + c * size / (size - 1) * times
    return factors.T, 1 / (n - 1), np.ones(n)


_MAKERS = {
    "JK1": _jk1,
    "JKn": _jackknife,
    "BRR": _brr,
    "Fay": _fay,
    "bootstrap": _bootstrap,
}
