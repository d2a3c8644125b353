"""From an estimated share to points, with the uncertainty that the rule leaves of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, pi, sqrt
from statistics import NormalDist

import numpy as np

from analysis.errors import SchemeError
from analysis.index import formula
from analysis.index.rounding import exact
from analysis.index.scheme import Leaf

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(41)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
_STANDARD = NormalDist()
#: Points between the ends of an interval at which a curve is looked at.
_LOOKS = 101
#: Shares carry noise in the last digits; a threshold that is met is met.
_DIGITS = 11


@dataclass(frozen=True, slots=True)
class Scored:
    """Points of a survey leaf.

    ``slope``: points by share, to carry covariances with other leaves; ``se`` the standard error
    of the points, of which slope × se(share) is the part that is shared with them.
    """

    points: float
    se: float
    slope: float
    low: float
    high: float


def score(leaf: Leaf, share: float, se: float, low: float, high: float) -> Scored:
    """Score an estimated share by a leaf's rule.

    Parameters
    ----------
    leaf : Leaf
        Of source survey.
    share, se, low, high : float
        Estimate in [0, 1], its standard error and interval.  With options or TT 01/2018 it is the
        mean score of the answers.

    Returns
    -------
    Scored

    Raises
    ------
    SchemeError
        ``scoring.formula`` where a formula leaves [0, maximum]; those of `analysis.index.formula`.

    Notes
    -----
    For a rule g that is no straight line the variance is that of g(X) with X normal around the
    estimate, and the slope is E g'(X) = Cov(g(X), X) / Var(X) (Stein 1981, lemma 1): steps have an
    honest standard error near a threshold and none far from it.  slope² Var(X) ≤ Var g(X), so that
    the covariance matrix of several leaves stays non-negative.
    Source: Stein (1981), Estimation of the mean of a multivariate normal distribution.
    """
    kind = leaf.rule["kind"]
    most = leaf.max_points
    if kind in ("share", "options"):
        return Scored(share * most, se * most, most, low * most, high * most)
    if kind == "formula":
        return _curved(lambda x: _formula(leaf, x), share, se, low, high)
    return _stepped(steps(leaf), share, se, low, high)


def steps(leaf: Leaf) -> list[tuple[float, float]] | None:
    """(share from which, points), rising, of a rule of steps; None for any other rule."""
    if leaf.rule["kind"] in ("share", "options", "formula"):
        return None
    return _tiers(leaf) if leaf.rule["kind"] == "tiers" else _tenths(leaf.max_points)


def _tiers(leaf: Leaf) -> list[tuple[float, float]]:
    """(share from which, points), rising."""
    return sorted((tier["from"] / 100, float(tier["points"])) for tier in leaf.rule["tiers"])


def _tenths(most: float) -> list[tuple[float, float]]:
    """An index of TT 01/2018: 0 to 2 points rounded half up to one decimal, on the maximum."""
    return [((2 * k - 1) / 40, most * k / 20) for k in range(1, 21)]


def _reached(steps: Sequence[tuple[float, float]], share: float) -> float:
    rounded = round(share, _DIGITS)
    return max((p for start, p in steps if rounded >= round(start, _DIGITS)), default=0.0)


def _stepped(
    steps: Sequence[tuple[float, float]], share: float, se: float, low: float, high: float
) -> Scored:
    points = _reached(steps, share)
    ends = _reached(steps, low), _reached(steps, high)
    if se <= 0:
        return Scored(points, 0.0, 0.0, *ends)
    before, mean, square, slope = 0.0, 0.0, 0.0, 0.0
    for start, after in steps:
        away = (start - share) / se
        above = 1 - _STANDARD.cdf(away)
        mean += (after - before) * above
        square += (after**2 - before**2) * above
        slope += (after - before) * exp(-away * away / 2) / sqrt(2 * pi) / se
        before = after
    return Scored(points, sqrt(max(square - mean**2, 0.0)), slope, *ends)


def _curved(
    rule: Callable[[float], float], share: float, se: float, low: float, high: float
) -> Scored:
    looks = [rule(x) for x in np.linspace(low, high, _LOOKS)]
    points = rule(share)
    ends = min(points, *looks), max(points, *looks)
    if se <= 0:
        return Scored(points, 0.0, 0.0, *ends)
    values = np.array([rule(x) for x in np.clip(share + se * _NODES, 0, 1)])
    mean = float(_WEIGHTS @ values)
    spread = sqrt(max(float(_WEIGHTS @ (values - mean) ** 2), 0.0))
    return Scored(points, spread, float(_WEIGHTS @ (values * _NODES)) / se, *ends)


def _formula(leaf: Leaf, share: float) -> float:
    known = {"share": round(float(share), _DIGITS), "max_points": leaf.max_points}
    found = formula.evaluate(leaf.rule["formula"], known)
    if not 0 <= found <= exact(leaf.max_points):
        raise SchemeError(
            "scoring.formula",
            f"{leaf.id!r}: the formula gives {float(found):g} at {share:g}, "
            f"not 0 to {leaf.max_points:g}.",
            leaf=leaf.id,
            points=float(found),
        )
    return float(found)
