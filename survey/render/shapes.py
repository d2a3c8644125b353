"""SVG elements as text.  No style attribute and no style element: a strict CSP forbids both."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

#: Average width of a letter of a sans-serif face, in em; wide enough for Vietnamese capitals.
_LETTER_EM = 0.58
#: Characters that XML 1.0 cannot hold.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def element(name: str, *content: str, **attributes: object) -> str:
    """One element; ``content`` is markup.  ``class_`` and ``stroke_width`` lose or change the _."""
    written = "".join(
        f" {_name(key)}={_value(value)}" for key, value in attributes.items() if value is not None
    )
    return f"<{name}{written}>{''.join(content)}</{name}>" if content else f"<{name}{written}/>"


def text(x: float, y: float, words: str, **attributes: object) -> str:
    return element("text", plain(words), x=x, y=y, **attributes)


def plain(words: str) -> str:
    """Words as character data."""
    return escape(_NOT_XML.sub("", words))


def width_of(words: str, font_px: float) -> float:
    """About how wide the words are; there is no font to measure on the server."""
    letters = sum(not unicodedata.combining(c) for c in unicodedata.normalize("NFC", words))
    return letters * _LETTER_EM * font_px


def wrapped(words: str, width_px: float, font_px: float) -> list[str]:
    return textwrap.wrap(words, max(8, int(width_px / (_LETTER_EM * font_px))))


def shortened(words: str, width_px: float, font_px: float) -> str:
    """The words, cut with an ellipsis when they do not fit."""
    if width_of(words, font_px) <= width_px:
        return words
    return words[: max(1, int(width_px / (_LETTER_EM * font_px)) - 1)].rstrip() + "…"


@lru_cache(maxsize=256)
def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _value(value: object) -> str:
    if isinstance(value, float):
        return '"' + f"{value:.1f}".rstrip("0").rstrip(".") + '"'
    return _quoted(str(value))


@lru_cache(maxsize=1024)
def _quoted(value: str) -> str:
    return quoteattr(value)
