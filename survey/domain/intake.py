"""What becomes of a submission from the field, and why one waits for a person."""

from __future__ import annotations

import re
from enum import StrEnum


class State(StrEnum):
    """``WAITING``: files that the form names have not all come."""

    RECEIVED = "received"
    WAITING = "waiting"
    STORED = "stored"
    CORRECTED = "corrected"
    QUARANTINED = "quarantined"
    REJECTED = "rejected"


class Reason(StrEnum):
    """Why a submission is in quarantine."""

    MALFORMED = "malformed"
    CONFLICT = "conflict"
    FORM = "form"
    VERSION = "version"
    CASE = "case"
    PERSON = "person"
    SELECTION = "selection"
    NOT_OPEN_YET = "not_open_yet"
    WAVE_CLOSED = "wave_closed"
    CASE_CLOSED = "case_closed"
    ANSWERS = "answers"
    EDIT_UNKNOWN = "edit_unknown"
    EDIT_TWICE = "edit_twice"
    EDIT_OF_ANOTHER = "edit_of_another"
    ATTACHMENTS = "attachments"


class Verdict(StrEnum):
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Channel(StrEnum):
    """How an answer reached us."""

    WEB = "web"
    ENUMERATOR = "enumerator"
    PAPER = "paper"


#: Titles of reasons: what happened, in words for the person who decides.
REASON_TITLES = {
    Reason.MALFORMED: {"vi": "Không đọc được", "en": "Cannot be read"},
    Reason.CONFLICT: {
        "vi": "Trùng mã phiếu, khác nội dung",
        "en": "Same instance ID, different content",
    },
    Reason.FORM: {"vi": "Phiếu lạ", "en": "Unknown form"},
    Reason.VERSION: {"vi": "Phiên bản phiếu khác", "en": "Another version of the form"},
    Reason.CASE: {"vi": "Không có hồ sơ này", "en": "No such case"},
    Reason.PERSON: {
        "vi": "Hồ sơ giao cho người khác",
        "en": "The case is assigned to somebody else",
    },
    Reason.SELECTION: {
        "vi": "Hộ hoặc người được chọn không khớp",
        "en": "Not the household or adult that was drawn",
    },
    Reason.NOT_OPEN_YET: {"vi": "Đợt chưa mở", "en": "The wave is not open yet"},
    Reason.WAVE_CLOSED: {"vi": "Đợt đã đóng", "en": "The wave is closed"},
    Reason.CASE_CLOSED: {"vi": "Hồ sơ đã kết thúc", "en": "The case is closed"},
    Reason.ANSWERS: {"vi": "Có câu trả lời không nhận được", "en": "Some answers were refused"},
    Reason.EDIT_UNKNOWN: {
        "vi": "Sửa một phiếu không còn hoặc chưa có",
        "en": "Corrects a submission that is not here",
    },
    Reason.EDIT_TWICE: {
        "vi": "Sửa một phiếu đã được sửa",
        "en": "Corrects a submission that was corrected already",
    },
    Reason.EDIT_OF_ANOTHER: {
        "vi": "Sửa phiếu của người hoặc hồ sơ khác",
        "en": "Corrects a submission of another person or case",
    },
    Reason.ATTACHMENTS: {"vi": "Thiếu tệp đính kèm", "en": "Attached files are missing"},
}
STATE_TITLES = {
    State.RECEIVED: {"vi": "Đang tiếp nhận", "en": "Being taken in"},
    State.WAITING: {"vi": "Chờ tệp đính kèm", "en": "Waits for attached files"},
    State.STORED: {"vi": "Là phiếu trả lời", "en": "Is the answer"},
    State.CORRECTED: {"vi": "Đã được sửa bằng phiếu sau", "en": "Corrected by a later one"},
    State.QUARANTINED: {"vi": "Cách ly", "en": "In quarantine"},
    State.REJECTED: {"vi": "Không nhận", "en": "Refused"},
}
CHANNEL_TITLES = {
    Channel.WEB: {"vi": "Tự trả lời qua mạng", "en": "Online, by themselves"},
    Channel.ENUMERATOR: {"vi": "Điều tra viên", "en": "Enumerator"},
    Channel.PAPER: {"vi": "Phiếu giấy", "en": "Paper"},
}

#: The element, whatever its prefix; text in XML holds no "<", so nothing else can look like it.
_INSTANCE_ID = re.compile(rb"<(?:[\w.-]+:)?instanceID(?:\s[^<>]*)?>\s*([^<>&\s]{1,200})\s*</")


def instance_id(xml: bytes) -> str | None:
    """The instanceID of an ordinary submission, found without building its tree.

    None: it is not ordinary (none or several, a comment, CDATA, another encoding) and has to be
    read in full.
    """
    if b"<!" in xml or xml.count(b"instanceID") != 2:
        return None
    found = _INSTANCE_ID.search(xml)
    try:
        return found[1].decode("ascii") if found else None
    except UnicodeDecodeError:
        return None
