"""Ids of units as bytes: NFC, UTF-8, a whole chunk at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np

from analysis.errors import SamplingError

#: Characters that compose with nothing: one that no id holds keeps the ids apart.
_SEPARATORS = "\x00\n\x1e\x1c\x01\x02"


def sequence(ids: Sequence[str]) -> Sequence[str]:
    """The ids as something that can be cut into slices of texts."""
    if isinstance(ids, (list, tuple)):
        return ids
    return np.asarray(ids, dtype=object).tolist()


def to_bytes(text: str) -> bytes:
    """One text as NFC in UTF-8."""
    return unicodedata.normalize("NFC", text).encode()


def encode(texts: Sequence[str], *, row: int = 0) -> list[bytes]:
    """All texts as NFC in UTF-8.  Raises SamplingError (``prn.id``); rows count from ``row``.

    They are joined, normalised, encoded and split at once, which runs no Python code a row.  The
    separator composes with nothing, so that each text is normalised as it would be alone.
    """
    try:
        for separator in _SEPARATORS:
            joined = separator.join(texts)
            if joined.count(separator) == len(texts) - 1:
                if not joined.isascii():
                    joined = unicodedata.normalize("NFC", joined)
                return joined.encode().split(separator.encode())
        return [to_bytes(text) for text in texts]
    except (TypeError, UnicodeEncodeError):
        raise _refused(texts, row) from None


def _refused(texts: Sequence[str], row: int) -> SamplingError:
    for i, text in enumerate(texts):
        try:
            to_bytes(text)
        except (TypeError, UnicodeEncodeError):
            return SamplingError(
                "prn.id",
                f"Row {row + i}: {text!r} is no text that can be an id.",
                row=row + i,
                id=repr(text),
            )
    raise AssertionError("every text can be encoded")
