"""The three ways in which published tables round, in exact decimal arithmetic."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import floor

from analysis.errors import SchemeError

MODES = ("half_up", "half_even", "truncate")

#: Sums of estimates carry noise in the 15th digit; it must not decide which way a half goes.
_NOISE = 11


def exact(value: float | int | Decimal | Fraction) -> Fraction:
    """The number that was written: the shortest decimal that reads back as ``value``.

    Parameters
    ----------
    value : float, int, Decimal or Fraction

    Returns
    -------
    Fraction
        0.1 is one tenth, not the binary number beside it.
    """
    return value if isinstance(value, Fraction) else Fraction(str(value))


def rounded(value: float | Fraction | Decimal, decimals: int, mode: str = "half_up") -> float:
    """Round a number as a scheme says.

    Parameters
    ----------
    value : float, Decimal or Fraction
        A Fraction or Decimal is taken as it stands; a float first loses its noise (the 12th
        decimal and below) and then counts as the shortest decimal that reads back as it, so that
        0.285 is a half although its binary form lies below it.
    decimals : int
        Digits kept after the point, ≥ 0.
    mode : str
        ``half_up`` (away from zero), ``half_even``, ``truncate`` (towards zero).

    Raises
    ------
    SchemeError
        ``scheme.rounding``.
    """
    if mode not in MODES:
        raise SchemeError("scheme.rounding", f"Unknown rounding {mode!r}.", hint=f"{list(MODES)}")
    number = exact(round(value, _NOISE) if isinstance(value, float) else value)
    scaled = abs(number) * 10**decimals
    if mode == "half_up":
        kept = floor(scaled + Fraction(1, 2))
    else:
        kept = round(scaled) if mode == "half_even" else floor(scaled)
    return float(Fraction(-kept if number < 0 else kept, 10**decimals))
