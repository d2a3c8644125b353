"""Every type and feature in a tiny form: what is read, stored, refused, and sent to tablets."""

from __future__ import annotations

import pytest

from forms import answers, canonical, defaults, routing
from forms.faces import xform
from forms.faces.web import form_class
from forms.model import Kind
from tests.support import odk

EVERY = """
type|name|label|guidance_hint|default|readonly|calculation|trigger|parameters|appearance
start|bat||||||||
today|ngay||||||||
deviceid|may||||||||
time|gio|Mấy giờ?|||||||
dateTime|luc|Lúc nào?|||||||
range|diem|Mấy điểm?|Từ 0 đến 10|||||start=0 end=10 step=2|
acknowledge|doc|Đã đọc?|||||||
rank yn|hang|Xếp hạng|||||||
geopoint|noi|Ở đâu?|||||||placement-map
barcode|ma|Mã?|||||||
select_one yn or_other|khac|Chọn gì?|||||||quick
integer|nguoi|Mấy người?||3|||||
integer|doi|Gấp đôi|||yes|${nguoi} * 2|||
calculate|lan|||||${nguoi} + 1|${gio}||
"""


@pytest.fixture
def every(make):
    return make(EVERY)


def parse(q, **sent):
    """What was sent for one-question pages, read one after another as somebody goes on."""
    given, problems = {}, {}
    for section in q.sections:
        raw = {k: v if isinstance(v, list) else [v] for k, v in sent.items()}
        parsed = answers.parse(q, section.name, raw, given, {"today": "2026-03-01"})
        given |= parsed.values
        problems |= {name: each.code for name, each in parsed.problems.items()}
    return {k: v for k, v in given.items() if v is not None}, problems


@pytest.mark.parametrize(
    ("name", "sent", "stored"),
    [
        ("gio", "07:05", "07:05"),
        ("gio", "7h05", "07:05"),
        ("gio", "14:30:59", "14:30"),
        ("luc", "2026-03-01T14:30", "2026-03-01T14:30"),
        ("luc", "01/03/2026 14:30", "2026-03-01T14:30"),
        ("diem", "0", 0),
        ("diem", "10", 10),
        ("doc", "OK", "OK"),
        ("hang", ["khong:1", "co:2"], ["khong", "co"]),
        ("hang", ["co", "khong"], ["co", "khong"]),
        ("noi", "20,94; 106,21", "20.94 106.21"),
        ("noi", "20.94, 106.21", "20.94 106.21"),
        ("noi", "20.94,106.21", "20.94 106.21"),
        ("noi", "-20.94 106.21 3.5 10", "-20.94 106.21 3.5 10"),
        ("ma", "893 123", "893 123"),
        ("khac", "other", "other"),
    ],
)
def test_what_is_sent_is_stored(every, name, sent, stored):
    assert parse(every, **{name: sent})[0][name] == stored


@pytest.mark.parametrize(
    ("name", "sent", "code"),
    [
        ("gio", "25:00", "answer.not_time"),
        ("gio", "trưa", "answer.not_time"),
        ("luc", "2026-02-30T10:00", "answer.not_moment"),
        ("diem", "3", "answer.range"),
        ("diem", "12", "answer.range"),
        ("diem", "-2", "answer.range"),
        ("diem", "mười", "answer.not_decimal"),
        ("doc", "no", "answer.unknown_choice"),
        ("hang", ["co:1"], "answer.rank"),
        ("hang", ["co:1", "khong:1"], "answer.rank"),
        ("hang", ["co:1", "khong:3"], "answer.rank"),
        ("hang", ["co:1", "x:2"], "answer.rank"),
        ("hang", ["co", "co"], "answer.rank"),
        ("noi", "91 106", "answer.not_place"),
        ("noi", "20,94", "answer.not_place"),
        ("noi", "Cẩm Giàng", "answer.not_place"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(every, name, sent, code):
    assert parse(every, **{name: sent})[1] == {name: code}


def test_or_other_adds_an_option_and_a_line_for_it(every):
    assert [c.name for c in every.question("khac").choices] == ["co", "khong", "other"]
    assert [c.name for c in every.question("hang").choices] == ["co", "khong"]
    # On a page of its own the line still says what it is about.
    assert every.question("khac_other").hints["vi"] == "Chọn gì?"
    given, _ = parse(every, khac="other", khac_other="Hợp tác xã")
    assert given["khac_other"] == "Hợp tác xã"
    given, _ = parse(every, khac="co", khac_other="Hợp tác xã")
    assert "khac_other" not in given


def test_a_read_only_row_shows_its_value_and_asks_nothing(every):
    shown = every.question("doi")
    assert shown.kind is Kind.NOTE and not shown.is_asked
    env = routing.environment(every, {"nguoi": 4}, {})
    assert env["doi_value"] == 8
    form = form_class(every, "doi", "vi")(answers={"nguoi": 4})
    assert form["doi"].label.text == "Gấp đôi: 8"


def test_metadata_is_on_no_page_and_only_the_day_is_known(every):
    assert {v.name for v in every.variables} >= {"bat", "ngay", "may"}
    env = routing.environment(every, {}, {"today": "2026-03-01"})
    assert (env["ngay"], env["bat"], env["may"]) == ("2026-03-01", "", "")


def test_choices_in_a_table_are_lines_of_it(make):
    q = make(
        """
        type          | name | label | appearance
        begin group   | g    | Bảng  | table-list
        select_one yn | a    | A?    |
        select_one yn | b    | B?    |
        integer       | c    | C?    |
        end group     |      |       |
        select_one yn | d    | D?    | matrix
        """
    )
    assert [each.is_scale for each in q] == [True, True, False, True]
    assert not any(each.is_rating for each in q)


def test_the_canonical_form_holds_every_new_field(every):
    again = canonical.from_json(canonical.to_json(every))
    assert again == every
    assert again.question("diem").parameters == {"start": "0", "end": "10", "step": "2"}
    assert again.question("nguoi").default == "3"
    assert again.question("lan").trigger == "${gio}"


def test_a_tablet_gets_every_type(every, tmp_path):
    made = xform.build(every).xml.decode()
    for mark in ('jr:preload="timestamp"', "odk:rank", "<range ", 'type="geopoint"', 'type="time"'):
        assert mark in made, mark
    odk.validate(made.encode(), tmp_path)


DEFAULTS = """
type|name|label|default|readonly
date|ngay|Ngày nào?|today()|
dateTime|luc|Lúc nào?|now()|
integer|so|Số nào?|1 + 1|
decimal|le|Số lẻ?|round(2.345, 2)|
text|noi|Ở đâu?|Cao An (xã)|
text|ma|Mã?|concat('a', 'b')|
date|in|Ngày in|today()|yes
select_multiple yn|chon|Chọn|co khong|
"""


def test_a_default_is_fixed_or_worked_out_when_the_form_is_opened(make):
    q = make(DEFAULTS.replace("1 + 1", "2"))
    context = {"today": "2026-03-01", "now": "2026-03-01T07:05:09"}
    assert defaults.given(q, context) == {
        "ngay": "2026-03-01",
        "luc": "2026-03-01T07:05",
        "so": "2",
        "le": "2.35",
        "noi": "Cao An (xã)",
        "ma": "ab",
        "chon": ["co", "khong"],
    }
    assert routing.environment(q, {}, context)["in_value"].isoformat() == "2026-03-01"
    assert defaults.given(q, {**context, "today": "2026-04-02"})["ngay"] == "2026-04-02"


def test_a_field_client_works_the_same_default_out(make):
    q = make(DEFAULTS.replace("1 + 1", "2"))
    made = xform.build(q).xml.decode()
    for path, value in (("ngay", "today()"), ("luc", "now()"), ("ma", "concat('a', 'b')")):
        event = 'event="odk-instance-first-load"'
        assert f'<setvalue ref="/data/{path}" {event} value="{value}"/>' in made
