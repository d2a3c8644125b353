"""Text on its way in: one way to write each letter, nothing that cannot be seen."""

from __future__ import annotations

import re
import unicodedata

_BREAKS = re.compile("\r\n?|[\u0085\u2028\u2029]")
_BLANKS = re.compile(r"\s+")
_BLANK_LINES = re.compile(r"\n{3,}")


def clean_line(text: str) -> str:
    """One line: NFC, no invisible characters, single spaces, none at the ends.

    The same word typed on two machines ("ế" as one, two or three code points) becomes equal.
    """
    return _BLANKS.sub(" ", _visible(unicodedata.normalize("NFC", text))).strip()


def clean_block(text: str) -> str:
    """Several lines: each cleaned, line ends as \\n, at most one empty line in a row."""
    lines = _BREAKS.sub("\n", text).split("\n")
    return _BLANK_LINES.sub("\n\n", "\n".join(clean_line(line) for line in lines)).strip("\n")


def _visible(text: str) -> str:
    """Without control, format (zero-width, direction), private and unassigned code points."""
    return "".join(c for c in text if c.isspace() or not unicodedata.category(c).startswith("C"))
