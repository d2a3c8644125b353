"""Errors of the analysis: a stable code, the facts that show the fault, a hint to mend it."""

from __future__ import annotations


class AnalysisError(ValueError):
    """A request that has no right answer.  ``code`` is stable; ``facts`` name rows and cells."""

    def __init__(self, code: str, message: str, *, hint: str = "", **facts: object) -> None:
        self.code = code
        self.message = message
        self.hint = hint
        self.facts = facts
        super().__init__(f"{message} {hint}".strip())


class DesignError(AnalysisError):
    """The design does not fit the data: strata, PSUs, weights or population counts."""


class SamplingError(AnalysisError):
    """A sample that cannot be planned or drawn as asked."""


class CalibrationError(AnalysisError):
    """Totals that the sample cannot be brought to."""


class SchemeError(AnalysisError):
    """A scoring scheme, or points, that contradict themselves."""


class EstimationError(AnalysisError):
    """An estimate that the data do not support."""
