"""Which rows of a table a reader asked for: a name, an order, a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from survey.domain import name_search
from survey.domain.collation import sort_key
from survey.render.table import ResultRow, Text

#: Rows on one page; a district's units fit on one, and a page stays quick.
PER_PAGE = 25
NAME = "ten"

#: What a table can be ordered by: word in the address -> figure, title.
ORDERS: Mapping[str, tuple[str, Text]] = {
    NAME: ("name", {"vi": "Tên đơn vị", "en": "Name"}),
    "hai-long": ("satisfaction", {"vi": "Tỷ lệ hài lòng", "en": "Satisfied"}),
    "n": ("n_respondents", {"vi": "Số phiếu", "en": "Answers"}),
    "tra-loi": ("response_rate", {"vi": "Tỷ lệ trả lời", "en": "Response rate"}),
    "dieu-tra": ("survey_points", {"vi": "Điểm điều tra", "en": "Survey points"}),
    "tham-dinh": ("verified_points", {"vi": "Điểm thẩm định", "en": "Verified points"}),
    "tong": ("total", {"vi": "Tổng điểm", "en": "Total points"}),
    "chi-so": ("index_percent", {"vi": "Chỉ số", "en": "Index"}),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for, as it stood in the address."""

    query: str = ""
    order: str = NAME
    falling: bool = False
    page: int = 1


#: The first page of the whole table, by name.
EVERYTHING = Wanted()


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of rows; ``n_all`` in the table, ``n_found`` of them match."""

    rows: tuple[ResultRow, ...]
    wanted: Wanted
    n_all: int
    n_found: int
    n_pages: int

    @property
    def first(self) -> int:
        return (self.wanted.page - 1) * PER_PAGE + 1 if self.rows else 0


def wanted(query: str, order: str, direction: str, page: str) -> Wanted:
    """What an address asks for; what it cannot mean counts as not said."""
    return Wanted(
        query=query.strip()[:100],
        order=order if order in ORDERS else NAME,
        falling=direction == "giam",
        page=min(int(page), 10**6) if page.isascii() and page.isdigit() and int(page) else 1,
    )


class Rows:
    """The rows of one table, each order made once and each name taken apart once."""

    def __init__(self, rows: Sequence[ResultRow]) -> None:
        self._rows = rows
        self._names = name_search.Names([(row.name, row.unit_code) for row in rows])
        self._orders: dict[tuple[str, bool], list[int]] = {}
        self._of_key = {f"{row.unit_code}@{row.valid_from}": row for row in rows}
        #: By ``code@valid_from``.
        self.names = {key: row.name for key, row in self._of_key.items()}

    def find(self, code: str, since: str) -> ResultRow | None:
        """The row of a unit; None where the table has none."""
        return self._of_key.get(f"{code}@{since}")

    def listing(self, asked: Wanted) -> Listing:
        """The page asked for, or the last; rows without the figure stand last either way."""
        found = self._names.search(asked.query)
        ordered = self._ordered(asked.order, asked.falling)
        if found is not None:
            ordered = [place for place in ordered if place in found]
        pages = max(1, ceil(len(ordered) / PER_PAGE))
        page = min(asked.page, pages)
        shown = ordered[(page - 1) * PER_PAGE : page * PER_PAGE]
        return Listing(
            rows=tuple(self._rows[place] for place in shown),
            wanted=Wanted(asked.query, asked.order, asked.falling, page),
            n_all=len(self._rows),
            n_found=len(ordered),
            n_pages=pages,
        )

    def _ordered(self, order: str, falling: bool) -> list[int]:
        if (order, falling) not in self._orders:
            self._orders[order, falling] = self._sort(ORDERS[order][0], falling)
        return self._orders[order, falling]

    def _sort(self, figure: str, falling: bool) -> list[int]:
        values = [getattr(row, figure) for row in self._rows]
        if figure == "name":
            values = [sort_key(value) for value in values]
        known = [place for place, value in enumerate(values) if value is not None]
        known.sort(key=values.__getitem__, reverse=falling)
        return known + [place for place, value in enumerate(values) if value is None]
