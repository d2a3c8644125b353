"""Ids of units as bytes: NFC, UTF-8, without a loop over rows."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.errors import SamplingError

#: Characters that compose with nothing: one that no id holds keeps the ids apart.
_SEPARATORS = "\x00\n\x1e\x1c\x01\x02"


@dataclass(frozen=True, eq=False, slots=True)
class Encoded:
    """Texts end to end, a byte after each: text i is ``lengths[i]`` bytes from ``starts[i]``."""

    raw: NDArray[np.uint8]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]

    def __getitem__(self, row: int) -> bytes:
        start = self.starts[row]
        return self.raw[start : start + self.lengths[row]].tobytes()

    def matrix(self, rows: NDArray[np.bool_] | None = None) -> NDArray[np.uint8]:
        """(N, longest) bytes, zero beyond a text's end; only some rows where ``rows`` says so."""
        if rows is not None:
            kept = np.repeat(rows, self.lengths + 1)
            raw = self.raw[: kept.size][kept]
            return Encoded(raw, self.starts[rows], self.lengths[rows]).matrix()
        count, width = self.lengths.size, int(self.lengths.max(initial=0)) + 1
        text = self.raw[: int(self.lengths.sum()) + count]
        if text.size == count * width:
            return text.reshape(count, width)[:, : width - 1]
        # Every text is followed by one separator, which is written too and cut off or blanked.
        made = np.zeros((count, width), dtype=np.uint8)
        made[np.arange(width) <= self.lengths[:, None]] = text
        made[np.arange(count), self.lengths] = 0
        return made[:, : width - 1]


def sequence(ids: Sequence[str]) -> Sequence[str]:
    """The ids as something that can be cut into slices of texts."""
    if isinstance(ids, (list, tuple)):
        return ids
    return np.asarray(ids, dtype=object).tolist()


def to_bytes(text: str) -> bytes:
    """One text as NFC in UTF-8."""
    return unicodedata.normalize("NFC", text).encode()


def encode(texts: Sequence[str], *, row: int = 0) -> Encoded:
    """All texts as NFC in UTF-8.  Raises SamplingError (``prn.id``); rows count from ``row``.

    They are joined, normalised and encoded at once: the separator composes with nothing, so
    that each text is normalised as it would be alone.
    """
    for separator in _SEPARATORS:
        try:
            joined = separator.join(texts)
        except TypeError:
            raise _refused(texts, row) from None
        if joined.count(separator) == len(texts) - 1:
            return _apart(joined, separator, texts, row)
    parts = [to_bytes(text) for text in texts]
    lengths = np.array([len(part) for part in parts], dtype=np.int64)
    raw = np.frombuffer(b"\x00".join(parts) + b"\x00", dtype=np.uint8)
    return Encoded(raw, np.cumsum(lengths + 1) - lengths - 1, lengths)


def _apart(joined: str, separator: str, texts: Sequence[str], row: int) -> Encoded:
    if not joined.isascii():
        joined = unicodedata.normalize("NFC", joined)
    try:
        raw = (joined + separator).encode()
    except UnicodeEncodeError:
        raise _refused(texts, row) from None
    text = np.frombuffer(raw, dtype=np.uint8)
    ends = np.flatnonzero(text == ord(separator))
    starts = np.concatenate([[0], ends[:-1] + 1])
    return Encoded(text, starts, ends - starts)


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
