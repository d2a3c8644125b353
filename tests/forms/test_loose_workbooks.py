"""Workbooks as people make them: little is in place, and the questionnaire is read all the same."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import openpyxl
import pytest

from forms import canonical, languages, xlsform
from forms.faces import xform
from forms.model import Kind


@pytest.fixture
def book(tmp_path):
    """Write sheets drawn with bars into a workbook of a name."""

    def write(name: str = "Phiếu hộ 2026.xlsx", **sheets: str) -> Path:
        made = openpyxl.Workbook()
        made.remove(made.active)
        for title, text in sheets.items():
            sheet = made.create_sheet(title)
            for line in text.strip().splitlines():
                sheet.append([cell.strip() or None for cell in line.split("|")])
        made.save(tmp_path / name)
        return tmp_path / name

    return write


def warned(path: Path) -> set[tuple[str, str]]:
    q, faults = xlsform.check(path)
    assert q is not None and not any(each.is_error for each in faults), list(map(str, faults))
    return {(each.cell.address, each.code) for each in faults}


def test_a_form_needs_no_settings(book):
    path = book(survey="type|name|label\ntext|a|Tên?")
    q = xlsform.read(path)
    assert (q.form_id, q.default_language, q.titles) == ("Phieu_ho_2026", "vi", {})
    assert warned(path) == {("settings!A2", "settings.stood_in")}
    assert xform.build(q).xml.count(b'id="Phieu_ho_2026"') == 1


def test_a_version_that_nobody_gave_follows_the_content(book):
    one = xlsform.read(book(survey="type|name|label\ntext|a|Tên?"))
    again = xlsform.read(book(survey="type|name|label\ntext|a|Tên?"))
    other = xlsform.read(book(survey="type|name|label\ntext|a|Họ tên?"))
    assert one.version == again.version != other.version and len(one.version) == 10
    assert canonical.sha256(one) == canonical.sha256(again)


def test_what_stands_in_is_told_with_its_value(book):
    _, faults = xlsform.check(book(survey="type|name|label\ntext|a|A?", settings="form_title\nThử"))
    told = {each.facts["name"]: each for each in faults}
    assert told.keys() == {"form_id", "version", "default_language"}
    assert told["form_id"].message == ("Không có thiết lập “form_id”; dùng “Phieu_ho_2026”.")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("English", "en"),
        ("english (en-GB)", "en"),
        ("Tiếng Việt (vi)", "vi"),
        ("Tiếng Anh", "en"),
        ("Vietnamese", "vi"),
        ("français", "fr"),
        ("French", "fr"),
        ("Tiếng Tày", "tyz"),
        ("Ê Đê", "rad"),
        ("Khmer", "km"),
        ("Lao", "lo"),
        ("EN", "en"),
        ("chinese", "zh"),
        ("vi", "vi"),
        ("Lang A", ""),
    ],
)
def test_a_language_is_known_by_its_names(name, code):
    assert languages.code(name) == code


def test_a_language_that_nobody_knows_gets_a_private_code(book):
    path = book(survey="type|name|label::Xyzzy|label::English|hint:Xyzzy\ntext|a|A?|B?|C")
    q = xlsform.read(path)
    assert (q.default_language, q.languages) == ("qaa", ("qaa", "en"))
    assert q.question("a").hints == {"qaa": "C"}
    assert ("survey!C1", "column.language") in warned(path)


def test_columns_without_a_language_are_in_the_default_one(book):
    survey = "type|name|label|label::English\ntext|a|Tên?|Name?"
    q = xlsform.read(book(survey=survey))
    assert q.question("a").labels == {"vi": "Tên?", "en": "Name?"}
    english = xlsform.read(book(survey="type|name|label::English|hint\ntext|a|Name?|All of it"))
    assert (english.default_language, english.question("a").hints) == ("en", {"en": "All of it"})


def test_a_missing_translation_is_shown_in_another_language(book):
    path = book(survey="type|name|label::vi|label::en\ntext|a|A?|\ntext|b||B?")
    assert {("survey!D2", "row.label_missing"), ("survey!C3", "row.label_missing")} <= warned(path)
    q = xlsform.read(path)
    assert q.text(q.question("b").labels, "vi") == "B?"


def test_sheets_and_columns_of_other_names(book):
    path = book(
        SURVEY="TYPE|Name|Caption|bind::relevant|read only|constraining message\n"
        "select one from yn|a|A?|||\n"
        "text|b|B?|${a} = ‘co’||",
        Choices="List Name|value|label\nyn|co|Có",
        remarks="what\nnothing",
    )
    q = xlsform.read(path)
    assert [each.kind for each in q] == [Kind.SELECT_ONE, Kind.TEXT]
    assert q.question("b").relevant == "${a} = 'co'"
    assert ("remarks!A1", "sheet.unknown") in warned(path)


@pytest.mark.parametrize(
    ("written", "kind", "more"),
    [
        ("select all that apply from yn or specify other", Kind.SELECT_MULTIPLE, "b_other"),
        ("add select one prompt using yn", Kind.SELECT_ONE, ""),
        ("select1 yn", Kind.SELECT_ONE, ""),
        ("Integer", Kind.INTEGER, ""),
        ("int", Kind.INTEGER, ""),
        ("add date prompt", Kind.DATE, ""),
        ("gps", Kind.GEOPOINT, ""),
        ("date time", Kind.DATETIME, ""),
        ("phone number", Kind.TEXT, ""),
    ],
)
def test_types_of_older_workbooks(book, written, kind, more):
    q = xlsform.read(
        book(survey=f"type|name|label\n{written}|b|B?", choices="list_name|name|label\nyn|co|Có")
    )
    assert [each.name for each in q] == ["b", more][: 2 if more else 1]
    assert q.question("b").kind is kind


def test_a_name_that_is_no_column_is_changed_wherever_it_stands(book):
    path = book(
        survey="type|name|label|relevant\n"
        "integer|số-người|Mấy người?|\n"
        "text|_ten|Tên của ${số-người} người?|${ số-người } > 1\n"
        "note||Cảm ơn ${_ten}.|"
    )
    q = xlsform.read(path)
    assert [each.name for each in q] == ["so_nguoi", "ten", "note_4"]
    assert q.question("ten").relevant == "${so_nguoi} > 1"
    assert q.question("note_4").labels == {"vi": "Cảm ơn ${ten}."}
    assert {("survey!B2", "row.name_changed"), ("survey!B3", "row.name_changed")} <= warned(path)


def test_two_names_are_never_made_one(book):
    _, faults = xlsform.check(book(survey="type|name|label\ntext|a_b|A?\ntext|a-b|B?"))
    assert [(f.cell.address, f.code) for f in faults if f.is_error] == [
        ("survey!B3", "row.name_invalid")
    ]


def test_an_other_of_the_list_is_the_one_that_is_asked_for(book):
    q = xlsform.read(
        book(
            survey="type|name|label\nselect_one yn or_other|a|A?",
            choices="list_name|name|label\nyn|co|Có\nyn|other|Nơi khác",
        )
    )
    assert [each.name for each in q.question("a").choices] == ["co", "other"]
    xform.build(q)


def test_remarks_beside_the_columns_are_told_once(book):
    survey = "type|name|label||\ntext|a|A?|lạc|\ntext|b|B?|nữa|"
    assert ("survey!D2", "column.unnamed") in warned(book(survey=survey))
    assert ("survey!D3", "column.unnamed") not in warned(book(survey=survey))


def test_a_slip_in_the_name_of_a_sheet_is_a_fault(book):
    _, faults = xlsform.check(
        book(survey="type|name|label\ntext|a|A?", stettings="form_id\nx", entities="list_name\nx")
    )
    assert {(f.cell.address, f.code) for f in faults if f.is_error} == {
        ("stettings!A1", "sheet.unknown"),
        ("entities!A1", "sheet.unknown"),
    }


def test_a_rule_that_no_person_writes_is_a_fault(book):
    rule = " or ".join(["1 = 2"] * 600)
    _, faults = xlsform.check(book(survey=f"type|name|label|relevant\ntext|a|A?|{rule}"))
    assert [(f.cell.address, f.code) for f in faults if f.is_error] == [
        ("survey!D2", "expression.too_long")
    ]


def test_csv_sheets_as_spreadsheets_save_them(tmp_path):
    survey = "type;name;label\ninteger;a;Mấy, ạ?\n"
    (tmp_path / "survey.csv").write_text(survey, encoding="utf-8-sig")
    assert xlsform.read(tmp_path).question("a").labels == {"vi": "Mấy, ạ?"}
    (tmp_path / "survey.csv").write_text(survey.replace(";", "\t"), encoding="utf-16")
    assert xlsform.read(tmp_path).question("a").labels == {"vi": "Mấy, ạ?"}


@pytest.mark.parametrize("encoding", ["cp1258", "utf-16-le", "cp1252"])
def test_csv_that_does_not_say_its_letters_is_refused(tmp_path, encoding):
    text = "type,name,label\ntext,a,Tên tôi é?\n"
    plain = unicodedata.normalize("NFC", text).encode(encoding, "replace")
    (tmp_path / "survey.csv").write_bytes(plain)
    _, faults = xlsform.check(tmp_path)
    assert [(f.cell.address, f.code) for f in faults if f.is_error] == [
        ("survey!A1", "file.encoding")
    ]
    assert "CSV UTF-8" in faults[0].message
