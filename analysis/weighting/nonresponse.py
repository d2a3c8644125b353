"""Respondents take over the weight of those who did not answer: by class, or by propensity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import AnalysisError
from analysis.estimation.logistic import LogisticFit, fit_logistic
from analysis.weighting.classes import factors_by_class
from analysis.weighting.collapsing import Collapsed
from analysis.weighting.diagnostics import ClassDiagnostics
from analysis.weighting.eligibility import INELIGIBLE, RESPONDENT, UNKNOWN, as_status
from analysis.weighting.inputs import as_weights


@dataclass(frozen=True, slots=True)
class NonresponseAdjustment:
    """Weights after non-response, 0 for all but respondents.

    ``response_rate`` is weighted, Σ w respondents / Σ w eligible; ``remedy`` the collapse that
    made the classes, if one did; ``notes`` are to be printed with every result.
    """

    weights: NDArray[np.float64]
    classes: tuple[ClassDiagnostics, ...]
    response_rate: float
    remedy: Collapsed | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        return self.remedy.notes if self.remedy else ()


@dataclass(frozen=True, slots=True)
class PropensityAdjustment:
    """Weights after non-response by modelled propensities.

    ``propensity`` (n,) is NaN for cases that are not eligible; ``classes`` describe the
    propensity classes, by quantile, lowest propensity first, also where the weights were
    divided by each case's own propensity (``method = "inverse"``).
    """

    weights: NDArray[np.float64]
    classes: tuple[ClassDiagnostics, ...]
    response_rate: float
    propensity: NDArray[np.float64]
    model: LogisticFit
    method: str


def weighting_class(
    weights: ArrayLike, status: ArrayLike, classes: ArrayLike | Collapsed
) -> NonresponseAdjustment:
    """Adjust for non-response within classes.

    Parameters
    ----------
    weights : (n,) float
        Weights of all sampled cases, unknown eligibility already spread.
    status : (n,) str
        ``respondent``, ``nonrespondent`` or ``ineligible``; ``unknown`` only at weight 0.
    classes : (n,) labels or Collapsed
        Classes in which response is taken to be independent of the answers.  A class without
        a respondent is an error; the named remedy is
        :func:`analysis.weighting.collapsing.collapse`, whose result goes in here and is kept.

    Returns
    -------
    NonresponseAdjustment
        Respondents' weights sum to the weight of all eligible cases, class by class.

    Raises
    ------
    AnalysisError
        ``weighting.empty_class``, ``nonresponse.unknown_left``, ``nonresponse.no_eligible``.

    Notes
    -----
    f_g = Σ_g w eligible / Σ_g w respondents.  Source: Little (1986), Int. Stat. Rev. 54;
    Valliant, Dever and Kreuter (2018), sec. 13.5.1.
    """
    w, responded = _eligible(weights, status)
    adjusted, diagnostics = factors_by_class(w, responded, classes, what="one respondent")
    remedy = classes if isinstance(classes, Collapsed) else None
    return NonresponseAdjustment(adjusted, diagnostics, _rate(w, responded), remedy)


def response_propensity(
    weights: ArrayLike,
    status: ArrayLike,
    covariates: ArrayLike,
    *,
    method: str = "classes",
    n_classes: int = 5,
    weighted: bool = True,
) -> PropensityAdjustment:
    """Adjust for non-response by a logistic model of the propensity to respond.

    Parameters
    ----------
    weights, status : (n,)
        As in :func:`weighting_class`.
    covariates : (n, p) float
        Known for respondents and non-respondents alike; an intercept is added.
    method : str
        ``classes``: weighting classes are cut at quantiles of the propensity, which keeps the
        total and is robust to a wrong model; ``inverse``: each weight is divided by the case's
        own propensity.
    n_classes : int
        Number of quantile classes, 2 or more.
    weighted : bool
        Fit the model with the weights (propensities of the population) or without.

    Raises
    ------
    AnalysisError
        Those of :func:`weighting_class` and of the logistic fit; ``nonresponse.method``;
        ``nonresponse.n_classes`` where ties leave fewer classes than asked for.

    Notes
    -----
    Source: Rosenbaum and Rubin (1984), JASA 79; Little (1986); Valliant, Dever and Kreuter
    (2018), sec. 13.5.2.
    """
    if method not in ("classes", "inverse"):
        raise AnalysisError(
            "nonresponse.method", f"Unknown method {method!r}.", hint="classes or inverse."
        )
    w, responded = _eligible(weights, status)
    rows = np.flatnonzero(w > 0)
    x = np.asarray(covariates, dtype=np.float64)
    x = x[:, None] if x.ndim == 1 else x
    design = np.column_stack([np.ones(rows.size), x[rows]])
    model = fit_logistic(design, responded[rows], w[rows] if weighted else None)
    propensity = np.full(w.size, np.nan)
    propensity[rows] = model.fitted
    of = np.zeros(w.size, dtype=np.int64)
    of[rows] = _quantile_classes(model.fitted, n_classes)
    adjusted, diagnostics = factors_by_class(w, responded, of, what="one respondent")
    if method == "inverse":
        adjusted = np.zeros(w.size)
        adjusted[responded] = w[responded] / propensity[responded]
        diagnostics = _inverse_diagnostics(diagnostics, of, adjusted)
    return PropensityAdjustment(
        adjusted, diagnostics, _rate(w, responded), propensity, model, method
    )


def _eligible(
    weights: ArrayLike, status: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Weights with the ineligible cases at 0, and who responded."""
    w = as_weights(weights)
    state = as_status(status, w.size)
    unknown = np.flatnonzero((state == UNKNOWN) & (w > 0))
    if unknown.size:
        raise AnalysisError(
            "nonresponse.unknown_left",
            f"{unknown.size} cases of unknown eligibility still carry weight.",
            hint="Spread them first (spread_unknown).",
            rows=unknown[:20].tolist(),
            n=int(unknown.size),
        )
    w = np.where(state == INELIGIBLE, 0.0, w)
    if not w.any():
        raise AnalysisError(
            "nonresponse.no_eligible", "No eligible case carries weight.", n=int(w.size)
        )
    return w, (state == RESPONDENT) & (w > 0)


def _rate(w: NDArray[np.float64], responded: NDArray[np.bool_]) -> float:
    return float(w[responded].sum() / w.sum())


def _quantile_classes(propensity: NDArray[np.float64], n_classes: int) -> NDArray[np.int64]:
    cuts = np.quantile(propensity, np.arange(1, n_classes) / n_classes) if n_classes > 1 else []
    of = np.searchsorted(cuts, propensity, side="left")
    found = np.unique(of).size
    if found < 2 or found < n_classes:
        raise AnalysisError(
            "nonresponse.n_classes",
            f"The propensities fall into {found} classes, not {n_classes}.",
            hint="Ask for fewer, or use the covariates' cells as weighting classes.",
            wanted=n_classes,
            found=int(found),
        )
    return of


def _inverse_diagnostics(
    diagnostics: tuple[ClassDiagnostics, ...], of: NDArray, adjusted: NDArray
) -> tuple[ClassDiagnostics, ...]:
    """Each class's factor is now what its respondents' weights were raised by in all."""
    total = np.bincount(of, adjusted)
    return tuple(
        ClassDiagnostics(
            d.label,
            d.n_sampled,
            d.n_respondents,
            d.weight_sampled,
            d.weight_respondents,
            float(total[d.label] / d.weight_respondents),
        )
        for d in diagnostics
    )
