"""Cells as the page shows them."""

from __future__ import annotations

import dataclasses

from survey.render.columns import columns, formatted, page_table
from tests.survey.render.result_tables import TABLE, A


def test_a_row_in_each_language():
    vi, en = (page_table(TABLE, language).rows[0].cells for language in ("vi", "en"))
    assert (vi["n_population"], en["n_population"]) == ("2.400", "2,400")
    assert (vi["satisfaction"], en["satisfaction"]) == ("87,5%", "87.5%")
    assert (vi["total"], en["total"]) == ("71,00", "71.00")
    assert (vi["access_points"], vi["officer_points"]) == ("5,40", "5,10")
    assert (vi["valid_from"], en["valid_from"]) == ("01/12/2019", "1 December 2019")
    assert (vi["area_procedures_points"], vi["area_procedures_ratio"]) == ("10,68", "71,2%")
    assert vi["band"] == "Hoàn thành tốt nhiệm vụ"


def test_a_missing_figure_is_a_dash_not_a_zero():
    page = page_table(TABLE, "vi")
    few = page.rows[3].cells
    assert (
        few["satisfaction"]
        == few["n_effective"]
        == few["access_points"]
        == few["area_procedures_ratio"]
        == "–"
    )
    assert few["suppressed"] == "quá ít phiếu"
    assert page.whole.cells["total"] == "–"


def test_a_template_finds_columns_by_key_and_the_figures_behind_the_cells():
    page = page_table(TABLE, "vi")
    assert page.columns["satisfaction"].title["vi"] == "Tỷ lệ hài lòng"
    assert page.columns["satisfaction"].is_number
    assert not page.columns["name"].is_number
    assert page.rows[0].row is A
    assert page.rows[0].cells.keys() == page.columns.keys()


def test_keys_and_headings_are_unique():
    chosen = columns(TABLE)
    for names in (
        [c.key for c in chosen],
        [c.title["vi"] for c in chosen],
        [c.title["en"] for c in chosen],
    ):
        assert len(set(names)) == len(names)


def test_the_level_of_the_intervals_stands_in_their_headings():
    titles = {column.key: column.title for column in columns(TABLE)}
    assert titles["satisfaction_low"] == {"vi": "Cận dưới 95%", "en": "Lower 95%"}


def test_an_index_is_never_rounded_once_more():
    """79.999 of a scheme that truncates is below the band of 80: “80,00” would contradict it."""
    row = dataclasses.replace(A, index_percent=79.999)
    shown = {column.key: formatted(column, row, "vi") for column in columns(TABLE)}
    assert shown["index_percent"] == "79,999"
