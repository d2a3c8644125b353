"""What is promised of the time follows from the questionnaire."""

from __future__ import annotations

import pytest

from forms import duration, questionnaires
from forms.duration import minutes

COUNTED = """
type          | name | label
begin group   | mot  | Trang
select_one yn | a    | {words}
end group     |      |
"""


@pytest.mark.parametrize(
    ("name", "of_its_notes"),
    [("c1-citizen", {5}), ("c2-enterprise", {5}), ("c3-inside", {5, 6}), ("tt01-dossier", {2, 3})],
)
def test_the_shipped_ones_take_what_their_notes_say(name, of_its_notes):
    assert minutes(questionnaires.load(name), "vi") in of_its_notes


def test_a_form_of_ten_times_the_words_takes_longer(make):
    short, long = (make(COUNTED.format(words="chữ " * n)) for n in (10, 1500))
    assert minutes(short, "vi") == 1
    assert minutes(long, "vi") == 6


def test_a_list_is_read_once_and_a_long_one_never_whole(make):
    def taken(rows: str, choices: str) -> float:
        q = make(f"type|name|label\n{rows}", choices=choices)
        return minutes(q, "vi")

    scale = "list_name|name|label\n" + "\n".join(f"s|m{n}|{'chữ ' * 100}" for n in range(5))
    once = "\n".join(f"select_one s|c{n}|C" for n in range(1))
    many = "\n".join(f"select_one s|c{n}|C" for n in range(4))
    assert taken(once, scale) == taken(many, scale) == 2
    hundreds = "list_name|name|label\n" + "\n".join(f"s|m{n}|Xã số {n}" for n in range(400))
    assert taken(once, hundreds) == 1


def test_a_name_that_stands_for_words_counts(make):
    rows = "\n".join(f"note|n{i}|${{unit}}" for i in range(125))
    assert minutes(make(f"type|name|label\nhidden|unit|\n{rows}"), "vi") == round(
        125 * duration._NAME / duration._READ_A_MINUTE
    )
