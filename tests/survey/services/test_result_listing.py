"""Searching, ordering and paging a table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from survey.services.results.listing import ORDERS, PER_PAGE, Listing, Rows, wanted
from tests.survey.render.result_tables import TABLE, A


def listing(rows, asked) -> Listing:
    return Rows(rows).listing(asked)


MANY = [
    replace(A, unit_code=f"{n:05}", name=f"Xã Số {n:03}", n_respondents=(n * 37) % 101)
    for n in range(2 * PER_PAGE + 7)
]


def test_rows_without_the_figure_stand_last_in_both_directions():
    for direction in ("tang", "giam"):
        rows = listing(TABLE.rows, wanted("", "tong", direction, "")).rows
        assert rows[0].total is not None
        assert [row.total for row in rows[1:]] == [None] * 3


@pytest.mark.parametrize("order", ORDERS)
def test_every_order_rises_and_falls(order):
    figure = ORDERS[order][0]
    up, down = (
        [getattr(row, figure) for row in listing(TABLE.rows, wanted("", order, way, "")).rows]
        for way in ("tang", "giam")
    )
    known = [value for value in up if value is not None]
    assert [value for value in down if value is not None] == known[::-1]
    if order != "ten":
        assert known == sorted(known)


def test_the_pages_together_are_the_table():
    pages = [listing(MANY, wanted("", "n", "giam", str(n))) for n in (1, 2, 3)]
    assert [len(page.rows) for page in pages] == [PER_PAGE, PER_PAGE, 7]
    assert pages[2].first == 2 * PER_PAGE + 1
    assert {row.unit_code for page in pages for row in page.rows} == {r.unit_code for r in MANY}


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "²", "1e3"])
def test_a_page_that_means_nothing_is_the_first(page):
    assert wanted("", "nonsense", "nonsense", page) == wanted("", "ten", "", "1")


def test_a_page_after_the_last_is_the_last():
    assert listing(MANY, wanted("", "", "", "9" * 30)).wanted.page == 3


def test_a_search_that_finds_nothing_is_an_empty_page():
    found = listing(MANY, wanted("Đoài", "", "", ""))
    assert (found.rows, found.n_found, found.n_pages, found.first) == ((), 0, 1, 0)
