"""The three ways in which published tables round."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from analysis.errors import SchemeError

MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "truncate": ROUND_DOWN}


def rounded(value: float, decimals: int, mode: str = "half_up") -> float:
    """Round a number as a scheme says.

    Parameters
    ----------
    value : float
    decimals : int
        Digits kept after the point, ≥ 0.
    mode : str
        ``half_up`` (away from zero), ``half_even``, ``truncate`` (towards zero).

    Raises
    ------
    SchemeError
        ``scheme.rounding``.

    Notes
    -----
    Works on the shortest decimal that reads back as ``value``, so that 0.285 counts as a half
    although its binary form lies below it.
    """
    if mode not in MODES:
        raise SchemeError("scheme.rounding", f"Unknown rounding {mode!r}.", hint=f"{list(MODES)}")
    # Sums of points carry noise in the 15th digit; it must not decide which way a half goes.
    exact = Decimal(repr(round(value, 11)))
    return float(exact.quantize(Decimal(1).scaleb(-decimals), rounding=MODES[mode]))
