"""The XForm face: what ODK's compiler makes of a questionnaire, and what ODK's engine says."""

import re
import subprocess
import sys

import pytest
from pyxform.validators.odk_validate import ODKValidateError

from forms import questionnaires
from forms.faces import xform
from forms.faces.xform_sheets import sheets as xlsform_sheets
from tests.support import odk

SIMPLE = """
type               | name | label          | relevant       | required | constraint         | hint
hidden             | nguon |               |                |          |                    |
begin group        | dau  | Đầu            |                |          |                    |
select_one yn      | a    | A?             |                | yes      |                    | Một
integer            | n    | Bao nhiêu?     |                |          | . >= 0             |
decimal            | d    | Bao nhiêu?     |                |          | . < 10.5           |
date               | ngay | Ngày nào?      |                |          | . <= today()       |
end group          |      |                |                |          |                    |
begin group        | sau  | Sau, ${ngay}   | ${a} = 'co'    |          |                    |
note               | loi  | “${a}”, ${ngay}, ${n} lần |     |          |                    |
text               | t    | Gì khác?       | ${kep} > 4     |          | regex(., '[a-z]+') |
end group          |      |                |                |          |                    |
text               | roi  | Câu rời        | ${a} = 'khong' | ${n} > 3 |                    |
"""
MORE = """
type               | name | label | calculation | choice_filter    | appearance | parameters
calculate          | kep  |       | 2 * ${n}    |                  |            |
begin group        | cuoi | Cuối  |             |                  |            |
select_multiple s5 | m    | M?    |             |                  |            | randomize=true
select_one s5      | l    | L?    |             | name != ${nguon} | minimal    |
end group          |      |       |             |                  |            |
"""


@pytest.fixture
def every(make):
    """Every kind of row, rule and look: the rows of both tables, one below the other."""
    columns = [cell.strip() for cell in f"{SIMPLE.strip().splitlines()[0]}".split("|")]
    more = [cell.strip() for cell in f"{MORE.strip().splitlines()[0]}".split("|")]
    merged = list(dict.fromkeys([*columns, *more]))
    lines = [" | ".join(merged)]
    for head, text in ((columns, SIMPLE), (more, MORE)):
        for line in text.strip().splitlines()[1:]:
            cells = dict(zip(head, (cell.strip() for cell in line.split("|")), strict=True))
            lines.append(" | ".join(cells.get(name, "") for name in merged))
    return make("\n".join(lines))


@pytest.mark.parametrize("case_file", ["", "cac-ca.csv"])
@pytest.mark.parametrize("name", questionnaires.names())
def test_a_shipped_questionnaire_passes_odk_validate(name, case_file, tmp_path):
    made = xform.build(questionnaires.load(name), case_file=case_file)
    odk.validate(made.xml, tmp_path)
    assert made.media == ((case_file,) if case_file else ())


def test_a_questionnaire_with_every_kind_of_row_and_rule_passes_odk_validate(every, tmp_path):
    odk.validate(xform.build(every).xml, tmp_path)


def test_validate_is_no_rubber_stamp(every, tmp_path):
    spoilt = xform.build(every).xml.replace(b"2 *  /data/dau/n", b"so_la()")
    with pytest.raises(ODKValidateError, match="so_la"):
        odk.validate(spoilt, tmp_path)


def test_what_a_form_list_tells(c1):
    made = xform.build(c1)
    assert (made.form_id, made.version) == ("c1-citizen", c1.version)
    assert made.title == c1.titles["vi"]
    assert made.languages == ("Tiếng Việt (vi)", "English (en)")
    assert re.fullmatch(r"md5:[0-9a-f]{32}", made.md5)
    assert b'id="c1-citizen" version="' + c1.version.encode() in made.xml


def test_the_same_questionnaire_gives_the_same_bytes_in_another_process(c1):
    program = (
        "from forms import questionnaires; from forms.faces import xform;"
        "print(xform.build(questionnaires.load('c1-citizen')).sha256)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == xform.build(c1).sha256


def test_every_question_has_its_node_on_its_page(every):
    book = xlsform_sheets(every)
    assert book.nodes["/dau/a"] == "a"
    assert book.nodes["/sau/t"] == "t"
    assert book.nodes["/roi"] == "roi"  # a question of no group stands alone
    asked = {q.name for q in every if q.is_asked}
    assert set(book.nodes.values()) == asked | {"nguon", "kep"}


def test_limits_of_the_page_are_in_the_form(every):
    rows = {row["name"]: row for row in xlsform_sheets(every).survey}
    assert "string-length(.) <= 4000" in rows["t"]["constraint"]
    assert "regex(., '[a-z]+')" in rows["t"]["constraint"]
    assert "not(selected(., '98')) or count-selected(.) = 1" in rows["m"]["constraint"]
    assert "“Không rõ” không chọn cùng" in rows["m"]["constraint_message::Tiếng Việt (vi)"]
    assert rows["a"]["required_message::Tiếng Việt (vi)"]
    assert "required" not in rows["n"]


def test_a_text_shows_labels_and_days_as_the_page_does(every):
    rows = {row["name"]: row for row in xlsform_sheets(every).survey}
    assert rows["loi"]["label::Tiếng Việt (vi)"] == ("“${shown_a}”, ${shown_ngay}, ${n} lần")
    assert rows["shown_a"]["calculation"] == "jr:choice-name(${a}, '${a}')"
    assert "%d/%m/%Y" in rows["shown_ngay"]["calculation"]


def test_a_text_that_one_language_lacks_is_given_in_the_default_language(make):
    q = make(
        """
        type         | name | label::vi | label::en | hint::vi
        select_one l | a    | Gì?       | What?     | Viết ngắn
        """,
        choices="list_name | name | label::vi | label::en\nl | x | Có | Yes",
        settings="form_id | form_title::vi | version | default_language\nx | Thử | 1 | vi",
    )
    row = next(row for row in xlsform_sheets(q).survey if row["name"] == "a")
    assert row["hint::English (en)"] == "Viết ngắn"


def test_names_of_the_client_never_meet_names_of_the_author(make, tmp_path):
    q = make(
        """
        type          | name       | label
        begin group   | nhom       | Nhóm
        text          | start      | A
        text          | end        | B
        integer       | order_seed | C
        end group     |            |
        select_one yn | case       | D
        """
    )
    made = xform.build(q, case_file="ca.csv")
    odk.validate(made.xml, tmp_path)
    assert set(xlsform_sheets(q, "ca.csv").nodes.values()) == {"start", "end", "order_seed", "case"}
