"""A design whose rows stay where they are: its key tables, stages, and the weights of its rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.engines.kernel import StepKernel, cross_products
from analysis.engines.protocol import Engine, Kernel, Keys, Sums
from analysis.engines.weighing import StoredStep, Weighing
from analysis.errors import AnalysisError, DesignError, EstimationError
from analysis.estimation.basis import Basis, Domains, read_domains
from analysis.estimation.replicate import Replicates
from analysis.estimation.stages import Stage
from analysis.estimation.taylor import Spread
from analysis.weighting.calibration import Recipe

#: A column that is true or not, or a column and the values (a set) that count.
Condition = tuple[str, frozenset | None]


@dataclass(frozen=True, eq=False)
class Store:
    """What `analysis.estimation.basis.Basis` is to rows in memory, by key instead of by row.

    ``keys`` are those of the design, in which ``stages`` stand; ``rows_apart`` says that each row
    is a cluster of its own.  ``margins`` are the keys of calibration, ``outside`` those that
    a calibration left without weight; ``start`` says after how many changes of the weights
    ``recipes`` and replicates begin; ``units`` are the keys of the replicates' units.
    """

    engine: Engine
    keys: Keys
    stages: tuple[Stage, ...]
    rows_apart: bool
    weighing: Weighing
    lonely: str
    lonely_domains: bool
    conditions: tuple[Condition, ...] = ()
    margins: Keys | None = None
    steps: tuple[StoredStep, ...] = ()
    sequence: tuple[int, ...] = ()
    start: int = 0
    recipes: tuple[Recipe, ...] = ()
    outside: NDArray[np.bool_] | None = None
    replicates: Replicates | None = None
    units: Keys | None = None
    notes: tuple[str, ...] = ()

    def spread(self, n_domains: int) -> Spread:
        return Spread(self.stages, n_domains, self.lonely, self.lonely_domains)

    def basis(self, frame: pd.DataFrame, weights: NDArray, inside: NDArray) -> Basis:
        """Keys as the rows of a small design, for what looks at keys alone."""
        return Basis(frame, weights, inside, (), notes=self.notes, layout=_NONE)  # type: ignore[arg-type]

    def inside(self, keys: Keys) -> NDArray[np.bool_]:
        """Keys (k,) that meet every condition; they hold its columns."""
        out = np.ones(len(keys), dtype=bool)
        for name, values in self.conditions:
            column = keys.table[name]
            if column.isna().any():
                raise EstimationError(
                    "domain.mask",
                    f"Column {name!r} has missing values: whether its rows lie in the domain is "
                    "unknown.",
                    hint="Give it a value of its own.",
                    column=name,
                )
            if values is None and not column.isin([0, 1]).all():
                raise EstimationError(
                    "domain.mask",
                    f"Column {name!r} is neither true nor false.",
                    hint=f"Name the values that count: where(({name!r}, [...])).",
                    column=name,
                )
            out &= (column.astype(bool) if values is None else column.isin(values)).to_numpy()
        return out

    @property
    def masked(self) -> list[str]:
        """Columns that the conditions look at."""
        return [name for name, _ in self.conditions]

    def domains(self, by: Sequence[str], extra: Sequence[str] = ()) -> Placed:
        """Keys of the domains with more columns, and which domain each key lies in."""
        self.require([*by, *extra])
        keys = self.engine.keys(list(dict.fromkeys([*by, *self.masked, *extra])))
        return self.place(keys, self.inside(keys), by)

    def place(self, keys: Keys, inside: NDArray[np.bool_], by: Sequence[str]) -> Placed:
        """Domains of the keys inside."""
        for name in by:
            missing = keys.rows[inside & keys.table[name].isna().to_numpy()].sum()
            if missing:
                raise EstimationError(
                    "domain.missing",
                    f"Column {name!r} has {missing} missing values: their domain is unknown.",
                    hint="Give them a category of their own, or leave them out with where().",
                    column=name,
                    missing=int(missing),
                )
        basis = self.basis(keys.table, keys.rows.astype(float), inside)
        return Placed(keys, read_domains(basis, list(by)))

    def require(self, names: Sequence[str], error=EstimationError, code="estimate.no_column"):
        kinds = self.engine.kinds()
        for name in names:
            if name not in kinds:
                raise error(code, f"There is no column {name!r}.", column=name)
        return kinds

    def fold(self, domain: Keys, numbers: Sequence[str], kernel: Kernel, span=None) -> Sums:
        """A pass over the rows: design keys, domain keys, calibration keys where there are any."""
        third = () if self.margins is None else (self.margins,)
        first = self.keys if self.units is None else self.units
        wanted = [*numbers, *self.weighing.columns]
        return self.engine.fold([first, domain, *third], wanted, kernel, span)

    @cached_property
    def explained(self) -> tuple[list[NDArray[np.float64]], Mapping]:
        """Sums (U, p) of v ∘ X of each step by finest cluster, and their cross products.

        By stratum, where each row is a cluster.
        """
        stage = self.stages[0] if self.rows_apart else self.spread(1).finest
        kernel = StepKernel(
            self.weighing, self.steps, stage.cluster_of.astype(np.int32), stage.stratum_of.size
        )
        sums = self.fold(self.engine.keys(()), (), kernel)
        known = [sums[f"known_{i}"] for i in range(len(self.steps))]
        return known, cross_products(self.steps, sums["cross"])


@dataclass(frozen=True, eq=False)
class Placed:
    """Domain keys, and the domains they lie in: ``domains.code`` is by key."""

    keys: Keys
    domains: Domains

    @property
    def code(self) -> NDArray[np.int32]:
        return self.domains.code.astype(np.int32)

    def __len__(self) -> int:
        return len(self.domains)

    def only(self, kept: NDArray[np.bool_]) -> Placed:
        """Some of the domains."""
        place = np.where(kept, np.cumsum(kept) - 1, -1)
        code = np.where(self.domains.code < 0, -1, place[self.domains.code])
        keys = [key for key, keep in zip(self.domains.keys, kept, strict=True) if keep]
        if not keys:
            raise EstimationError(
                "domain.empty",
                "No row with weight lies in the domain.",
                hint="Widen the condition of where().",
            )
        return Placed(self.keys, Domains(self.domains.names, keys, code))


@contextmanager
def without_rows() -> Iterator[None]:
    """Within it, errors about a key name no row: files have no order of rows."""
    try:
        yield
    except AnalysisError as error:
        if "row" not in error.facts:
            raise
        facts = {name: fact for name, fact in error.facts.items() if name != "row"}
        message = re.sub(r"^Row \d+: |,? (the first )?in row \d+", "", error.message)
        raise type(error)(
            error.code, message[:1].upper() + message[1:], hint=error.hint, **facts
        ) from None


def refuse_column(kinds: Mapping[str, str], names: Sequence[str]) -> None:
    """Raise DesignError ``design.no_column``."""
    for name in names:
        if name not in kinds:
            raise DesignError("design.no_column", f"There is no column {name!r}.", column=name)


class _NoLayout:
    """Keys are not read in runs."""


_NONE = _NoLayout()
