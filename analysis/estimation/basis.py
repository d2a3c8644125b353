"""What every estimator needs of a design, and the reading of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import EstimationError
from analysis.estimation.stages import Stage, as_list

if TYPE_CHECKING:
    from analysis.estimation.replicate import Replicates
    from analysis.weighting.calibration import Recipe
    from analysis.weighting.residuals import Step

NA = ("fail", "drop", "listwise")


@dataclass(frozen=True, eq=False)
class Basis:
    """The design as the estimators see it.

    ``weights`` (n,) are those of the whole design, ``inside`` (n,) marks the domain; ``steps`` and
    ``sequence`` are what calibration leaves of a score (`analysis.weighting.residuals`);
    ``recipes`` lead from the weights ``start`` (n,) to ``weights``, also for replicates.
    """

    frame: pd.DataFrame
    weights: NDArray[np.float64]
    inside: NDArray[np.bool_]
    stages: tuple[Stage, ...]
    lonely: str = "fail"
    lonely_domains: bool = False
    steps: tuple[Step, ...] = ()
    sequence: tuple[int, ...] = ()
    start: NDArray[np.float64] | None = None
    recipes: tuple[Recipe, ...] = ()
    replicates: Replicates | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def used(self) -> NDArray[np.bool_]:
        """Rows (n,) inside the domain that carry weight."""
        return self.inside & (self.weights > 0)


@dataclass(frozen=True, eq=False)
class Columns:
    """``values`` (n, q) with 0 where missing; ``present`` (n, q), or None where all are."""

    names: list[str]
    values: NDArray[np.float64]
    present: NDArray[np.bool_] | None

    def indicator(self) -> NDArray[np.float64] | None:
        return None if self.present is None else self.present.astype(float)


@dataclass(frozen=True, eq=False)
class Domains:
    """``code`` (n,) of the domain of each row, −1 for none; ``keys`` in sorted order.

    ``reach`` (n,) is the code before rows with missing values left.
    """

    names: list[str]
    keys: list[tuple]
    code: NDArray[np.int64]
    reach: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.keys)


def read_columns(basis: Basis, names: Sequence[str], na: str) -> Columns:
    """Numbers of the columns.

    Raises
    ------
    EstimationError
        ``estimate.na``, ``estimate.no_column``, ``estimate.not_numeric``, ``estimate.missing``,
        ``estimate.infinite``.
    """
    names = list(names)
    if na not in NA:
        raise EstimationError("estimate.na", f"Unknown na={na!r}.", hint=f"One of {NA}.", na=na)
    for name in names:
        require_column(basis.frame, name)
    part = basis.frame[names]
    for name in names:
        if part[name].dtype.kind not in "iufb":
            raise EstimationError(
                "estimate.not_numeric",
                f"Column {name!r} holds no numbers.",
                hint="proportion() takes categories.",
                column=name,
            )
    values = np.ascontiguousarray(part.to_numpy(dtype=float, na_value=np.nan))
    if all(isinstance(kind, np.dtype) and kind.kind in "iub" for kind in part.dtypes):
        return Columns(names, values, None)
    return _settled(basis, names, values, na)


def _settled(basis: Basis, names: list[str], values: NDArray, na: str) -> Columns:
    """Missing values refused, dropped by item, or by row."""
    if np.isfinite(values.sum()):
        return Columns(names, values, None)
    infinite = np.argwhere(np.isinf(values) & basis.used[:, None])
    if infinite.size:
        row, column = map(int, infinite[0])
        raise EstimationError(
            "estimate.infinite",
            f"Column {names[column]!r} is not finite in row {row}.",
            column=names[column],
            row=row,
        )
    present = np.isfinite(values)
    if na == "fail":
        missing = np.argwhere(~present & basis.used[:, None])
        if missing.size:
            refuse_missing(names[int(missing[0][1])], int(missing[0][0]), len(missing))
    if na == "listwise":
        present = np.repeat(present.all(axis=1)[:, None], len(names), axis=1)
    return Columns(names, np.where(present, values, 0.0), present)


def refuse_missing(name: str, row: int, count: int) -> None:
    raise EstimationError(
        "estimate.missing",
        f"Column {name!r} has no value in row {row} ({count} missing).",
        hint="Name what to do: na='drop' or na='listwise'.",
        column=name,
        row=row,
        missing=count,
    )


def require_column(frame: pd.DataFrame, name: str) -> None:
    if name not in frame:
        raise EstimationError("estimate.no_column", f"There is no column {name!r}.", column=name)


def read_domains(basis: Basis, by: str | Sequence[str] | None) -> Domains:
    """Domains that hold a row with weight, in sorted order.

    Raises EstimationError ``estimate.no_column``, ``domain.missing``, ``domain.empty``.
    """
    names, used = as_list(by), basis.used
    if not used.any():
        raise EstimationError(
            "domain.empty",
            "No row with weight lies in the domain.",
            hint="Widen the mask of where().",
        )
    if not names:
        return Domains([], [()], np.where(used, 0, -1))
    code: NDArray[np.int64] = np.zeros(len(used), dtype=np.int64)
    levels, width = [], 1
    for name in names:
        require_column(basis.frame, name)
        own, found = pd.factorize(basis.frame[name], sort=True)
        if (used & (own < 0)).any():
            row = int(np.flatnonzero(used & (own < 0))[0])
            raise EstimationError(
                "domain.missing",
                f"Column {name!r} has no value in row {row}: its domain is unknown.",
                hint="Give it a category of its own, or leave it out with where().",
                column=name,
                row=row,
            )
        code = code * len(found) + own
        levels.append(found)
        width *= len(found)
    code[~used] = -1
    present, recoded = compact(code, width)
    shape = [len(found) for found in levels]
    places = np.unravel_index(present, shape)
    parts = [found[place] for found, place in zip(levels, places, strict=True)]
    return Domains(names, list(zip(*parts, strict=True)), recoded)


def compact(code: NDArray[np.int64], width: int) -> tuple[NDArray, NDArray[np.int64]]:
    """Codes that occur, sorted, and the rows recoded to their places; −1 stays."""
    inside = code >= 0
    if width <= 32 * code.size + 1000:
        occurs = np.zeros(width + 1, dtype=bool)
        occurs[code] = True
        occurs[-1] = False
        place = np.cumsum(occurs) - 1
        place[-1] = -1
        return np.flatnonzero(occurs), place[code]
    present, found = np.unique(code[inside], return_inverse=True)
    out = np.full(code.size, -1)
    out[inside] = found.ravel()
    return present, out
