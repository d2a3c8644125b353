"""Cases of which nobody knows whether they belong: their weight goes to those that are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import AnalysisError
from analysis.weighting.classes import factors_by_class
from analysis.weighting.collapsing import Collapsed
from analysis.weighting.diagnostics import ClassDiagnostics
from analysis.weighting.inputs import as_labels, as_weights

#: What is known of a case when the wave closes.
RESPONDENT, NONRESPONDENT, INELIGIBLE, UNKNOWN = (
    "respondent",
    "nonrespondent",
    "ineligible",
    "unknown",
)
STATUSES = (RESPONDENT, NONRESPONDENT, INELIGIBLE, UNKNOWN)


@dataclass(frozen=True, slots=True)
class EligibilityAdjustment:
    """Weights after the unknown cases were spread.

    ``weights`` (n,): 0 for unknown cases, raised for the known ones, ineligible ones included:
    they stand for the ineligible part of the frame and leave at the next step.
    ``eligible_rate`` is the weighted share of the known cases that are eligible (AAPOR's *e*,
    over the whole sample).  In ``classes`` a "respondent" is a case of known eligibility.
    """

    weights: NDArray[np.float64]
    classes: tuple[ClassDiagnostics, ...]
    eligible_rate: float
    remedy: Collapsed | None = None


def spread_unknown(
    weights: ArrayLike, status: ArrayLike, classes: ArrayLike | Collapsed
) -> EligibilityAdjustment:
    """Spread the weight of cases of unknown eligibility over the known ones of their class.

    Parameters
    ----------
    weights : (n,) float
        Base weights.
    status : (n,) str
        One of :data:`STATUSES` each.
    classes : (n,) labels or Collapsed
        Within a class the unknown cases are taken to be eligible as often as the known ones.

    Raises
    ------
    AnalysisError
        ``eligibility.status`` for a word that is no status; ``weighting.empty_class`` for a
        class that holds unknown cases and no known one, unless it was collapsed before.

    Notes
    -----
    Factor a_g = Σ_g w / Σ_g w 1(known).  Source: Valliant, Dever and Kreuter (2018), sec. 13.4.
    """
    w = as_weights(weights)
    state = as_status(status, w.size)
    known = state != UNKNOWN
    adjusted, diagnostics = factors_by_class(w, known, classes, what="a case of known eligibility")
    eligible = np.isin(state, (RESPONDENT, NONRESPONDENT))
    rate = float(w[eligible].sum() / w[known].sum())
    remedy = classes if isinstance(classes, Collapsed) else None
    return EligibilityAdjustment(adjusted, diagnostics, rate, remedy)


def as_status(status: ArrayLike, n: int) -> NDArray[np.str_]:
    """(n,) words of :data:`STATUSES`."""
    state = as_labels(status, n, "status").astype(str)
    strange = sorted(set(state.tolist()) - set(STATUSES))
    if strange:
        raise AnalysisError(
            "eligibility.status",
            f"Unknown status {strange[0]!r}.",
            hint=f"Use one of {', '.join(STATUSES)}.",
            strange=strange,
        )
    return state
