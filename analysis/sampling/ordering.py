"""The order of a list before a systematic draw."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analysis.errors import SamplingError


def list_order(ids: Sequence[str], columns: Sequence[Sequence[object]]) -> NDArray[np.int64]:
    """Rows sorted by the columns, the first one first, then by id.

    Parameters
    ----------
    ids : (N,) str
    columns : sequence of (N,)
        All numbers (by value) or all texts (as NFC, by code point, which is the order of the
        UTF-8 bytes).

    Raises
    ------
    SamplingError
        ``design.order``: another length, mixed kinds, or no number; facts give column and row.

    Source: implicit stratification, Särndal, Swensson and Wretman (1992), sec. 3.4.4.
    """
    ranks = [_ranks([unicodedata.normalize("NFC", unit) for unit in ids])]
    for number, column in enumerate(columns):
        ranks.append(_column(number, column, len(ids)))
    # lexsort takes the last key as the first.
    return np.lexsort([ranks[0], *reversed(ranks[1:])])


def _column(number: int, column: Sequence[object], count: int) -> NDArray[np.int64]:
    values = list(column)
    if len(values) != count:
        raise SamplingError(
            "design.order",
            f"Column {number} has {len(values)} entries for {count} units.",
            column=number,
        )
    texts = [isinstance(value, str) for value in values]
    if all(texts):
        return _ranks([unicodedata.normalize("NFC", value) for value in values])
    for row, value in enumerate(values):
        if texts[row] or not _is_number(value):
            raise SamplingError(
                "design.order",
                f"Column {number}, row {row}: {value!r} cannot be put in an order with the others.",
                hint="A column holds only numbers or only texts, and no empty cells.",
                column=number,
                row=row,
            )
    return np.unique(np.asarray(values, dtype=float), return_inverse=True)[1]


def _is_number(value: object) -> bool:
    try:
        return bool(np.isfinite(float(value)))
    except (TypeError, ValueError):
        return False


def _ranks(texts: list[str]) -> NDArray[np.int64]:
    return np.unique(np.array(texts, dtype=object), return_inverse=True)[1]
