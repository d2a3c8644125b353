"""The tables of releases beside each other, and beside the file that a spreadsheet reads.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from survey.domain.cell_differences import Difference, differences, same
from survey.render import release_files as files
from survey.render.csv_file import result_csv
from survey.render.release_files import Unreadable
from survey.render.table import ResultTable
from survey.services.composition.publish import Inputs
from survey.services.release.reading import Release

#: What differs between any two runs and says nothing of a unit.
_OF_THE_RUN = ("run_id", "computed_on")
#: Figures of the CSV file have ten digits.
_TEN_DIGITS = 1e-8


def csv_of(table: Mapping[str, Any]) -> bytes:
    """The table as the public page offers it."""
    return result_csv(ResultTable.from_dict(table), "vi")


def compare_csv(content: Mapping[str, bytes], table: Mapping[str, Any]) -> None:
    """Hold the CSV file against the table, cell by cell.  Raises Unreadable."""
    own, made = (_lines(part) for part in (content.get(files.TABLE_CSV, b""), csv_of(table)))
    if len(own) != len(made):
        raise Unreadable(
            "%(file)s có %(found)s dòng, bảng có %(expected)s.",
            file=files.TABLE_CSV, found=len(own), expected=len(made),
        )  # fmt: skip
    for number, (line, expected) in enumerate(zip(own, made, strict=True), start=2):
        for column, text in expected.items():
            # A program of another version may write other columns.
            if column in line and not _alike(line[column], text):
                raise Unreadable(
                    "%(file)s, dòng %(row)s, cột %(column)s: có “%(found)s”, bảng có"
                    " “%(expected)s”.",
                    file=files.TABLE_CSV, row=number, column=column, found=line[column],
                    expected=text,
                )  # fmt: skip


def changes(before: Release, after: Release) -> list[Difference]:
    """The cells that a correction changed."""
    return table_changes(before.table, after.table)


def table_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """The cells in which two published tables differ, both variants of each."""
    return differences(_comparable(before), _comparable(after))


def without_exclusions(inputs: Inputs, counts: Mapping[str, Mapping[str, int]]) -> Inputs:
    """The inputs of the run that left nobody out; ``counts`` by column and unit."""
    units = [
        replace(unit, **{column: of_unit[unit.key] for column, of_unit in counts.items()})
        for unit in inputs.units
    ]
    return replace(inputs, units=units, n_excluded=0, with_excluded=None)


def _comparable(table: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _comparable(part) if name == "with_excluded" else part
        for name, part in table.items()
        if name not in _OF_THE_RUN
    }


def _lines(content: bytes) -> list[dict[str, str]]:
    try:
        return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    except UnicodeDecodeError as fault:
        raise Unreadable(
            "%(file)s không phải UTF-8 (byte %(at)s).", file=files.TABLE_CSV, at=fault.start
        ) from None


def _alike(one: str | None, other: str) -> bool:
    if one == other:
        return True
    try:
        ours, theirs = float(one or ""), float(other)
    except ValueError:
        return False
    return abs(ours - theirs) <= _TEN_DIGITS * max(1.0, abs(theirs)) or same(ours, theirs)
