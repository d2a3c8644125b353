"""How many cases a wanted precision needs, and what precision a number of cases gives."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, sqrt
from statistics import NormalDist

from analysis.errors import SamplingError


@dataclass(frozen=True, slots=True)
class SampleSize:
    """``n`` answers are wanted; ``issue`` cases must be issued to get them."""

    population: int
    margin: float
    n: int
    issue: int


def national_sample(population: int, margin: float) -> int:
    """Sample size by the national rule n = N / (1 + N e²), rounded up.

    Parameters
    ----------
    population : int
        Transactions of the service in the period, N ≥ 1.
    margin : float
        Half-width e of the 95 % interval of a proportion, as a fraction.

    Raises
    ------
    SamplingError
        ``sampling.population``, ``sampling.margin``.

    Notes
    -----
    Computed in exact fractions: a float quotient a hair above a whole number would be rounded
    up to one case too many.
    Source: Yamane (1967), eq. used by the Ministry of Home Affairs in decision 1383/QĐ-BNV (2012).

    >>> [national_sample(n, 0.05) for n in (2400, 1000, 600)]
    [343, 286, 240]
    """
    _check(population, margin)
    e = Fraction(str(margin))
    return ceil(population / (1 + population * e * e))


def required_sample(
    population: int,
    *,
    margin: float,
    level: float = 0.95,
    p: float = 0.5,
    deff: float = 1.0,
    response_rate: float = 1.0,
) -> SampleSize:
    """Sample size so that a proportion is known to ± ``margin``.

    Parameters
    ----------
    population : int
        Units in the frame, N ≥ 1.
    margin : float
        Half-width of the interval, as a fraction; 0 < margin < 0.5.
    level : float
        Confidence level, 0 < level < 1.
    p : float
        Expected proportion; 0.5 needs most.
    deff : float
        Design effect > 0: variance over that of simple random sampling.
    response_rate : float
        Expected share of issued cases that answer, 0 < rate ≤ 1.

    Returns
    -------
    SampleSize
        ``issue`` may exceed the population: the wanted precision is then out of reach.

    Raises
    ------
    SamplingError
        ``sampling.population``, ``sampling.margin``, ``sampling.level``, ``sampling.proportion``,
        ``sampling.deff``, ``sampling.response_rate``.

    Notes
    -----
    n0 = z² deff p (1 − p) / e²; n = n0 / (1 + (n0 − 1) / N).
    Source: Cochran (1977), eqs. 4.1 and 4.2, with the design effect of Kish (1965).
    """
    _check(population, margin)
    _check_share("level", level)
    _check_share("proportion", p)
    if not deff > 0:
        raise SamplingError("sampling.deff", "The design effect must be positive.", deff=deff)
    if not 0 < response_rate <= 1:
        raise SamplingError(
            "sampling.response_rate",
            "The response rate must lie in (0, 1].",
            response_rate=response_rate,
        )
    z = NormalDist().inv_cdf(0.5 + level / 2)
    n0 = z * z * deff * p * (1 - p) / margin**2
    n = min(_ceil(n0 / (1 + (n0 - 1) / population)), population)
    return SampleSize(population, margin, n, _ceil(n / response_rate))


def reached_margin(
    population: int, n: int, *, level: float = 0.95, p: float = 0.5, deff: float = 1.0
) -> float:
    """Half-width of the interval that ``n`` answers give: the inverse of ``required_sample``.

    Raises SamplingError (``sampling.sample_size``) unless 1 ≤ n ≤ N.
    Source: Cochran (1977), sec. 4.4.
    """
    if not 1 <= n <= population:
        raise SamplingError(
            "sampling.sample_size",
            "The sample must hold between one unit and the whole population.",
            n=n,
            population=population,
        )
    _check_share("level", level)
    _check_share("proportion", p)
    z = NormalDist().inv_cdf(0.5 + level / 2)
    if n == population:
        return 0.0
    correction = (population - n) / (population - 1)
    return z * sqrt(deff * p * (1 - p) / n * correction)


def _ceil(value: float) -> int:
    # A float that means a whole number must not cost one case more.
    return ceil(round(value, 9))


def _check(population: int, margin: float) -> None:
    if population < 1:
        raise SamplingError(
            "sampling.population", "The population must hold a unit.", population=population
        )
    if not 0 < margin < 0.5:
        raise SamplingError(
            "sampling.margin",
            "The margin must lie strictly between 0 and 0.5.",
            hint="Write 5 % as 0.05.",
            margin=margin,
        )


def _check_share(name: str, value: float) -> None:
    if not 0 < value < 1:
        raise SamplingError(
            f"sampling.{name}", f"The {name} must lie strictly between 0 and 1.", value=value
        )
