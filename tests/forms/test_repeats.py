"""Repeats are written out: rounds as groups, one more by asking, counts and sums over rounds."""

from __future__ import annotations

import csv
from xml.etree import ElementTree

import pytest

from forms import routing, xlsform
from forms.faces import xform
from forms.faces.paper import paper
from tests.support import javarosa, odk

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
        ([("text|ten|", "begin repeat|trong|Trong\ntext|ten|")], "", "", "repeat.unclosed"),
        ([("count(${nguoi})", "count-selected(${vai})")], "", "", "repeat.outside"),
        ([], "", "max=21", "repeat.max"),
        ([], "", "nhieu", "repeat.max"),
        ([], "0", "", "repeat.max"),
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


NESTED = """
begin group|dau|Hộ
integer|so_nha|Mấy nhà?
end group
begin repeat|nha|Nhà||||${{so_nha}}|max=3
text|chu|Chủ nhà?
integer|so_con|${{chu}} có mấy con?
begin repeat|con|Con của ${{chu}}||||${{so_con}}|max=3
text|ten|Tên con thứ?
integer|tuoi|Tuổi của ${{ten}}, con của ${{chu}}?
begin group|hoc|Học|${{tuoi}} >= 6
decimal|phi|Học phí?
end group
calculate|cho||||concat(position(../..), '.', position(..))
calculate|truoc||||indexed-repeat(${{ten}}, ${{con}}, position(..) - 1)
end repeat
calculate|con_nha||||count(${{con}})
calculate|lon_nhat||||max(${{tuoi}})
calculate|cac_con||||join(', ', ${{ten}})
end repeat
begin group|cuoi|Cuối
calculate|so||||count(${{nha}})
calculate|so_tre||||count(${{con}})
calculate|co_ten||||count-non-empty(${{ten}})
calculate|tong||||sum(${{tuoi}})
calculate|di_hoc||||count(${{phi}})
calculate|tren_6||||count(${{con}}[${{tuoi}} > 6])
calculate|phi_tren_6||||sum(${{phi}}[${{tuoi}} > 6])
calculate|nho||||min(${{tuoi}})
calculate|lon||||max(${{tuoi}}, 10)
calculate|moi_ten||||join('; ', ${{ten}})
calculate|cac_nha||||join(' + ', ${{cac_con}})
calculate|lien||||concat(${{chu}})
calculate|mot||||indexed-repeat(${{ten}}, ${{nha}}, 2, ${{con}}, 1)
calculate|theo||||indexed-repeat(${{ten}}, ${{nha}}, ${{so_nha}}, ${{con}}, ${{so_nha}} - 1)
note|loi|Có ${{so_tre}} trẻ: ${{moi_ten}}
end group
"""
HOUSES = {
    "so_nha": 2,
    "chu_1": "An",
    "so_con_1": 1,
    "ten_1_1": "Bi",
    "tuoi_1_1": 9,
    "phi_1_1": 2.5,
    "chu_2": "Ba",
    "so_con_2": 2,
    "ten_2_1": "Cò",
    "tuoi_2_1": 3,
    "ten_2_2": "Dế",
    "tuoi_2_2": 6,
    "phi_2_2": 1.5,
    # off the path: the third house was taken back
    "chu_3": "Xa",
    "so_con_3": 1,
    "ten_3_1": "Ẩn",
    "tuoi_3_1": 50,
}
OVER_ALL = {
    "so": 2,
    "so_tre": 3,
    "co_ten": 3,
    "tong": 18,
    "di_hoc": 2,
    "tren_6": 1,
    "phi_tren_6": 2.5,
    "nho": 3,
    "lon": 10,
    "moi_ten": "Bi; Cò; Dế",
    "cac_nha": "Bi + Cò, Dế",
    "lien": "AnBa",
    "mot": "Cò",
    "theo": "Cò",
    "con_nha_2": 2,
    "lon_nhat_1": 9,
    "cac_con_2": "Cò, Dế",
    "cho_2_1": "2.1",
    "truoc_2_2": "Cò",
}


def test_a_repeat_within_a_repeat_is_written_out(tmp_path):
    q, faults = check(tmp_path, NESTED)
    assert [str(fault) for fault in faults if fault.is_error] == []
    seen = shown(q, HOUSES)
    assert {"ten_1_1", "ten_2_2", "phi_1_1", "phi_2_2"} <= set(seen)
    assert not {"ten_1_2", "ten_2_3", "phi_2_1", "chu_3", "ten_3_1"} & set(seen)
    assert q.question("tuoi_2_1").labels["vi"] == "Tuổi của ${ten_2_1}, con của ${chu_2}?"
    titles = [text for each in (*q.sections, *q) for text in each.labels.values()]
    assert "Con của ${chu_2} – 2.1" in titles


def test_every_call_over_rounds_and_rounds_within_them(tmp_path):
    q, _ = check(tmp_path, NESTED)
    env = routing.environment(q, HOUSES, {})
    assert {name: env.get(name) for name in OVER_ALL} == OVER_ALL
    nobody = routing.environment(q, {"so_nha": 0}, {})
    assert (nobody["so_tre"], nobody["tong"], nobody["nho"], nobody["moi_ten"]) == (0, 0, "", "")


def test_odk_s_engine_says_the_same_of_the_rounds(tmp_path):
    if reason := javarosa.missing():
        pytest.skip(reason)
    q, _ = check(tmp_path, NESTED)
    xml = xform.build(q).xml
    (tmp_path / "form.xml").write_bytes(xml)
    with javarosa.engine() as engine:
        given = {name: str(value) for name, value in HOUSES.items()}
        filled = engine.fill(tmp_path / "form.xml", given)
    said = {
        each.tag.rpartition("}")[2]: each.text for each in ElementTree.fromstring(filled.xml).iter()
    }
    for name, value in OVER_ALL.items():
        text = said[name] or ""
        assert (float(text) == value) if isinstance(value, (int, float)) else (text == value), name
    odk.validate(xml, tmp_path)


def test_too_many_rounds_are_a_fault(tmp_path):
    rows = "\n".join(f"text|t{k}|T?" for k in range(20))
    survey = f"begin repeat|a|A||||20|\nbegin repeat|b|B||||20|\n{rows}\nend repeat\nend repeat"
    _, faults = check(tmp_path, survey)
    assert [(f.code, f.cell.address) for f in faults if f.is_error] == [
        ("repeat.rows", "survey!A3")
    ]


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("", True),
        (". <= 20", True),
        (". >= 1 and . <= 4", True),
        (". <= 3", False),
        (". >= 0 and .<=3", False),
        (". <= 3 or . = 9", True),
        (". * 2 <= 3", True),
        (". <= 3.5", True),
    ],
)
def test_more_rounds_than_are_written_out_are_told(tmp_path, rule, told):
    survey = f"integer|n|N?||{rule}\nbegin repeat|a|A||||${{{{n}}}}|max=3\ntext|t|T?\nend repeat"
    _, faults = check(tmp_path, survey)
    found = [f for f in faults if f.code == "repeat.more_than_written"]
    assert [(f.cell.address, f.is_error) for f in found] == [("survey!G3", False)] * told
