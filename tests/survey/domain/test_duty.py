"""What a duty's log allows, and when it is late."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from survey.domain import attachment
from survey.domain import duty as rules
from survey.domain.duty import Action, Kind, State
from survey.errors import InvalidInput

DUE = date(2024, 4, 10)


def test_the_state_follows_from_the_log_alone():
    log = []
    for action, state in (
        ("opened", State.DUE),
        ("reminded", State.DUE),
        ("extended", State.DUE),
        ("submitted", State.SUBMITTED),
        ("returned", State.RETURNED),
        ("reminded", State.RETURNED),
        ("submitted", State.SUBMITTED),
        ("accepted", State.ACCEPTED),
        ("progressed", State.ACCEPTED),
        ("completed", State.COMPLETED),
    ):
        log.append(action)
        assert rules.state_of(log) is state


def test_nothing_follows_an_end_and_an_accepted_report_is_done():
    for kind in Kind:
        assert rules.allowed(kind, State.COMPLETED) == ()
        assert rules.allowed(kind, State.LIFTED) == ()
    assert rules.allowed(Kind.REPORT, State.ACCEPTED) == ()
    assert Action.COMPLETED in rules.allowed(Kind.REMEDY, State.ACCEPTED)
    assert Action.ACCEPTED not in rules.allowed(Kind.REMEDY, State.DUE)


def test_a_duty_is_late_from_the_day_after_its_day():
    assert not rules.is_overdue(State.DUE, DUE, DUE)
    assert rules.is_overdue(State.DUE, DUE, DUE + timedelta(1))
    assert rules.is_overdue(State.RETURNED, DUE, DUE + timedelta(1))
    assert not rules.is_overdue(State.SUBMITTED, DUE, DUE + timedelta(90))
    assert rules.due_on(DUE, [None, date(2024, 5, 1), None]) == date(2024, 5, 1)


def test_reminders_come_on_their_days_once_each_and_missed_ones_are_made_up_for():
    sent, day = [], DUE - timedelta(30)
    while day <= DUE + timedelta(15):
        if rules.reminder_due(State.DUE, DUE, day, sent):
            sent.append(day)
        day += timedelta(1)
    assert [(each - DUE).days for each in sent] == [-14, -3, 0, 7, 14]
    assert rules.reminder_due(State.DUE, DUE, DUE - timedelta(12), [])
    assert not rules.reminder_due(State.SUBMITTED, DUE, DUE + timedelta(30), [])


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.exe", b"MZ", "chỉ nhận"),
        ("a.pdf", b"MZ", "không phải pdf"),
        ("khong-duoi", b"%PDF-1.7", "chỉ nhận"),
        ("a.pdf", b"%PDF-" + bytes(attachment.LARGEST), "lớn quá"),
    ],
)
def test_a_file_is_what_its_name_says_and_not_too_large(name, content, said):
    with pytest.raises(InvalidInput, match=said):
        attachment.checked(name, content)


def test_a_file_keeps_its_name_without_a_path():
    file = attachment.checked("C:\\Users\\lan\\../Phương án.PDF", b"%PDF-1.7 x")
    assert (file.name, file.media_type) == ("Phương án.PDF", "application/pdf")
    assert len(file.sha256) == 64
