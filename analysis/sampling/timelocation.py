"""Sampling at a desk that keeps no list: half days are drawn, then every k-th visitor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.errors import SamplingError
from analysis.sampling.multiplicity import share_weights
from analysis.sampling.prn import permanent_random_keys

HALVES = ("am", "pm")
_VISITOR = "visitor\x1f"


def half_day_slots(
    desks: Iterable[str], days: Iterable[date], *, halves: Sequence[str] = HALVES
) -> pd.DataFrame:
    """The frame of half days: ``id`` (desk|day|half), ``desk``, ``day`` (ISO), ``half``.

    Draw from it with `draw_design`, the desks (or desks and halves) as strata.
    Raises SamplingError (``slots.empty``) where there is no slot.
    Source: Kish (1965), sec. 11.2 (populations in time and space); Karon and Wejnert (2012).
    """
    dates = [day.isoformat() for day in sorted(set(days))]
    rows = [
        {"id": f"{desk}|{day}|{half}", "desk": desk, "day": day, "half": half}
        for desk in desks
        for day in dates
        for half in halves
    ]
    if not rows:
        raise SamplingError("slots.empty", "No desk is open on any of the days.")
    return pd.DataFrame(rows)


def visitor_plan(
    drawn: pd.DataFrame, seed: str, *, expected: ArrayLike, take: int, most: int = 0
) -> pd.DataFrame:
    """Which visitors to ask in each drawn slot.

    Parameters
    ----------
    drawn : DataFrame
        Drawn slots with ``id`` and ``inclusion_probability``.
    seed : str
        Public seed.
    expected : (n,) float
        Visitors expected in each slot, > 0.
    take : int
        Visitors to ask in a slot, as far as the expectation holds; at least 1.
    most : int
        Longest interval, so that a slot that turns out empty still has somebody; 0 for none.

    Returns
    -------
    DataFrame
        The slots with ``interval`` k = max(1, ⌊expected / take⌋), ``start`` (the first visitor
        to ask, 1 … k) and ``visitor_probability`` = π_slot / k: exact for every visitor, however
        many come.

    Raises
    ------
    SamplingError
        ``slots.expected`` (names the slot), ``slots.take``, ``draw.seed``.

    Notes
    -----
    start = 1 + ⌊h k / 2**32⌋ with h the upper 32 bits of the key of the text "visitor", the byte
    0x1F and the slot's id.
    Source: Särndal, Swensson and Wretman (1992), sec. 3.4.2, within two stages (sec. 4.3).
    """
    if not seed.strip():
        raise SamplingError("draw.seed", "The seed is empty.", hint="Use the published number.")
    if take < 1 or most < 0:
        raise SamplingError(
            "slots.take", "At least one visitor must be asked in a slot.", take=take
        )
    coming = np.broadcast_to(np.asarray(expected, dtype=float), len(drawn))
    bad = np.flatnonzero(~((coming > 0) & np.isfinite(coming)))
    if bad.size:
        slot = drawn["id"].iloc[int(bad[0])]
        raise SamplingError(
            "slots.expected",
            f"Slot {slot!r}: {coming[bad[0]]:g} visitors cannot be expected.",
            slot=slot,
        )
    interval = np.maximum(np.floor(coming / take), 1).astype(np.int64)
    if most:
        interval = np.minimum(interval, most)
    keys = permanent_random_keys(seed, [_VISITOR + slot for slot in drawn["id"]])
    turn = ((keys >> np.uint64(32)) * interval.astype(np.uint64)) >> np.uint64(32)
    return drawn.assign(
        interval=interval,
        start=1 + turn.astype(np.int64),
        visitor_probability=drawn["inclusion_probability"].to_numpy() / interval,
    )


def visitors_to_ask(start: int, interval: int, visitors: int) -> NDArray[np.int64]:
    """Numbers of the visitors to ask when ``visitors`` come: start, start + k, …"""
    return np.arange(start, visitors + 1, interval)


def visitor_weights(probabilities: ArrayLike, visits: ArrayLike) -> NDArray[np.float64]:
    """Weights of those who were asked, for persons: 1 / (π_visitor · visits of the period).

    ``visits`` is each person's number of visits to the desks in the period; with ones the weights
    are for visits.  Errors and source as `share_weights`.
    """
    return share_weights(probabilities, visits)
