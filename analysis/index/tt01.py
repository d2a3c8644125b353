"""Evaluation of the handling of procedures: nine indices and their class (TT 01/2018/TT-VPCP).

Needs nothing but the standard library: the office's pages show what follows from an upload at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from analysis.errors import SchemeError
from analysis.index.rounding import rounded

#: Bands of the evaluation of procedures under TT 01/2018: from how many of 18 points, which.
TT01_BANDS = ((15.0, "Xuất sắc"), (12.0, "Tốt"), (9.0, "Khá"), (6.0, "Trung bình"), (0.0, "Yếu"))


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
    return rounded(Fraction(sum(points), len(points)), 1)


def tt01_band(total: float) -> str:
    """Band of the sum of the nine indices (at most 18), limits belonging to the upper band.

    Raises SchemeError ``tt01.total`` outside [0, 18].
    """
    if not 0 <= total <= 18:
        raise SchemeError("tt01.total", f"{total} is not between 0 and 18.", total=total)
    total = round(total, 9)
    return next(name for start, name in TT01_BANDS if total >= start)
