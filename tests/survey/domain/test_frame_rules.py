"""Layouts, cells, the rule of eligibility and the signs of quality, one by one."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.domain import frame_cells, frame_quality
from survey.domain.frame_eligibility import Eligibility
from survey.domain.frame_fields import index_of, letters, suggest
from survey.domain.frame_layout import Layout
from survey.domain.frame_quality import Sign
from survey.domain.text import clean_line
from survey.errors import InvalidInput

LAYOUT = Layout(
    name="hai-phong",
    sheet="Hồ sơ 2025",
    heading_row=4,
    columns={"dossier_code": 'Số "hồ sơ"', "phone": "@G"},
    constants={"channel": "truc_tiep"},
    values={"field": {"Tư pháp - Hộ tịch": "ho_tich", "a.b": "khac"}},
    official_phones=("0220 3786 123",),
)


def test_a_layout_written_as_a_file_reads_back_equal():
    assert Layout.from_toml(LAYOUT.to_toml().encode()) == LAYOUT
    assert Layout.from_dict(LAYOUT.to_dict()).sha256 == LAYOUT.sha256


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("name = 'Hải Phòng'", "layout.name"),
        ("heading_row = 0", "layout.heading_row"),
        ("heading_row = 'a'", "layout.type"),
        ("date_order = 'ymd'", "layout.choice"),
        ("[columns]\ncolour = 'Màu'", "layout.field"),
        ("[constants]\ndossier_code = 'x'", "layout.field"),
        ("[columns]\nfield = ''", "layout.empty"),
        ("[columns]\nfield = 'a'\n[constants]\nfield = 'khac'", "layout.both"),
        ("[values]\nfield = 'a'", "layout.values"),
        ("color = 1", "layout.unknown"),
        ("name = ", "layout.toml"),
    ],
)
def test_a_fault_of_a_layout_is_named(text, code):
    with pytest.raises(InvalidInput) as caught:
        Layout.from_toml(text.encode())
    assert code in {problem.code for problem in caught.value.problems}


def test_columns_are_found_by_heading_or_letter_and_doubt_is_told():
    layout = Layout(
        columns={"dossier_code": "số hồ sơ", "field": "@C", "phone": "SĐT", "name": "X"}
    )
    places, problems = layout.places(["Số hồ  sơ", "SĐT", "", "SĐT"])
    assert places == {"dossier_code": 0, "field": 2}
    told = {problem.facts["column"]: problem for problem in problems}
    assert told["phone"].code == "frame.column_twice"
    assert "B, D" in str(told["phone"])
    assert {"name", "unit_code", "returned_on"} <= set(told)


def test_headings_that_say_what_they_are_need_no_layout():
    found = suggest(["STT", "MÃ HỒ SƠ", "Lĩnh vực", "Số điện thoại", "Lĩnh vực"])
    assert found == {"dossier_code": "MÃ HỒ SƠ", "field": "Lĩnh vực", "phone": "Số điện thoại"}


@pytest.mark.property
@given(st.integers(0, 16_383))
def test_column_names_and_places_are_inverse(place):
    assert index_of(letters(place)) == place


@pytest.mark.property
@given(st.text(max_size=30))
def test_the_quick_way_to_clean_is_the_careful_one(text):
    assert frame_cells.clean(text) == clean_line(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("31/12/2023", date(2023, 12, 31)),
        ("1-2-2023", date(2023, 2, 1)),
        ("01.02.2023 08:15", date(2023, 2, 1)),
        ("08:15 01/02/2023", date(2023, 2, 1)),
        ("2023-02-01T08:15:00", date(2023, 2, 1)),
        ("31/02/2023", None),
        ("12/31/2023", None),
        ("45048", None),
        ("1/2/23", None),
        ("", None),
    ],
)
def test_days_as_desks_write_them(text, day):
    assert frame_cells.day(text) == day


def test_the_month_may_come_first_where_the_layout_says_so():
    assert frame_cells.day("12/31/2023", month_first=True) == date(2023, 12, 31)


@pytest.mark.parametrize(
    ("text", "digits", "plausible"),
    [
        ("0912 345 678", "0912345678", True),
        ("+84 912.345.678", "0912345678", True),
        ("912345678", "0912345678", True),
        ("0220 3786 123", "02203786123", True),
        ("2203786123", "02203786123", True),
        ("0912345678; 0987654321", "0912345678", True),
        ("0111111111", "0111111111", False),
        ("0999999999", "0999999999", False),
        ("12345", "12345", False),
        ("không", "", False),
    ],
)
def test_telephone_numbers(text, digits, plausible):
    assert frame_cells.phone_number(text) == digits
    assert frame_cells.is_plausible_phone(digits) == plausible


@pytest.mark.parametrize("name", ["Trần Thị Hoa", "Nguyễn Văn An", "H’Hen Niê", "Đỗ Vy"])
def test_names_that_people_have(name):
    assert frame_cells.is_plausible_name(name)


@pytest.mark.parametrize(
    "name", ["Hoa", "Nguyễn Văn A", "test", "Test thử", "Trần 2", "Aaaa bb", "- -"]
)
def test_names_that_nobody_has(name):
    assert not frame_cells.is_plausible_name(name)


WINDOW = (date(2023, 1, 1), date(2023, 12, 31))
SETTINGS = {"fields": {"khac": {}}, "channels": {"truc_tiep": {}}}


def rule(**given_) -> Eligibility:
    return Eligibility.of(SETTINGS | {"eligibility": given_})


def test_the_rule_gives_the_reason():
    stated = rule(results=["returned"], applicants=["person"], excluded_fields=["khac"], min_age=18)
    assert stated.result_reason("refused") == "result"
    assert stated.result_reason("returned") == stated.result_reason(None) == ""
    assert stated.day_reason(None, WINDOW) == "not_returned"
    assert stated.day_reason(date(2022, 12, 31), WINDOW) == "outside_window"
    assert stated.day_reason(date(2023, 12, 31), WINDOW) == ""
    assert stated.kind_reason("organisation", None, None) == "applicant"
    assert stated.kind_reason("person", "khac", None) == "field"
    assert stated.is_under_age("person", 2006, 2023)
    assert not stated.is_under_age("person", 2005, 2023)
    assert not stated.is_under_age("organisation", 2020, 2023)


def test_the_rule_is_said_in_words():
    said = [str(each) for each in rule(min_age=18, contact_required=True).sentences()]
    assert "Trạng thái được tính: Đã trả kết quả, Từ chối, trả lại hồ sơ." in said
    assert "Cá nhân đủ 18 tuổi vào năm trả kết quả." in said


@pytest.mark.parametrize(
    "given_",
    [
        {"results": ["finished"]},
        {"results": []},
        {"applicants": "person"},
        {"excluded_fields": ["nothing"]},
        {"min_age": "18"},
        {"min_age": True},
        {"contact_required": 1},
        {"other_units": "drop"},
        {"minimum_age": 18},
    ],
)
def test_a_rule_that_cannot_be_read_is_refused(given_):
    with pytest.raises(InvalidInput) as caught:
        rule(**given_)
    assert next(iter(given_)) in str(caught.value.problems[0])


def test_days_show_what_is_missing_stale_and_odd():
    today = date(2024, 1, 1)
    signs = frame_quality.day_signs(date(2022, 1, 1), None, date(2023, 12, 31), today=today)
    assert signs == Sign.NO_DUE_DATE | Sign.SUNDAY | Sign.LONG_OPEN
    fine = frame_quality.day_signs(*(date(2023, 5, day) for day in (2, 4, 3)), today=today)
    assert fine == 0
    ahead = frame_quality.day_signs(None, today, date(2024, 1, 2), today=today)
    assert ahead == Sign.FUTURE


@pytest.mark.parametrize(
    ("share", "before", "jump"),
    [
        (0.10, 0.10, False),
        (0.10, 0.14, False),
        (0.10, 0.16, True),
        (0.16, 0.10, True),
        (0.0, 0.1, True),
    ],
)
def test_a_share_that_jumped(share, before, jump):
    assert frame_quality.is_jump(share, before) == jump
