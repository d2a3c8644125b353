"""Join cells that are too small with their neighbours, in a fixed order, and say what was joined.

One collapsed cell serves as non-response class, post-stratum and variance stratum alike, so
that the three can never contradict each other.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import AnalysisError
from analysis.weighting.inputs import as_flags, as_labels


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell after collapsing: its unit, the original cells in it, and its cases."""

    unit: Hashable
    members: tuple[Hashable, ...]
    n_sampled: int
    n_respondents: int

    @property
    def label(self) -> str:
        """``unit|a+b``: stable, and unique as long as labels hold neither | nor +."""
        return f"{self.unit}|{'+'.join(str(member) for member in self.members)}"


@dataclass(frozen=True, slots=True)
class Merge:
    """One step: ``cell`` had too few respondents and joined ``into``, its neighbour."""

    unit: Hashable
    cell: tuple[Hashable, ...]
    n_respondents: int
    into: tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Collapsed:
    """The remedy "collapse" and its outcome.

    ``cell_of`` (n,) is the position in ``cells`` of each row; ``merges`` are the steps in the
    order taken; ``short`` the units that stay below ``minimum`` as one cell.
    """

    minimum: int
    cell_of: NDArray[np.int64]
    cells: tuple[Cell, ...]
    merges: tuple[Merge, ...]
    short: tuple[Hashable, ...]

    @property
    def labels(self) -> NDArray:
        """(n,) labels of the collapsed cells, to be used as classes, post-strata or strata."""
        return np.array([cell.label for cell in self.cells])[self.cell_of]

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence a step, to be printed with every result that used these cells."""
        steps = [
            f"{m.unit}: {_name(m.cell)} ({m.n_respondents} respondents, fewer than "
            f"{self.minimum}) was joined with {_name(m.into)}"
            for m in self.merges
        ]
        left = [f"{unit}: fewer than {self.minimum} respondents in all" for unit in self.short]
        return tuple(steps + left)


def collapse(
    units: ArrayLike,
    cells: ArrayLike,
    responded: ArrayLike,
    *,
    minimum: int,
    order: Sequence[Hashable] | None = None,
    keep_short: bool = False,
) -> Collapsed:
    """Collapse small cells into neighbours of the same unit.

    Parameters
    ----------
    units, cells : (n,) labels
        A row's unit (never crossed) and its cell within it, such as the field of the dossier.
    responded : (n,) bool
        The cases that count towards ``minimum``.
    minimum : int
        Fewest respondents of a cell; at least 2 where cells become variance strata.
    order : sequence of labels
        The order in which cells are neighbours; default the order of their labels.
    keep_short : bool
        Keep a unit that has fewer than ``minimum`` respondents in all as one cell and list it
        in ``short``; without it such a unit is an error.  A unit without any respondent always is.

    Returns
    -------
    Collapsed
        The result does not depend on the order of the rows.

    Raises
    ------
    AnalysisError
        ``collapse.minimum``, ``collapse.order`` (a cell is absent from it),
        ``collapse.unit_without_respondents``, ``collapse.unit_below_minimum``.

    Notes
    -----
    Within a unit, as long as a cell is below the minimum: the one with the fewest respondents
    (the earliest in order among equals) joins the one of its two neighbours in order that has
    fewer respondents (the earlier among equals).
    """
    unit = np.asarray(units)
    unit = as_labels(unit, unit.size, "units")
    cell = as_labels(cells, unit.size, "cells")
    counts = as_flags(responded, unit.size, "responded")
    if minimum < 1:
        raise AnalysisError("collapse.minimum", "The minimum is at least 1.", minimum=minimum)
    ranked = _ranked(cell, order)
    where = np.array([ranked[label] for label in cell.tolist()], dtype=np.int64)
    words = list(ranked)
    cell_of = np.zeros(unit.size, dtype=np.int64)
    cells_after: list[Cell] = []
    merges: list[Merge] = []
    short: list[Hashable] = []
    for name in np.unique(unit).tolist():
        rows = np.flatnonzero(unit == name)
        sampled = np.bincount(where[rows], minlength=len(words))
        answered = np.bincount(where[rows], counts[rows], len(words)).astype(int)
        groups = _merge_unit(name, sampled, answered, words, minimum, merges)
        if answered.sum() < minimum:
            _refuse_short(name, int(answered.sum()), minimum, keep_short)
            short.append(name)
        for group in groups:
            cell_of[rows[np.isin(where[rows], group)]] = len(cells_after)
            members = tuple(words[i] for i in group)
            cells_after.append(
                Cell(name, members, int(sampled[group].sum()), int(answered[group].sum()))
            )
    return Collapsed(minimum, cell_of, tuple(cells_after), tuple(merges), tuple(short))


def _ranked(cell: NDArray, order: Sequence[Hashable] | None) -> dict[Hashable, int]:
    present = np.unique(cell).tolist()
    ranked = {label: i for i, label in enumerate(present if order is None else order)}
    absent = [label for label in present if label not in ranked]
    if absent:
        raise AnalysisError(
            "collapse.order",
            f"Cell {absent[0]!r} has no place in the order.",
            hint="Name every cell that occurs once, in the order of neighbourhood.",
            absent=absent,
        )
    return ranked


def _merge_unit(
    unit: Hashable,
    sampled: NDArray,
    answered: NDArray,
    words: list[Hashable],
    minimum: int,
    merges: list[Merge],
) -> list[list[int]]:
    """Groups of cell positions, in order; the steps are appended to ``merges``."""
    groups = [[i] for i in np.flatnonzero(sampled).tolist()]

    def size(i: int) -> int:
        return int(answered[groups[i]].sum())

    while len(groups) > 1:
        small = min(range(len(groups)), key=lambda i: (size(i), i))
        if size(small) >= minimum:
            break
        beside = [i for i in (small - 1, small + 1) if 0 <= i < len(groups)]
        into = min(beside, key=lambda i: (size(i), i))
        merges.append(
            Merge(
                unit,
                tuple(words[i] for i in groups[small]),
                size(small),
                tuple(words[i] for i in groups[into]),
            )
        )
        groups[into] = sorted(groups[into] + groups[small])
        del groups[small]
    return groups


def _refuse_short(unit: Hashable, n: int, minimum: int, keep_short: bool) -> None:
    if n == 0:
        raise AnalysisError(
            "collapse.unit_without_respondents",
            f"Unit {unit!r} has no respondent; no other unit may speak for it.",
            hint="Leave the unit out of the estimates and say so.",
            unit=unit,
        )
    if not keep_short:
        raise AnalysisError(
            "collapse.unit_below_minimum",
            f"Unit {unit!r} has {n} respondents in all, fewer than {minimum}.",
            hint="Pass keep_short=True to keep it as one cell; the result then lists it.",
            unit=unit,
            n=n,
            minimum=minimum,
        )


def _name(members: tuple[Hashable, ...]) -> str:
    return "+".join(str(member) for member in members)
