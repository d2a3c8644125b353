"""AAPOR outcome rates from counts of final dispositions.

Standard library only: this is the one module of the statistics that a page may reach through its
service, because the rates are shown while the fieldwork runs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

from analysis.errors import AnalysisError

#: Category of final dispositions -> the field of :class:`DispositionCounts`.
CATEGORIES = {
    "I": "complete",
    "P": "partial",
    "R": "refusal",
    "NC": "noncontact",
    "O": "other",
    "UH": "unknown_household",
    "UO": "unknown_other",
    "NE": "ineligible",
}

_INTERVIEWS, _ELIGIBLE, _UNKNOWN = ("I", "P"), ("I", "P", "R", "NC", "O"), ("UH", "UO")

#: Rate -> (categories above the line, categories below it, unknown cases below it: "all", "e", "").
FORMULAE: dict[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "RR1": (("I",), _ELIGIBLE, "all"),
    "RR2": (_INTERVIEWS, _ELIGIBLE, "all"),
    "RR3": (("I",), _ELIGIBLE, "e"),
    "RR4": (_INTERVIEWS, _ELIGIBLE, "e"),
    "RR5": (("I",), _ELIGIBLE, ""),
    "RR6": (_INTERVIEWS, _ELIGIBLE, ""),
    "COOP1": (("I",), ("I", "P", "R", "O"), ""),
    "COOP2": (_INTERVIEWS, ("I", "P", "R", "O"), ""),
    "COOP3": (("I",), ("I", "P", "R"), ""),
    "COOP4": (_INTERVIEWS, ("I", "P", "R"), ""),
    "REF1": (("R",), _ELIGIBLE, "all"),
    "REF2": (("R",), _ELIGIBLE, "e"),
    "REF3": (("R",), _ELIGIBLE, ""),
    "CON1": (("I", "P", "R", "O"), _ELIGIBLE, "all"),
    "CON2": (("I", "P", "R", "O"), _ELIGIBLE, "e"),
    "CON3": (("I", "P", "R", "O"), _ELIGIBLE, ""),
}

#: Why a rate has no value.
NO_CASE, NO_ELIGIBILITY = "no_case", "no_eligibility_rate"


@dataclass(frozen=True, slots=True, kw_only=True)
class DispositionCounts:
    """Cases by final disposition, or the sums of their base weights.  Each is finite and >= 0."""

    complete: float = 0
    partial: float = 0
    refusal: float = 0
    noncontact: float = 0
    other: float = 0
    unknown_household: float = 0
    unknown_other: float = 0
    ineligible: float = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            count = getattr(self, field.name)
            if not (math.isfinite(count) and count >= 0):
                raise AnalysisError(
                    "rates.count", f"{field.name} is {count}.", category=field.name, count=count
                )

    def __add__(self, more: DispositionCounts) -> DispositionCounts:
        return self.of({name: self.sum((name,)) + more.sum((name,)) for name in CATEGORIES})

    @classmethod
    def of(cls, counts: Mapping[str, float]) -> DispositionCounts:
        """From AAPOR's letters: ``{"I": 4, "NC": 1}``.  Raises AnalysisError("rates.category")."""
        _known(counts)
        return cls(**{CATEGORIES[name]: count for name, count in counts.items()})

    def sum(self, names: Iterable[str]) -> float:
        """Cases in the categories named by AAPOR's letters."""
        return sum(getattr(self, CATEGORIES[name]) for name in names)

    @property
    def total(self) -> float:
        return self.sum(CATEGORIES)


@dataclass(frozen=True, slots=True)
class Rate:
    """``value`` in [0, 1], or None and the reason why in ``missing``."""

    name: str
    value: float | None
    numerator: float
    denominator: float | None
    missing: str = ""


def count_cases(
    categories: Sequence[str], weights: Sequence[float] | None = None
) -> DispositionCounts:
    """Count cases, or sum their base weights.

    Parameters
    ----------
    categories : (n,) str
        One of :data:`CATEGORIES` for each issued case.
    weights : (n,) float, optional
        Base weights: 1 / inclusion probability, released reserves included.

    Raises
    ------
    AnalysisError
        ``rates.category`` for a letter that is none; ``rates.weights`` where the lengths differ
        or a weight is not positive and finite; facts hold the row.
    """
    _known(categories)
    given = [1] * len(categories) if weights is None else list(weights)
    if len(given) != len(categories):
        raise AnalysisError(
            "rates.weights",
            f"{len(categories)} cases have {len(given)} weights.",
            n_cases=len(categories),
            n_weights=len(given),
        )
    parts: dict[str, list[float]] = {}
    for row, (name, weight) in enumerate(zip(categories, given, strict=True)):
        if not (math.isfinite(weight) and weight > 0):
            raise AnalysisError(
                "rates.weights", f"Row {row} has the weight {weight}.", row=row, weight=weight
            )
        parts.setdefault(name, []).append(weight)
    sums = {name: len(w) if weights is None else math.fsum(w) for name, w in parts.items()}
    return DispositionCounts.of(sums)


def eligibility_rate(counts: DispositionCounts) -> Rate:
    """*e* by proportional allocation, the CASRO method.

    e = (I + P + R + NC + O) / (I + P + R + NC + O + NE): unknown cases are taken to be eligible
    as often as those whose eligibility is known.  Missing (``no_case``) if none is known.

    Source: AAPOR (2023), *Standard Definitions*, 10th ed., section on estimating e; Council of
    American Survey Research Organizations (1982), *On the Definition of Response Rates*.
    """
    eligible = counts.sum(_ELIGIBLE)
    return _rate("e", eligible, eligible + counts.ineligible)


def outcome_rates(counts: DispositionCounts, e: float | None = None) -> dict[str, Rate]:
    """Response, cooperation, refusal and contact rates.

    Parameters
    ----------
    counts : DispositionCounts
        Cases, or their base weights for weighted rates.  Every issued case is counted: the ones
        that were replaced and the ones that replaced them alike.
    e : float, optional
        Share of the cases of unknown eligibility that are eligible, in [0, 1]; estimated by
        :func:`eligibility_rate` from the same counts if it is not given.

    Returns
    -------
    dict of str to Rate
        RR1–RR6, COOP1–COOP4, REF1–REF3, CON1–CON3, as :data:`FORMULAE` states them.  A rate whose
        denominator is zero is missing (``no_case``), never 0; one that needs *e* while *e* cannot
        be estimated is missing (``no_eligibility_rate``).

    Raises
    ------
    AnalysisError
        ``rates.eligibility`` unless 0 <= e <= 1.

    Notes
    -----
    Source: AAPOR (2023), *Standard Definitions: Final Dispositions of Case Codes and Outcome Rates
    for Surveys*, 10th ed., section "Calculating outcome rates".  Where two modes leave one case
    with several codes, the caller has chosen one before.
    """
    if e is not None and not 0 <= e <= 1:
        raise AnalysisError("rates.eligibility", f"e is {e}, not in [0, 1].", e=e)
    unknown = counts.sum(_UNKNOWN)
    share = eligibility_rate(counts).value if e is None else e
    found = {}
    for name, (above, below, how) in FORMULAE.items():
        numerator, denominator = counts.sum(above), counts.sum(below)
        if how == "e" and unknown and share is None:
            found[name] = Rate(name, None, numerator, None, NO_ELIGIBILITY)
            continue
        weight = {"all": 1.0, "e": share or 0.0, "": 0.0}[how]
        found[name] = _rate(name, numerator, denominator + weight * unknown)
    return found


def formula(name: str) -> str:
    """A rate as AAPOR writes it: ``formula("COOP3")`` is ``"I / ((I + P) + R)"``."""
    above, below, how = FORMULAE[name]
    top = _written(above)
    bottom = _written(below) + {"all": " + (UH + UO)", "e": " + e(UH + UO)", "": ""}[how]
    return f"{f'({top})' if len(above) > 1 else top} / ({bottom})"


def _written(names: Sequence[str]) -> str:
    rest = [name for name in names if name not in _INTERVIEWS]
    if not set(_INTERVIEWS) <= set(names):
        return " + ".join(names)
    return " + ".join(["(I + P)" if rest else "I + P", *rest])


def _rate(name: str, numerator: float, denominator: float) -> Rate:
    if denominator == 0:
        return Rate(name, None, numerator, denominator, NO_CASE)
    return Rate(name, numerator / denominator, numerator, denominator)


def _known(names: Iterable[str]) -> None:
    for row, name in enumerate(names):
        if name not in CATEGORIES:
            raise AnalysisError(
                "rates.category",
                f"{name!r} is no category of dispositions.",
                hint=f"Use one of {', '.join(CATEGORIES)}.",
                category=name,
                row=row,
            )
