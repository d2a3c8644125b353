"""Contact attempts and dispositions: when a case has been tried enough, and what it ends with."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.quality.outcome_rates import CATEGORIES
from survey.domain import contact, contact_file, disposition
from survey.domain.calendar import LOCAL
from survey.domain.contact import Attempt, ContactRule, effort, final_code
from survey.domain.disposition import BY_THE_FIELD, MEANINGS, Disposition, may_move

MONDAY = datetime(2023, 11, 20, tzinfo=LOCAL)
RULE = ContactRule()


def tried(*results: str, mode: str = "phone") -> list[Attempt]:
    """Attempts on as many days, in turn in the morning and the evening."""
    return [
        Attempt(MONDAY + timedelta(days=day, hours=9 if day % 2 else 19), mode, result)
        for day, result in enumerate(results)
    ]


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ((), ""),
        (("3.13", "3.13"), ""),
        (("3.13", "3.13", "3.12"), "3.12"),
        (("3.13", "2.20", "3.12"), "2.20"),
        (("2.20", "2.21", "3.13"), "2.21"),
        (("2.112",), "2.112"),
        (("2.112", "agreed"), ""),
        (("2.112", "agreed", "3.13"), "2.12"),
        (("appointment", "3.13", "3.13"), "2.12"),
        (("agreed", "4.10"), "4.10"),
        (("4.81", "3.13"), "4.81"),
    ],
)
def test_what_a_log_ends_with(results, code):
    assert final_code(tried(*results), RULE) == code


def test_an_opened_page_that_was_never_sent_is_a_break_off():
    assert final_code(tried("3.13", "3.13"), RULE, opened=True) == ""
    assert final_code(tried("3.13", "3.13", "3.13"), RULE, opened=True) == "2.12"


def test_three_calls_in_an_hour_are_not_three_days():
    calls = [Attempt(MONDAY + timedelta(hours=9, minutes=m), "phone", "3.13") for m in (0, 20, 40)]
    assert effort(calls) == contact.Effort(attempts=3, days=1, dayparts=1, personal=3)
    assert final_code(calls, RULE) == ""


def test_letters_alone_do_not_end_a_case():
    assert final_code(tried("3.19", "3.19", "3.19", mode="letter"), RULE) == ""
    mixed = [*tried("3.19", "3.19", mode="letter"), tried("", "", "3.13")[2]]
    assert final_code(mixed, RULE) == "3.13"


def test_the_day_is_the_local_one():
    # 23:30 and 00:30 of Viet Nam are one UTC day and two local days.
    late = MONDAY + timedelta(hours=23, minutes=30)
    pair = [Attempt(late, "phone", "3.13"), Attempt(late + timedelta(hours=1), "phone", "3.13")]
    assert effort(pair).days == 2
    assert [attempt.daypart for attempt in pair] == ["evening", "morning"]


attempts = st.lists(
    st.builds(
        Attempt,
        at=st.integers(0, 60 * 24 * 10).map(lambda m: MONDAY + timedelta(minutes=m)),
        mode=st.sampled_from([*contact.Mode]),
        result=st.sampled_from([*contact.MODES_OF]),
    ),
    max_size=8,
)


@pytest.mark.property
@given(attempts, st.randoms())
def test_the_order_of_logging_does_not_matter(log, chance):
    unique = list({attempt.at: attempt for attempt in log}.values())
    shuffled = unique[:]
    chance.shuffle(shuffled)
    assert final_code(shuffled, RULE) == final_code(unique, RULE)
    assert contact.standing_code(shuffled) == contact.standing_code(unique)


@pytest.mark.property
@given(attempts)
def test_a_non_contact_is_final_only_with_the_effort_of_the_rule(log):
    code = final_code(log, RULE)
    if code and code not in contact.DECISIVE:
        assert effort(log).suffices(RULE)
    assert not code or code in BY_THE_FIELD
    standing = contact.standing_code(log)
    assert bool(standing) == bool(log)
    assert not standing or MEANINGS[standing].category in CATEGORIES


def test_the_categories_are_those_of_the_rates():
    assert {meaning.category for meaning in MEANINGS.values()} == set(CATEGORIES)
    stored = set(Disposition) - {Disposition.PENDING, Disposition.ANSWERED}
    assert stored <= set(MEANINGS)
    assert {code for code in contact.MODES_OF if code in MEANINGS} <= BY_THE_FIELD
    assert all(set(m.titles) == {"vi", "en"} for m in MEANINGS.values())


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [
        ("3.0", "2.20", True),
        ("2.20", "1.0", True),
        ("2.20", "3.0", True),
        ("2.112", "4.10", True),
        ("2.11", "3.0", True),
        ("2.11", "1.0", True),
        ("2.11", "4.10", True),
        ("2.11", "2.20", False),
        ("1.0", "2.11", False),
        ("1.0", "3.0", False),
        ("3.0", "3.0", False),
        ("3.0", "3.11", False),
        ("3.0", "2.1121", False),
    ],
)
def test_how_a_case_may_move(before, after, allowed):
    assert may_move(before, after) is allowed


def test_an_unanswered_case_stands_as_the_page_left_it():
    def stands(code="3.0", *, opened=False, answered_any=False, invited=True):
        return disposition.standing(code, opened=opened, answered_any=answered_any, invited=invited)

    assert stands(invited=False) == "3.11"
    assert stands() == "3.19"
    assert stands(opened=True) == "2.1121"
    assert stands(opened=True, answered_any=True) == "2.12"
    assert stands("2.11", opened=True, answered_any=True) == "2.11"


@pytest.mark.parametrize(
    "note",
    [
        "số 0912345678",
        "số 0912 345 678",
        "CCCD 001.099.012345",
        "a.b@xã.vn",
        "gặp ông Nguyễn",
        "hỏi Bà Ễnh",
        "chị Đào hẹn",
        "met Mr. Smith",
    ],
)
def test_a_note_names_nobody(note):
    assert contact.note_fault(note).code == "attempt.note_personal"


@pytest.mark.parametrize(
    "note",
    ["", "cửa khoá, hàng xóm nói đi làm xa", "ông ấy hẹn 18:30 ngày 31/12/2023", "nhà số 12"],
)
def test_a_plain_note_is_kept(note):
    assert contact.note_fault(note) is None


@pytest.mark.parametrize(
    "rule",
    [
        {"attempts": 0},
        {"attempts": 2.5},
        {"attempts": True},
        {"tries": 3},
        [],
        {"attempts": 2, "days": 3},
        {"attempts": 5, "dayparts": 4},
    ],
)
def test_a_rule_that_cannot_be_met_is_refused(rule):
    assert contact.rule_faults(rule)


def test_a_waves_rule_is_read_from_its_settings():
    assert ContactRule.of({}) == RULE
    asked = {"attempts": 5, "days": 4, "dayparts": 3, "personal": 2}
    assert contact.rule_faults(asked) == []
    assert ContactRule.of({"contact_rule": asked}) == ContactRule(**asked)


HEADING = "Mã hồ sơ,Thời điểm,Cách liên hệ,Kết quả\n"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "attempts.empty"),
        (HEADING.encode(), "attempts.empty"),
        (b"case,at\n1,2\n", "attempts.missing_column"),
        ("Mã hồ sơ".encode("utf-16"), "attempts.not_utf8"),
        (HEADING.encode() + b'"a,b\n', "attempts.not_csv"),
        (HEADING.encode() + b"a,b\n" * (contact_file.MAX_ROWS + 1), "attempts.too_many"),
    ],
    ids=["nothing", "heading", "columns", "letters", "quotes", "rows"],
)
def test_a_file_that_is_no_log_is_refused(content, code):
    rows, faults = contact_file.read(content)
    assert rows == []
    assert code in {fault.code for fault in faults}


def test_every_title_can_stand_in_a_file():
    lines = [
        f"H{n},{MONDAY:%d/%m/%Y} 0{n % 10}:30,{contact.MODE_TITLES[mode]['vi']},{code}"
        for n, (code, modes) in enumerate(contact.MODES_OF.items())
        for mode in sorted(modes)
        if code not in contact.NEEDS_NOTE
    ]
    rows, faults = contact_file.read((HEADING + "\n".join(lines)).encode())
    assert faults == []
    assert len(rows) == len(lines)
    assert all(a.number < b.number for a, b in pairwise(rows))
