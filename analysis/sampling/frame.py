"""A frame as a draw sees it: different ids with their keys, strata as codes, planned sizes."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import SamplingError
from analysis.sampling import ids as texts
from analysis.sampling.prn import permanent_random_keys
from analysis.sampling.selection import count_codes


@dataclass(frozen=True, eq=False, slots=True)
class Coded:
    """Strata by number, in the order of their names; ``main`` and ``reserve`` are planned cases."""

    ids: Sequence[str]
    names: NDArray[np.object_]
    codes: NDArray[np.int64]
    counts: NDArray[np.int64]
    main: NDArray[np.int64]
    reserve: NDArray[np.int64]


def check_seed(seed: str) -> None:
    """Raises SamplingError (``draw.seed``) where the seed is empty."""
    if not seed.strip():
        raise SamplingError("draw.seed", "The seed is empty.", hint="Use the published number.")


def unit_keys(seed: str, ids: Sequence[str]) -> NDArray[np.uint64]:
    """Keys of units whose ids are all different.

    Raises SamplingError (``draw.seed``, ``prn.id``, ``draw.duplicate_id``: facts give the id and
    both rows, from 0).
    """
    check_seed(seed)
    keys = permanent_random_keys(seed, ids)
    ordered = np.sort(keys)
    # The same id has the same key; different ids almost never have.
    shared = ordered[1:][ordered[1:] == ordered[:-1]]
    if shared.size:
        _refuse_twice(ids, np.flatnonzero(np.isin(keys, shared)))
    return keys


def code_labels(labels: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Codes and names (NFC, sorted) of the labels of all units."""
    codes, found = pd.factorize(np.asarray(labels, dtype=object))
    bad = np.flatnonzero(codes < 0)
    if bad.size or not all(isinstance(name, str) for name in found):
        row = int(bad[0]) if bad.size else _first_non_text(labels)
        raise SamplingError("draw.stratum", f"Row {row} has no stratum.", row=row)
    clean = np.array([unicodedata.normalize("NFC", name) for name in found], dtype=object)
    names, renamed = np.unique(clean, return_inverse=True)
    return renamed.astype(np.int64)[codes], names


def code_strata(
    ids: Sequence[str], strata: Sequence[str], sizes: Mapping[str, tuple[int, int]]
) -> Coded:
    """The frame with the sizes planned for its strata; see `draw_stratified` for the errors."""
    given = texts.sequence(ids)
    codes, names = code_labels(strata)
    if codes.size != len(given):
        raise SamplingError(
            "draw.shape",
            f"{len(given)} ids but {codes.size} strata.",
            ids=len(given),
            strata=int(codes.size),
        )
    counts = count_codes(codes, names.size)
    _check_sizes(dict(zip(names, counts, strict=True)), sizes)
    planned = [sizes[name] for name in names]
    main, reserve = np.array(planned, dtype=np.int64).reshape(-1, 2).T
    return Coded(given, names, codes, counts, main, reserve)


def _first_non_text(labels: Sequence[str]) -> int:
    return next(row for row, label in enumerate(labels) if not isinstance(label, str))


def _refuse_twice(ids: Sequence[str], rows: NDArray[np.int64]) -> None:
    seen: dict[bytes, int] = {}
    for row in map(int, rows):
        earlier = seen.setdefault(texts.to_bytes(ids[row]), row)
        if earlier != row:
            raise SamplingError(
                "draw.duplicate_id",
                f"Unit {ids[row]!r} is in the frame twice, in rows {earlier} and {row}.",
                id=ids[row],
                rows=(earlier, row),
            )


def _check_sizes(counts: Mapping[str, int], wanted: Mapping[str, tuple[int, int]]) -> None:
    for stratum in sorted(set(counts) - set(wanted)):
        raise SamplingError(
            "draw.unplanned_stratum",
            f"Stratum {stratum!r} is in the frame but not in the plan.",
            stratum=stratum,
        )
    for stratum, (main, more) in sorted(wanted.items()):
        available = int(counts.get(stratum, 0))
        if not all(isfinite(n) and n == int(n) for n in (main, more)):
            raise SamplingError(
                "draw.not_whole",
                f"Stratum {stratum!r}: {main} + {more} are no whole numbers.",
                stratum=stratum,
            )
        if main < 0 or more < 0:
            raise SamplingError(
                "draw.negative_size", f"Stratum {stratum!r} has a negative size.", stratum=stratum
            )
        # A stratum that has units but no main case would have probability zero: not a sample of it.
        if available and not main:
            raise SamplingError(
                "draw.empty_stratum",
                f"Stratum {stratum!r} has {available} units but no planned case.",
                hint="Give every stratum a floor of one, or leave it out of the frame.",
                stratum=stratum,
            )
        if main + more > available:
            raise SamplingError(
                "draw.stratum_too_small",
                f"Stratum {stratum!r} has {available} units; {main} + {more} are planned.",
                stratum=stratum,
                available=available,
                planned=int(main + more),
            )
