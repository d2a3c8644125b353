"""The survey design: the one object that every estimator takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from analysis.errors import CalibrationError, DesignError, EstimationError
from analysis.estimation.estimates import Estimates, critical
from analysis.estimation.rows import columns, domains, initial_weights, srs_variance
from analysis.estimation.stages import as_list, make_stages
from analysis.estimation.taylor import LONELY, covariance, degrees_of_freedom
from analysis.weighting.residuals import PostStrata

Names = str | Sequence[str]


class SurveyDesign:
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

    Raises
    ------
    DesignError
        ``design.weight``, ``design.lonely_option`` and those of `make_stages`; facts name the row
        or stratum.

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
    ) -> None:
        if lonely not in LONELY:
            raise DesignError(
                "design.lonely_option", f"Unknown {lonely!r}.", hint=f"One of {LONELY}."
            )
        self.frame = frame.reset_index(drop=True)
        self.lonely = lonely
        self._stages = make_stages(self.frame, strata=strata, psu=psu, fpc=fpc, nest=nest)
        self._weights = initial_weights(self.frame, weights, self._stages)
        self._inside = np.ones(len(frame), dtype=bool)
        self._adjustments: tuple[PostStrata, ...] = ()
        self.notes: tuple[str, ...] = ()

    @property
    def weights(self) -> NDArray[np.float64]:
        """Current weights (n,), in row order; 0 outside the domain."""
        return np.where(self._inside, self._weights, 0.0)

    @property
    def df(self) -> int:
        """PSUs less strata, of those that hold a row of the domain."""
        return degrees_of_freedom(self._stages[0], self._inside)

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
        made = self._copy()
        made._inside = self._inside & chosen
        return made

    def poststratify(self, strata: Names, totals: Mapping[Any, float]) -> SurveyDesign:
        """Scale the weights so that each post-stratum has its known size.

        Parameters
        ----------
        strata : str or list of str
            Columns whose combinations are the post-strata.
        totals : mapping
            Post-stratum (a tuple for several columns) -> population size, > 0.

        Raises
        ------
        CalibrationError
            ``poststratify.unknown``, ``poststratify.empty``, ``poststratify.total``.

        Notes
        -----
        Variances of the result use residuals from the post-stratum means.
        """
        names = as_list(strata)
        keys = [
            key if len(names) > 1 else key[0]
            for key in self.frame[names].itertuples(index=False, name=None)
        ]
        cells = {key: code for code, key in enumerate(totals)}
        for row, key in enumerate(keys):
            if key not in cells:
                raise CalibrationError(
                    "poststratify.unknown", f"Row {row}: no total for {key!r}.", row=row, cell=key
                )
        cell_of = np.array([cells[key] for key in keys], dtype=np.int64)
        wanted = np.array([float(total) for total in totals.values()])
        sums = np.bincount(cell_of, self.weights, minlength=wanted.size)
        for key, code in cells.items():
            if not np.isfinite(wanted[code]) or wanted[code] <= 0:
                raise CalibrationError(
                    "poststratify.total", f"{key!r}: a total must be positive.", cell=key
                )
            if sums[code] == 0:
                raise CalibrationError(
                    "poststratify.empty",
                    f"Post-stratum {key!r} of {wanted[code]:g} has no respondent.",
                    hint="Merge it with a neighbour.",
                    cell=key,
                )
        made = self._copy()
        made._weights = self._weights * (wanted / sums)[cell_of]
        made._adjustments = (*self._adjustments, PostStrata(cell_of, made._weights))
        return made

    def mean(
        self, items: Names, by: Names | None = None, na: str = "fail", level: float = 0.95
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

        Raises
        ------
        EstimationError
            ``estimate.missing``, ``estimate.na``, ``estimate.no_column``, ``estimate.empty``.
        """
        names = as_list(items)
        values, present = columns(self.frame, self._inside, names, na)
        return self._ratios(names, values, present.astype(float), present, by, level, deff=True)

    def total(
        self, items: Names, by: Names | None = None, na: str = "fail", level: float = 0.95
    ) -> Estimates:
        """Totals of columns, by domain; parameters and errors as in `mean`."""
        names = as_list(items)
        values, present = columns(self.frame, self._inside, names, na)
        cells = domains(self.frame, self._inside, as_list(by))
        blocks, rows = [], []
        w = self.weights
        for key, member in cells:
            for j, name in enumerate(names):
                used = member & present[:, j] & (w > 0)
                score = np.where(used, w * values[:, j], 0.0)
                blocks.append(score)
                rows.append((*key, name, score.sum(), used))
        return self._finish(rows, blocks, by, level, None)

    def ratio(
        self,
        num: Names,
        den: Names,
        by: Names | None = None,
        na: str = "fail",
        level: float = 0.95,
    ) -> Estimates:
        """Ratios of totals; lists are paired, each pair is one item ``num/den``.

        Parameters and errors as in `mean`, and ``ratio.pairs``, ``ratio.zero_denominator``.
        """
        tops, bottoms = as_list(num), as_list(den)
        if len(tops) != len(bottoms):
            raise EstimationError(
                "ratio.pairs", f"{len(tops)} numerators but {len(bottoms)} denominators."
            )
        top, has_top = columns(self.frame, self._inside, tops, na)
        bottom, has_bottom = columns(self.frame, self._inside, bottoms, na)
        names = [f"{a}/{b}" for a, b in zip(tops, bottoms, strict=True)]
        return self._ratios(names, top, bottom, has_top & has_bottom, by, level, deff=False)

    def _ratios(
        self,
        names: list[str],
        top: NDArray,
        bottom: NDArray,
        present: NDArray,
        by: Names | None,
        level: float,
        *,
        deff: bool,
    ) -> Estimates:
        w = self.weights
        blocks, rows, references = [], [], []
        for key, member in domains(self.frame, self._inside, as_list(by)):
            for j, name in enumerate(names):
                used = member & present[:, j] & (w > 0)
                size = float(w[used] @ bottom[used, j])
                if size == 0:
                    raise EstimationError(
                        "ratio.zero_denominator" if not deff else "estimate.empty",
                        f"{name}: nothing to divide by in domain {key!r}.",
                        item=name,
                        domain=key,
                    )
                value = float(w[used] @ top[used, j]) / size
                score = np.zeros(len(w))
                score[used] = w[used] * (top[used, j] - value * bottom[used, j]) / size
                blocks.append(score)
                rows.append((*key, name, value, used))
                references.append(srs_variance(w[used], top[used, j], value) if deff else np.nan)
        return self._finish(rows, blocks, by, level, np.array(references))

    def _finish(self, rows, blocks, by, level, reference) -> Estimates:
        scores = sparse.csc_matrix(np.column_stack(blocks))
        for adjustment in self._adjustments:
            scores = adjustment.residuals(scores)
        cov = covariance(scores, self._stages, self.lonely)
        names = as_list(by)
        table = pd.DataFrame([row[:-1] for row in rows], columns=[*names, "item", "estimate"])
        se = np.sqrt(np.clip(np.diag(cov), 0, None))
        df = np.array([degrees_of_freedom(self._stages[0], row[-1]) for row in rows], dtype=float)
        reach = np.array([critical(level, d) for d in df]) * se
        estimate = table["estimate"].to_numpy()
        table = table.assign(
            se=se,
            ci_low=estimate - reach,
            ci_high=estimate + reach,
            df=df,
            n=[int(row[-1].sum()) for row in rows],
            deff=np.nan if reference is None else np.diag(cov) / reference,
        )
        return Estimates(table, cov, self.notes)

    def _copy(self) -> SurveyDesign:
        made = object.__new__(SurveyDesign)
        made.__dict__.update(self.__dict__)
        return made
