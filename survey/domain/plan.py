"""What the office decides about a sample; everything else follows from the frame."""

from __future__ import annotations

from dataclasses import dataclass

#: How the number of cases comes about.
GOALS = ("national", "general", "total", "budget", "optimal")
#: How a number of cases is shared out among strata.
ALLOCATIONS = ("proportional", "equal", "power", "neyman", "optimal")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """Choices of a plan."""

    #: "national": n = N / (1 + N e²) in each unit; "general": F2 in each unit; "total" and
    #: "budget": so many cases in all; "optimal": the cheapest that meets every margin (Bethel).
    formula: str = "national"
    #: Half-width wanted for each unit, as a share.
    margin: float = 0.10
    level: float = 0.95
    deff: float = 1.0
    response_rate: float = 1.0
    allocation: str = "proportional"
    #: Fewest cases of a stratum (or all of it where it is smaller).
    floor: int = 2
    #: Reserve cases as a share of the main ones, rounded up in each stratum.
    reserve: float = 0.5
    #: Cases in all ("total"), or money ("budget") at ``cost`` a case.
    total: int = 0
    budget: float = 0.0
    cost: float = 1.0
    #: Half-width wanted for the whole ("optimal"); 0 asks for none.
    whole_margin: float = 0.0
    #: Expected share of content people where last wave says nothing; ½ is the careful choice.
    share: float = 0.5
    #: An earlier wave whose permanent random numbers are used again, and the share of this wave's
    #: cases that it should have in common with that one: 0 avoids them, 1 keeps them.
    after: str = ""
    overlap: float = 0.0
