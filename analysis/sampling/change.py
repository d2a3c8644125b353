"""How well a change between two waves is known: its standard error and the power to see it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, sqrt
from statistics import NormalDist

from analysis.errors import SamplingError
from analysis.sampling.planning import quantile

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waves:
    """Two waves whose shares (or means) are compared.

    Attributes
    ----------
    n_before, n_now : int
        Answers of each wave.
    before : float
        Share of the earlier wave, 0 < p < 1.  Not used where ``sd`` is given.
    overlap : float or None
        Answers of this wave whose unit also answered in the earlier one, as a share of
        ``n_now``.  None: the waves are drawn independently of each other.
    correlation : float
        Correlation of a unit's two answers, in [-1, 1]; it counts for the overlap alone.
    population : int or None
        Units N that both waves are drawn from.  None: no finite population correction, which is
        right where the change of the office's service is meant, not that of this year's dossiers.
    deff : float
        Design effect of both waves.
    sd : float or None
        Standard deviation of one answer where a mean is compared; the same in both waves.
    """

    n_before: int
    n_now: int
    before: float = 0.5
    overlap: float | None = 0.0
    correlation: float = 0.0
    population: int | None = None
    deff: float = 1.0
    sd: float | None = None

    def __post_init__(self) -> None:
        for name in ("n_before", "n_now"):
            n = getattr(self, name)
            if not n >= 1 or (self.population is not None and n > self.population):
                raise SamplingError(
                    "change.sample_size",
                    f"{name} is {n}: it must lie between one and the population.",
                    wave=name,
                    n=n,
                    population=self.population,
                )
        if not (self.deff > 0 and isfinite(self.deff)):
            raise SamplingError(
                "sampling.deff", "The design effect must be positive.", deff=self.deff
            )
        if self.sd is None and not 0 < self.before < 1:
            raise SamplingError(
                "sampling.proportion",
                "The earlier share must lie strictly between 0 and 1.",
                value=self.before,
            )
        if self.sd is not None and not (self.sd > 0 and isfinite(self.sd)):
            raise SamplingError("change.sd", "The standard deviation must be positive.", sd=self.sd)
        if not -1 <= self.correlation <= 1:
            raise SamplingError(
                "change.correlation", "A correlation lies in [-1, 1].", value=self.correlation
            )
        self._check_overlap()

    def _check_overlap(self) -> None:
        if self.overlap is None:
            return
        common = self.overlap * self.n_now
        least = 0 if self.population is None else self.n_before + self.n_now - self.population
        if not 0 <= self.overlap <= 1 or common > self.n_before + 1e-9 or common < least - 1e-9:
            raise SamplingError(
                "change.overlap",
                f"An overlap of {self.overlap:g} is {common:g} answers; {self.n_before} of the"
                f" earlier wave and {self.n_now} of this one cannot share so many.",
                hint="The overlap is a share of this wave's answers.",
                overlap=self.overlap,
                n_before=self.n_before,
                n_now=self.n_now,
                population=self.population,
            )


def change_se(waves: Waves, change: float) -> float:
    """Standard error of an estimated change.

    Parameters
    ----------
    waves : Waves
    change : float
        The true change, now minus before, as a fraction (0.05 is five points).

    Returns
    -------
    float

    Raises
    ------
    SamplingError
        ``change.impossible``: the share would leave (0, 1).

    Notes
    -----
    V = deff [S₁²(1/n₁ − 1/N) + S₂²(1/n₂ − 1/N) − 2 ρ S₁ S₂ (n₁₂/(n₁ n₂) − 1/N)], with
    S² = p (1 − p) N/(N − 1).  Independent draws have E n₁₂ = n₁ n₂ / N, so that the last term
    falls away.
    Source: Kish (1965), sec. 12.4; Tam (1984), On covariances from overlapping samples.
    """
    inverse = 0.0 if waves.population is None else 1 / waves.population
    s1, s2 = _spreads(waves, change)
    variance = s1**2 * (1 / waves.n_before - inverse) + s2**2 * (1 / waves.n_now - inverse)
    if waves.overlap is not None:
        together = waves.overlap / waves.n_before - inverse
        variance -= 2 * waves.correlation * s1 * s2 * together
    return sqrt(max(waves.deff * variance, 0.0))


def power(waves: Waves, change: float, *, level: float = 0.95) -> float:
    """Probability that a two-sided test at ``level`` sees a true ``change``.

    Raises SamplingError (``sampling.level`` and those of `change_se`).
    Φ(|d|/σ − z) + Φ(−|d|/σ − z).  Source: Cohen (1988), ch. 6, with the variance of the design.
    """
    z = quantile(level)
    se = change_se(waves, change)
    if se == 0:
        return 1.0 if change else 1 - level
    ratio = abs(change) / se
    return _NORMAL.cdf(ratio - z) + _NORMAL.cdf(-ratio - z)


def _spreads(waves: Waves, change: float) -> tuple[float, float]:
    if waves.sd is not None:
        return waves.sd, waves.sd
    now = waves.before + change
    if not -1e-12 <= now <= 1 + 1e-12:
        raise SamplingError(
            "change.impossible",
            f"A share of {waves.before:g} cannot change by {change:+g}.",
            before=waves.before,
            change=change,
        )
    now = min(max(now, 0.0), 1.0)
    whole = 1.0 if waves.population is None else waves.population / max(waves.population - 1, 1)
    return tuple(sqrt(p * (1 - p) * whole) for p in (waves.before, now))  # type: ignore[return-value]
