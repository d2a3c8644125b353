"""Photos and recordings: asked by an interviewer's device, left out elsewhere, never half there."""

from __future__ import annotations

import pytest

from forms import routing, xlsform
from forms.faces import codebook, instance, xform, xform_answers
from forms.faces.paper import paper
from forms.faces.web import form_class
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


def test_a_page_asks_for_no_file_and_waits_for_none(q):
    shown = [e.name for _, found in routing.path(q, {"a": "co", "so": 2}, {}) for e in found]
    assert shown == ["a", "so"]
    page = form_class(q, "hai", "vi")(answers={"a": "co"})
    assert "anh" not in page and "so" in page
    # A page with nothing but a recording is no page.
    assert routing.progress(q, {"a": "co"}, {}, "hai") == (2, 2)


def test_paper_and_codebook_leave_files_out(q):
    assert [item.name for part in paper(q, "vi").parts for item in part.items] == ["a", "so"]
    assert not {"anh", "ghi"} & {each.question.name for each in codebook.variables(q)}


def test_a_field_client_is_asked_with_its_own_rules(q):
    made = xform.build(q).xml.decode()
    assert 'mediatype="image/*"' in made and 'mediatype="audio/*"' in made
    (bind,) = [part for part in made.split("<bind ") if part.startswith('nodeset="/data/hai/anh"')]
    assert 'required="true()"' in bind and "max-pixels" in bind and "relevant=" in bind


def test_a_submission_names_the_files_that_it_waits_for(q):
    xml = odk.filled(xform.build(q).xml, {"a": "co", "so": "2", "anh": "17.jpg", "ghi": "9.m4a"})
    found = xform_answers.read(q, instance.read(xml), {"today": "2026-11-23"})
    assert found.is_sound
    assert found.values == {"a": "co", "so": 2}
    assert found.attachments == ("17.jpg", "9.m4a")
    xml = odk.filled(xform.build(q).xml, {"a": "khong", "so": "2"})
    assert xform_answers.read(q, instance.read(xml), {"today": "2026-11-23"}).attachments == ()


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
