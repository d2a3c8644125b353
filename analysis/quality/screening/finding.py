"""What a rule found: the rows it concerns, how strong the evidence is, and the facts behind it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import EstimationError

#: p-values below this are no stronger evidence: models are not exact so far out.
SMALLEST_P = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Evidence, not a verdict.

    ``rows`` are positions of the answers concerned (empty: the finding is about the ``unit``,
    its day or its interviewer as a whole), ``subject`` names the device, day or interviewer,
    ``p`` the probability of evidence as strong in an honest wave under the rule's null,
    ``q`` the same after Benjamini and Hochberg's step-up over everything the rule tested;
    None where a rule states a fact and tests nothing.
    """

    rule: str
    version: int
    unit: str
    subject: str = ""
    rows: tuple[int, ...] = ()
    p: float | None = None
    q: float | None = None
    facts: Mapping[str, float | int | str] = field(default_factory=dict)

    @property
    def strength(self) -> float:
        """−log₁₀ q; 0 for a plain fact."""
        return 0.0 if self.q is None else -math.log10(max(self.q, SMALLEST_P))


def ranked(findings: Iterable[Finding]) -> list[Finding]:
    """Strongest first; among equals the finding that concerns more answers."""
    return sorted(
        findings,
        key=lambda found: (-found.strength, -len(found.rows), found.rule, found.unit, found.rows),
    )


def step_up(p: ArrayLike) -> NDArray[np.float64]:
    """Adjusted p-values that control the false discovery rate.

    Parameters
    ----------
    p : (m,) float
        One p-value for each thing tested, in [0, 1].

    Returns
    -------
    (m,) float
        q_(i) = min over j ≥ i of m p_(j) / j; rejecting q ≤ α keeps the expected share of false
        findings among all findings at α or less when tests are independent or positively
        dependent.

    Raises
    ------
    EstimationError
        ``screening.p_values``: outside [0, 1] or not a vector.

    Notes
    -----
    Source: Benjamini & Hochberg (1995), JRSS B 57, 289–300; Benjamini & Yekutieli (2001).
    """
    given = np.asarray(p, dtype=np.float64)
    if given.ndim != 1 or not ((given >= 0) & (given <= 1)).all():
        raise EstimationError("screening.p_values", "p-values form a vector within [0, 1].")
    order = np.argsort(given)
    stepped = given[order] * given.size / np.arange(1, given.size + 1)
    adjusted = np.empty_like(given)
    adjusted[order] = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1.0)
    return adjusted


def significant(candidates: list[Finding], level: float) -> list[Finding]:
    """Of one rule's candidates (each with its p) those whose q is at most ``level``."""
    q = step_up([found.p for found in candidates])
    return [
        replace(found, q=float(adjusted))
        for found, adjusted in zip(candidates, q, strict=True)
        if adjusted <= level
    ]
