"""What is withheld cannot be worked out from what is shown."""

from __future__ import annotations

from datetime import date

from survey.render.table import ResultRow
from survey.services.composition.rows import few_apart, protect, withhold_alike

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
        response_rate=min(1.0, n / 96),
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


def test_lines_that_differ_by_very_few_answers_are_not_both_shown():
    without = [row("A", 60), row("B", 30), row("C", 40)]
    everybody = [row("A", 60), row("B", 31), row("C", 45)]
    kept, whole = few_apart(without, everybody, row("", 136), 3)
    assert hidden(kept) == {"B": "secondary"}
    # The second whole less its shown units would be B again.
    assert whole.suppressed == "secondary"


def test_two_such_units_hide_each_other_and_many_answers_need_no_hiding():
    without = [row("A", 60), row("B", 30), row("C", 40)]
    kept, whole = few_apart(without, [row("A", 62), row("B", 32), row("C", 40)], row("", 134), 3)
    assert hidden(kept) == {"A": "secondary", "B": "secondary"} and not whole.suppressed
    kept, whole = few_apart(without, [row("A", 63), row("B", 30), row("C", 40)], row("", 133), 3)
    assert hidden(kept) == {} and not whole.suppressed


def test_a_subject_that_one_of_many_excluded_answered_hides_the_line():
    without, everybody = [row("A", 60), row("B", 30)], [row("A", 65), row("B", 36)]
    heard = {"A@2020-01-01": (5, 4), "B@2020-01-01": (6, 1)}
    kept, whole = few_apart(without, everybody, row("", 101), 3, heard)
    assert hidden(kept) == {"B": "secondary"}
    assert whole.suppressed == "secondary"
    heard["B@2020-01-01"] = (6, 3)
    kept, whole = few_apart(without, everybody, row("", 101), 3, heard)
    assert hidden(kept) == {} and not whole.suppressed


def test_one_answer_between_the_wholes_hides_the_second_whole():
    shown = row("A", 60), row("B", 4, suppressed="small_n")
    kept, whole = few_apart(shown, [shown[0], row("B", 5, suppressed="small_n")], row("", 65), 3)
    assert hidden(kept) == {"B": "small_n"} and whole.suppressed == "secondary"


def test_a_unit_without_answers_needs_no_protection():
    rows = [row("A", 60), row("B", 0, suppressed="no_answers")]
    assert protect(rows) == rows


def test_two_tables_of_nearly_the_same_answers_withhold_the_same_units():
    without = [row("A", 60), row("B", 8, suppressed="small_n"), row("C", 30)]
    everybody = [row("A", 62), row("B", 12), row("C", 30)]
    assert hidden(withhold_alike(everybody, without)) == {"B": "secondary"}
    assert withhold_alike(without, everybody) == tuple(without)
