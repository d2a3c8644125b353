"""Numbers of paper forms: short, read aloud and typed, with a digit that catches mistakes."""

from __future__ import annotations

import re

#: Largest number that is printed with six digits.
MOST = 999_999
_SHOWN = re.compile(r"\s*([0-9]{1,6})\s*[-–/ ]?\s*([0-9])\s*\Z")


def shown(number: int) -> str:
    """A number as it is printed: six digits and a check digit.  Raises ValueError out of range.

    >>> shown(42)
    '000042-6'
    """
    if not 1 <= number <= MOST:
        raise ValueError(f"a paper form has a number from 1 to {MOST}, not {number}")
    digits = f"{number:06}"
    return f"{digits}-{_check(digits)}"


def read(text: str) -> int | None:
    """The number behind what somebody typed; None where the check digit does not fit."""
    found = _SHOWN.match(text)
    if found is None:
        return None
    digits = found[1].zfill(6)
    number = int(digits)
    return number if number and _check(digits) == int(found[2]) else None


def _check(digits: str) -> int:
    """ISO/IEC 7064, MOD 11,10: sees every single wrong digit and nearly every swap."""
    carried = 10
    for digit in digits:
        carried = (carried + int(digit)) % 10 or 10
        carried = carried * 2 % 11
    return (11 - carried) % 10
