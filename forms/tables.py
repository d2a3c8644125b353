"""Lists that a rule looks things up in: choice lists and files that come with a questionnaire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

Row = Mapping[str, str]


class Table:
    """Rows of texts by column; a look-up by one column builds an index once."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows: tuple[Row, ...] = tuple(rows)
        self._indices: dict[str, dict[str, list[Row]]] = {}

    @cached_property
    def columns(self) -> frozenset[str]:
        return frozenset(column for row in self.rows for column in row)

    def where(self, column: str, text: str) -> list[Row]:
        """The rows whose column is this text, in the order of the list."""
        if column not in self._indices:
            index: dict[str, list[Row]] = {}
            for row in self.rows:
                index.setdefault(row.get(column, ""), []).append(row)
            self._indices[column] = index
        return self._indices[column].get(text, [])
