"""Computed tables as a process keeps them: read once, shown to many.

A table in the store never changes, so its number is all that has to be asked for again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import date, datetime
from threading import Lock
from typing import Any

from sqlalchemy.orm import Session

from survey.render.columns import Column, PageRow, PageTable, columns, formatted
from survey.render.comparison import Comparison, ComparisonRow
from survey.render.table import ResultRow, ResultTable
from survey.services.results.listing import Rows
from survey.store.models import IndexRun

#: Large things kept at once: tables, their cells in a language, their files.
MOST = 16
#: Small things kept at once: plots of pages, of 50 kB each.
MOST_SMALL = 200

_lock = Lock()
_large: OrderedDict[Hashable, Any] = OrderedDict()
_small: OrderedDict[Hashable, Any] = OrderedDict()


def kept(session: Session, run: IndexRun, kind: Hashable, make: Callable[[], Any]) -> Any:
    """What was made of a run, made now if nobody asked before."""
    return _from(_large, MOST, session, run, kind, make)


def kept_small(session: Session, run: IndexRun, kind: Hashable, make: Callable[[], Any]) -> Any:
    """The same for what is small and of many kinds: it must not push the tables out."""
    return _from(_small, MOST_SMALL, session, run, kind, make)


def _from(
    shelf: OrderedDict[Hashable, Any],
    most: int,
    session: Session,
    run: IndexRun,
    kind: Hashable,
    make: Callable[[], Any],
) -> Any:
    key = (session.get_bind().url, run.id, run.weigh_run_id, run.verified_set_id, kind)
    with _lock:
        if key in shelf:
            shelf.move_to_end(key)
            return shelf[key]
    made = make()
    with _lock:
        shelf[key] = made
        while len(shelf) > most:
            shelf.popitem(last=False)
    return made


def table(session: Session, run: IndexRun, with_excluded: bool = False) -> ResultTable:
    """One of a run's two tables; where nobody was left out they are one."""
    if with_excluded and not has_excluded(session, run):
        with_excluded = False

    def read() -> ResultTable:
        data = run.table["with_excluded"] if with_excluded else run.table
        return ResultTable.from_dict(data)

    return kept(session, run, ("table", with_excluded), read)


def computed_at(session: Session, run: IndexRun) -> datetime:
    """When a run was computed."""
    return kept_small(session, run, "computed_at", lambda: run.created_at)


def has_excluded(session: Session, run: IndexRun) -> bool:
    """Whether a reviewer left answers out, so that there are two tables."""
    return kept(session, run, "has_excluded", lambda: "with_excluded" in run.table)


def rows(session: Session, run: IndexRun, with_excluded: bool) -> Rows:
    """The rows of one of a run's tables, ready to be searched and ordered."""
    return kept(
        session,
        run,
        ("rows", with_excluded),
        lambda: Rows(table(session, run, with_excluded).rows),
    )


def compared(
    session: Session, run: IndexRun, found: Comparison
) -> tuple[dict[tuple[str, date], ComparisonRow], dict[tuple[str, date], float]]:
    """The comparison with the wave before by unit, and its p-values adjusted for all units."""

    def make():
        return {(row.unit_code, row.valid_from): row for row in found.rows}, found.adjusted()

    return kept(session, run, "compared", make)


class Cells:
    """The cells of a table in one language, worded when a row is first shown."""

    def __init__(self, found: ResultTable, language: str) -> None:
        self.columns: dict[str, Column] = {each.key: each for each in columns(found)}
        self.language = language
        self._whole = found.whole
        self._of_key = {(row.unit_code, row.valid_from): row for row in found.rows}
        self._made: dict[tuple, PageRow] = {}

    def of(self, rows: tuple[ResultRow, ...]) -> PageTable:
        """A page's worth of rows, looked up by unit: those of a sister table have other figures."""
        mine = (self._of_key[row.unit_code, row.valid_from] for row in rows)
        return PageTable(self.columns, tuple(map(self._row, mine)), self._row(self._whole))

    def _row(self, row: ResultRow) -> PageRow:
        key = (row.unit_code, row.valid_from)
        if key not in self._made:
            cells = {k: formatted(each, row, self.language) for k, each in self.columns.items()}
            self._made[key] = PageRow(row, cells)
        return self._made[key]


def cells(session: Session, run: IndexRun, with_excluded: bool, language: str) -> Cells:
    """The cells of one of a run's tables in one language."""
    return kept(
        session,
        run,
        ("cells", with_excluded, language),
        lambda: Cells(table(session, run, with_excluded), language),
    )
