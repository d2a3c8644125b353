"""Sheets in: what is read, and that every fault is reported at once with its cell."""
# ruff: noqa: E501 (sheets are drawn as wide as they are)

import re

import openpyxl
import pytest

from forms import expression, messages, xlsform
from forms.faults import XlsformError
from forms.model import Kind

GOOD = """
type            | name | label::Tiếng Việt (vi) | label::English (en) | hint::vi | relevant    | required | constraint              | constraint_message::vi | parameters     | item | concept | sensitive | appearance
hidden          | unit |                        |                     |          |             |          |                         |                        |                |      |         |           |
begin group     | mot  | Trang một              | Page one            |          |             |          |                         |                        |                |      |         |           |
select_one yn   | a    | Có đến ${unit} không?  | Been to ${unit}?    | Gợi ý    |             | yes      |                         |                        |                | A    | vao     |           |
integer         | b    | Mấy lần?               | How often?          |          |             | no       | . >= 0 and . <= 99      | Từ 0 đến 99            |                |      |         |           |
end group       |      |                        |                     |          |             |          |                         |                        |                |      |         |           |
begin group     | hai  | Trang hai              | Page two            |          | ${a} = 'co' |          |                         |                        |                |      |         |           |
select_multiple s5 | c | Chọn                   | Choose              |          | ${b} > 1    |          | count-selected(.) <= 2  |                        | randomize=true |      |         | yes       |
select_one s5   | e    | Chấm                   | Rate                |          |             |          |                         |                        |                |      | access  |           | likert
end group       |      |                        |                     |          |             |          |                         |                        |                |      |         |           |
calculate       | gap  |                        |                     |          |             |          |                         |                        |                |      |         |           |
"""
TWO_LANGUAGES = """
list_name | name  | label::vi | label::en | missing
yn        | co    | Có        | Yes       |
yn        | khong | Không     | No        |
s5        | 1     | Kém       | Bad       |
s5        | 5     | Tốt       | Good      |
s5        | 98    | Không rõ  | No idea   | khong_y_kien
"""
SETTINGS = """
form_id | form_title::vi | form_title::en | version | default_language | eligibility
thu     | Phiếu thử      | Trial          | 7       | vi               | ${a} != 'khong'
"""


def good() -> str:
    lines = GOOD.strip().splitlines()
    return "\n".join(lines[:-1])  # the calculate row lacks its calculation: a fault of its own


@pytest.fixture
def q(make):
    return make(good(), choices=TWO_LANGUAGES, settings=SETTINGS)


def test_settings_and_languages(q):
    assert (q.form_id, q.version, q.default_language) == ("thu", "7", "vi")
    assert q.languages == ("vi", "en")
    assert q.titles == {"vi": "Phiếu thử", "en": "Trial"}
    assert q.eligibility == "${a} != 'khong'"


def test_a_top_level_group_is_a_page(q):
    assert [section.name for section in q.sections] == ["mot", "hai"]
    assert q.section("hai").relevant == "${a} = 'co'"
    assert q.section("hai").labels["en"] == "Page two"
    assert [each.name for each in q] == ["a", "b", "c", "e"]


def test_a_question_with_all_that_belongs_to_it(q):
    a, b, c, e = q
    assert a.kind is Kind.SELECT_ONE
    assert a.required == "true()" and b.required == ""
    assert a.hints == {"vi": "Gợi ý"}
    assert (a.item, a.concept) == ("A", "vao")
    assert b.constraint_messages == {"vi": "Từ 0 đến 99"}
    assert c.randomize and c.sensitive and not a.sensitive
    assert e.is_rating and not a.is_rating
    assert [choice.missing for choice in e.choices] == ["", "", "khong_y_kien"]
    assert e.missing_reason("98") == "khong_y_kien" and e.missing_reason("5") == ""


def test_hidden_rows_are_variables_not_questions(q):
    assert [each.name for each in q.variables] == ["unit"]


def test_a_question_knows_its_cells(q):
    assert q.question("b").cells["constraint"].address == "survey!H5"
    assert q.question("b").cells["label::en"].address == "survey!D5"


def test_the_same_sheets_as_a_workbook_give_the_same_questionnaire(q, sheets, tmp_path):
    import csv

    folder = sheets(good(), choices=TWO_LANGUAGES, settings=SETTINGS)
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name in ("survey", "choices", "settings"):
        sheet = book.create_sheet(name)
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                # A spreadsheet holds the choice 1 and the version 7 as numbers.
                sheet.append([int(cell) if cell.isdigit() else cell or None for cell in row])
    book.save(tmp_path / "thu.xlsx")
    assert xlsform.read(tmp_path / "thu.xlsx") == q


def test_sheets_may_be_given_one_by_one(q, sheets):
    folder = sheets(good(), choices=TWO_LANGUAGES, settings=SETTINGS)
    assert xlsform.read([folder / f"{name}.csv" for name in ("survey", "choices", "settings")]) == q


def test_a_question_outside_groups_is_a_page_of_its_own(make):
    q = make(
        """
        type | name | label
        text | a    | A?
        note | b    | B
        """
    )
    assert [(s.name, [e.name for e in s.questions]) for s in q.sections] == [
        ("a", ["a"]),
        ("b", ["b"]),
    ]


def test_a_nested_group_lends_its_relevance_and_its_title(make):
    q = make(
        """
        type          | name | label | relevant
        select_one yn | x    | X?    |
        select_one yn | y    | Y?    |
        begin group   | g    | Trang |
        begin group   | h    | Nhóm  | ${x} = 'co'
        begin group   | i    |       | ${y} = 'co'
        text          | a    | A?    | ${x} != ''
        end group     |      |       |
        text          | b    | B?    |
        end group     |      |       |
        text          | c    | C?    |
        end group     |      |       |
        """
    )
    title, a, b, c = q.section("g").questions
    assert (title.kind, title.labels, title.relevant) == (
        Kind.NOTE,
        {"vi": "Nhóm"},
        "${x} = 'co'",
    )
    assert a.relevant == "((${x} = 'co') and (${y} = 'co')) and (${x} != '')"
    assert b.relevant == "${x} = 'co'"
    assert c.relevant == ""


def test_a_page_ends_before_a_question_that_depends_on_it(make):
    q = make(
        """
        type          | name | label      | relevant    | calculation
        begin group   | g    | Trang      |             |
        select_one yn | x    | X?         |             |
        text          | a    | A?         |             |
        text          | b    | B?         | ${n} = 1    |
        text          | c    | Về ${b}?   |             |
        end group     |      |            |             |
        calculate     | n    |            |             | if(${x} = 'co', 1, 0)
        """
    )
    assert [(s.name, [e.name for e in s.questions]) for s in q.sections] == [
        ("g", ["x", "a"]),
        ("g_2", ["b"]),
        ("g_3", ["c"]),
    ]
    assert q.section("g_2").labels == {"vi": "Trang"}


# Faults


def test_all_faults_are_reported_at_once_each_with_its_cell(faults):
    found = faults(
        """
        type           | name  | label | relevant      | constraint | required | colour | appearance
        begin group    | g     | G     |               |            |          |        |
        geotrace       | gps   | Đâu?  |               |            |          |        |
        select_one no  | a     | A?    |               |            |          |        |
        integer        | b     | B?    | ${zz} = 1     | . >        |          |        |
        integer        | b     | B?    | count(.) = 1  |            |          |        |
        text           | 1x    | C?    |               |            |          |        | shiny
        select_one yn  | d     |       |               |            |          |        |
        note           | e     | E     |               | . = 1      | yes      |        |
        text           | f     | F?    | ${gps} = ''   |            |          |        |
                       | h     | H?    |               |            |          |        |
        text           |       | I?    |               |            |          |        |
        text           | data  | J?    |               |            |          |        |
        """
    )
    assert found == [
        ("survey!G1", "column.unknown"),
        ("survey!A2", "group.unclosed"),
        ("survey!A3", "row.type_unknown"),
        ("survey!A4", "row.list_unknown"),
        ("survey!D5", "expression.unknown_name"),
        ("survey!E5", "expression.unfinished"),
        ("survey!B6", "row.name_duplicate"),
        ("survey!B7", "row.name_invalid"),
        ("survey!H7", "row.appearance_unknown"),
        ("survey!C8", "row.label_missing"),
        ("survey!E9", "row.not_applicable"),
        ("survey!F9", "row.not_applicable"),
        ("survey!A11", "row.type_missing"),
        ("survey!B12", "row.name_missing"),
        ("survey!B13", "row.name_reserved"),
    ]


@pytest.mark.parametrize(
    ("rule", "code", "told"),
    [
        (". >= 1 an . <= 9", "expression.syntax", "ở “an”"),
        (". >= (1", "expression.unfinished", "dấu ngoặc đóng"),
        (". = 'co", "expression.unfinished", "dấu nháy đóng"),
        ("round(., 1, 2) > 1", "expression.arguments", "“round()”"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_in_the_reader_s_language(faults, rule, code, told):
    sheet = f"type|name|label|constraint\ninteger|a|A?|{rule}"
    assert faults(sheet) == [("survey!D2", code)]
    with pytest.raises(expression.ExpressionError) as caught:
        expression.parse(rule, {".": "number"})
    vietnamese = messages.texts(code, caught.value.facts)["vi"]
    assert told in vietnamese
    assert not re.search("expected|unexpected|function", vietnamese)


@pytest.mark.parametrize(
    ("survey", "address", "code"),
    [
        ("type|name|label\nend group|||", "survey!A2", "group.unopened"),
        ("type|name|label\nrank|a|A?", "survey!A2", "row.list_missing"),
        ("type|name|label\nrank yn or_other|a|A?", "survey!A2", "row.type_unknown"),
        ("type|name|label\nselect_one|a|A?", "survey!A2", "row.list_missing"),
        ("type|name|label\nbegin repeat|a|A?", "survey!A2", "repeat.unclosed"),
        ("type|name|label|relevant\nselect_one yn|a|A?|\ntext|b|B?|${a} = 'có'", "survey!D3", "expression.unknown_choice"),
        ("type|name|label|relevant\nselect_multiple yn|a|A?|\ntext|b|B?|selected(${a}, 'x')", "survey!D3", "expression.unknown_choice"),
        ("type|name|label|constraint\nselect_one yn|a|A?|. != 'x'", "survey!D2", "expression.unknown_choice"),
        ("type|name|label\ntext|validate_a|A?", "survey!B2", "row.name_reserved"),
        ("type|name|label\ncalculate|a|", "survey!A2", "row.calculation_missing"),
        ("type|name|label|default\ntext|b|B?|\ntext|a|A?|concat(${b}, 'x')", "survey!D3", "row.default_dynamic"),
        ("type|name|label|default\ninteger|a|A?|today()", "survey!D2", "row.default_type"),
        ("type|name|label|default\ntext|a|A?|tudo()", "survey!D2", "expression.function"),
        ("type|name|label|default\nselect_one yn|a|A?|today()", "survey!D2", "row.default_choice"),
        ("type|name|label|parameters\nselect_one yn|a|A?|seed=1", "survey!D2", "row.seed_alone"),
        ("type|name|label|parameters\ntext|a|A?|randomize=true", "survey!D2", "row.not_applicable"),
        ("type|name|label|default\nselect_one yn|a|A?|x", "survey!D2", "row.default_choice"),
        ("type|name|label|default\nnote|a|A.|x", "survey!D2", "row.not_applicable"),
        ("type|name|label|trigger|calculation\ncalculate|a||b|1", "survey!D2", "row.trigger"),
        ("type|name|label|trigger|calculation\ncalculate|a||${b}|1", "survey!D2", "expression.unknown_name"),
        ("type|name|label|calculation\ninteger|a|A?|1 + 1", "survey!D2", "row.calculation_asked"),
        ("type|name|label|parameters\nrange|a|A?|start=0 end=10 step=3", "survey!D2", "row.range"),
        ("type|name|label|parameters\nrange|a|A?|start=5 end=1", "survey!D2", "row.range"),
        ("type|name|label|parameters\nrange|a|A?|start=x", "survey!D2", "row.parameter_unknown"),
        ("type|name|label\nselect_one yn or_other|a|A?\ntext|a_other|B?", "survey!B3", "row.name_duplicate"),
        ("type|name|label|sensitive\ntext|a|A?|maybe", "survey!D2", "row.yes_no"),
        ("type|name|label|relevant\ntext|a|A?|. = 1", "survey!D2", "expression.current"),
        ("type|name|label|relevant\ntext|a|A?|${b} = 1\ntext|b|B?|", "survey!D2", "expression.looks_ahead"),
        ("type|name|label|relevant\ntext|a|A?|${a} = 1", "survey!D2", "expression.looks_ahead"),
        ("type|name|label|constraint\ndate|a|A?|. > 3", "survey!D2", "expression.date_type"),
        ("type|name|label|calculation|relevant\ncalculate|a||today()|\ntext|b|B?||${a} > 3", "survey!E3", "expression.date_type"),
        ("type|name|label|calculation\ncalculate|a||${b}\ncalculate|b||${a}", "survey!D2", "expression.circle"),
        ("type|name|label\ntext|a|Về ${zz}?", "survey!C2", "expression.unknown_name"),
        ("type|name|label|label\ntext|a|A?|B?", "survey!D1", "column.duplicate"),
        ("type|name|label\naudit|b|", "survey!B2", "row.name_audit"),
        ("type|name|label|trigger|calculation\ncalculate|b||| 1\ncalculate|a||${b}|1", "survey!D3", "row.trigger_unseen"),
        ("type|name|label::vi|label::en\ntext|a||A?", "survey!C2", "row.label_missing"),
        ("type|name|label\ntext|a|=1+1", "survey!C2", "file.formula"),
        ("name|label\na|A?", "survey!A1", "column.missing"),
        ("type|name|label|media::image\ntext|a|A?|x.png", "survey!D2", "media.missing"),
        ("type|name|label|choice_filter\nselect_one yn|a|A?|tinh = 1", "survey!D2", "expression.bare_name"),
    ],
)  # fmt: skip
def test_a_fault_names_its_cell(faults, survey, address, code):
    assert (address, code) in faults(survey)


@pytest.mark.parametrize(
    ("others", "address", "code"),
    [
        ({"settings": "form_id|version|default_language|style\nx|1|vi|pages"}, "settings!D1", "column.unknown"),
        ({"settings": "form_id|version|default_language\nx|1|vi\ny|2|vi"}, "settings!A3", "settings.rows"),
        ({"settings": "form_id|version|default_language|eligibility\nx|1|vi|${zz}"}, "settings!D2", "expression.unknown_name"),
        ({"settings": ""}, "settings!A1", "sheet.empty"),
        ({"choices": "list_name|name|label\nyn|co|Có\nyn|co|Có"}, "choices!B3", "choice.duplicate"),
        ({"choices": "list_name|name|label\nyn|co co|Có"}, "choices!B2", "choice.name_blank"),
        ({"choices": "list_name|name|label\nyn||Có"}, "choices!B2", "row.name_missing"),
        ({"choices": "list_name|name|label\nyn|co|"}, "choices!C2", "row.label_missing"),
        ({"choices": "list_name|name|label|geometry\nyn|co|Có|hd"}, "choices!D1", "column.unknown"),
        ({"choices": "list_name|name|label\nyn|co|Có ${zz}"}, "choices!C2", "expression.unknown_name"),
        ({"choices": "list_name|name|label|media::image\nyn|co|Có|x"}, "choices!D2", "media.ending"),
    ],
)  # fmt: skip
def test_a_fault_in_another_sheet_names_its_cell(faults, others, address, code):
    survey = "type|name|label\nselect_one yn|a|A?"
    assert (address, code) in faults(survey, **others)


def test_messages_are_vietnamese_with_the_facts(sheets):
    with pytest.raises(XlsformError) as caught:
        xlsform.read(sheets("type|name|label\ngeotrace|a|A?"))
    (fault,) = caught.value.problems
    assert str(fault) == "survey!A2: Loại câu hỏi “geotrace” không được hỗ trợ."
    assert (fault.sheet, fault.row, fault.column) == ("survey", 2, 1)


def test_warnings_do_not_stop_the_reading(sheets):
    survey = "type|name|label::vi|label::en|hint::vi\ntext|a|A?|A?|Gợi ý"
    folder = sheets(survey, choices="list_name|name|label::vi|label::en\nyn|co|Có|Yes")
    q, found = xlsform.check(folder)
    assert q == xlsform.read(folder)
    assert [(each.cell.address, each.code, each.is_error) for each in found] == [
        ("survey!A2", "row.label_missing", False),  # no English hint
        ("choices!B2", "choice.unused", False),
        ("settings!A2", "row.label_missing", False),  # no English title
    ]


def test_files_that_are_no_workbook(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04 cut off")
    (tmp_path / "survey.csv").write_bytes(b"type,name\ntext,\xff\n")
    for source, code in ((tmp_path / "a.xlsx", "file.damaged"), (tmp_path, "file.encoding")):
        with pytest.raises(XlsformError) as caught:
            xlsform.read(source)
        assert code in {fault.code for fault in caught.value.problems}


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(XlsformError) as caught:
        xlsform.read(tmp_path / "none.xlsx")
    assert "file.unreadable" in {fault.code for fault in caught.value.problems}


def test_too_many_rows_are_refused_before_they_are_read(tmp_path, sheets):
    folder = sheets("type|name|label\n" + "\n".join(f"text|a{n}|A?" for n in range(5100)))
    with pytest.raises(XlsformError) as caught:
        xlsform.read(folder)
    assert caught.value.problems[-1].code == "file.too_big"


def test_an_unknown_sheet_is_no_silent_extra(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "survey"
    book.active.append(["type", "name", "label"])
    book.active.append(["text", "a", "A?"])
    book.create_sheet("entities").append(["x"])
    book.save(tmp_path / "x.xlsx")
    with pytest.raises(XlsformError) as caught:
        xlsform.read(tmp_path / "x.xlsx")
    assert {f.code for f in caught.value.problems} == {"sheet.unknown"}
