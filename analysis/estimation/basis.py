"""What every estimator needs of a design, and the reading of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import EstimationError
from analysis.estimation.codes import compact, crossed, factorized
from analysis.estimation.layout import Layout
from analysis.estimation.stages import Stage, as_list

if TYPE_CHECKING:
    from analysis.estimation.replicate import Replicates
    from analysis.weighting.calibration import Recipe
    from analysis.weighting.residuals import Step


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
    layout: Layout = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        if self.layout is None:
            object.__setattr__(self, "layout", Layout(self.stages))

    @property
    def used(self) -> NDArray[np.bool_]:
        """Rows (n,) inside the domain that carry weight."""
        return self.inside & (self.weights > 0)


@dataclass(frozen=True, eq=False)
class Domains:
    """``code`` (n,) of the domain of each row, −1 for none; ``keys`` in sorted order.

    ``reach`` (n,) is the code before rows with missing values left.
    """

    names: list[str]
    keys: list[tuple]
    code: NDArray[np.int32]
    reach: NDArray[np.int32] | None = None

    def __len__(self) -> int:
        return len(self.keys)


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
        return Domains([], [()], np.where(used, np.int32(0), np.int32(-1)))
    coded = []
    for name in names:
        require_column(basis.frame, name)
        own, found = factorized(basis.frame[name])
        if own.min(initial=0) < 0 and (used & (own < 0)).any():
            row = int(np.flatnonzero(used & (own < 0))[0])
            raise EstimationError(
                "domain.missing",
                f"Column {name!r} has no value in row {row}: its domain is unknown.",
                hint="Give it a category of its own, or leave it out with where().",
                column=name,
                row=row,
            )
        coded.append((np.maximum(own, 0), found))
    place, parts = crossed([own for own, _found in coded])
    if not used.all():
        present, place = compact(np.where(used, place, -1))
        parts = parts[:, present]
    keys = [found[part] for (_own, found), part in zip(coded, parts, strict=True)]
    return Domains(names, list(zip(*keys, strict=True)), place)
