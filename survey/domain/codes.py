"""Codes that people scan or type: one-time links, desk posters, receipts.

A code is Crockford base32 with its mod-37 check symbol at the end.  37 is a prime above 32, so
every wrong symbol and every swap of neighbours changes the remainder and is caught.

New codes use 27 of the 32 symbols.  A, D, E, W and Y are left out because the usual ways of
typing Vietnamese (Telex, VNI) turn them, alone or with the next key, into Đ, Ư, Á or Ý on the
phone of the person who types the code; without vowels a code cannot spell a word either.  The
check symbol is held to the same 27: a draw whose remainder is another symbol is drawn again.
Crockford's extra check symbols ``* ~ $ = U`` therefore never occur.  Two of them (``~ =``) are
outside the alphanumeric mode of QR, all of them are hard to dictate or to find on a phone, and
chat programs cut links at ``*`` and ``~``; percent-encoding would solve none of this.  The price
is less than half a bit for the check and a quarter of a bit for each symbol.

Source: D. Crockford, Base 32, https://www.crockford.com/base32.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
#: What new codes are made of; see above.
DRAWN_SYMBOLS = "".join(symbol for symbol in SYMBOLS if symbol not in "ADEWY")
_MODULUS = 37

#: Number of symbols with the check symbol.  The three differ, so that a typed code says its kind.
CASE_SYMBOLS = 14  # 61 bits: opens one case, once
RECEIPT_SYMBOLS = 12  # 51 bits: names one submitted answer
DESK_SYMBOLS = 7  # 28 bits: public on a poster, only has to be typed without error

#: Gives that many random bytes, as secrets.token_bytes does.
RandomBytes = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Mistyped:
    """Why a text is no code: a foreign character, too long or short, or a typing error."""

    reason: Literal["alphabet", "length", "check"]


def new_code(n_symbols: int, random_bytes: RandomBytes) -> str:
    """Draw a code of ``n_symbols`` symbols, the check symbol included; all are equally likely."""
    base = len(DRAWN_SYMBOLS)
    while True:
        number = _below(base ** (n_symbols - 1), random_bytes)
        body = ""
        for _ in range(n_symbols - 1):
            number, digit = divmod(number, base)
            body += DRAWN_SYMBOLS[digit]
        remainder = _remainder(body)
        if remainder < len(SYMBOLS) and SYMBOLS[remainder] in DRAWN_SYMBOLS:
            return body + SYMBOLS[remainder]


def normalise(text: str) -> str:
    """Undo what people and phones do to a code: case, spaces, hyphens, O for 0, I or L for 1.

    A whole link may be given, also with the tracking that chat programs hang on it; the last part
    of its path is the code.
    """
    path = _QUERY.split(text.strip(), maxsplit=1)[0]
    last_part = path.rstrip("/").rpartition("/")[2]
    kept = "".join(c for c in last_part.upper() if not c.isspace() and c not in _HYPHENS)
    return kept.translate(_LOOKALIKES)


def parse(text: str, lengths: Collection[int]) -> str | Mistyped:
    """The code that a typed or scanned text means, or why it is none of the given lengths."""
    code = normalise(text)
    if any(symbol not in SYMBOLS for symbol in code):
        return Mistyped("alphabet")
    if len(code) not in lengths:
        return Mistyped("length")
    if _remainder(code[:-1]) != SYMBOLS.index(code[-1]):
        return Mistyped("check")
    return code


def is_valid(text: str, length: int) -> bool:
    return isinstance(parse(text, (length,)), str)


def grouped(code: str, separator: str = "-") -> str:
    """A code as it is printed: in as few groups of at most five, as equal as can be.

    >>> grouped("BX1Q1984RVZ6BT"), grouped("ZNS3MT2")
    ('BX1Q1-984RV-Z6BT', 'ZNS3-MT2')
    """
    n_groups = -(-len(code) // 5)
    short, longer = divmod(len(code), n_groups)
    groups, start = [], 0
    for i in range(n_groups):
        end = start + short + (i < longer)
        groups.append(code[start:end])
        start = end
    return separator.join(groups)


def code_digest(key: bytes, code: str) -> bytes:
    """What is stored of a one-time code: nobody finds the code from it without the key.

    ``code`` is what ``parse`` gave; ``key`` has at most 64 bytes.
    """
    return blake2b(code.encode("ascii"), key=key, digest_size=32, person=b"access code").digest()


#: Hyphen, the dashes that phones put in its place, minus, underscore, full stop, zero-width space.
_HYPHENS = frozenset("-\u00ad\u2010\u2011\u2012\u2013\u2014\u2212_.\u200b\u2060\ufeff")
_QUERY = re.compile("[?#]")
_LOOKALIKES = str.maketrans("OIL", "011")


def _remainder(body: str) -> int:
    value = 0
    for symbol in body:
        value = (value * 32 + SYMBOLS.index(symbol)) % _MODULUS
    return value


def _below(limit: int, random_bytes: RandomBytes) -> int:
    """A uniform whole number in [0, limit): draws that fall outside are thrown away, not folded."""
    n_bits = (limit - 1).bit_length()
    n_bytes = -(-n_bits // 8)
    while True:
        number = int.from_bytes(random_bytes(n_bytes), "big") >> (8 * n_bytes - n_bits)
        if number < limit:
            return number
