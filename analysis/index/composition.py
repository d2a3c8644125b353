"""Put verified and survey points together into areas, a total, an index and a band."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from analysis.errors import SchemeError
from analysis.index import scoring
from analysis.index.bands import Alert, alerts, band_of
from analysis.index.rounding import exact, rounded
from analysis.index.scheme import COUNTED, Area, Band, Leaf, Scheme


@dataclass(frozen=True, slots=True)
class SurveyPoints:
    """Points of a unit's survey leaves and their covariance, leaves in the same order."""

    points: Mapping[str, float]
    #: (L, L) covariance of the points.
    covariance: NDArray[np.float64]
    #: Limits of each leaf's own interval, in points; they shape the interval of the total.
    limits: Mapping[str, tuple[float, float]] | None = None


@dataclass(frozen=True, slots=True)
class AreaResult:
    id: str
    points: float
    max_points: float
    se: float

    @property
    def ratio(self) -> float:
        return self.points / self.max_points


@dataclass(frozen=True, slots=True)
class Composition:
    """Everything a unit's index is made of; ``leaves`` None: the leaf does not apply."""

    leaves: Mapping[str, float | None]
    areas: tuple[AreaResult, ...]
    verified_points: float
    survey_points: float | None
    total: float
    total_se: float
    total_low: float
    total_high: float
    denominator: float
    #: Unrounded; what is published is rounded by the scheme's rule.
    index_percent: float
    published_percent: float
    band: Band
    alerts: tuple[Alert, ...]


def compose(
    scheme: Scheme,
    verified: Mapping[str, float | None],
    survey: SurveyPoints | None,
    *,
    level: float = 0.95,
) -> Composition:
    """Compose the index of one unit (F6).

    Parameters
    ----------
    scheme : Scheme
    verified : mapping
        What was entered for the unit, by the names of `Scheme.inputs`: points of a verified leaf,
        the values that a statistic's rule reads.  None where the leaf does not apply; it then
        leaves the denominator, if its scheme says no other.  Bonus and penalty may be missing.
    survey : SurveyPoints or None
        None if no survey was held; the scheme's ``no_survey`` then decides.
    level : float
        Confidence level of the total's interval where the leaves bring no limits of their own.

    Returns
    -------
    Composition
        The interval speaks of the survey's sampling error only: verified points are taken as known.

    Notes
    -----
    With limits l_i, u_i of the leaves and correlations r_ij the total T has the limits
    T - sqrt(Σ r_ij (x_i - l_i)(x_j - l_j)) and T + sqrt(Σ r_ij (u_i - x_i)(u_j - x_j)), so that
    leaves at the end of their scale, whose standard error is zero, still leave doubt.
    Source: Zou and Donner (2008), Construction of confidence limits about effect measures.

    Raises
    ------
    SchemeError
        ``composition.missing``, ``composition.unknown``, ``composition.out_of_range``,
        ``composition.survey_missing``, ``composition.no_survey``, ``composition.empty``; those of
        `scoring.points`.
    """
    _check(scheme, survey)
    verified = scoring.points(scheme, verified)
    points = _points(scheme, verified, survey)
    areas = tuple(
        result for area in scheme.areas if (result := _area(area, points, survey)) is not None
    )
    denominator = sum(area.max_points for area in areas)
    if denominator == 0:
        raise SchemeError("composition.empty", "No criterion applies to this unit.")
    total = sum(area.points for area in areas) + _extra(scheme, points)
    se = _se(survey, tuple(survey.points) if survey else ())
    below, above = _reach(survey, se, level)
    index = 100 * total / denominator
    ratios = {area.id: area.ratio for area in areas}
    criteria = _criterion_ratios(scheme, points)
    band = band_of(scheme, index, ratios, criteria)
    return Composition(
        leaves=points,
        areas=areas,
        verified_points=_sum(scheme, points, lambda leaf: leaf.source != "survey"),
        survey_points=_sum(scheme, points, _is_survey) if survey else None,
        total=total,
        total_se=se,
        total_low=max(total - below, 0.0),
        total_high=max(min(total + above, denominator), total),
        denominator=denominator,
        index_percent=index,
        published_percent=rounded(
            index if survey else _exact_percent(scheme, points), scheme.decimals, scheme.rounding
        ),
        band=band,
        alerts=alerts(scheme, band, ratios, criteria, index),
    )


def _check(scheme: Scheme, survey: SurveyPoints | None) -> None:
    for leaf in scheme.survey_leaves:
        if survey is not None and leaf.id not in survey.points:
            raise SchemeError(
                "composition.survey_missing", f"No survey points for {leaf.id!r}.", leaf=leaf.id
            )
    if survey is None and scheme.survey_leaves and scheme.no_survey == "refuse":
        raise SchemeError(
            "composition.no_survey",
            "The scheme needs survey points and none were given.",
            hint='Schemes with no_survey = "rescale" do without.',
        )


def _points(
    scheme: Scheme, verified: Mapping[str, float | None], survey: SurveyPoints | None
) -> dict[str, float | None]:
    """Points of every leaf; None where the leaf does not apply or no survey was held."""
    given = {**verified, **(survey.points if survey else {})}
    return {leaf.id: given.get(leaf.id) for leaf in scheme.leaves}


def _area(
    area: Area, points: Mapping[str, float | None], survey: SurveyPoints | None
) -> AreaResult | None:
    """An area's sums over the leaves that apply; None if none does."""
    counted = [leaf for leaf in area.leaves if _counts(leaf) and points[leaf.id] is not None]
    if not counted:
        return None
    surveyed = tuple(leaf.id for leaf in counted if _is_survey(leaf))
    return AreaResult(
        id=area.id,
        points=sum(points[leaf.id] for leaf in counted),
        max_points=sum(leaf.max_points for leaf in counted),
        se=_se(survey, surveyed),
    )


def _se(survey: SurveyPoints | None, leaves: tuple[str, ...]) -> float:
    """Standard error of a sum of survey leaves, their covariances included."""
    if survey is None or not leaves:
        return 0.0
    order = list(survey.points)
    chosen = [order.index(leaf) for leaf in leaves]
    # A covariance matrix with a zero variance can sum to minus the last digit.
    return sqrt(max(float(survey.covariance[np.ix_(chosen, chosen)].sum()), 0.0))


def _reach(survey: SurveyPoints | None, se: float, level: float) -> tuple[float, float]:
    """How far the total's interval reaches below and above it."""
    if survey is None or survey.limits is None:
        both = NormalDist().inv_cdf(0.5 + level / 2) * se
        return both, both
    deviation = np.sqrt(np.clip(np.diag(survey.covariance), 0, None))
    scale = np.outer(deviation, deviation)
    correlation = np.divide(survey.covariance, scale, out=np.eye(deviation.size), where=scale > 0)
    points = np.array([survey.points[leaf] for leaf in survey.points])
    ends = np.array([survey.limits[leaf] for leaf in survey.points])
    below, above = points - ends[:, 0], ends[:, 1] - points
    return tuple(sqrt(max(float(d @ correlation @ d), 0.0)) for d in (below, above))


def _extra(scheme: Scheme, points: Mapping[str, float | None]) -> float:
    """Bonus less penalty, each up to the scheme's cap."""
    found = {
        source: sum(points[leaf.id] or 0.0 for leaf in scheme.leaves if leaf.source == source)
        for source in ("bonus", "penalty")
    }
    caps = {"bonus": scheme.bonus_max, "penalty": scheme.penalty_max}
    capped = {s: n if caps[s] is None else min(n, caps[s]) for s, n in found.items()}
    return capped["bonus"] - capped["penalty"]


def _exact_percent(scheme: Scheme, points: Mapping[str, float | None]) -> Fraction:
    """The index where no estimate is in it: of the decimals that were entered, without noise."""
    counted = [leaf for leaf in scheme.leaves if _counts(leaf) and points[leaf.id] is not None]
    total = sum(exact(points[leaf.id]) for leaf in counted) + exact(_extra(scheme, points))
    return 100 * total / sum(exact(leaf.max_points) for leaf in counted)


def _criterion_ratios(scheme: Scheme, points: Mapping[str, float | None]) -> dict[str, float]:
    """Criterion id -> points over its applicable maximum, of those that apply."""
    found = {}
    for criterion in (criterion for area in scheme.areas for criterion in area.criteria):
        counted = [x for x in criterion.leaves if _counts(x) and points[x.id] is not None]
        if counted:
            most = sum(leaf.max_points for leaf in counted)
            found[criterion.id] = sum(points[leaf.id] for leaf in counted) / most
    return found


def _sum(scheme: Scheme, points: Mapping[str, float | None], wanted) -> float:
    return sum(
        points[leaf.id] or 0.0
        for leaf in scheme.leaves
        if wanted(leaf) and leaf.source != "penalty"
    )


def _is_survey(leaf: Leaf) -> bool:
    return leaf.source == "survey"


def _counts(leaf: Leaf) -> bool:
    return leaf.source in COUNTED
