"""What can go wrong, in words a person can act on.

``message`` is a Vietnamese catalogue entry with ``%(name)s`` fields that ``facts`` fill;
the web and the command line translate it, nothing below them does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of one input: where it is, what it is, and the facts that show it."""

    code: str
    message: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message % dict(self.facts)


class SurveyError(Exception):
    """A rule was broken.  ``code`` is stable; ``facts`` show the fault; ``hint`` the way out."""

    default_code = "survey.error"

    def __init__(self, message: str, *, code: str = "", hint: str = "", **facts: object) -> None:
        self.code = code or self.default_code
        self.message = message
        self.hint = hint
        self.facts = facts
        super().__init__(str(self))

    def __str__(self) -> str:
        text = self.message % self.facts
        return f"{text} {self.hint % self.facts}" if self.hint else text


class NotFound(SurveyError):
    default_code = "survey.not_found"


class Forbidden(SurveyError):
    default_code = "survey.forbidden"


class Conflict(SurveyError):
    """The step does not fit the state that the wave, case or account is in."""

    default_code = "survey.conflict"


class InvalidInput(SurveyError):
    """An input with faults; ``problems`` lists all of them, not the first."""

    default_code = "survey.invalid_input"

    def __init__(
        self, message: str, problems: Sequence[Problem] = (), *, code: str = "", **facts: object
    ) -> None:
        self.problems = tuple(problems)
        super().__init__(message, code=code, **facts)
