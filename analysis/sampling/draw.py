"""Draw a stratified sample from a public seed; anybody can draw it again."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.sampling.frame import Coded, code_strata, unit_keys
from analysis.sampling.prn import to_unit_interval
from analysis.sampling.selection import smallest_keys

MAIN, RESERVE = "main", "reserve"


def draw_stratified(
    ids: Sequence[str],
    strata: Sequence[str],
    sizes: Mapping[str, tuple[int, int]],
    seed: str,
) -> pd.DataFrame:
    """Simple random sampling without replacement in each stratum, by permanent random numbers.

    Parameters
    ----------
    ids : (N,) str
        Ids of the frame's units, all different.
    strata : (N,) str
        Stratum of each unit.
    sizes : mapping
        Stratum -> (main cases, reserve cases).  Every stratum of the frame must be named.
    seed : str
        Public seed; not empty.

    Returns
    -------
    DataFrame
        One row a drawn unit, sorted by stratum, then rank: ``id``, ``stratum``, ``role`` ("main"
        or "reserve"), ``rank`` (1, 2, … in the stratum; reserves follow the main cases), ``key``
        (64 bits) and its ``prn`` in [0, 1), ``inclusion_probability`` (main cases over units of
        the stratum).

    Raises
    ------
    SamplingError
        ``draw.seed``, ``draw.duplicate_id``, ``draw.unplanned_stratum``, ``draw.empty_stratum``,
        ``draw.stratum_too_small``, ``draw.negative_size``, ``draw.not_whole``, ``draw.shape``,
        ``prn.id``; facts name the unit, the row or the stratum.

    Notes
    -----
    The units of a stratum with the smallest keys are taken, so the result does not depend on the
    order of the rows.  Sequential sampling by sorted random numbers is simple random sampling.
    Source: Ohlsson (1995); Tillé (2006), sec. 4.4.
    """
    coded = code_strata(ids, strata, {_nfc(name): both for name, both in sizes.items()})
    keys = unit_keys(seed, coded.ids)
    return drawn_table(coded, keys, keys)


def digest(drawn: pd.DataFrame) -> str:
    """sha256 (hexadecimal) of a drawn sample.

    The text that is hashed has one line a drawn unit, in the order stratum (by UTF-8 bytes),
    rank: stratum, role, rank and id, separated by the byte 0x1F, ended by a line feed; UTF-8.
    """
    rows = sorted(
        zip(drawn["stratum"], drawn["rank"], drawn["role"], drawn["id"], strict=True),
        key=lambda row: (row[0].encode(), row[1]),
    )
    lines = (f"{stratum}\x1f{role}\x1f{rank}\x1f{unit}\n" for stratum, rank, role, unit in rows)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def drawn_table(coded: Coded, keys: NDArray[np.uint64], order: NDArray[np.uint64]) -> pd.DataFrame:
    """The drawn units by ``order``, the keys as they are or turned for another wave."""
    both = coded.main + coded.reserve
    drawn = smallest_keys(coded.codes, order, both, coded.ids, coded.counts)
    main = coded.main[drawn.codes]
    return pd.DataFrame(
        {
            "id": [_nfc(coded.ids[row]) for row in drawn.rows],
            "stratum": coded.names[drawn.codes],
            "role": np.where(drawn.rank <= main, MAIN, RESERVE),
            "rank": drawn.rank,
            "key": keys[drawn.rows],
            "prn": to_unit_interval(keys[drawn.rows]),
            "inclusion_probability": main / coded.counts[drawn.codes],
        }
    )


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
