"""Decimals of a figure that was rounded before it came here."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

#: What a figure has at least, and what a scheme may keep at most.
LEAST, MOST = 2, 6


def kept(value: float) -> int:
    """Decimals that show a published index as it is; two where it was never rounded.

    >>> kept(79.999), kept(80.5), kept(80.68181818181)
    (3, 2, 2)
    """
    places = -int(exact(value).normalize().as_tuple().exponent)
    return places if LEAST <= places <= MOST else LEAST


def half_up(value: float | Decimal, decimals: int) -> Decimal:
    """Rounded with halves up; never "−0".

    >>> half_up(1.005, 2), half_up(-0.001, 2)
    (Decimal('1.01'), Decimal('0.00'))
    """
    return exact(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) + 0


def exact(value: float | Decimal) -> Decimal:
    """From the shortest text of the float: 1.005 is a half to its reader, though not in binary."""
    return value if isinstance(value, Decimal) else Decimal(repr(float(value)))
