"""What is wrong with one place of a scheme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from sys import float_info
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """``place`` is a path of keys (``area[3].criterion[1].leaf[2].max``), ``code`` is stable."""

    place: str
    code: str
    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.place}: {self.text}" if self.place else self.text


def is_number(value: Any) -> bool:
    """A finite number; true and false are none."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) <= float_info.max
    )


def written(value: float) -> str:
    """A number as a person writes it: 13, 12.5."""
    return f"{value:.6f}".rstrip("0").rstrip(".")
