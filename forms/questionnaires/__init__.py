"""The questionnaires that ship, each a folder of XLSForm sheets with its NOTES.md."""

from __future__ import annotations

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
