"""docs/xlsform.md names every type, column, parameter and appearance that is read, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from forms import dialect
from forms.model import METADATA, Kind

PAGE = (Path(__file__).parents[2] / "docs" / "xlsform.md").read_text("utf-8")


OFFICE = (Path(__file__).parents[2] / "survey/templates/office/xlsform.html").read_text("utf-8")


def told_in_office(place: str) -> set[str]:
    """First cells of one table of the office's page."""
    table = OFFICE.split(f'<h2 id="{place}">')[1].split("</table>")[0]
    cells = re.findall(r'<th scope="row" class="name">(.*?)</th>', table)
    return set(re.findall(r"<code>(.*?)</code>", " ".join(cells)))


def test_the_office_s_page_tells_the_same():
    kinds = {str(kind) for kind in (*Kind, *METADATA)} | {*dialect.FROM_FILE, dialect.EXTERNAL}
    assert {x.split()[0] for x in told_in_office("types")} == kinds | {"begin", "end"}
    assert told_in_office("survey") == dialect.SUPPORTED["survey"]
    others = dialect.SUPPORTED["choices"] | dialect.SUPPORTED["settings"]
    assert told_in_office("others") == others - set(dialect.MEDIA)
    parameters = {name for of in dialect.PARAMETERS.values() for name in of}
    assert told_in_office("parameters") == parameters | {"max", *dialect.OF_FILE}


def section(title: str) -> str:
    return PAGE.split(f"## {title}", 1)[1].split("\n## ", 1)[0]


def first_cells(title: str) -> set[str]:
    rows = [line.split("|")[1] for line in section(title).splitlines() if line.startswith("| `")]
    return set(re.findall(r"`([^`]+)`", " ".join(rows)))


def test_every_type_is_documented():
    documented = {name.split()[0] for name in first_cells("Types")} - {
        "begin",
        "end",
        "trigger",
        "or_other",
    }
    documented -= {*dialect.FROM_FILE, dialect.EXTERNAL}  # other places of a list
    documented |= {"end"}  # the metadata type; "end group" is the group's
    assert documented == {str(kind) for kind in Kind} | {str(kind) for kind in METADATA}


def test_every_column_of_the_survey_is_documented():
    assert first_cells("Columns of `survey`") == dialect.SUPPORTED["survey"]


@pytest.mark.parametrize("sheet", ["choices", "external_choices", "settings"])
def test_every_column_of_the_other_sheets_is_documented(sheet):
    (row,) = [line for line in PAGE.splitlines() if re.match(rf"\| [^|]*`{sheet}`[^|]* \| `", line)]
    named = set(re.findall(r"`([^`]+)`", row.split("|", 2)[2])) - {"choice_filter"}
    assert named == dialect.SUPPORTED[sheet]


def test_every_appearance_is_documented():
    named = set(re.findall(r"`([^`]+)`", section("Appearances")))
    assert named == dialect.APPEARANCES | dialect.LOOKS


def test_every_parameter_is_documented():
    (row,) = [line for line in PAGE.splitlines() if line.startswith("| `parameters`")]
    (ranges,) = [line for line in PAGE.splitlines() if line.startswith("| `range`")]
    sensitive = section("Sensitive questions")
    for kind, parameters in dialect.PARAMETERS.items():
        for name in parameters:
            assert f"{name}" in (ranges if kind is Kind.RANGE else row + sensitive), (kind, name)
