"""The survey design whose rows stay where they are: in Parquet files, or on a cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

from analysis.engines import adjusting, estimating
from analysis.engines.choosing import Rows, open_engine
from analysis.engines.independence import independence
from analysis.engines.opening import open_store
from analysis.engines.replicated import replicated
from analysis.engines.store import Store
from analysis.errors import DesignError, EstimationError
from analysis.estimation.estimates import Estimates
from analysis.estimation.tables import Independence

Names = str | Sequence[str]


class StoredDesign:
    """`analysis.design.SurveyDesign` over rows that need not fit into memory.

    Every method gives the numbers that `SurveyDesign` gives; memory grows with the combinations of
    design columns, domains and margins that occur, not with rows.

    Parameters
    ----------
    rows : DataFrame, path, pattern, or list of paths
        A frame (engine ``memory``) or Parquet files.
    engine : str
        Who reads the rows: one of `analysis.engines.choosing.ENGINES`.
    memory : int
        Bytes that reading and summing may take.
    weights, strata, psu, fpc, nest, lonely, lonely_domains
        As in `SurveyDesign`.

    Raises
    ------
    DesignError
        Those of `SurveyDesign` and of `open_engine`; ``engine.too_many_keys``.

    Notes
    -----
    Rows have no order here, so errors count rows instead of naming one, and there are no weights
    in row order.  Key columns that are single rows (``psu=None``) are never held.
    """

    def __init__(
        self,
        rows: Rows,
        *,
        engine: str = "duckdb",
        memory: int = 4 << 30,
        weights: str | None = None,
        strata: Names | None = None,
        psu: Names | None = None,
        fpc: Names | None = None,
        nest: bool = False,
        lonely: str = "fail",
        lonely_domains: bool = False,
    ) -> None:
        reader = open_engine(rows, engine, memory=memory)
        try:
            self._store = open_store(
                reader, weights=weights, strata=strata, psu=psu, fpc=fpc, nest=nest, lonely=lonely,
                lonely_domains=lonely_domains,
            )  # fmt: skip
        except BaseException:
            reader.close()
            raise

    def _with(self, store: Store) -> Self:
        made = object.__new__(type(self))
        made._store = store
        return made

    def close(self) -> None:
        """Close what the engine holds open; this design and those made from it end."""
        self._store.engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done to the design, in order."""
        return self._store.notes

    @property
    def df(self) -> float:
        """As `SurveyDesign.df`; a pass over the rows."""
        return estimating.degrees_of_freedom(self._store)

    @property
    def weights(self):
        raise EstimationError(
            "engine.row_weights",
            "Rows of files have no order in which to list weights.",
            hint="Read the rows into a SurveyDesign.",
        )

    def where(self, *conditions: str | tuple[str, Any] | Mapping[str, Any]) -> Self:
        """The domain of the rows that meet every condition; the design stays whole.

        Parameters
        ----------
        conditions : column, (column, value or list of values), or {column: …}
            A column alone means its true values.

        Raises EstimationError ``estimate.no_column``; with each estimate ``domain.mask``.
        """
        made = list(self._store.conditions)
        for given in conditions:
            pairs = given.items() if isinstance(given, Mapping) else [_pair(given)]
            for name, value in pairs:
                self._store.require([name])
                listed = isinstance(value, list | tuple | set | frozenset)
                many = None if value is _TRUE else frozenset(value if listed else [value])
                made.append((name, many))
        return self._with(replace(self._store, conditions=tuple(made)))

    def mean(
        self, items: Names, by: Names | None = None, na="fail", level=0.95, *, deff="wor"
    ) -> Estimates:
        """See `SurveyDesign.mean`."""
        return estimating.mean(self._store, items, by, na, level, deff)

    def total(
        self, items: Names, by: Names | None = None, na="fail", level=0.95, *, deff="wor"
    ) -> Estimates:
        """See `SurveyDesign.total`."""
        return estimating.total(self._store, items, by, na, level, deff)

    def ratio(
        self, num: Names, den: Names, by: Names | None = None, na="fail", level=0.95
    ) -> Estimates:
        """See `SurveyDesign.ratio`."""
        return estimating.ratio(self._store, num, den, by, na, level)

    def variance(self, item: str, by: Names | None = None, na="fail", level=0.95) -> Estimates:
        """See `SurveyDesign.variance`."""
        return estimating.variance(self._store, item, by, na, level)

    def proportion(
        self, item: str, by: Names | None = None, na="fail", method="logit", level=0.95
    ) -> Estimates:
        """See `SurveyDesign.proportion`."""
        return estimating.proportion(self._store, item, by, na, method, level)

    def quantile(
        self,
        item: str,
        probs: float | Sequence[float],
        by: Names | None = None,
        rule: str = "math",
        interval: str = "mean",
        na: str = "fail",
        level: float = 0.95,
    ) -> Estimates:
        """See `SurveyDesign.quantile`; raises ``engine.quantile_rule`` too."""
        return estimating.quantile(self._store, item, probs, by, rule, interval, na, level)

    def chisq(self, row: str, col: str, statistic: str = "F") -> Independence:
        """See `SurveyDesign.chisq`."""
        return independence(self._store, row, col, statistic)

    def poststratify(self, strata: Names, totals: Mapping[Any, float]) -> Self:
        """See `SurveyDesign.poststratify`."""
        return self._with(adjusting.poststratify(self._store, strata, totals))

    def rake(self, margins: Mapping[Any, Mapping[Any, float]], tol=1e-12, max_iter=100) -> Self:
        """See `SurveyDesign.rake`."""
        return self._with(adjusting.rake(self._store, margins, tol, max_iter))

    def calibrate(
        self,
        totals: Mapping[Any, Any],
        distance: str = "linear",
        bounds: tuple[float, float] | None = None,
        *,
        tol: float = 1e-12,
        max_iter: int = 100,
    ) -> Self:
        """See `SurveyDesign.calibrate`; columns with their own totals are held as keys."""
        return self._with(adjusting.calibrate(self._store, totals, distance, bounds, tol, max_iter))

    def trim(
        self, lower: float | None = None, upper: float | None = None, redistribute=True, *,
        strict: bool = True,
    ) -> Self:  # fmt: skip
        """See `SurveyDesign.trim`."""
        return self._with(adjusting.trim(self._store, lower, upper, redistribute, strict))

    def replicates(
        self,
        method: str,
        n: int | None = None,
        seed: int | None = None,
        rho: float | None = None,
        mse: bool = False,
    ) -> Self:
        """See `SurveyDesign.replicates`; raises ``engine.single_rows`` too."""
        return self._with(replicated(self._store, method, n, seed, rho, mse))

    def given_replicates(self, *_: object, **__: object) -> Self:
        """Replicate weights made elsewhere stand in row order, which files do not have."""
        raise DesignError(
            "engine.given_replicates",
            "Replicate weights by row cannot be joined to rows without an order.",
            hint="Read the rows into a SurveyDesign, or make the replicates here: replicates().",
        )


_TRUE = object()


def _pair(given: str | tuple[str, Any]) -> tuple[str, Any]:
    return (given, _TRUE) if isinstance(given, str) else given
