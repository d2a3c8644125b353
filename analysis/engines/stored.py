"""The linear estimators of a design whose rows stay where they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.engines.protocol import (
    FIRST,
    ITEM_ROWS,
    ITEM_WEIGHT,
    ROWS,
    SECOND,
    WEIGHT,
    Engine,
    Item,
    Request,
)
from analysis.errors import DesignError, EstimationError
from analysis.estimation import estimators
from analysis.estimation.basis import Basis, Domains, read_domains
from analysis.estimation.estimates import Estimates
from analysis.estimation.intervals import proportion_interval
from analysis.estimation.linear import Linear, linear
from analysis.estimation.sources import Given
from analysis.estimation.stages import as_list, make_stages
from analysis.estimation.sums import add_up
from analysis.estimation.taylor import LONELY

Names = str | Sequence[str]


class StoredDesign:
    """One stage of clusters; means, totals, ratios and shares as `SurveyDesign` gives them.

    Parameters
    ----------
    engine : Engine
        Where the rows are; it alone decides how they are summed.
    weights, psu : str
    strata, fpc : str or None
    nest, lonely
        As in `analysis.design.SurveyDesign`.

    Raises
    ------
    DesignError
        ``design.lonely_option``; with each estimate ``design.no_column``, ``design.weight``,
        ``design.missing_value`` and those of `make_stages`.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        weights: str,
        psu: str,
        strata: str | None = None,
        fpc: str | None = None,
        nest: bool = False,
        lonely: str = "fail",
    ) -> None:
        if lonely not in LONELY:
            raise DesignError("design.lonely_option", f"Unknown {lonely!r}.", hint=f"{LONELY}")
        self._engine, self._weights, self._lonely = engine, weights, lonely
        self._names = {"strata": strata, "psu": psu, "fpc": fpc}
        self._nest = nest

    def mean(self, items: Names, by: Names | None = None, na="fail", level=0.95) -> Estimates:
        """Means by domain; ``na`` is ``fail`` or ``drop``."""
        names = as_list(items)
        sums = self._sums([Item(name, (name,)) for name in names], as_list(by), na)
        found = sums.ratio(sums.first, sums.held, names, sums.rows)
        found = replace(found, estimate=found.estimate + sums.centres)
        reference = sums.reference(found)
        return estimators.table(sums.basis, sums.domains, names, found, level, reference, "wor")

    def total(self, items: Names, by: Names | None = None, na="fail", level=0.95) -> Estimates:
        """Totals by domain; parameters as in `mean`."""
        names = as_list(items)
        sums = self._sums([Item(name, (name,)) for name in names], as_list(by), na)
        found = linear(sums.basis, sums.domains, Given(sums.whole), total=True)
        found = replace(found, n=sums.counted(sums.rows))
        lonely = replace(sums, basis=replace(sums.basis, lonely="remove"))
        average = lonely.ratio(sums.first, sums.held, names, sums.rows)
        average = replace(average, estimate=average.estimate + sums.centres)
        reference = sums.reference(average) * average.size**2
        return estimators.table(sums.basis, sums.domains, names, found, level, reference, "wor")

    def ratio(
        self, num: Names, den: Names, by: Names | None = None, na="fail", level=0.95
    ) -> Estimates:
        """Ratios of totals by domain, over the rows where both have a value."""
        tops, bottoms = as_list(num), as_list(den)
        if len(tops) != len(bottoms):
            raise EstimationError("ratio.pairs", f"{len(tops)} tops, {len(bottoms)} bottoms.")
        pairs = list(zip(tops, bottoms, strict=True))
        items = [Item(pair[k], pair) for k in (0, 1) for pair in pairs]
        sums, q = self._sums(items, as_list(by), na), len(pairs)
        names = [f"{a}/{b}" for a, b in pairs]
        found = sums.ratio(sums.whole[:, :q], sums.whole[:, q:], names, sums.rows[:, :q])
        return estimators.table(sums.basis, sums.domains, names, found, level, np.nan, None)

    def proportion(
        self, item: str, by: Names | None = None, method="logit", level=0.95
    ) -> Estimates:
        """Shares of the categories of a column without missing values."""
        sums = self._sums([], [*as_list(by), item], "fail")
        domains = read_domains(sums.basis, as_list(by))
        sums = replace(sums, domains=domains)
        code, levels = pd.factorize(sums.basis.frame[item], sort=True)
        shares = (code[:, None] == np.arange(len(levels))).astype(float)
        weight = sums.basis.frame[WEIGHT].to_numpy(dtype=float)[:, None]
        rows = np.repeat(sums.basis.frame[[ROWS]].to_numpy(), len(levels), axis=1)
        names = [item] * len(levels)
        found = sums.ratio(shares * weight, np.broadcast_to(weight, shares.shape), names, rows)
        n, p = found.n, found.estimate
        with np.errstate(divide="ignore", invalid="ignore"):
            srs = p * (1 - p) / (n - 1) * (1 - n / found.size)
            srs = np.where((n > 1) & (n < found.size), srs, np.nan)
        made = estimators.table(sums.basis, domains, names, found, level, srs, "wor", list(levels))
        table = made.table
        low, high = proportion_interval(
            *(table[name].to_numpy(dtype=float) for name in ("estimate", "se", "df", "n")),
            method=method,
            level=level,
        )
        return Estimates(table.assign(ci_low=low, ci_high=high), found.covariance, made.notes)

    def _sums(self, items: list[Item], by: list[str], na: str) -> _Sums:
        keys = tuple(dict.fromkeys([*filter(None, self._names.values()), *by]))
        request = Request(keys, self._weights, tuple(items))
        centres = self._checked(request, na)
        cells = self._engine.cells(request, centres)
        frame = cells.rename(columns={f"key_{i}": name for i, name in enumerate(keys)})
        stages = make_stages(frame, nest=self._nest, **self._names)
        everything = np.ones(len(frame), dtype=bool)
        basis = Basis(frame, np.ones(len(frame)), everything, stages, self._lonely)
        sums = _Sums(basis, read_domains(basis, by), np.array(centres), len(items))
        if not np.isfinite(sums.first).all():
            raise EstimationError("estimate.infinite", "An item holds an infinite value.")
        short = np.argwhere(sums.rows < cells[ROWS].to_numpy()[:, None])
        if na == "fail" and short.size:
            column = items[int(short[0][1])].name
            raise EstimationError(
                "estimate.missing", f"{column!r} has missing values.", hint="na='drop'",
                column=column,
            )  # fmt: skip
        return sums

    def _checked(self, request: Request, na: str) -> list[float]:
        """Centres of the items, once the columns are fit to be summed."""
        if na not in ("fail", "drop"):
            raise EstimationError("estimate.na", f"Unknown na={na!r}.", hint="fail or drop", na=na)
        needed = {*request.keys, request.weights, *(item.name for item in request.items)}
        for name in sorted(needed - self._engine.columns()):
            raise DesignError("design.no_column", f"There is no column {name!r}.", column=name)
        seen = self._engine.profile(request)
        if seen["bad_weights"] or not seen["rows"]:
            raise DesignError(
                "design.weight", f"{seen['bad_weights']:.0f} weights are not positive numbers.",
                rows=int(seen["bad_weights"]),
            )  # fmt: skip
        for i, name in enumerate(request.keys):
            if seen[f"key_{i}"]:
                raise DesignError(
                    "design.missing_value", f"Column {name!r} has missing values.", column=name
                )
        centres = [seen[f"centre_{j}"] for j in range(len(request.items))]
        return [centre if math.isfinite(centre) else 0.0 for centre in centres]


@dataclass(frozen=True, eq=False)
class _Sums:
    """Cells as the rows of a small design, with their sums (c, q)."""

    basis: Basis
    domains: Domains
    centres: NDArray[np.float64]
    q: int

    def _of(self, kind: str) -> NDArray[np.float64]:
        return self.basis.frame[[f"{kind}{j}" for j in range(self.q)]].to_numpy(dtype=float)

    @property
    def rows(self) -> NDArray[np.float64]:
        return self._of(ITEM_ROWS)

    @property
    def held(self) -> NDArray[np.float64]:
        return self._of(ITEM_WEIGHT)

    @property
    def first(self) -> NDArray[np.float64]:
        return self._of(FIRST)

    @property
    def whole(self) -> NDArray[np.float64]:
        """Σ w y, from the sums about the centres."""
        return self.first + self.held * self.centres

    def counted(self, rows: NDArray) -> NDArray[np.int64]:
        return add_up(self.domains.code, rows, len(self.domains)).astype(np.int64)

    def ratio(self, top: NDArray, bottom: NDArray, names: list[str], rows: NDArray) -> Linear:
        found = linear(self.basis, self.domains, Given(top, bottom), names=names)
        return replace(found, n=self.counted(rows))

    def reference(self, mean: Linear) -> NDArray[np.float64]:
        """Variance (D, q) of the means of a simple random sample of the same n."""
        squares = add_up(self.domains.code, self._of(SECOND), len(self.domains))
        size, n = mean.size, mean.n
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = (squares / size - (mean.estimate - self.centres) ** 2) * n / (n - 1)
            return np.where((n > 1) & (size > n), spread * (size - n) / size / n, np.nan)
