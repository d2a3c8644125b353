"""How answers become points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analysis.errors import SchemeError
from analysis.index.rounding import rounded

#: Weights of the options A, B, C and D where a scheme names none.
OPTION_WEIGHTS = {"A": 1.0, "B": 0.6, "C": 0.2, "D": 0.0}

#: Bands of the evaluation of procedures under TT 01/2018: from how many of 18 points, which.
TT01_BANDS = ((15.0, "Xuất sắc"), (12.0, "Tốt"), (9.0, "Khá"), (6.0, "Trung bình"), (0.0, "Yếu"))


def share_points(share: float, max_points: float) -> float:
    """Points of a satisfaction share: share × maximum (F13).

    Parameters
    ----------
    share : float
        In [0, 1].
    max_points : float

    Raises
    ------
    SchemeError
        ``scoring.share``.
    """
    if not 0 <= share <= 1:
        raise SchemeError("scoring.share", f"{share} is not a share in [0, 1].", share=share)
    return share * max_points


def option_points(
    shares: Mapping[str, float],
    max_points: float,
    weights: Mapping[str, float] = OPTION_WEIGHTS,
) -> float:
    """Points of answers on an option scale: maximum × Σ weight × share (F4).

    Parameters
    ----------
    shares : mapping
        Option -> its share among valid answers; they sum to 1.
    max_points : float
    weights : mapping
        Option -> weight in [0, 1].

    Raises
    ------
    SchemeError
        ``scoring.option`` for an option without weight, ``scoring.shares`` if they do not sum to 1.

    Notes
    -----
    Source: option weights A 100 %, B 60 %, C 20 %, D 0 % as in provincial practice.

    >>> round(option_points({"A": .52, "B": .30, "C": .14, "D": .04}, 2), 3)
    1.456
    """
    unknown = sorted(set(shares) - set(weights))
    if unknown:
        raise SchemeError(
            "scoring.option", f"No weight for option {unknown[0]!r}.", option=unknown[0]
        )
    total = sum(shares.values())
    if abs(total - 1) > 1e-9:
        raise SchemeError("scoring.shares", f"The shares sum to {total}, not to 1.", total=total)
    return max_points * sum(weights[option] * share for option, share in shares.items())


def tier_points(value: float, tiers: Sequence[tuple[float, float]]) -> float:
    """Points of the highest tier that a value reaches, compared with ≥ (F5); below all: 0.

    Parameters
    ----------
    value : float
    tiers : sequence of (threshold, points)
        In any order.
    """
    reached = [(threshold, points) for threshold, points in tiers if value >= threshold]
    return max(reached)[1] if reached else 0.0


def tt01_index(points: Sequence[int]) -> float:
    """One of the nine indices of TT 01/2018 for a unit: mean points of its dossiers (F15).

    Parameters
    ----------
    points : sequence of int
        0, 1 or 2 for each dossier evaluated on the index.

    Returns
    -------
    float
        Rounded half up to one decimal.

    Raises
    ------
    SchemeError
        ``tt01.no_dossier``, ``tt01.points``.

    Notes
    -----
    Source: Thông tư 01/2018/TT-VPCP, art. 15(2).
    """
    if not points:
        raise SchemeError("tt01.no_dossier", "No dossier was evaluated on this index.")
    bad = next((p for p in points if p not in (0, 1, 2)), None)
    if bad is not None:
        raise SchemeError("tt01.points", f"{bad!r} is not 0, 1 or 2 points.", points=bad)
    return rounded(sum(points) / len(points), 1)


def tt01_band(total: float) -> str:
    """Band of the sum of the nine indices (at most 18), limits belonging to the upper band.

    Raises SchemeError ``tt01.total`` outside [0, 18].
    """
    if not 0 <= total <= 18:
        raise SchemeError("tt01.total", f"{total} is not between 0 and 18.", total=total)
    total = round(total, 9)
    return next(name for start, name in TT01_BANDS if total >= start)
