"""Faults of a questionnaire's workbook: each knows its cell and says itself in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from forms import messages
from forms.model import Cell


@dataclass(frozen=True)
class Fault:
    """One fault.  ``is_error`` is False for what the author should only know."""

    code: str
    cell: Cell
    messages: Mapping[str, str]
    facts: Mapping[str, Any] = field(default_factory=dict)
    is_error: bool = True

    @property
    def sheet(self) -> str:
        return self.cell.sheet

    @property
    def row(self) -> int:
        return self.cell.row

    @property
    def column(self) -> int:
        return self.cell.column

    @property
    def message(self) -> str:
        """The Vietnamese message."""
        return self.messages["vi"]

    def __str__(self) -> str:
        return f"{self.cell.address}: {self.message}"


class XlsformError(ValueError):
    """A workbook that is no questionnaire; ``problems`` has all its faults in sheet order."""

    def __init__(self, problems: Sequence[Fault]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def fault(code: str, cell: Cell, *, is_error: bool = True, **facts: Any) -> Fault:
    return Fault(code, cell, messages.texts(code, facts), facts, is_error)
