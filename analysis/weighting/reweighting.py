"""What changes the weights of a design, or gives it replicate weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from numpy.typing import ArrayLike, NDArray

from analysis.estimation.basis import Basis

Names = str | Sequence[str]


class Reweighting:
    """The methods of a survey design that lead to another one; the first stays as it was."""

    _basis: Basis

    def _with(self, basis: Basis) -> Self:
        made = object.__new__(type(self))
        made._basis = basis
        return made

    def poststratify(self, strata: Names, totals: Mapping[Any, float]) -> Self:
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
            ``calibrate.unknown_category``, ``calibrate.empty_category``, ``calibrate.total``.

        Notes
        -----
        Variances of the result use residuals from the post-stratum means.
        """
        from analysis.weighting.raking import poststratified

        return self._with(poststratified(self._basis, strata, totals))

    def rake(
        self,
        margins: Mapping[Any, Mapping[Any, float]],
        tol: float = 1e-12,
        max_iter: int = 100,
    ) -> Self:
        """Bring the weights to several known distributions at once.

        Parameters
        ----------
        margins : mapping
            Column (or tuple of columns) -> {category: population size}.
        tol : float
            Largest relative error of a margin.

        Raises
        ------
        CalibrationError
            Those of `poststratify`, ``calibrate.contradiction``, ``calibrate.infeasible``,
            ``calibrate.no_convergence``.
        """
        from analysis.weighting.raking import raked

        return self._with(raked(self._basis, margins, tol, max_iter))

    def calibrate(
        self,
        totals: Mapping[Any, Any],
        distance: str = "linear",
        bounds: tuple[float, float] | None = None,
        *,
        tol: float = 1e-12,
        max_iter: int = 100,
    ) -> Self:
        """Bring the weights to known totals, as near to the old ones as the distance allows.

        Parameters
        ----------
        totals : mapping
            Column -> total, or column (tuple of columns) -> {category: population size}.
        distance : str
            ``linear``, ``raking`` or ``logit``.
        bounds : (low, high) or None
            Limits of new weight over old; ``logit`` needs them.

        Raises
        ------
        CalibrationError
            ``calibrate.distance``, ``calibrate.bounds``, ``calibrate.no_column``,
            ``calibrate.missing``, ``calibrate.infeasible`` (with the narrowest bounds and the
            totals in conflict), and those of `rake`.
        """
        from analysis.weighting.totals import calibrated

        return self._with(calibrated(self._basis, totals, distance, bounds, tol, max_iter))

    def trim(
        self,
        lower: float | None = None,
        upper: float | None = None,
        redistribute: bool = True,
        *,
        strict: bool = True,
    ) -> Self:
        """Cut weights to bounds; see `analysis.weighting.trimming.trim_weights`."""
        from analysis.weighting.trimming import trimmed

        return self._with(trimmed(self._basis, lower, upper, redistribute, strict))

    def replicates(
        self,
        method: str,
        n: int | None = None,
        seed: int | None = None,
        rho: float | None = None,
        mse: bool = False,
    ) -> Self:
        """The same design with replicate weights; a calibrated one is recalibrated in each.

        Parameters
        ----------
        method : str
            ``JK1``, ``JKn``, ``BRR``, ``Fay`` or ``bootstrap`` (Rao–Wu).
        n, seed : int
            Number of bootstrap replicates, and the key of their random numbers.
        rho : float
            Fay's coefficient, 0 ≤ rho < 1.
        mse : bool
            Deviations from the full-sample estimate instead of the replicates' mean.

        Raises
        ------
        DesignError
            ``replicates.method``, ``replicates.n``, ``replicates.rho``, ``replicates.pairs``,
            ``replicates.strata``, ``design.lonely_psu``.
        CalibrationError
            ``calibrate.replicate`` where a replicate cannot meet the totals.
        """
        from analysis.estimation.resampling import with_replicates

        return self._with(with_replicates(self._basis, method, n, seed, rho, mse))

    def given_replicates(
        self,
        weights: NDArray,
        *,
        scale: float,
        rscales: ArrayLike | float = 1.0,
        mse: bool = False,
    ) -> Self:
        """The design with replicate weights (n, R) made elsewhere, and their multipliers.

        Raises DesignError ``replicates.shape``, ``replicates.weights``.
        """
        from analysis.estimation.resampling import with_given

        return self._with(with_given(self._basis, weights, scale, rscales, mse))
