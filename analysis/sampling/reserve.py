"""Reserve cases: so many that the wanted answers are reached with a stated assurance."""

from __future__ import annotations

from math import ceil

from scipy.stats import binom

from analysis.errors import SamplingError


def reserve_cases(
    answers: int, main: int, *, response_rate: float, assurance: float = 0.95, available: int
) -> int:
    """The fewest reserve cases with which ``answers`` are reached with probability ``assurance``.

    Parameters
    ----------
    answers : int
        Answers that are wanted.
    main : int
        Main cases that are issued first.
    response_rate : float
        Expected share of cases that answer, in (0, 1].
    assurance : float
        Wanted probability, in (0, 1).
    available : int
        Units of the stratum.

    Returns
    -------
    int

    Raises
    ------
    SamplingError
        ``reserve.rate``, ``reserve.assurance``, ``reserve.size``; ``reserve.out_of_reach`` where
        even all units are too few (facts: the probability they give).

    Notes
    -----
    The smallest r with P(Binomial(main + r, rate) ≥ answers) ≥ assurance: cases answer
    independently of each other.
    Source: Lohr (2010), sec. 8.2, for the size; the assurance as in Guenther (1969).
    """
    if not 0 < response_rate <= 1:
        raise SamplingError(
            "reserve.rate", "The response rate must lie in (0, 1].", response_rate=response_rate
        )
    if not 0 < assurance < 1:
        raise SamplingError(
            "reserve.assurance", "The assurance must lie in (0, 1).", assurance=assurance
        )
    if not (answers >= 1 and 0 <= main <= available):
        raise SamplingError(
            "reserve.size",
            f"{main} main cases of {available} units for {answers} answers.",
            answers=answers,
            main=main,
            available=available,
        )

    def reached(cases: int) -> float:
        return float(binom.sf(answers - 1, cases, response_rate))

    if reached(available) < assurance:
        raise SamplingError(
            "reserve.out_of_reach",
            f"All {available} units give {answers} answers with a probability of"
            f" {reached(available):.2f}.",
            hint="Want fewer answers, or raise the response.",
            answers=answers,
            available=available,
            probability=reached(available),
        )
    low, high = max(main, ceil(answers)) - 1, available
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) >= assurance else (middle, high)
    return max(high - main, 0)
