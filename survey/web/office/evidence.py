"""Evidence in words: what a rule looks at, what it found, what else could explain it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import current_app

from survey.services.screening_review import Flag
from survey.web.i18n import _


def titles() -> dict[str, str]:
    """Every rule's name, strongest kind of evidence first."""
    return {
        "near_duplicate": _("Phiếu gần như chép nhau"),
        "burst": _("Dồn dập trong ít phút"),
        "device_cluster": _("Một máy, nhiều phiếu"),
        "unlike_sample": _("Khác mẫu đã rút của cùng đơn vị"),
        "alike_interviews": _("Phỏng vấn của một người quá giống nhau"),
        "out_of_hours_unit": _("Đơn vị: nhiều phiếu ngoài giờ"),
        "office_network_unit": _("Đơn vị: nhiều phiếu từ mạng cơ quan"),
        "officer_present_unit": _("Đơn vị: hay có cán bộ đứng cạnh"),
        "straight_line_unit": _("Đơn vị: nhiều phiếu một mức"),
        "too_fast": _("Quá nhanh"),
        "long_string": _("Chuỗi câu trả lời giống nhau quá dài"),
        "straight_line": _("Một mức từ đầu đến cuối"),
        "officer_answered": _("Cán bộ bấm hộ"),
        "officer_present": _("Có cán bộ đứng cạnh"),
        "office_network": _("Gửi từ mạng cơ quan"),
        "out_of_hours": _("Gửi ngoài giờ"),
    }


def words(flag: Flag) -> str:
    """What was found, with its figures."""
    facts = {name: _shown(name, value) for name, value in flag.facts.items()}
    if flag.rule.endswith("_unit"):
        return _("%(marked)s trên %(sheets)s phiếu; ở các đơn vị khác là %(elsewhere)s.", **facts)
    text = _texts().get(flag.rule, "")
    return text % {**facts, "subject": _subject(flag)}


def _texts() -> Mapping[str, str]:
    return {
        "near_duplicate": _(
            "%(sheets)s phiếu trùng %(share)s câu với phiếu giống nhất; phiếu thật đều đặn như vậy "
            "chỉ 1 trong 20 trùng quá %(usual)s."
        ),
        "burst": _(
            "%(n)s phiếu trong %(minutes)s phút từ %(from_minute)s ngày %(subject)s; cùng số phiếu "
            "của ngày ấy, bình thường khoảng %(expected)s."
        ),
        "device_cluster": _(
            "%(sheets)s phiếu từ một máy trong một ngày, của %(units)s đơn vị; %(helped)s phiếu "
            "ghi là có người giúp."
        ),
        "unlike_sample": _(
            "Luồng áp phích (%(open)s phiếu) hài lòng hơn mẫu (%(drawn)s phiếu) %(lift)s điểm phần "
            "trăm; thường là %(usual_lift)s."
        ),
        "alike_interviews": _(
            "%(interviews)s phỏng vấn của “%(subject)s” giống nhau %(share)s từng đôi; nếu chia "
            "lại ngẫu nhiên: %(usual)s."
        ),
        "too_fast": _(
            "%(seconds_per_item)s giây mỗi câu (mức sàn %(floor)s giây; lệch %(z)s so với số đông)."
        ),
        "long_string": _("%(run)s câu liền nhau cùng một mức trên %(items)s câu đã trả lời."),
        "straight_line": _(
            "%(length)s câu đều ở mức %(value)s; cả đợt có %(usual)s phiếu như vậy."
        ),
        "officer_present": _("Người trả lời ghi có cán bộ đứng cạnh khi trả lời."),
        "officer_answered": _("Người trả lời ghi cán bộ bấm hộ."),
        "office_network": _("Phiếu gửi từ mạng mà cơ quan đã khai."),
        "out_of_hours": _("Phiếu gửi ngoài giờ làm việc đã khai của đợt."),
    }


def meaning(rule: str) -> str:
    """What else may explain it: evidence is no verdict."""
    return {
        "near_duplicate": _(
            "So với mô phỏng từ chính các câu hỏi và đơn vị này, không theo mức cố định 85%. Người "
            "cùng nhà, cùng hồ sơ có thể thật sự nghĩ giống nhau."
        ),
        "burst": _(
            "Đếm theo đơn vị và mười phút, không gắn với phiếu nào. Ngày trả kết quả tập trung hay "
            "một đợt nhắn tin nhắc cũng dồn dập như vậy."
        ),
        "device_cluster": _(
            "Máy chỉ được nhận ra trong một ngày. Máy tính bảng dùng chung ở quầy hay người đi hỏi "
            "giúp có thể là lý do chính đáng."
        ),
        "unlike_sample": _(
            "Người quét áp phích khác người được rút mẫu cũng vì lý do chính đáng; đáng xem là chỗ "
            "chênh vượt hẳn mức thường thấy ở các đơn vị."
        ),
        "alike_interviews": _(
            "Địa bàn của mỗi người hỏi có thể giống nhau sẵn; hãy nghe lại hoặc hỏi lại vài phiếu."
        ),
        "too_fast": _("Người quen biểu mẫu hoặc được đọc trước câu hỏi có thể trả lời rất nhanh."),
        "straight_line": _("Người hài lòng mọi mặt cũng trả lời như vậy: dấu hiệu này yếu."),
    }.get(
        rule,
        _("Dấu hiệu để người rà soát xem xét, không phải kết luận."),
    )


def strength(flag: Flag) -> str:
    """How often an honest wave shows as much, after looking everywhere."""
    if flag.q is None:
        return _("sự kiện, không kiểm định")
    return f"q = {_decimal(max(flag.q, 0.0001), 4)}"


def _subject(flag: Flag) -> str:
    if flag.rule != "burst":
        return flag.subject
    return current_app.jinja_env.filters["day"](date.fromisoformat(flag.subject))


def _shown(name: str, value: Any) -> str:
    if name in ("share", "usual", "elsewhere") and isinstance(value, int | float):
        return _decimal(100 * value, 0) + "%"
    if name in ("lift", "usual_lift"):
        return f"{'+' if value > 0 else ''}{_decimal(100 * value, 1)}"
    if name == "from_minute":
        return f"{value // 60:02}:{value % 60:02}"
    return _decimal(value, 1) if isinstance(value, float) else str(value)


def _decimal(value: float, places: int) -> str:
    return current_app.jinja_env.filters["number"](value, places)
