"""One draw for every design: the units of each stratum, their roles and probabilities."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.errors import SamplingError
from analysis.sampling.draw import MAIN, RESERVE, drawn_table
from analysis.sampling.frame import Coded, code_strata, unit_keys
from analysis.sampling.maxentropy import conditional_poisson, conditional_poisson_joint
from analysis.sampling.ordering import list_order
from analysis.sampling.pareto import pareto, pareto_joint, pareto_probabilities
from analysis.sampling.prn import permanent_random_keys, to_unit_interval
from analysis.sampling.probabilities import pps_probabilities, srs_joint
from analysis.sampling.sampford import sampford, sampford_joint
from analysis.sampling.systematic import systematic, systematic_joint
from analysis.sampling.turning import turned_by_stratum

DESIGNS = ("srs", "systematic", "pps_systematic", "sampford", "pareto", "max_entropy")
_WITH_SIZE = ("pps_systematic", "sampford", "pareto", "max_entropy")
_ORDERED = ("systematic", "pps_systematic")
_COORDINATED = ("srs", "pareto")
_START = "start\x1f"
_JOINT = {
    "sampford": sampford_joint,
    "pareto": pareto_joint,
    "max_entropy": conditional_poisson_joint,
}


def draw_design(
    ids: Sequence[str],
    strata: Sequence[str],
    sizes: Mapping[str, tuple[int, int]],
    seed: str,
    *,
    design: str,
    measure: ArrayLike | None = None,
    order: Sequence[Sequence[object]] = (),
    starts: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Draw a sample in each stratum by one of the designs.

    Parameters
    ----------
    ids, strata, sizes, seed
        As in `draw_stratified`.
    design : str
        ``srs``; ``systematic`` (equal probabilities, fractional interval); ``pps_systematic``,
        ``sampford``, ``pareto``, ``max_entropy`` (proportional to ``measure``, certainty units
        taken out).
    measure : (N,) float
        Measure of size, > 0, for the designs with unequal probabilities.
    order : sequence of (N,) columns
        What the list is sorted by before a systematic draw (implicit stratification), the first
        column first: numbers by value, texts by code point; then by id.
    starts : mapping
        Stratum -> start of the random numbers in [0, 1), to keep or avoid the cases of an earlier
        wave with the same seed; for ``srs`` and ``pareto``.

    Returns
    -------
    DataFrame
        One row a drawn unit, sorted by stratum, then rank: ``id``, ``stratum``, ``role``,
        ``rank``, ``prn``, ``inclusion_probability`` (exact, of a main case), ``certain``.

    Raises
    ------
    SamplingError
        ``design.unknown``, ``design.measure`` (missing, or of another length), ``design.order``,
        ``pps.size`` (names the row), ``sampford.too_large``, ``pareto.too_large``,
        ``maxentropy.too_large``, ``coordination.design``, ``coordination.start``,
        ``coordination.stratum``, and those of `draw_stratified`.

    Notes
    -----
    Only the seed and the ids decide.  A unit's number is its permanent random number; the start
    of a systematic draw is that of the text "start", the byte 0x1F and the stratum's name (its
    64-bit key over 2**64 at equal probabilities).  Sampford's design and maximum entropy go
    through the list by id.  Ranks follow the random numbers (srs), the list (systematic), the ids
    (Sampford, maximum entropy) or the ranking numbers (Pareto).  Reserve cases are the units with
    the smallest keys among those that were not drawn.
    Source: Särndal, Swensson and Wretman (1992), ch. 3; Tillé (2006), chs. 4 to 7.
    """
    prepared = _prepare(ids, strata, sizes, design, measure, order)
    coded = prepared.coded
    keys = unit_keys(seed, coded.ids)
    if starts and design not in _COORDINATED:
        raise SamplingError(
            "coordination.design",
            f"Another start does not control the overlap of the design {design!r}.",
            hint=f"Use one of {_COORDINATED}.",
            design=design,
        )
    numbers = turned_by_stratum(coded, keys, starts or {})
    if design == "srs":
        drawn = drawn_table(coded, keys, numbers)
        return drawn.assign(certain=drawn["inclusion_probability"] == 1.0)
    begins = permanent_random_keys(seed, [_START + name for name in coded.names])
    parts = []
    for h, rows in enumerate(prepared.rows):
        taken, probability = _take(prepared, h, numbers[rows], int(begins[h]))
        kept = _with_reserve(taken, numbers[rows], int(coded.reserve[h]))
        parts.append((rows[kept], probability[kept]))
    return _table(coded, keys, parts)


def joint_probabilities(
    ids: Sequence[str],
    strata: Sequence[str],
    sizes: Mapping[str, tuple[int, int]],
    *,
    design: str,
    measure: ArrayLike | None = None,
    order: Sequence[Sequence[object]] = (),
) -> dict[str, pd.DataFrame]:
    """Exact joint probabilities of the main cases of each stratum.

    Parameters as in `draw_design`.

    Returns
    -------
    dict of stratum -> DataFrame
        Ids as rows and columns, π_k on the diagonal.  Units of different strata are drawn
        independently: their joint probability is the product.

    Raises
    ------
    SamplingError
        Those of `draw_design`, with lower limits on the number of units.
    """
    prepared = _prepare(ids, strata, sizes, design, measure, order)
    found = {}
    for h, name in enumerate(prepared.coded.names):
        rows, n = prepared.rows[h], int(prepared.coded.main[h])
        labels = [prepared.coded.ids[row] for row in rows]
        found[name] = pd.DataFrame(_joint(prepared, h, n), index=labels, columns=labels)
    return found


@dataclass(frozen=True, eq=False, slots=True)
class _Prepared:
    design: str
    coded: Coded
    #: Rows of each stratum in the order of the list.
    rows: list[NDArray[np.int64]]
    measure: NDArray[np.float64] | None

    def wanted(self, h: int, n: int) -> NDArray[np.float64]:
        rows = self.rows[h]
        if self.measure is None:
            return np.full(rows.size, n / rows.size)
        try:
            return pps_probabilities(self.measure[rows], n)
        except SamplingError as refused:
            raise self._named(refused, rows) from None

    def _named(self, refused: SamplingError, rows: NDArray[np.int64]) -> SamplingError:
        """The same refusal with the row of the frame and the unit's id."""
        if "row" not in refused.facts:
            refused.facts["stratum"] = self.coded.names[self.coded.codes[rows[0]]]
            return refused
        row = int(rows[refused.facts["row"]])
        unit, size = self.coded.ids[row], float(self.measure[row])
        return SamplingError(
            refused.code,
            f"Row {row} ({unit!r}): a size of {size:g} gives the unit no probability.",
            hint=refused.hint,
            row=row,
            id=unit,
            size=size,
        )


def _prepare(
    ids: Sequence[str],
    strata: Sequence[str],
    sizes: Mapping[str, tuple[int, int]],
    design: str,
    measure: ArrayLike | None,
    order: Sequence[Sequence[object]],
) -> _Prepared:
    if design not in DESIGNS:
        raise SamplingError(
            "design.unknown", f"Unknown design {design!r}.", hint=f"One of {DESIGNS}."
        )
    named = {unicodedata.normalize("NFC", name): both for name, both in sizes.items()}
    coded = code_strata(ids, strata, named)
    x = None
    if design in _WITH_SIZE:
        x = _measure(measure, len(coded.ids))
    along = list_order(coded.ids, order if design in _ORDERED else ())
    grouped = along[np.argsort(coded.codes[along], kind="stable")]
    return _Prepared(design, coded, np.split(grouped, np.cumsum(coded.counts)[:-1]), x)


def _measure(measure: ArrayLike | None, count: int) -> NDArray[np.float64]:
    if measure is None or np.shape(measure) != (count,):
        raise SamplingError(
            "design.measure",
            f"Unequal probabilities need one measure of size for each of {count} units.",
            units=count,
        )
    return np.asarray(measure, dtype=float)


def _take(
    prepared: _Prepared, h: int, keys: NDArray[np.uint64], start: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Positions in the stratum's list, in the order of their ranks, and all probabilities."""
    n = int(prepared.coded.main[h])
    wanted = prepared.wanted(h, n)
    if prepared.design == "systematic":
        return _equal_steps(keys.size, n, Fraction(start, 2**64)), wanted
    if prepared.design == "pps_systematic":
        return systematic(wanted, float(to_unit_interval(np.uint64([start]))[0])), wanted
    numbers = to_unit_interval(keys)
    if prepared.design == "sampford":
        return sampford(wanted, numbers), wanted
    if prepared.design == "max_entropy":
        return conditional_poisson(wanted, numbers), wanted
    return pareto(wanted, numbers), pareto_probabilities(wanted)


def _equal_steps(population: int, n: int, start: Fraction) -> NDArray[np.int64]:
    """Positions ⌊(u + i) N / n⌋, i = 0 … n − 1, in exact fractions."""
    top, bottom = start.numerator * population, start.denominator * n
    step = start.denominator * population
    return np.array([(top + i * step) // bottom for i in range(n)], dtype=np.int64)


def _joint(prepared: _Prepared, h: int, n: int) -> NDArray[np.float64]:
    if prepared.design == "srs":
        return srs_joint(prepared.rows[h].size, n)
    wanted = prepared.wanted(h, n)
    if prepared.design in _ORDERED:
        return systematic_joint(wanted)
    return _JOINT[prepared.design](wanted)


def _with_reserve(
    taken: NDArray[np.int64], keys: NDArray[np.uint64], reserve: int
) -> NDArray[np.int64]:
    """Those taken, then the reserve: the smallest keys among the others."""
    left = np.setdiff1d(np.arange(keys.size), taken)
    return np.concatenate([taken, left[np.argsort(keys[left], kind="stable")][:reserve]])


def _table(
    coded: Coded,
    keys: NDArray[np.uint64],
    parts: list[tuple[NDArray[np.int64], NDArray[np.float64]]],
) -> pd.DataFrame:
    rows = np.concatenate([part for part, _ in parts])
    probability = np.concatenate([chance for _, chance in parts])
    rank = np.concatenate([np.arange(1, part.size + 1) for part, _ in parts])
    codes = coded.codes[rows]
    return pd.DataFrame(
        {
            "id": [unicodedata.normalize("NFC", coded.ids[row]) for row in rows],
            "stratum": coded.names[codes],
            "role": np.where(rank <= coded.main[codes], MAIN, RESERVE),
            "rank": rank,
            "prn": to_unit_interval(keys[rows]),
            "inclusion_probability": probability,
            "certain": probability == 1.0,
        }
    )
