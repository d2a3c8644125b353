"""Lists in files: provinces, communes and villages beside the form, on every face."""

from __future__ import annotations

import time

import openpyxl
import pytest

from forms import answers, apart, canonical, routing, xlsform
from forms.chance import shuffled
from forms.faces import keying, xform
from forms.faces.paper import paper
from forms.faces.web import form_class
from forms.wording import arranged
from tests.forms.conftest import table

SURVEY = """
type | name | label | choice_filter | parameters
select_one_from_file tinh.csv | tinh | Tỉnh nào? | |
select_one_from_file xa.csv | xa | Xã nào? | ma_tinh = ${tinh} | value=ma, label=ten
select_multiple_from_file thon.csv | thon | Những thôn nào? | xa = ${xa} and loai != 'bo' |
"""
TINH = "name,label\n31,Hải Phòng\n01,Hà Nội\n"
XA = "ma,ten,ma_tinh\n11,Cao An,31\n12,Tân Lập,31\n21,Tân Lập,01\n"
THON = "name,label,xa,loai\nt1,Thôn Đông,11,\nt2,Thôn Tây,11,\nt3,Cũ,11,bo\nt4,Thôn Nam,12,\n"
FILES = {"tinh.csv": TINH, "xa.csv": XA, "thon.csv": THON}


@pytest.fixture
def beside(sheets):
    """Write a form and files beside it into a folder."""

    def write(survey: str = SURVEY, files=FILES, choices: str = "", **others):
        folder = sheets(survey, choices=choices, **others)
        if not choices:
            (folder / "choices.csv").unlink()
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
        return folder

    return write


def names(q, question: str, given) -> list[str]:
    return [each.name for each in routing.choices(q, q.question(question), given, {})]


def test_a_cascade_offers_what_the_answer_before_leaves(beside):
    q = xlsform.read(beside())
    assert names(q, "tinh", {}) == ["31", "01"]
    assert names(q, "xa", {"tinh": "31"}) == ["11", "12"]
    assert names(q, "thon", {"tinh": "31", "xa": "11"}) == ["t1", "t2"]
    page = form_class(q, "xa", "vi")(answers={"tinh": "31"})
    assert [(c.value, c.label) for c in page.xa.choices] == [("11", "Cao An"), ("12", "Tân Lập")]


def test_an_option_of_another_province_is_refused(beside):
    q = xlsform.read(beside())
    assert answers.parse(q, "xa", {"xa": ["21"]}, {"tinh": "31"}, {}).problems["xa"].code == (
        "answer.unknown_choice"
    )
    assert answers.parse(q, "xa", {"xa": ["11"]}, {"tinh": "31"}, {}).values == {"xa": "11"}


def test_the_frozen_questionnaire_holds_its_lists(beside):
    folder = beside()
    q = xlsform.read(folder)
    before = canonical.sha256(q)
    again = canonical.from_json(canonical.to_json(q))
    assert again == q and names(again, "xa", {"tinh": "01"}) == ["21"]
    (folder / "xa.csv").write_text(XA.replace("Cao An", "Cao Ân"), encoding="utf-8")
    assert canonical.sha256(xlsform.read(folder)) != before


def test_a_workbook_finds_its_lists_beside_it_and_apart(tmp_path, beside):
    beside()
    book = openpyxl.Workbook()
    book.remove(book.active)
    settings = table("form_id|version|default_language\nthu|1|vi")
    for name, rows in {"survey": table(SURVEY), "settings": settings}.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    for name in ("survey", "settings"):
        (tmp_path / f"{name}.csv").unlink()
    book.save(tmp_path / "phieu.xlsx")
    for source in (tmp_path / "phieu.xlsx", tmp_path):
        q, faults = apart.check(source)
        assert faults == [] and names(q, "xa", {"tinh": "01"}) == ["21"]


def test_sheet_of_external_choices(beside):
    survey = "type|name|label|choice_filter\nselect_one yn|a|A?|\nselect_one_external x|b|B?|a=${a}"
    folder = beside(survey, {}, "list_name|name|label\nyn|co|Có\nyn|khong|Không")
    (folder / "external_choices.csv").write_text(
        "list_name,name,label,a\nx,1,Một,co\nx,2,Hai,khong\n", encoding="utf-8"
    )
    q = xlsform.read(folder)
    assert names(q, "b", {"a": "khong"}) == ["2"]
    (folder / "survey.csv").write_text(
        "type,name,label\nselect_one_external zz,b,B?\nselect_one yn,a,A?\n", encoding="utf-8"
    )
    _, faults = xlsform.check(folder)
    assert ("survey!A2", "row.list_external") in [(f.cell.address, f.code) for f in faults]


LONG = "name,label,vung\n" + "".join(f"x{k},Xã {k},v{k % 60}\n" for k in range(6000))


def test_a_long_list_is_a_menu_on_the_page_and_a_line_on_paper(beside):
    survey = "type|name|label\nselect_one_from_file xa.csv|xa|Xã nào?"
    q = xlsform.read(beside(survey, {"xa.csv": LONG.replace("Xã 7,", "Xã 8,")}))
    assert q.question("xa").appearance == "minimal"
    assert form_class(q, "xa", "vi")().xa.choices[0].value == ""
    (item,) = paper(q, "vi").parts[0].items
    assert (item.style, item.options) == ("line", ()) and "6000" in item.how
    assert keying.normal(q, {"xa": "xã  12"}).typed == {"xa": "x12"}
    assert keying.normal(q, {"xa": "X12"}).typed == {"xa": "x12"}
    for typed, code in (("Xã 8", "answer.several_names"), ("12", "answer.no_such_name")):
        assert keying.normal(q, {"xa": typed}).problems["xa"].code == code
    assert keying.values(q, {"xa": "x12"}, {})[0] == {"xa": "x12"}


def test_several_names_of_a_long_list_are_written_with_semicolons(beside):
    survey = "type|name|label\nselect_multiple_from_file xa.csv|xa|Những xã nào?"
    q = xlsform.read(beside(survey, {"xa.csv": LONG}))
    (item,) = paper(q, "vi").parts[0].items
    assert item.style == "line" and "chấm phẩy" in item.how
    assert keying.normal(q, {"xa": "Xã 12; x5 ;"}).typed == {"xa": "x12;x5"}
    assert keying.normal(q, {"xa": "x5; Xã 5"}).problems["xa"].code == "answer.one_choice"
    assert keying.values(q, {"xa": "x12;x5"}, {})[0] == {"xa": ["x5", "x12"]}


def test_thousands_of_options_are_narrowed_by_an_index(beside):
    survey = (
        "type|name|label|choice_filter\ntext|v|Vùng?|\nselect_one_from_file xa.csv|xa|Xã?|vung=${v}"
    )
    q = xlsform.read(beside(survey, {"xa.csv": LONG}))
    assert len(names(q, "xa", {"v": "v7"})) == 100
    start = time.perf_counter()
    for _ in range(20):
        names(q, "xa", {"v": "v7"})
    indexed = time.perf_counter() - start
    # Without the index every one of 6,000 options is tried: far more than 100 of them take.
    assert indexed / 20 < 0.02
    assert names(q, "xa", {"v": ""}) == [] == names(q, "xa", {})


def test_the_xform_holds_the_list_with_its_filter(beside):
    made = xform.build(xlsform.read(beside()))
    assert made.media == ()
    text = made.xml.decode()
    assert "Hải Phòng" in text and "ma_tinh" in text and "Thôn Nam" in text


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("khong.csv", "list.file_missing"),
        ("a.xml", "list.file_kind"),
        ("a.geojson", "list.file_kind"),
        ("../a.csv", "list.file_kind"),
        ("/etc/x.csv", "list.file_kind"),
        ("survey.csv", "list.file_name"),
        ("", "row.list_missing"),
    ],
)
def test_a_file_that_cannot_be_a_list_is_a_fault(beside, name, code):
    _, faults = xlsform.check(beside(f"type|name|label\nselect_one_from_file {name}|a|A?", {}))
    assert ("survey!A2", code) in [(f.cell.address, f.code) for f in faults if f.is_error]


TOO_LONG = "name,label\n" + "".join(f"{k},x\n" for k in range(20_001))


@pytest.mark.parametrize(
    ("text", "cell", "code"),
    [
        ("x,label\n1,Một", "A1", "column.missing"),
        ("name,x\n1,Một", "A1", "column.missing"),
        ("name,label\n", "A1", "sheet.empty"),
        ("name,label\n1,Một\n1,Hai", "A3", "choice.duplicate"),
        ("name,label\n1,Một\n2,", "B3", "row.label_missing"),
        ("name,label\n,Một", "A2", "row.name_missing"),
        ("name,label\na b,Một", "A2", "choice.name_blank"),
        ("name,label\n1,=1+1", "B2", "file.formula"),
        pytest.param(TOO_LONG, "A20001", "file.too_big", id="too long"),
    ],
)
def test_what_is_wrong_in_a_file_is_a_fault_with_its_cell(beside, text, cell, code):
    survey = "type|name|label\nselect_one_from_file a.csv|a|A?"
    _, faults = xlsform.check(beside(survey, {"a.csv": text}))
    assert (f"a.csv!{cell}", code) in [(f.cell.address, f.code) for f in faults if f.is_error]


def test_a_file_that_no_question_names_is_a_fault(beside):
    _, faults = xlsform.check(beside("type|name|label\ntext|a|A?", {"a.csv": TINH}))
    assert [(f.cell.address, f.code) for f in faults] == [("a.csv!A1", "sheet.unknown")]


def test_a_wrong_column_of_a_file_is_told_at_the_rule(beside):
    _, faults = xlsform.check(beside(SURVEY.replace("ma_tinh =", "tinhh =")))
    assert ("survey!D3", "expression.bare_name") in [(f.cell.address, f.code) for f in faults]


def test_a_fixed_seed_gives_everybody_the_order_of_odk(beside):
    survey = (
        "type|name|label|parameters\nselect_one_from_file tinh.csv|a|A?|randomize=true, seed=42"
    )
    q = xlsform.read(beside(survey, {"tinh.csv": LONG}))
    a = q.question("a")
    assert arranged(a, a.choices, "an") == arranged(a, a.choices, "binh")
    assert arranged(a, a.choices, "an") == tuple(shuffled(a.choices, 42)) != a.choices
    assert 'seed="42"' in xform.build(q).xml.decode() or ", 42)" in xform.build(q).xml.decode()


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ("randomize=true seed=${b}", "row.seed"),
        ("seed=3", "row.seed_alone"),
        ("randomize=true,seed=x", "row.parameter_unknown"),
    ],
)
def test_a_seed_that_is_no_number_is_a_fault(beside, parameters, code):
    survey = f"type|name|label|parameters\nselect_one_from_file tinh.csv|a|A?|{parameters}"
    _, faults = xlsform.check(beside(survey))
    assert ("survey!D2", code) in [(f.cell.address, f.code) for f in faults]
