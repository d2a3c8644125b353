"""What unequal weights cost, and what each class of an adjustment did."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.weighting.inputs import as_labels, as_weights


@dataclass(frozen=True, slots=True)
class ClassDiagnostics:
    """One class of an adjustment.

    ``n_sampled`` cases carried ``weight_sampled``; ``n_respondents`` of them, with
    ``weight_respondents``, now carry it alone, each multiplied by ``factor``.
    """

    label: Hashable
    n_sampled: int
    n_respondents: int
    weight_sampled: float
    weight_respondents: float
    factor: float

    @property
    def response_rate(self) -> float:
        """Unweighted share of the sampled cases that responded."""
        return self.n_respondents / self.n_sampled


@dataclass(frozen=True, slots=True)
class WeightDiagnostics:
    """A weight column at a glance; zero weights are out of the sample and not counted."""

    n: int
    total: float
    cv: float
    deff: float
    n_eff: float
    smallest: float
    median: float
    largest: float


def kish_deff(weights: ArrayLike) -> float:
    """Kish's design effect of unequal weighting, n Σw² / (Σw)² = 1 + cv²(w); at least 1.

    Cases with weight 0 are out of the sample.  Raises AnalysisError ``weights.not_valid`` or
    ``weights.all_zero``.  Source: Kish (1965), sec. 11.7; Kish (1992), J. Off. Stat. 8(2).
    """
    used = _used(weights)
    return float(used.size * (used @ used) / used.sum() ** 2)


def effective_n(weights: ArrayLike) -> float:
    """Cases of equal weight that would say as much: (Σw)² / Σw² = n / deff (Kish 1965)."""
    used = _used(weights)
    return float(used.sum() ** 2 / (used @ used))


def diagnose(weights: ArrayLike) -> WeightDiagnostics:
    """Describe a column of weights; ``cv`` is that of the population formula (divisor n)."""
    used = _used(weights)
    return WeightDiagnostics(
        n=int(used.size),
        total=float(used.sum()),
        cv=float(used.std() / used.mean()),
        deff=kish_deff(used),
        n_eff=effective_n(used),
        smallest=float(used.min()),
        median=float(np.median(used)),
        largest=float(used.max()),
    )


def diagnose_by(weights: ArrayLike, by: ArrayLike) -> dict[Hashable, WeightDiagnostics]:
    """:func:`diagnose` for each label of ``by`` (n,), in the order of the labels."""
    array = as_weights(weights)
    labels = as_labels(by, array.size, "by")
    return {
        label: diagnose(array[labels == label])
        for label in np.unique(labels).tolist()
        if array[labels == label].any()
    }


def _used(weights: ArrayLike) -> NDArray[np.float64]:
    array = as_weights(weights)
    return array[array > 0]
