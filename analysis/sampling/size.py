"""How many cases a wanted precision needs, and what precision a number of cases gives."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, isfinite, sqrt
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


def national_margin(population: int, n: int) -> float:
    """Half-width e that ``n`` answers give by the national rule: e = √(1/n − 1/N).

    Raises SamplingError (``sampling.population``, ``sampling.sample_size``).
    Source: the inverse of Yamane (1967); it is `reached_margin` with z = 2, p = ½ and N for N − 1.

    >>> round(national_margin(2400, 343), 4)
    0.05
    """
    _check_population(population)
    _check_answers(population, n)
    return sqrt(1 / n - 1 / population)


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
    _check_deff(deff)
    _check_response(response_rate)
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
    _check_population(population)
    _check_answers(population, n)
    _check_share("level", level)
    _check_share("proportion", p)
    _check_deff(deff)
    z = NormalDist().inv_cdf(0.5 + level / 2)
    if n == population:
        return 0.0
    correction = (population - n) / (population - 1)
    return z * sqrt(deff * p * (1 - p) / n * correction)


@dataclass(frozen=True, slots=True)
class Affordable:
    """What a budget buys: ``issue`` cases, ``n`` expected answers, ± ``margin``, at ``cost``."""

    budget: float
    cost: float
    issue: int
    n: int
    margin: float


def affordable_sample(
    budget: float,
    population: int,
    *,
    cost_per_case: float,
    fixed_cost: float = 0.0,
    level: float = 0.95,
    p: float = 0.5,
    deff: float = 1.0,
    response_rate: float = 1.0,
) -> Affordable:
    """The precision that a budget buys: the inverse of "how many forms for ± e".

    Parameters
    ----------
    budget, fixed_cost, cost_per_case : float
        Money in one unit: what there is, what is spent before the first case, what each issued
        case costs.
    population, level, p, deff, response_rate
        As in `required_sample`.

    Returns
    -------
    Affordable
        ``issue`` is the budget's whole number of cases, at most N; ``n`` the whole answers that
        are expected of them.

    Raises
    ------
    SamplingError
        ``sampling.cost``, ``sampling.budget`` (not one answer can be expected) and those of
        `required_sample`.

    Source: Cochran (1977), sec. 4.10 (linear cost).
    """
    _check_population(population)
    _check_response(response_rate)
    if not (cost_per_case > 0 and fixed_cost >= 0 and isfinite(cost_per_case + fixed_cost)):
        raise SamplingError(
            "sampling.cost",
            "A case must cost more than nothing and the fixed cost at least nothing.",
            cost_per_case=cost_per_case,
            fixed_cost=fixed_cost,
        )
    left = budget - fixed_cost
    issue = min(floor(round(left / cost_per_case, 9)), population) if left >= 0 else 0
    n = floor(round(issue * response_rate, 9))
    if n < 1:
        raise SamplingError(
            "sampling.budget",
            f"A budget of {budget:g} pays for {issue} cases, from which no answer is expected.",
            hint="Raise the budget or lower the costs.",
            budget=budget,
            issue=issue,
        )
    margin = reached_margin(population, n, level=level, p=p, deff=deff)
    return Affordable(budget, fixed_cost + issue * cost_per_case, issue, n, margin)


def _ceil(value: float) -> int:
    # A float that means a whole number must not cost one case more.
    return ceil(round(value, 9))


def _check(population: int, margin: float) -> None:
    _check_population(population)
    if not 0 < margin < 0.5:
        raise SamplingError(
            "sampling.margin",
            "The margin must lie strictly between 0 and 0.5.",
            hint="Write 5 % as 0.05.",
            margin=margin,
        )


def _check_population(population: int) -> None:
    if not (population >= 1 and isfinite(population) and population == int(population)):
        raise SamplingError(
            "sampling.population",
            "The population must be a whole number of at least one unit.",
            population=population,
        )


def _check_answers(population: int, n: int) -> None:
    if not 1 <= n <= population:
        raise SamplingError(
            "sampling.sample_size",
            "The sample must hold between one unit and the whole population.",
            n=n,
            population=population,
        )


def _check_deff(deff: float) -> None:
    if not (deff > 0 and isfinite(deff)):
        raise SamplingError("sampling.deff", "The design effect must be positive.", deff=deff)


def _check_response(response_rate: float) -> None:
    if not 0 < response_rate <= 1:
        raise SamplingError(
            "sampling.response_rate",
            "The response rate must lie in (0, 1].",
            response_rate=response_rate,
        )


def _check_share(name: str, value: float) -> None:
    if not 0 < value < 1:
        raise SamplingError(
            f"sampling.{name}", f"The {name} must lie strictly between 0 and 1.", value=value
        )
