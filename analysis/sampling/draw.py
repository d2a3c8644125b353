"""Draw a stratified sample from a public seed; anybody can draw it again."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from analysis.errors import SamplingError
from analysis.sampling.prn import permanent_random_keys

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
        or "reserve"), ``rank`` (1, 2, … in the stratum; reserves follow the main cases), ``prn``
        in [0, 1), ``inclusion_probability`` (main cases over units of the stratum).

    Raises
    ------
    SamplingError
        ``draw.seed``, ``draw.duplicate_id``, ``draw.unplanned_stratum``, ``draw.empty_stratum``,
        ``draw.stratum_too_small``, ``draw.negative_size``; facts name the unit or stratum.

    Notes
    -----
    The units of a stratum with the smallest keys are taken, so the result does not depend on the
    order of the rows.  Sequential sampling by sorted random numbers is simple random sampling.
    Source: Ohlsson (1995); Tillé (2006), sec. 4.4.
    """
    if not seed.strip():
        raise SamplingError("draw.seed", "The seed is empty.", hint="Use the published number.")
    frame = pd.DataFrame({"id": list(map(_nfc, ids)), "stratum": list(map(_nfc, strata))})
    wanted = {_nfc(stratum): (int(main), int(more)) for stratum, (main, more) in sizes.items()}
    _check(frame, wanted)
    frame["key"] = permanent_random_keys(seed, frame["id"].tolist())
    frame["prn"] = (frame["key"].to_numpy() >> np.uint64(11)).astype(float) / 2.0**53
    frame["utf8"] = frame["id"].str.encode("utf-8")
    frame = frame.sort_values(["stratum", "key", "utf8"], kind="stable", ignore_index=True)
    frame["rank"] = frame.groupby("stratum", sort=False).cumcount() + 1
    main = frame["stratum"].map({s: m for s, (m, _) in wanted.items()}).to_numpy()
    both = frame["stratum"].map({s: m + r for s, (m, r) in wanted.items()}).to_numpy()
    population = frame.groupby("stratum")["id"].transform("size").to_numpy()
    frame["role"] = np.where(frame["rank"] <= main, MAIN, RESERVE)
    frame["inclusion_probability"] = main / population
    columns = ["id", "stratum", "role", "rank", "prn", "inclusion_probability"]
    return frame.loc[frame["rank"] <= both, columns].reset_index(drop=True)


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


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _check(frame: pd.DataFrame, wanted: Mapping[str, tuple[int, int]]) -> None:
    twice = frame["id"][frame["id"].duplicated()]
    if not twice.empty:
        raise SamplingError(
            "draw.duplicate_id", f"Unit {twice.iloc[0]!r} is in the frame twice.", id=twice.iloc[0]
        )
    counts = frame["stratum"].value_counts()
    for stratum in sorted(set(counts.index) - set(wanted)):
        raise SamplingError(
            "draw.unplanned_stratum",
            f"Stratum {stratum!r} is in the frame but not in the plan.",
            stratum=stratum,
        )
    for stratum, (main, more) in sorted(wanted.items()):
        available = int(counts.get(stratum, 0))
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
                planned=main + more,
            )
