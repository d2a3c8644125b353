"""Waves that know each other: the next wave keeps, rotates or avoids last wave's cases."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.stats import binom

from analysis.errors import SamplingError
from analysis.sampling.draw import drawn_table
from analysis.sampling.frame import code_strata, unit_keys
from analysis.sampling.turning import turned, turned_by_stratum


class Shift(NamedTuple):
    """``start`` on the circle [0, 1) of the random numbers, and the overlap that it promises."""

    start: float
    expected_overlap: float


def draw_coordinated(
    ids: Sequence[str],
    strata: Sequence[str],
    sizes: Mapping[str, tuple[int, int]],
    seed: str,
    starts: Mapping[str, float],
) -> pd.DataFrame:
    """A stratified simple random sample whose numbers are counted from ``starts``.

    Parameters
    ----------
    ids, strata, sizes, seed
        As in `draw_stratified`; the seed is that of the wave to be coordinated with.
    starts : mapping
        Stratum -> start in [0, 1), as from `shift_for_overlap`; 0 where not named: the sample
        that `draw_stratified` draws.

    Returns
    -------
    DataFrame
        As `draw_stratified`; ``prn`` is the number before it is turned.

    Notes
    -----
    A fixed start leaves the draw a simple random sample, also where units were born or died:
    new units bring their own numbers.
    Source: Ohlsson (1995), Coordination of samples using permanent random numbers.
    """
    coded = code_strata(ids, strata, {_nfc(name): both for name, both in sizes.items()})
    keys = unit_keys(seed, coded.ids)
    return drawn_table(coded, keys, turned_by_stratum(coded, keys, starts))


def shift_for_poisson_overlap(before: ArrayLike, now: ArrayLike, overlap: float) -> Shift:
    """The start with which two Poisson samples are expected to share ``overlap`` of this wave's.

    Parameters
    ----------
    before, now : (N,) float
        Probabilities of the two waves; 0 for units that are in one frame only.
    overlap : float
        Wanted share of this wave's expected cases, 0 (avoid) to 1 (keep).

    Returns
    -------
    Shift
        For Pareto samples with the same numbers the expected overlap is nearly the same: their
        sizes are fixed, and their probabilities near the wanted ones.

    Raises
    ------
    SamplingError
        ``coordination.overlap`` (facts give the most and the least), ``pps.probability``.

    Source: Ohlsson (1995), sec. 9.3; Saavedra (1995) for Pareto sampling.
    """
    second = _probabilities(now)
    wanted, grid = overlap * float(second.sum()), np.arange(1000) / 1000
    found = np.array([expected_poisson_overlap(before, second, start) for start in grid])
    if not 0 <= overlap <= 1 or wanted > found[0] + 1e-9 or wanted < found.min() - 0.5:
        raise _out_of_reach(overlap, float(found[0]), float(found.min()))
    if wanted >= found[0]:
        return Shift(0.0, float(found[0]))
    if wanted <= found.min():
        return Shift(float(grid[found.argmin()]), float(found.min()))
    first = int(np.argmax(found <= wanted))

    def over(start: float) -> float:
        return expected_poisson_overlap(before, second, start) - wanted

    start = float(brentq(over, grid[first - 1], grid[first], xtol=1e-12))
    return Shift(start, over(start) + wanted)


def expected_overlap(population: int, n_before: int, n_now: int, start: float) -> float:
    """Expected number of cases in both waves, exact for a start on the circle of numbers.

    The earlier wave takes the ``n_before`` smallest numbers, this one the ``n_now`` that follow
    ``start``.  Of N numbers Binomial(N, start) lie before it, which fixes the ranks of both.

    Raises SamplingError (``coordination.size``) unless 0 ≤ n ≤ N for both.
    Source: Ohlsson (1995), sec. 9.3, as an exact sum over the binomial distribution.
    """
    for n in (n_before, n_now):
        if not 0 <= n <= population:
            raise SamplingError(
                "coordination.size",
                f"{n} of {population} units cannot be drawn.",
                n=n,
                population=population,
            )
    # Below any number that is drawn the sum is that of no shift at all.
    start = 0.0 if start < 1e-300 else start
    before = np.arange(population + 1)
    straight = np.clip(np.minimum(n_before, before + n_now) - before, 0, None)
    around = np.clip(np.minimum(before + n_now - population, n_before), 0, None)
    return float(binom.pmf(before, population, start) @ (straight + around))


def shift_for_overlap(population: int, n_before: int, n_now: int, overlap: float) -> Shift:
    """The start with which a wave is expected to share ``overlap`` of its cases with the last.

    Parameters
    ----------
    population : int
        Units of the stratum, N.
    n_before, n_now : int
        Cases of the earlier wave (which started at 0) and of this one.
    overlap : float
        Wanted share of this wave's cases, 0 (avoid) to 1 (keep).

    Returns
    -------
    Shift
        The start lies between 0 and the point farthest from the earlier wave's cases.  Where an
        overlap of zero is wanted, that point: the expected overlap may then be a trifle above 0.

    Raises
    ------
    SamplingError
        ``coordination.overlap``: the earlier wave has not so many cases, or the stratum is too
        small to avoid them; facts give the most and the least.

    Source: Ohlsson (1995), sec. 9.3.
    """
    most = expected_overlap(population, n_before, n_now, 0.0)
    farthest = min((n_before + population - n_now) / (2 * population), 1 - 1e-12)
    least = expected_overlap(population, n_before, n_now, farthest)
    wanted = overlap * n_now
    # Half a case above the least is as near as whole cases can tell.
    if not 0 <= overlap <= 1 or wanted > most + 1e-9 or wanted < least - 0.5:
        raise _out_of_reach(overlap, most, least)
    if wanted >= most:
        return Shift(0.0, most)
    if wanted <= least:
        return Shift(farthest, least)

    def over(start: float) -> float:
        return expected_overlap(population, n_before, n_now, start) - wanted

    start = float(brentq(over, 0.0, farthest, xtol=1e-12))
    return Shift(start, over(start) + wanted)


def poisson_rows(
    probabilities: ArrayLike, keys: NDArray[np.uint64], start: float = 0.0
) -> NDArray[np.int64]:
    """Rows of a Poisson sample: units whose turned random number lies below π_k.

    Raises SamplingError (``pps.probability``: outside [0, 1]; ``coordination.start``).
    Source: Brewer, Early and Joyce (1972), Selecting several samples from a single population.
    """
    given = _probabilities(probabilities)
    numbers = (turned(keys, start) >> np.uint64(11)).astype(float) / 2.0**53
    return np.flatnonzero(numbers < given)


def expected_poisson_overlap(before: ArrayLike, now: ArrayLike, start: float = 0.0) -> float:
    """Expected number of units in two Poisson samples with the same random numbers, exact.

    Parameters
    ----------
    before, now : (N,) float
        Probabilities of the two waves; the earlier one starts at 0.
    start : float
        Start of this wave.

    Notes
    -----
    A unit is in both where its number lies in [0, π_k) and in [start, start + π'_k) on the circle.
    Source: Ohlsson (1995), sec. 9.2.
    """
    first, second = _probabilities(before), _probabilities(now)
    straight = np.clip(np.minimum(first, start + second) - start, 0, None)
    around = np.clip(np.minimum(first, start + second - 1), 0, None)
    return float((straight + around).sum())


def _out_of_reach(overlap: float, most: float, least: float) -> SamplingError:
    return SamplingError(
        "coordination.overlap",
        f"An overlap of {overlap:g} of the cases cannot be: between {least:.1f} and {most:.1f}"
        " cases in common can be had.",
        overlap=overlap,
        most=most,
        least=least,
    )


def _probabilities(given: ArrayLike) -> NDArray[np.float64]:
    found = np.asarray(given, dtype=float)
    bad = np.flatnonzero(~((found >= 0) & (found <= 1)))
    if bad.size:
        row = int(bad[0])
        raise SamplingError(
            "pps.probability", f"Row {row}: {found[row]:g} is no probability.", row=row
        )
    return found


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
