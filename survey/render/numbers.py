"""Numbers and dates as a reader of each language writes them; halves are rounded up.

Vietnamese: 1.234.567,5 and 23/11/2026.  English: 1,234,567.5 and 23 November 2026.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from babel.dates import format_date

from survey.domain.decimals import exact, half_up, kept

#: Shown where there is no figure.
MISSING = "–"
_VIETNAMESE = str.maketrans(",.", ".,")
_DATE_PATTERN = {"vi": "dd/MM/yyyy", "en": "d MMMM yyyy"}


def number(value: float | None, decimals: int, language: str) -> str:
    """A number with exactly that many decimals.

    >>> number(1234.565, 2, "vi"), number(1234.565, 2, "en")
    ('1.234,57', '1,234.57')
    """
    if value is None:
        return MISSING
    return _grouped(value, decimals, language)


def published(value: float | None, language: str) -> str:
    """An index as its scheme rounded it, with two decimals at least: never rounded once more.

    >>> published(79.999, "vi"), published(80.5, "vi"), published(80.68181818, "vi")
    ('79,999', '80,50', '80,68')
    """
    if value is None:
        return MISSING
    return number(value, kept(value), language)


def count(value: int | None, language: str) -> str:
    return number(value, 0, language)


def percent(share: float | None, decimals: int, language: str) -> str:
    """A share in [0, 1] as a percentage, the sign close to it as CLDR has it for vi and en."""
    if share is None:
        return MISSING
    return _grouped(exact(share) * 100, decimals, language) + "%"


def day(value: date | None, language: str) -> str:
    if value is None:
        return MISSING
    return format_date(value, _DATE_PATTERN[language], locale=language)


def _grouped(value: float | Decimal, decimals: int, language: str) -> str:
    text = f"{half_up(value, decimals):,.{decimals}f}".replace("-", "\u2212")
    return text.translate(_VIETNAMESE) if language == "vi" else text
