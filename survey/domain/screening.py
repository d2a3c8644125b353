"""Flags a submitted answer can carry.  A flag is evidence for a reader, never a deletion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

#: This many equal answers to rating questions in a row of at least as many is a straight line.
STRAIGHT_LINE_LENGTH = 12


def flags(
    *,
    answers: Mapping[str, object],
    ratings: Sequence[str],
    n_answered: int,
    seconds: float,
    seconds_per_question: float,
    officer_present: bool,
    officer_answered: bool,
) -> list[str]:
    """Name the rules that an answer met, in a fixed order.

    ``seconds_per_question`` is the study's own limit below which nobody reads the question.
    """
    given = [answers[name] for name in ratings if answers.get(name) is not None]
    found = {
        "officer_present": officer_present,
        "officer_answered": officer_answered,
        "too_fast": n_answered > 0 and seconds < seconds_per_question * n_answered,
        "straight_line": len(given) >= STRAIGHT_LINE_LENGTH and len(set(given)) == 1,
    }
    return [rule for rule, met in found.items() if met]
