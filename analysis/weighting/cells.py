"""Merge weighting cells that are too thin, in an order that everybody can follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.errors import DesignError


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell within a group (a unit): frame units, issued cases, respondents."""

    group: str
    label: str
    population: int
    n_issued: int
    n_respondents: int


@dataclass(frozen=True, slots=True)
class Merge:
    """``label`` was merged into ``into`` because it had ``n_respondents`` respondents."""

    group: str
    label: str
    into: str
    n_respondents: int


@dataclass(frozen=True, slots=True)
class Collapsed:
    """``cell_of`` maps (group, label) to its cell's name; merged labels are joined by "+"."""

    cell_of: dict[tuple[str, str], str]
    merges: tuple[Merge, ...]
    #: Groups with fewer respondents than the minimum even as one cell.
    thin: tuple[str, ...]


def collapse(cells: Sequence[Cell], minimum: int) -> Collapsed:
    """Merge cells of the same group until each holds at least ``minimum`` respondents.

    Parameters
    ----------
    cells : sequence of Cell
        (group, label) pairs all different; any order.
    minimum : int
        Fewest respondents of a cell, ≥ 2 so that its variance can be estimated.

    Returns
    -------
    Collapsed

    Raises
    ------
    DesignError
        ``cells.minimum``, ``cells.twice``.

    Notes
    -----
    In each group, again and again: the cell with the fewest respondents (ties: fewer frame units,
    then label) goes to the smallest other cell by frame units (ties: label).  Small goes to small,
    so that the large cells keep their own weights.
    Source: the practice described by Kalton and Flores-Cervantes (2003), sec. 4.
    """
    if minimum < 2:
        raise DesignError("cells.minimum", "A cell needs at least 2 respondents.", minimum=minimum)
    keys = [(cell.group, cell.label) for cell in cells]
    if len(set(keys)) != len(keys):
        raise DesignError("cells.twice", "A cell is given twice.")
    cell_of: dict[tuple[str, str], str] = {}
    merges: list[Merge] = []
    thin: list[str] = []
    for group in sorted({cell.group for cell in cells}):
        parts = {(c.label,): c for c in sorted(cells, key=lambda c: c.label) if c.group == group}
        _merge(group, parts, minimum, merges)
        if any(cell.n_respondents < minimum for cell in parts.values()):
            thin.append(group)
        for labels in parts:
            for label in labels:
                cell_of[group, label] = "+".join(labels)
    return Collapsed(cell_of, tuple(merges), tuple(thin))


def _merge(
    group: str, parts: dict[tuple[str, ...], Cell], minimum: int, merges: list[Merge]
) -> None:
    while len(parts) > 1:
        thinnest = min(
            parts, key=lambda p: (parts[p].n_respondents, parts[p].population, parts[p].label)
        )
        cell = parts[thinnest]
        if cell.n_respondents >= minimum:
            return
        del parts[thinnest]
        nearest = min(parts, key=lambda p: (parts[p].population, parts[p].label))
        other = parts.pop(nearest)
        joined = tuple(sorted((*nearest, *thinnest)))
        merges.append(Merge(group, "+".join(thinnest), "+".join(nearest), cell.n_respondents))
        parts[joined] = Cell(
            group,
            "+".join(joined),
            cell.population + other.population,
            cell.n_issued + other.n_issued,
            cell.n_respondents + other.n_respondents,
        )
