"""Small questionnaires written as sheets, and the citizen questionnaire that ships."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from forms import questionnaires, xlsform
from forms.model import Questionnaire

SETTINGS = """
form_id | form_title | version | default_language
thu     | Phiếu thử  | 1       | vi
"""
CHOICES = """
list_name | name  | label     | missing
yn        | co    | Có        |
yn        | khong | Không     |
s5        | 1     | Rất kém   |
s5        | 5     | Rất tốt   |
s5        | 98    | Không rõ  | khong_y_kien
"""


def table(text: str) -> list[list[str]]:
    """Rows of a table drawn with bars."""
    return [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]


@pytest.fixture
def sheets(tmp_path: Path) -> Callable[..., Path]:
    """Write sheets drawn with bars into a folder of CSV files."""

    def write(survey: str, *, choices: str = CHOICES, settings: str = SETTINGS) -> Path:
        drawn = {"survey": survey, "choices": choices, "settings": settings}
        for name, text in drawn.items():
            rows: Sequence[Sequence[str]] = table(text) if text else []
            with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(rows)
        return tmp_path

    return write


@pytest.fixture
def make(sheets: Callable[..., Path]) -> Callable[..., Questionnaire]:
    """Read a questionnaire from a survey sheet drawn with bars."""
    return lambda survey, **others: xlsform.read(sheets(survey, **others))


@pytest.fixture
def faults(sheets: Callable[..., Path]) -> Callable[..., list[tuple[str, str]]]:
    """Address and code of each fault of a survey sheet drawn with bars."""

    def found(survey: str, **others: str) -> list[tuple[str, str]]:
        with pytest.raises(xlsform.XlsformError) as caught:
            xlsform.read(sheets(survey, **others))
        return [(each.cell.address, each.code) for each in caught.value.problems]

    return found


@pytest.fixture(scope="session")
def c1() -> Questionnaire:
    return questionnaires.load("c1-citizen")


#: What a service gives for a poster's visitor.
OPEN_CASE = {"unit_name": "Xã Cao An", "case_field": "", "case_channel": ""}


@pytest.fixture
def context() -> dict[str, str]:
    return dict(OPEN_CASE)
