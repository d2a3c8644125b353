"""Submissions of field clients: typed as on the page, refused as on the page, read without harm."""

import time
from datetime import timedelta

import pytest

from forms.faces import instance, xform, xform_answers
from forms.faces.instance import SubmissionError
from tests.support import odk

SURVEY = """
type               | name | label  | relevant    | required | constraint | calculation
hidden             | noi  |        |             |          |            |
begin group        | dau  | Đầu    |             |          |            |
select_one yn      | a    | A?     |             | yes      |            |
integer            | n    | N?     |             |          | . >= 0     |
decimal            | d    | D?     |             |          |            |
date               | ngay | Ngày?  |             |          | . <= today() |
select_multiple s5 | m    | M?     |             |          |            |
end group          |      |        |             |          |            |
calculate          | kep  |        |             |          |            | 2 * ${n}
text               | t    | Gì?    | ${a} = 'co' |          |            |
"""


@pytest.fixture
def q(make):
    return make(SURVEY)


@pytest.fixture
def send(q):
    """Fill and read; node names to texts."""

    def sent(context=None, **texts):
        xml = odk.filled(xform.build(q).xml, texts)
        return xform_answers.read(q, instance.read(xml), context or {"today": "2026-11-23"})

    return sent


def test_answers_are_stored_as_the_pages_store_them(send):
    found = send(a="co", n="3", d="1.234", ngay="2023-09-05", m="5 1", t="  Ca\u0300  ", noi="Xã A")
    assert found.values == {
        "a": "co", "n": 3, "d": 1.234, "ngay": "2023-09-05", "m": ["1", "5"], "t": "Cà",
    }  # fmt: skip
    assert found.problems == {}
    assert found.is_sound
    assert found.hidden["noi"] == "Xã A"


@pytest.mark.parametrize(
    ("texts", "name", "code"),
    [
        ({"a": ""}, "a", "answer.required"),
        ({"a": "x"}, "a", "answer.unknown_choice"),
        ({"n": "-1"}, "n", "answer.constraint"),
        ({"n": "2.5"}, "n", "answer.not_integer"),
        ({"d": "2,5"}, "d", "answer.not_decimal"),
        ({"d": "NaN"}, "d", "answer.not_decimal"),
        ({"d": "1e400"}, "d", "answer.not_decimal"),
        ({"d": "1e999999999"}, "d", "answer.not_decimal"),
        ({"ngay": "2023-02-30"}, "ngay", "answer.not_date"),
        ({"m": "1 98"}, "m", "answer.exclusive_choice"),
        ({"m": "1 7"}, "m", "answer.unknown_choice"),
        ({"t": "x" * 4001}, "t", "answer.too_long"),
    ],
)
def test_a_wrong_answer_is_refused_under_its_question(send, texts, name, code):
    found = send(**{"a": "co", **texts})
    assert {key: problem.code for key, problem in found.problems.items()} == {name: code}
    assert name not in found.values
    assert not found.is_sound


@pytest.mark.parametrize(("text", "value"), [("1.0E7", 1e7), ("1234.5", 1234.5), ("-.5", None)])
def test_decimals_as_xml_writes_them(send, text, value):
    assert send(a="co", d=text).values.get("d") == value


def test_an_answer_that_does_not_apply_is_told_and_left_out(send):
    found = send(a="khong", t="đã viết")
    assert (found.values, found.skipped) == ({"a": "khong"}, ("t",))


def test_the_context_of_the_server_wins_over_the_client(make):
    q = make(
        """
        type   | name | label | relevant
        hidden | noi  |       |
        text   | t    | Gì?   | ${noi} = 'A'
        """
    )
    xml = odk.filled(xform.build(q).xml, {"noi": "A", "t": "x"})
    assert xform_answers.read(q, instance.read(xml), {}).values == {"t": "x"}
    assert xform_answers.read(q, instance.read(xml), {"noi": "B"}).skipped == ("t",)


def test_today_is_the_day_on_which_the_interview_ended(send):
    late = send(a="co", ngay="2023-09-05", end="2023-09-04T23:30:00.000+07:00")
    assert late.problems["ngay"].code == "answer.constraint"
    assert send(a="co", ngay="2023-09-05", end="2023-09-05T00:10:00.000+07:00").problems == {}
    assert send({"today": "2023-09-04"}, a="co", ngay="2023-09-05").problems


def test_what_a_submission_says_of_itself(q, send):
    found = send(a="co", start="2023-09-05T08:00:00.000+07:00", end="2023-09-05T08:04:00+07:00")
    assert found.ended_at - found.started_at == timedelta(minutes=4)
    made = xform.build(q)
    xml = odk.filled(made.xml, {"a": "co"}, meta={"deprecatedID": "uuid:cu", "audit": "audit.csv"})
    read = instance.read(xml)
    assert (read.form_id, read.version) == (made.form_id, made.version)
    assert (read.instance_id, read.deprecated_id) == (odk.INSTANCE_ID, "uuid:cu")
    assert xform_answers.read(q, read, {}).attachments == ("audit.csv",)


def test_nodes_are_known_by_their_place_not_by_prefix_or_order(q):
    xml = (
        '<f:data xmlns:f="http://x" xmlns:orx="http://openrosa.org/xforms" id="thu" version="1">'
        "<orx:meta><orx:instanceID>uuid:1</orx:instanceID></orx:meta>"
        "<f:t>hay</f:t><f:dau><f:n>2</f:n><f:a>co</f:a></f:dau></f:data>"
    )
    assert xform_answers.read(q, instance.read(xml.encode()), {}).values == {
        "a": "co", "n": 2, "t": "hay",
    }  # fmt: skip


def test_unknown_and_repeated_nodes_are_told(q):
    xml = (
        b'<data id="thu"><meta><instanceID>uuid:1</instanceID></meta><la>1</la><a>co</a>'
        b"<dau><a>co</a><a>khong</a></dau><dau><n>3</n></dau></data>"
    )
    found = xform_answers.read(q, instance.read(xml), {})
    assert found.unknown == ("/la", "/a")
    assert found.repeated == ("/dau/a", "/dau/n")
    assert found.values == {"a": "co"}
    assert not found.is_sound


BOMB = b"""<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<data id="thu"><meta><instanceID>uuid:1</instanceID></meta><t>&b;</t></data>"""
OUTSIDE = b"""<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<data id="thu"><meta><instanceID>uuid:1</instanceID></meta><t>&a;</t></data>"""


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (BOMB, "malformed"),
        (OUTSIDE, "malformed"),
        (b"", "malformed"),
        (b"<data id='thu'>", "malformed"),
        (b"\xff\xfe\x00", "malformed"),
        ("<data id='thu'>à</data>".encode("latin-1"), "malformed"),
        (b"<?xml version='1.0' encoding='no-such'?><data id='thu'/>", "malformed"),
        (b"<data id='thu'>" + b"<g>" * 60_000 + b"</g>" * 60_000 + b"</data>", "too_deep"),
        (b"<data id='thu'>" + b"<g/>" * 60_000 + b"</data>", "too_deep"),
        (b"<data id='thu'>" + b" " * instance.MAX_BYTES + b"</data>", "too_large"),
        (b"<data><meta><instanceID>uuid:1</instanceID></meta></data>", "no_form"),
        (b"<data id='thu'><meta><instanceID> </instanceID></meta></data>", "no_instance"),
    ],
    ids=range(12),
)
def test_what_is_no_submission_is_refused_by_name_and_at_once(xml, code):
    begun = time.monotonic()
    with pytest.raises(SubmissionError) as caught:
        instance.read(xml)
    assert caught.value.code == f"submission.{code}"
    assert caught.value.messages["vi"]
    assert time.monotonic() - begun < 5
