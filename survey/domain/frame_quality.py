"""What in a frame wants a second look.  Signs are told and counted; none of them drops a row."""

from __future__ import annotations

from datetime import date
from enum import IntFlag

#: A dossier that was open longer than this is looked at again.
LONG_DAYS = 365
#: One telephone number on so many dossiers is hardly one applicant's.
PHONE_DOSSIERS = 10
#: A share of a unit's dossiers returned on one day that asks for a reason …
DAY_SHARE = 0.25
#: … where the unit has at least so many.
DAY_LEAST = 40
#: A unit's share of all dossiers that grew or shrank by this factor since last year.
SHARE_FACTOR = 1.5
SUNDAY = 6


class Sign(IntFlag):
    """Signs of one row, kept as one number."""

    NO_CONTACT = 1
    NO_DUE_DATE = 2
    BAD_PHONE = 4
    OFFICIAL_PHONE = 8
    BAD_NAME = 16
    FUTURE = 32
    SUNDAY = 64
    LONG_OPEN = 128


#: Sign -> (kind, title): what is missing, what is stale, what looks wrong.
TITLES = {
    Sign.NO_CONTACT: ("missing", "Không có cách liên hệ"),
    Sign.NO_DUE_DATE: ("missing", "Không có ngày hẹn trả"),
    Sign.LONG_OPEN: ("stale", "Nhận trước ngày trả hơn một năm"),
    Sign.BAD_PHONE: ("suspicious", "Số điện thoại không đúng dạng"),
    Sign.OFFICIAL_PHONE: ("suspicious", "Số điện thoại của cán bộ hoặc của quầy"),
    Sign.BAD_NAME: ("suspicious", "Họ tên khó tin"),
    Sign.FUTURE: ("suspicious", "Ngày trả sau ngày nạp danh sách"),
    Sign.SUNDAY: ("suspicious", "Trả kết quả vào chủ nhật"),
}


def day_signs(
    received_on: date | None, due_on: date | None, returned_on: date | None, *, today: date
) -> int:
    """The signs that a row's days show."""
    signs = 0 if due_on else Sign.NO_DUE_DATE.value
    if returned_on is None:
        return signs
    if returned_on > today:
        signs |= Sign.FUTURE.value
    if returned_on.weekday() == SUNDAY:
        signs |= Sign.SUNDAY.value
    if received_on is not None and (returned_on - received_on).days > LONG_DAYS:
        signs |= Sign.LONG_OPEN.value
    return signs


def is_jump(share: float, before: float) -> bool:
    """Whether a unit's share of the dossiers changed more than it plausibly does in a year."""
    if share <= 0 or before <= 0:
        return share != before
    return max(share / before, before / share) >= SHARE_FACTOR
