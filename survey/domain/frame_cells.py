"""One cell of a frame: text, days, telephone numbers and names as they are typed at desks."""

from __future__ import annotations

import re
from datetime import date
from unicodedata import is_normalized

from survey.domain.text import clean_line

MAX_LENGTH = 200
#: What takes the place of bytes that are no UTF-8.
UNREADABLE = "\N{REPLACEMENT CHARACTER}"
#: A spreadsheet has made a number of a code; its last digits are lost.
MADE_A_NUMBER = re.compile(r"\d[.,]\d+E\+\d+", re.IGNORECASE)
#: What a spreadsheet shows where a formula failed.
CELL_ERROR = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!)")

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?")
_LOCAL = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:,? \d{1,2}:\d{2}(?::\d{2})?)?")
_CLOCK_FIRST = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?,? (?=\d)")
_YEAR = re.compile(r"(?:19|20)\d{2}")

_NOT_DIGITS = re.compile(r"\D")
_SEVERAL = re.compile(r"[,;/]|\bhoặc\b| - ")
#: Vietnamese mobile numbers have ten digits, fixed lines eleven.
_PLAUSIBLE_PHONE = re.compile(r"0[35789]\d{8}|02\d{9}")

_LOST_ZERO = re.compile(r"[35789]\d{8}|2\d{9}")
#: No two words, a digit, a word without a letter, one letter four times: nobody's full name.
_NO_NAME = re.compile(r"\d|(.)\1{3}|(?:^| )[\W_]+(?: |$)|^[^ ]*$")
#: Words that stand where a name was asked for and none was given.
_PLACEHOLDERS = frozenset(
    (
        *("test", "thử", "abc", "xyz", "aaa", "không", "khong", "null", "none", "na", "n/a"),
        *("demo", "mẫu", "nguyễn văn a", "nguyễn thị a", "nguyen van a", "trần văn b"),
        *("không có", "chưa có", "chưa rõ", "ẩn danh"),
    )
)


def clean(raw: str) -> str:
    """As ``clean_line``, at once for the text that needs nothing."""
    if raw.isprintable() and is_normalized("NFC", raw) and "  " not in raw:
        return raw.strip()
    return clean_line(raw)


def day(text: str, *, month_first: bool = False) -> date | None:
    """The day that a cell names, whatever time stands beside it; None if it names none."""
    text = _CLOCK_FIRST.sub("", text, count=1)
    found = _ISO.fullmatch(text)
    if found:
        year, month, of_month = found.groups()
    else:
        found = _LOCAL.fullmatch(text)
        if not found:
            return None
        of_month, month, year = found.groups()
        if month_first:
            of_month, month = month, of_month
    try:
        return date(int(year), int(month), int(of_month))
    except ValueError:
        return None


def birth_year(text: str, *, month_first: bool = False) -> int | None:
    """Year of birth from a year or a day; None if the cell holds neither."""
    if _YEAR.fullmatch(text):
        return int(text)
    found = day(text, month_first=month_first)
    return found.year if found else None


def phone_number(text: str) -> str:
    """The first number of a cell with digits only, 0 first: +84 912 345 678 is 0912345678."""
    digits = text
    if not digits.isdigit():
        digits = _NOT_DIGITS.sub("", _SEVERAL.split(text, maxsplit=1)[0])
    if digits.startswith("84") and len(digits) >= 11:
        digits = "0" + digits[2:]
    elif _LOST_ZERO.fullmatch(digits):
        # A spreadsheet that took the number for a quantity dropped its first digit.
        digits = "0" + digits
    return digits


def is_plausible_phone(digits: str) -> bool:
    """Whether it can be a Vietnamese number: right length and prefix, not one digit again."""
    return bool(_PLAUSIBLE_PHONE.fullmatch(digits)) and len(set(digits[3:])) > 1


def is_plausible_name(name: str) -> bool:
    """Whether it can be somebody's full name: two words or more, letters, no stand-in."""
    folded = name.casefold()
    if _NO_NAME.search(folded) or folded in _PLACEHOLDERS:
        return False
    return folded.partition(" ")[0] not in _PLACEHOLDERS
