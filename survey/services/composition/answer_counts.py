"""How each question was answered, unit by unit and over all, added up in one pass.

Imports numpy and pandas: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from survey.services.composition.publish import Inputs

#: From this answer on the scale somebody is satisfied.
_SATISFIED = 4


@dataclass(frozen=True, slots=True)
class Counts:
    """By item: valid answers, satisfied ones, and the weights of both; and the weighting cells."""

    items: Mapping[str, tuple[int, int, float, float]]
    cells: list[dict[str, Any]] = field(default_factory=list)


def weighted(inputs: Inputs) -> pd.DataFrame | None:
    """The eligible answers with the weight after post-stratification; None without any."""
    rows = inputs.respondents
    if rows.empty:
        return None
    sums = rows.groupby("cell")["weight"].transform("sum")
    final = rows["weight"] * rows["cell"].map(inputs.populations) / sums
    return rows.assign(final=final)[rows["eligible"].to_numpy(dtype=bool)]


def spread(answers: pd.DataFrame | None) -> dict[str, Any] | None:
    """How unequal the final weights of the whole wave are."""
    if answers is None or answers.empty:
        return None
    low, middle, high = np.quantile(answers["final"].to_numpy(), (0, 0.5, 1))
    return {
        "cells": int(answers["cell"].nunique()), "n": len(answers),
        "population": float(answers["final"].sum()),
        "low": float(low), "middle": float(middle), "high": float(high),
    }  # fmt: skip


def by_unit(inputs: Inputs, answers: pd.DataFrame | None) -> dict[str, Counts]:
    """Of each unit with an answer.  ``answers``: eligible rows with their weight ``final``."""
    if answers is None or answers.empty:
        return {}
    codes, units = pd.factorize(answers["unit"])
    weight, n = answers["final"].to_numpy(), len(units)
    names = dict.fromkeys(item for items in inputs.concepts.values() for item in items)
    sums: dict[str, list[np.ndarray]] = {}
    for name in names:
        values = answers[name].to_numpy(dtype=float)
        valid = np.isfinite(values)
        both = valid, valid & (values >= _SATISFIED)
        sums[name] = [np.bincount(codes[x], minlength=n) for x in both]
        sums[name] += [np.bincount(codes[x], weight[x], minlength=n) for x in both]
    cells = _cells(inputs, answers)
    return {
        unit: Counts(
            {
                name: (int(own[0][u]), int(own[1][u]), float(own[2][u]), float(own[3][u]))
                for name, own in sums.items()
            },
            cells[unit],
        )
        for u, unit in enumerate(units)
    }


def of_all(found: Mapping[str, Counts]) -> Counts | None:
    """All units together, without their cells."""
    if not found:
        return None
    names = next(iter(found.values())).items
    return Counts({name: _added(each.items[name] for each in found.values()) for name in names})


def _added(parts: Iterable[tuple[int, int, float, float]]) -> tuple[int, int, float, float]:
    valid, satisfied, base, share = (sum(column) for column in zip(*parts, strict=True))
    return valid, satisfied, base, share


def _cells(inputs: Inputs, answers: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """The weighting cells behind each unit's answers."""
    found: dict[str, list[dict[str, Any]]] = {}
    made = answers.groupby(["unit", "cell"], sort=True).agg(
        n=("weight", "size"), before=("weight", "mean"), final=("final", "mean")
    )
    for (unit, cell), n, before, final in made.itertuples(name=None):
        own = {"cell": cell, "population": inputs.populations[cell], "n": int(n),
               "before": float(before), "final": float(final)}  # fmt: skip
        found.setdefault(unit, []).append(own)
    return found
