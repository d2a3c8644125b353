"""AAPOR outcome codes of a case, and the outcome a returned questionnaire earns."""

from __future__ import annotations

from enum import StrEnum


class Disposition(StrEnum):
    """What is known of a case.  Which outcome an answer earned stays with the answer alone."""

    PENDING = "3.0"
    ANSWERED = "1.0"
    REFUSAL = "2.11"
    NOT_ELIGIBLE = "4.0"


class Outcome(StrEnum):
    """What a submitted questionnaire counts as (AAPOR 2023, section on partials)."""

    COMPLETE = "1.1"
    PARTIAL = "1.2"
    BREAK_OFF = "2.12"
    INELIGIBLE = "4.0"


#: Outcomes whose answers enter the estimates.
RESPONDED = frozenset({Outcome.COMPLETE, Outcome.PARTIAL})

COMPLETE_SHARE = 0.80
PARTIAL_SHARE = 0.50


def outcome_of(answered: int, applicable: int, *, eligible: bool) -> Outcome:
    """Classify a questionnaire by the share of applicable items that were answered."""
    if not eligible:
        return Outcome.INELIGIBLE
    share = answered / applicable if applicable else 0.0
    if share >= COMPLETE_SHARE:
        return Outcome.COMPLETE
    if share >= PARTIAL_SHARE:
        return Outcome.PARTIAL
    return Outcome.BREAK_OFF
