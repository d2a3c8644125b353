"""Cells as the page shows them."""

from __future__ import annotations

from survey.render.columns import columns, formatted_row
from tests.survey.render.result_tables import FEW, TABLE, WHOLE, A


def test_a_row_in_each_language():
    vi, en = (formatted_row(TABLE, A, language) for language in ("vi", "en"))
    assert (vi["n_population"], en["n_population"]) == ("2.400", "2,400")
    assert (vi["satisfaction"], en["satisfaction"]) == ("87,5%", "87.5%")
    assert (vi["total"], en["total"]) == ("71,00", "71.00")
    assert (vi["access_points"], vi["officer_points"]) == ("5,40", "5,10")
    assert (vi["valid_from"], en["valid_from"]) == ("01/12/2019", "1 December 2019")
    assert vi["band"] == "Hoàn thành tốt nhiệm vụ"


def test_a_missing_figure_is_a_dash_not_a_zero():
    few = formatted_row(TABLE, FEW, "vi")
    assert few["satisfaction"] == few["n_effective"] == few["access_points"] == "–"
    assert few["suppressed"] == "quá ít phiếu"
    assert formatted_row(TABLE, WHOLE, "vi")["total"] == "–"


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
