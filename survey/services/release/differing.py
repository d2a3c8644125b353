"""Where something computed again is not as published: the first cell, named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from survey.domain.cell_differences import Difference, cells, differences
from survey.render.table import ResultTable

#: Words made by the program rather than by data: compared only where the program is the same.
PROSE = ("method", "notes", "sources")


class Differs(Exception):
    """The first thing that is not as published: words with fields, and their facts."""

    def __init__(self, words: str, **facts: object) -> None:
        self.words, self.facts = words, facts
        super().__init__(words % facts)


def compare_cells(name: str, was: Any, made: Any, *, strict: bool = True) -> int:
    if isinstance(made, ResultTable):
        made = made.to_dict()
    if not strict:
        was, made = _without_prose(was), _without_prose(made)
    first = next(iter(differences(was, made)), None)
    if first is not None:
        raise Differs(
            "%(file)s, %(row)s, cột %(column)s: có “%(found)s”, tính lại được “%(expected)s”.",
            file=name, row=_row(first), column=first.column, found=first.before,
            expected=first.after,
        )  # fmt: skip
    return len(cells(was))


def _row(found: Difference) -> str:
    return f"{found.name} ({found.row})" if found.name else found.row


def _without_prose(table: Mapping[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in table.items() if name not in PROSE}
