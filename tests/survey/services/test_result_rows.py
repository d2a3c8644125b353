"""What is withheld cannot be worked out from what is shown."""

from __future__ import annotations

from datetime import date

from survey.render.table import ResultRow
from survey.services.result_rows import protect, withhold_alike

FIGURES = ("n_effective", "satisfaction", "satisfaction_se", "satisfaction_low")


def row(code: str, n: int, *, suppressed: str = "") -> ResultRow:
    figure = None if suppressed else 0.8
    return ResultRow(
        unit_code=code,
        valid_from=date(2020, 1, 1),
        name=code,
        n_population=1000,
        n_issued=96,
        n_respondents=n,
        response_rate=n / 96,
        satisfaction_high=figure,
        unweighted=figure,
        suppressed=suppressed,
        **dict.fromkeys(FIGURES, figure),
    )


def hidden(rows: list[ResultRow]) -> dict[str, str]:
    return {r.unit_code: r.suppressed for r in rows if r.suppressed}


def test_one_withheld_unit_takes_the_smallest_shown_one_with_it():
    rows = [row("A", 60), row("B", 4, suppressed="small_n"), row("C", 30), row("D", 70)]
    guarded = protect(rows)
    assert hidden(guarded) == {"B": "small_n", "C": "secondary"}
    withheld = guarded[2]
    assert (withheld.satisfaction, withheld.unweighted, withheld.n_respondents) == (None, None, 30)


def test_two_withheld_units_protect_each_other():
    rows = [row("A", 60), row("B", 4, suppressed="small_n"), row("C", 3, suppressed="small_n")]
    assert protect(rows) == rows


def test_withheld_units_that_have_too_few_answers_together_take_more_with_them():
    rows = [row("A", 60), row("B", 4, suppressed="small_n"), row("C", 3, suppressed="small_n"),
            row("D", 25)]  # fmt: skip
    assert hidden(protect(rows, 10)) == {"B": "small_n", "C": "small_n", "D": "secondary"}
    assert protect(rows, 7) == rows


def test_a_unit_without_answers_needs_no_protection():
    rows = [row("A", 60), row("B", 0, suppressed="no_answers")]
    assert protect(rows) == rows


def test_two_tables_of_nearly_the_same_answers_withhold_the_same_units():
    without = [row("A", 60), row("B", 8, suppressed="small_n"), row("C", 30)]
    everybody = [row("A", 62), row("B", 12), row("C", 30)]
    assert hidden(withhold_alike(everybody, without)) == {"B": "secondary"}
    assert withhold_alike(without, everybody) == tuple(without)
