"""Photos and recordings: asked on pages and devices, handed in with paper, never half there."""

from __future__ import annotations

import pytest

from forms import answers, attached, routing, xlsform
from forms.faces import codebook, instance, keying, xform, xform_answers
from forms.faces.paper import paper
from forms.faces.web import form_class
from forms.model import Kind
from tests.support import odk

SURVEY = """
type|name|label|required|relevant|parameters|appearance
begin group|mot|Một||||
select_one yn|a|Có bảng chỉ dẫn?||||
end group|||||
begin group|hai|Hai||||
image|anh|Chụp bảng chỉ dẫn|yes|${a} = 'co'|max-pixels=1024|new
integer|so|Mấy bảng?||||
end group|||||
begin group|ba|Ba||||
audio|ghi|Ghi âm lời góp ý|||quality=voice-only|
end group|||||
"""


@pytest.fixture
def q(make):
    return make(SURVEY)


def test_a_page_asks_for_the_file_and_waits_for_it(q):
    shown = [e.name for _, found in routing.path(q, {"a": "co", "so": 2}, {}) for e in found]
    assert shown == ["a", "anh", "so", "ghi"]
    page = form_class(q, "hai", "vi")(answers={"a": "co"})
    assert 'type="file"' in page["anh"]() and 'capture="environment"' in page["anh"]()
    assert 'accept="image/jpeg,image/png,image/webp"' in page["anh"]()
    assert "tối đa 12 MB" in page["anh"].description
    assert attached.LARGEST[Kind.IMAGE] == 12 << 20 and attached.LARGEST[Kind.AUDIO] == 6 << 20
    given = {"so": ["2"]}
    assert answers.parse(q, "hai", given, {"a": "co"}, {}).problems["anh"].code == "answer.required"
    assert answers.parse(q, "hai", given, {"a": "khong"}, {}).problems == {}


@pytest.mark.parametrize("text", ["a.jpg", "../etc/passwd", "f" * 64, "F" * 64 + ".jpg", "x\ny"])
def test_nothing_that_is_typed_is_a_file(q, text):
    parsed = answers.parse(q, "hai", {"anh": [text]}, {"a": "co"}, {})
    assert parsed.problems["anh"].code == "answer.file_lost"


def test_paper_asks_for_the_file_beside_it_and_codebook_names_it(q):
    items = {item.name: item for part in paper(q, "vi").parts for item in part.items}
    assert list(items) == ["a", "anh", "so", "ghi"]
    assert items["anh"].style == "box" and "Nộp kèm ảnh" in items["anh"].how
    assert [option.label for option in items["ghi"].options] == ["Có nộp kèm"]
    assert "Hand in the picture" in next(
        item.how for part in paper(q, "en").parts for item in part.items if item.name == "anh"
    )
    # Nothing of it is keyed: it lies with the paper.
    assert "anh" not in {field.name for field in keying.fields(q, "vi", known={})}
    assert keying.values(q, {"a": "1", "anh": "1", "so": "2"}, {}) == ({"a": "co", "so": 2}, {})
    columns = {each.name: each for each in codebook.variables(q)}
    assert columns["anh"].may_identify and columns["ghi"].storage == "text"


def test_a_field_client_is_asked_with_its_own_rules(q):
    made = xform.build(q).xml.decode()
    assert 'mediatype="image/*"' in made and 'mediatype="audio/*"' in made
    (bind,) = [part for part in made.split("<bind ") if part.startswith('nodeset="/data/hai/anh"')]
    assert 'required="true()"' in bind and "max-pixels" in bind and "relevant=" in bind


def test_a_submission_names_the_files_that_it_waits_for(q):
    xml = odk.filled(xform.build(q).xml, {"a": "co", "so": "2", "anh": "17.jpg", "ghi": "9.m4a"})
    found = xform_answers.read(q, instance.read(xml), {"today": "2026-11-23"})
    assert found.is_sound
    # What a client calls its file; the one that is kept takes its place when it has come.
    assert found.values == {"a": "co", "anh": "17.jpg", "so": 2, "ghi": "9.m4a"}
    assert found.attachments == ("17.jpg", "9.m4a")
    xml = odk.filled(xform.build(q).xml, {"a": "khong", "so": "2"})
    assert xform_answers.read(q, instance.read(xml), {"today": "2026-11-23"}).attachments == ()


@pytest.mark.parametrize("name", ["../17.jpg", "a\\b.jpg", "khong_duoi", "x" * 300 + ".jpg"])
def test_a_name_that_is_no_file_s_name_is_refused(q, name):
    xml = odk.filled(xform.build(q).xml, {"a": "co", "so": "2", "anh": name})
    found = xform_answers.read(q, instance.read(xml), {"today": "2026-11-23"})
    assert found.problems["anh"].code == "answer.file_lost" and found.attachments == ()


@pytest.mark.parametrize(
    ("row", "address", "code"),
    [
        ("text|t|Gì?||${anh} != ''||", "survey!E3", "expression.unknown_name"),
        ("text|t|Ảnh ${anh}?||||", "survey!C3", "expression.unknown_name"),
        ("image|t|Ảnh?|||max-pixels=0|", "survey!F3", "row.parameter_unknown"),
        ("audio|t|Ghi?|||quality=high|", "survey!F3", "row.parameter_unknown"),
        ("video|t|Quay?||||", "survey!A3", "row.type_unknown"),
        ("file|t|Tệp?||||", "survey!A3", "row.type_unknown"),
    ],
)
def test_what_a_file_cannot_do_is_a_fault(sheets, row, address, code):
    head = "type|name|label|required|relevant|parameters|appearance\nimage|anh|Ảnh||||\n"
    _, faults = xlsform.check(sheets(head + row))
    assert (address, code) in [(f.cell.address, f.code) for f in faults]
