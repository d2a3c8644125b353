"""Repeats are written out: rounds as groups, one more by asking, counts and sums over rounds."""

from __future__ import annotations

import csv

import pytest

from forms import routing, xlsform
from forms.faces import xform
from forms.faces.paper import paper

SETTINGS = "form_id|form_title|version|default_language\nho|Phiếu hộ|1|vi"
CHOICES = "list_name|name|label\nvt|chu_ho|Chủ hộ\nvt|con|Con"
HEAD = "type|name|label|relevant|constraint|calculation|repeat_count|parameters|choice_filter\n"
SURVEY = """
begin group|dau|Hộ
integer|tong|Hộ có mấy người?
end group
begin repeat|nguoi|Người trong hộ||||{count}|{most}
text|ten|Tên gọi
integer|tuoi|Tuổi của ${{ten}}?||. >= 0 and . < 120
select_one vt|vai|Vai trò|${{tuoi}} >= 18
calculate|thu|||| position(..)
end repeat
begin group|cuoi|Cuối
calculate|so|||| count(${{nguoi}})
calculate|tong_tuoi||||sum(${{tuoi}})
calculate|dau_tien||||indexed-repeat(${{ten}}, ${{nguoi}}, 1)
note|loi|Có ${{so}} người, tổng ${{tong_tuoi}} tuổi, đầu tiên là ${{dau_tien}}.
end group
"""


def check(folder, survey=SURVEY, *, count="", most="", changes=()):
    text = HEAD + survey.format(count=count, most=most).strip()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    for name, content in {"survey": text, "choices": CHOICES, "settings": SETTINGS}.items():
        rows = [line.split("|") for line in content.splitlines()]
        width = len(rows[0])
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(row + [""] * (width - len(row)) for row in rows)
    return xlsform.check(folder)


def shown(q, answers) -> list[str]:
    return [e.name for _, questions in routing.path(q, answers, {}) for e in questions]


def test_without_a_count_each_round_asks_for_the_next(tmp_path):
    q, faults = check(tmp_path, most="max=3")
    assert [fault.code for fault in faults if fault.is_error] == []
    assert "ten_1" in shown(q, {}) and "ten_2" not in shown(q, {})
    two = {"ten_1": "An", "nguoi_more_1": "co"}
    assert "ten_2" in shown(q, two) and "nguoi_more_2" in shown(q, two)
    three = {**two, "nguoi_more_2": "co"}
    assert "ten_3" in shown(q, three) and "nguoi_more_3" not in shown(q, three)
    assert "ten_2" not in shown(q, {"nguoi_more_1": "khong"})


def test_rules_in_a_round_look_at_that_round(tmp_path):
    q, _ = check(tmp_path, most="max=2")
    answers = {"tuoi_1": 40, "nguoi_more_1": "co", "tuoi_2": 7}
    seen = shown(q, answers)
    assert "vai_1" in seen and "vai_2" not in seen
    env = routing.environment(q, answers, {})
    assert (env["thu_1"], env["thu_2"]) == (1, 2)
    assert q.question("tuoi_2").labels["vi"] == "Tuổi của ${ten_2}?"


def test_counts_and_sums_over_the_rounds(tmp_path):
    q, _ = check(tmp_path, most="max=4")
    answers = {"ten_1": "An", "tuoi_1": 40, "nguoi_more_1": "co", "ten_2": "Bình", "tuoi_2": 7}
    env = routing.environment(q, answers, {})
    assert (env["so"], env["tong_tuoi"], env["dau_tien"]) == (2, 47, "An")


def test_a_count_that_was_asked_says_how_many_rounds(tmp_path):
    q, faults = check(tmp_path, count="${tong}", most="max=4")
    assert [fault.code for fault in faults if fault.is_error] == []
    assert [name for name in shown(q, {"tong": 2}) if name.startswith("ten")] == ["ten_1", "ten_2"]
    assert not any(name.startswith("nguoi_more") for name in shown(q, {"tong": 3}))
    assert routing.environment(q, {"tong": 3, "tuoi_3": 5}, {})["so"] == 3
    # More than are written out are not asked, and not counted.
    assert routing.environment(q, {"tong": 9}, {})["so"] == 4


def test_a_fixed_count_asks_nothing_more(tmp_path):
    q, _ = check(tmp_path, count="3")
    assert [name for name in shown(q, {}) if name.startswith("ten")] == ["ten_1", "ten_2", "ten_3"]


def test_the_rounds_are_in_every_face(tmp_path):
    q, _ = check(tmp_path, most="max=2")
    made = xform.build(q).xml.decode()
    assert "ten_1" in made and "ten_2" in made
    printed = paper(q, "vi")
    assert [part.title for part in printed.parts if "Người" in part.title] == [
        "Người trong hộ – 1",
        "Người trong hộ – 2",
    ]


def test_a_fault_in_a_repeat_is_told_once_with_its_cell(tmp_path):
    _, faults = check(tmp_path, changes=[(". >= 0 and . < 120", ". >= 0 an . < 120")])
    found = [fault for fault in faults if fault.is_error]
    assert [(fault.code, fault.cell.address) for fault in found] == [
        ("expression.syntax", "survey!E7")
    ]


@pytest.mark.parametrize(
    ("changes", "count", "most", "code"),
    [
        ([("end repeat\n", "")], "", "", "repeat.unclosed"),
        ([("begin repeat|nguoi", "begin group|nguoi")], "", "", "repeat.unopened"),
        ([("text|ten|", "begin repeat|trong|Trong\ntext|ten|")], "", "", "repeat.nested"),
        ([], "", "max=21", "repeat.max"),
        ([], "", "nhieu", "repeat.max"),
        ([], "0", "", "repeat.max"),
        ([("count(${nguoi})", "max(${tuoi})")], "", "", "repeat.outside"),
        ([("Hộ có mấy", "${ten}: mấy")], "", "", "repeat.outside"),
        (
            [("integer|tong|Hộ có mấy người?", "integer|tong|Mấy?||||3")],
            "",
            "",
            "row.not_applicable",
        ),
    ],
)
def test_what_cannot_be_written_out_is_a_fault(tmp_path, changes, count, most, code):
    q, faults = check(tmp_path, count=count, most=most, changes=changes)
    assert code in [fault.code for fault in faults if fault.is_error]
