"""The survey design: the one object that every estimator takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.errors import DesignError, EstimationError
from analysis.estimation import estimators
from analysis.estimation.basis import Basis
from analysis.estimation.estimates import Estimates
from analysis.estimation.stages import make_stages, starting_weights
from analysis.estimation.taylor import LONELY, degrees_of_freedom
from analysis.weighting.reweighting import Reweighting

Names = str | Sequence[str]


class SurveyDesign(Reweighting):
    """A sample with its weights, strata, clusters and population counts.

    Parameters
    ----------
    frame : DataFrame
        One row a respondent.
    weights : str or None
        Column of weights; None where ``fpc`` gives the inclusion probabilities.
    strata, psu, fpc : str, list of str by stage, or None
        ``fpc`` holds population counts of clusters, or sampling fractions at or below 1.
    nest : bool
        PSU labels start again in each stratum.
    lonely : str
        ``fail``, ``adjust``, ``average``, ``certainty`` or ``remove``, as in R's ``survey``.
    lonely_domains : bool
        Whether a stratum with one PSU left in a domain counts as lonely too (under ``adjust`` and
        ``average``).

    Raises
    ------
    DesignError
        ``design.frame``, ``design.empty``, ``design.weight``, ``design.lonely_option`` and those of
        `make_stages`; facts name the row or stratum.

    Notes
    -----
    Row order never matters, and a domain (`where`, ``by``) keeps the whole design.
    Source: Lumley (2010), Complex Surveys; Särndal, Swensson and Wretman (1992).
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        *,
        weights: str | None = None,
        strata: Names | None = None,
        psu: Names | None = None,
        fpc: Names | None = None,
        nest: bool = False,
        lonely: str = "fail",
        lonely_domains: bool = False,
    ) -> None:
        if lonely not in LONELY:
            raise DesignError(
                "design.lonely_option", f"Unknown {lonely!r}.", hint=f"One of {LONELY}."
            )
        if not isinstance(frame, pd.DataFrame):
            raise DesignError(
                "design.frame", f"A design needs a DataFrame, not a {type(frame).__name__}."
            )
        if not len(frame):
            raise DesignError("design.empty", "The frame has no rows.")
        frame = frame.reset_index(drop=True)
        stages = make_stages(frame, strata=strata, psu=psu, fpc=fpc, nest=nest)
        self._basis = Basis(
            frame=frame,
            weights=starting_weights(frame, weights, stages),
            inside=np.ones(len(frame), dtype=bool),
            stages=stages,
            lonely=lonely,
            lonely_domains=lonely_domains,
        )

    @property
    def frame(self) -> pd.DataFrame:
        """The rows the design was made from."""
        return self._basis.frame

    @property
    def weights(self) -> NDArray[np.float64]:
        """Current weights (n,), in row order; 0 outside the domain."""
        return np.where(self._basis.inside, self._basis.weights, 0.0)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done to the design, in order."""
        return self._basis.notes

    @property
    def df(self) -> float:
        """PSUs less strata, of those that hold a row of the domain; replicates: rank less 1."""
        if self._basis.replicates is not None:
            return self._basis.replicates.df
        return degrees_of_freedom(self._basis.stages[0], self._basis.used)

    def where(self, mask: ArrayLike) -> SurveyDesign:
        """The domain of the rows where ``mask`` (n,) is true; the design stays whole.

        Raises EstimationError ``domain.mask`` for a mask of another length or with missing values.
        """
        chosen = pd.array(mask, dtype="boolean") if not isinstance(mask, np.ndarray) else mask
        chosen = np.asarray(chosen)
        if chosen.shape != (len(self.frame),) or chosen.dtype.kind != "b":
            raise EstimationError(
                "domain.mask", f"A domain needs {len(self.frame)} true or false values."
            )
        return self._with(replace(self._basis, inside=self._basis.inside & chosen))

    def assign(self, columns: Mapping[str, ArrayLike]) -> SurveyDesign:
        """The same design with further columns (n,) in its frame; none of its own changes.

        Raises EstimationError ``design.column`` for a name that the frame has already.
        """
        taken = [name for name in columns if name in self.frame.columns]
        if taken:
            raise EstimationError("design.column", f"The frame has a column {taken[0]!r} already.")
        wide = pd.concat([self.frame, pd.DataFrame(dict(columns), index=self.frame.index)], axis=1)
        return self._with(replace(self._basis, frame=wide))

    def mean(
        self,
        items: Names,
        by: Names | None = None,
        na: str = "fail",
        level: float = 0.95,
        *,
        deff: str = "wor",
    ) -> Estimates:
        """Means of columns, by domain.

        Parameters
        ----------
        items, by : name or list of names
        na : str
            ``fail``; ``drop`` (missing values leave the item's domain, the design is kept);
            ``listwise`` (a row with any missing item leaves all).
        level : float
            Confidence level; intervals use Student's t with the domain's degrees of freedom.
        deff : str
            Reference of the design effect: a simple random sample ``wor`` (without replacement)
            or ``wr`` (with replacement).

        Raises
        ------
        EstimationError
            ``estimate.missing``, ``estimate.na``, ``estimate.no_column``, ``estimate.level``,
            ``estimate.zero_denominator``, ``domain.empty``.
        """
        return estimators.mean(self._basis, items, by, na, level, deff)

    def total(
        self,
        items: Names,
        by: Names | None = None,
        na: str = "fail",
        level: float = 0.95,
        *,
        deff: str = "wor",
    ) -> Estimates:
        """Totals of columns, by domain; parameters and errors as in `mean`."""
        return estimators.total(self._basis, items, by, na, level, deff)

    def ratio(
        self,
        num: Names,
        den: Names,
        by: Names | None = None,
        na: str = "fail",
        level: float = 0.95,
    ) -> Estimates:
        """Ratios of totals; lists are paired, each pair is one item ``num/den``.

        Parameters and errors as in `mean`, and ``ratio.pairs``.
        """
        return estimators.ratio(self._basis, num, den, by, na, level)

    def variance(
        self, item: str, by: Names | None = None, na: str = "fail", level: float = 0.95
    ) -> Estimates:
        """Population variance of a column, with n − 1; errors as in `mean`.

        Raises EstimationError ``variance.one_row`` too.
        """
        return estimators.variance(self._basis, item, by, na, level)

    def proportion(
        self,
        item: str,
        by: Names | None = None,
        na: str = "fail",
        method: str = "logit",
        level: float = 0.95,
    ) -> Estimates:
        """Shares of the categories of a column, one row a category.

        ``method`` is one of `analysis.estimation.intervals.METHODS`; other parameters and errors
        as in `mean`, and ``proportion.method``.
        """
        return estimators.proportion(self._basis, item, by, na, method, level)

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
        """Quantiles of a column with Woodruff intervals; see `analysis.estimation.quantile`."""
        from analysis.estimation.quantile import quantiles

        return quantiles(self._basis, item, probs, by, rule, interval, na, level)

    def chisq(self, row: str, col: str, statistic: str = "F"):
        """Test of independence of two columns; see `analysis.estimation.tables`."""
        from analysis.estimation.tables import independence

        return independence(self._basis, row, col, statistic)
