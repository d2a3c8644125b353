"""The questionnaires that ship, each a folder of XLSForm sheets with its NOTES.md."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

from forms import xlsform
from forms.model import Questionnaire

_FOLDER = Path(__file__).parent


def names() -> tuple[str, ...]:
    """Names of all shipped questionnaires, in order."""
    return tuple(sorted(path.parent.name for path in _FOLDER.glob("*/survey.csv")))


@lru_cache(maxsize=16)
def load(name: str) -> Questionnaire:
    """Read a shipped questionnaire from its sheets.  Raises KeyError for an unknown name."""
    if name not in names():
        raise KeyError(name)
    return xlsform.read(_FOLDER / name)


def sheets(name: str) -> dict[str, list[list[str]]]:
    """The sheets of a shipped questionnaire as they were written.  Raises KeyError."""
    if name not in names():
        raise KeyError(name)
    found = {}
    for sheet in ("survey", "choices", "settings"):
        with (_FOLDER / name / f"{sheet}.csv").open(encoding="utf-8", newline="") as file:
            found[sheet] = list(csv.reader(file))
    return found
