"""How many villages and how many answers in each: the sizes of a two-stage sample."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, isfinite, sqrt

from analysis.errors import SamplingError
from analysis.sampling.planning import quantile


@dataclass(frozen=True, slots=True, kw_only=True)
class Clusters:
    """A population in clusters (villages) of about one size.

    Attributes
    ----------
    count : int
        Clusters in the frame, M ≥ 2.
    size : float
        Units in a cluster on average, at least 2.
    icc : float
        Intraclass correlation, −1/(size − 1) ≤ ρ < 1.
    p : float
        Expected share; 0.5 needs most.
    sd : float or None
        Standard deviation of the population, σ, where the mean of a score is wanted.
    """

    count: int
    size: float
    icc: float
    p: float = 0.5
    sd: float | None = None

    def __post_init__(self) -> None:
        if not (self.count >= 2 and self.size >= 2 and isfinite(self.count * self.size)):
            raise SamplingError(
                "clusters.population",
                "There must be at least two clusters of at least two units.",
                count=self.count,
                size=self.size,
            )
        if not -1 / (self.size - 1) <= self.icc < 1:
            raise SamplingError(
                "clusters.icc",
                f"An intraclass correlation of {self.icc:g} cannot be: it lies between"
                f" {-1 / (self.size - 1):.3f} and 1.",
                icc=self.icc,
            )
        if not (0 < self.p < 1 and (self.sd is None or self.sd > 0)):
            raise SamplingError(
                "clusters.spread",
                "The share must lie in (0, 1) and the standard deviation be positive.",
                p=self.p,
                sd=self.sd,
            )

    @property
    def between(self) -> float:
        """Variance of the cluster means, S_b² = σ² [1 + (N̄ − 1) ρ] / N̄ · M / (M − 1)."""
        total = self.p * (1 - self.p) if self.sd is None else self.sd**2
        mean = total * (1 + (self.size - 1) * self.icc) / self.size
        return mean * self.count / (self.count - 1)

    @property
    def within(self) -> float:
        """Variance within a cluster, S_w² = σ² (1 − ρ)."""
        total = self.p * (1 - self.p) if self.sd is None else self.sd**2
        return total * (1 - self.icc)


@dataclass(frozen=True, slots=True)
class TwoStageSize:
    """``clusters`` × ``take`` answers reach ± ``margin``; ``deff`` against as many drawn singly."""

    clusters: int
    take: int
    margin: float
    deff: float
    cost: float

    @property
    def answers(self) -> int:
        return self.clusters * self.take


def cluster_deff(take: float, icc: float) -> float:
    """Design effect of ``take`` answers a cluster: 1 + (take − 1) ρ.

    Raises SamplingError (``clusters.take``) unless take ≥ 1.
    Source: Kish (1965), sec. 5.4.
    """
    if not take >= 1:
        raise SamplingError("clusters.take", "A drawn cluster needs an answer.", take=take)
    return 1 + (take - 1) * icc


def best_take(cost_cluster: float, cost_case: float, icc: float) -> float:
    """Answers a cluster that give the least variance for the money: √((c₁/c₂) (1 − ρ)/ρ).

    Infinite (all of a cluster) where ρ ≤ 0; at least 1.
    Raises SamplingError (``clusters.cost``, ``clusters.icc``).
    Source: Cochran (1977), sec. 10.6; Kish (1965), sec. 8.3.
    """
    if not (cost_cluster >= 0 and cost_case > 0 and isfinite(cost_cluster + cost_case)):
        raise SamplingError(
            "clusters.cost",
            "A case must cost more than nothing and a cluster at least nothing.",
            cost_cluster=cost_cluster,
            cost_case=cost_case,
        )
    if not icc < 1:
        raise SamplingError("clusters.icc", "The correlation must lie below one.", icc=icc)
    if icc <= 0:
        return float("inf")
    return max(sqrt(cost_cluster / cost_case * (1 - icc) / icc), 1.0)


def two_stage_margin(
    population: Clusters, clusters: int, take: int, *, level: float = 0.95
) -> float:
    """± of ``take`` answers in each of ``clusters`` drawn ones.

    Notes
    -----
    V = (1 − m/M) S_b²/m + (1 − b/N̄) S_w²/(m b): exact for simple random sampling at both stages
    from clusters of one size.
    Raises SamplingError (``clusters.take``, ``sampling.level``).
    Source: Cochran (1977), eq. 10.15; Särndal, Swensson and Wretman (1992), sec. 4.3.2.
    """
    _check_take(population, clusters, take)
    return quantile(level) * sqrt(max(_variance(population, clusters, take), 0.0))


def two_stage_sample(
    population: Clusters,
    *,
    margin: float,
    take: int | None = None,
    cost_cluster: float = 0.0,
    cost_case: float = 1.0,
    level: float = 0.95,
) -> TwoStageSize:
    """The fewest clusters with which ± ``margin`` is reached.

    Parameters
    ----------
    population : Clusters
    margin : float
        Wanted half-width, > 0.
    take : int
        Answers in each drawn cluster; the best for the costs where not given.
    cost_cluster, cost_case : float
        Money to go to a cluster, and for each answer there.
    level : float

    Raises
    ------
    SamplingError
        ``clusters.margin``, ``clusters.take``, ``clusters.cost``; ``clusters.out_of_reach`` (facts
        give the margin that all clusters reach).

    Source: Cochran (1977), secs. 10.3 and 10.6, solved for m.
    """
    z = quantile(level)
    if not margin > 0:
        raise SamplingError("clusters.margin", "The margin must be positive.", margin=margin)
    best = best_take(cost_cluster, cost_case, population.icc)
    b = int(min(max(round(best), 1), population.size)) if take is None else take
    _check_take(population, population.count, b)
    limit = (margin / z) ** 2 + population.between / population.count
    needed = population.between + (1 - b / population.size) * population.within / b
    m = max(ceil(round(needed / limit, 9)), 1)
    if m > population.count:
        reached = two_stage_margin(population, population.count, b, level=level)
        raise SamplingError(
            "clusters.out_of_reach",
            f"All {population.count} clusters with {b} answers each give ± {reached:.4f}.",
            hint="Take more in each cluster, or be content with a wider margin.",
            margin=reached,
            take=b,
        )
    reached = two_stage_margin(population, m, b, level=level)
    return TwoStageSize(m, b, reached, _deff(population, m, b), m * (cost_cluster + b * cost_case))


def _variance(population: Clusters, m: int, b: int) -> float:
    first = (1 - m / population.count) * population.between / m
    return first + (1 - b / population.size) * population.within / (m * b)


def _deff(population: Clusters, m: int, b: int) -> float:
    """Variance over that of a simple random sample of as many units."""
    units = population.count * population.size
    total = population.p * (1 - population.p) if population.sd is None else population.sd**2
    simple = total * units / (units - 1) * (1 / (m * b) - 1 / units)
    return _variance(population, m, b) / simple if simple > 0 else float("nan")


def _check_take(population: Clusters, clusters: int, take: int) -> None:
    if not (1 <= take <= population.size and 1 <= clusters <= population.count):
        raise SamplingError(
            "clusters.take",
            f"{take} answers in each of {clusters} clusters cannot be had from"
            f" {population.count} clusters of {population.size:g}.",
            take=take,
            clusters=clusters,
        )
