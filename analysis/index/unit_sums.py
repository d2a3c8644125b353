"""What a unit's answers add up to, and the shares and intervals that follow from the sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

#: The name under which all items together stand.
OVERALL = ""
_NO_SPREAD = 1e-9


@dataclass(frozen=True, slots=True)
class Share:
    """A satisfaction share in [0, 1] with its standard error and interval."""

    share: float
    se: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class UnitSatisfaction:
    """What one unit's respondents say.  ``overall`` and ``concepts`` None: nothing to estimate.

    ``covariance`` (C, C) belongs to the concepts in their order.
    """

    unit: str
    n: int
    n_effective: float
    overall: Share | None
    unweighted: float | None
    concepts: Mapping[str, Share | None]
    covariance: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class UnitSums:
    """One unit's answers added up; no single answer can be read from it.

    ``names`` (K,) are the concepts and, last, "" for all items together; ``score`` and ``valid``
    (K,) weighted sums, ``heard`` (K,) respondents with a valid answer, ``deff`` (K,) Kish's of
    their weights, ``covariance`` (K, K) of the ratios score / valid.
    """

    unit: str
    n: int
    n_effective: float
    names: tuple[str, ...]
    score: NDArray[np.float64]
    valid: NDArray[np.float64]
    heard: NDArray[np.int_]
    deff: NDArray[np.float64]
    covariance: NDArray[np.float64]
    #: The whole population answered.
    complete: bool
    unweighted: float | None
    #: PSUs less strata, where answers come from few areas; None: as many as answers.
    df: float | None = None


def interval(
    share: float,
    se: float,
    *,
    n: int,
    deff: float,
    level: float = 0.95,
    complete: bool = False,
    df: float | None = None,
) -> tuple[float, float]:
    """Wilson interval with the effective number of answers that the standard error implies.

    Parameters
    ----------
    share, se : float
        Estimate in [0, 1] and its design-based standard error.
    n : int
        Respondents, used with ``deff`` (Kish) where the standard error is zero and says nothing.
    deff : float
    level : float
    complete : bool
        The whole population was asked: the interval is the share itself.
    df : float
        PSUs less strata, where the standard error comes from few areas.

    Returns
    -------
    (low, high) : float
        Within [0, 1].

    Notes
    -----
    n_eff = p (1 − p) / V, or n / deff where V is zero (F12): at 0 and 1, and inside where every
    cell is of one mind.  Few answers that agree are no proof that everybody does.  With ``df`` it
    is n_eff (z / t_df)², as a standard error from few areas is itself uncertain.
    Source: Wilson (1927); Korn and Graubard (1998) for n_eff and its correction by t.
    """
    if complete:
        return share, share
    # Rounding leaves a zero standard error at the 17th digit.
    spread = 0 < share < 1 and se > _NO_SPREAD
    effective = share * (1 - share) / se**2 if spread else n / deff
    z = NormalDist().inv_cdf(0.5 + level / 2)
    if df is not None:
        effective *= (z / float(stdtrit(max(df, 1.0), 0.5 + level / 2))) ** 2
    shrunk = 1 + z * z / effective
    centre = (share + z * z / (2 * effective)) / shrunk
    reach = z * sqrt(share * (1 - share) / effective + z * z / (4 * effective**2)) / shrunk
    return max(0.0, min(centre - reach, share)), min(1.0, max(centre + reach, share))


def estimated(sums: UnitSums, *, level: float = 0.95) -> UnitSatisfaction:
    """Shares with their intervals from a unit's sums alone.

    Parameters
    ----------
    sums : UnitSums
    level : float
        Confidence level.
    """
    shares: dict[str, Share | None] = dict.fromkeys(sums.names)
    for i, name in enumerate(sums.names):
        if not sums.heard[i]:
            continue
        # The share is a ratio of sums: rounding can leave it a hair outside.
        share = min(max(float(sums.score[i] / sums.valid[i]), 0.0), 1.0)
        se = sqrt(max(float(sums.covariance[i, i]), 0.0))
        deff = float(sums.deff[i])
        low, high = interval(
            share,
            se,
            n=int(sums.heard[i]),
            deff=deff,
            level=level,
            complete=sums.complete,
            df=sums.df,
        )
        shares[name] = Share(share, se, low, high)
    return UnitSatisfaction(
        unit=sums.unit,
        n=sums.n,
        n_effective=sums.n_effective,
        overall=shares.pop(OVERALL),
        unweighted=sums.unweighted,
        concepts=shares,
        covariance=sums.covariance[:-1, :-1],
    )


def difference(
    sums: UnitSums, first: str, second: str, *, level: float = 0.95
) -> tuple[float, float | None, float | None, float | None]:
    """The first share less the second, of two names of the same sums.

    Parameters
    ----------
    sums : UnitSums
    first, second : str
        Names, both with valid answers.
    level : float

    Returns
    -------
    (difference, se, low, high) : float
        The last three None where no PSU disagrees with another: few that agree are no proof.

    Notes
    -----
    √(V₁ + V₂ − 2 C₁₂) with the covariance of the design; t with ``df`` where it is known.
    Source: Särndal, Swensson and Wretman (1992), sec. 5.6.
    """
    i, j = sums.names.index(first), sums.names.index(second)
    found = float(sums.score[i] / sums.valid[i] - sums.score[j] / sums.valid[j])
    cov = sums.covariance
    se = sqrt(max(float(cov[i, i] + cov[j, j] - 2 * cov[i, j]), 0.0))
    if se < _NO_SPREAD:
        return found, None, None, None
    z = NormalDist().inv_cdf(0.5 + level / 2)
    t = z if sums.df is None else float(stdtrit(max(sums.df, 1.0), 0.5 + level / 2))
    return found, se, found - t * se, found + t * se


def joined(parts: Sequence[UnitSums], names: Sequence[str]) -> UnitSums:
    """One unit's sums of several independent surveys side by side.

    Parameters
    ----------
    parts : sequence of UnitSums
        The first one gives everything that is not by concept, and all items together.
    names : sequence of str
        Concepts, in the order wanted; each is taken from the first part that has it, and is
        silent where none has.

    Notes
    -----
    Surveys of different people are independent: covariances between their concepts are zero.
    Only if all of them asked everybody is nothing left to chance.
    """
    own = parts[0]
    place = {}
    for k, part in reversed(list(enumerate(parts))):
        place |= {name: (k, i) for i, name in enumerate(part.names) if name != OVERALL or k == 0}
    order = [*names, OVERALL]
    found = silent(own.unit, order)
    for i, name in enumerate(order):
        if name not in place:
            continue
        k, at = place[name]
        for column in ("score", "valid", "heard", "deff"):
            getattr(found, column)[i] = getattr(parts[k], column)[at]
        for j, other in enumerate(order):
            if place.get(other, (-1,))[0] == k:
                found.covariance[i, j] = parts[k].covariance[at, place[other][1]]
    return replace(
        found,
        n=own.n,
        n_effective=own.n_effective,
        complete=all(part.complete for part in parts),
        unweighted=own.unweighted,
        df=own.df,
    )


def silent(unit: str, names: Sequence[str]) -> UnitSums:
    """The sums of a unit that nobody answered for."""
    k = len(names)
    score, valid, heard, deff = np.zeros(k), np.zeros(k), np.zeros(k, dtype=int), np.ones(k)
    square = np.zeros((k, k))
    return UnitSums(unit, 0, 0.0, tuple(names), score, valid, heard, deff, square, False, None)
