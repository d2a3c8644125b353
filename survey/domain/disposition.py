"""AAPOR dispositions: what is known of a case, what a questionnaire earned, how a case may move.

Codes follow the lists for samples of named persons (mail, internet, telephone and visits mixed).
The titles are ours.  Source: AAPOR (2023), Standard Definitions, 10th ed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Disposition(StrEnum):
    """What is known of a case.  Which outcome an answer earned stays with the answer alone."""

    PENDING = "3.0"
    ANSWERED = "1.0"
    REFUSAL = "2.11"
    OTHER_PERSON_REFUSAL = "2.111"
    RESPONDENT_REFUSAL = "2.112"
    OPENED_ONLY = "2.1121"
    BREAK_OFF = "2.12"
    NON_CONTACT = "2.20"
    AWAY = "2.21"
    ANSWERING_DEVICE = "2.22"
    CONTACTED = "2.30"
    DECEASED = "2.31"
    INCAPABLE = "2.32"
    LANGUAGE = "2.33"
    OTHER_REASON = "2.36"
    NOT_ATTEMPTED = "3.11"
    BUSY = "3.12"
    NO_ANSWER = "3.13"
    OUT_OF_REACH = "3.17"
    NOT_LOCATED = "3.18"
    NOTHING_RETURNED = "3.19"
    UNKNOWN_PERSON = "3.20"
    UNDELIVERED = "3.30"
    UNKNOWN_OTHER = "3.90"
    NOT_ELIGIBLE = "4.0"
    OUT_OF_SAMPLE = "4.10"
    DUPLICATE = "4.81"


class Outcome(StrEnum):
    """What a submitted questionnaire counts as (AAPOR 2023, section on partials)."""

    COMPLETE = "1.1"
    PARTIAL = "1.2"
    BREAK_OFF = "2.12"
    INELIGIBLE = "4.0"


@dataclass(frozen=True, slots=True)
class Meaning:
    """``category``: the letter by which AAPOR's rates count a case."""

    code: str
    category: str
    titles: Mapping[str, str]


def _meanings(*rows: tuple[str, str, str, str]) -> dict[str, Meaning]:
    return {code: Meaning(code, letter, {"vi": vi, "en": en}) for code, letter, vi, en in rows}


#: Every code that a case or an answer can end with.
MEANINGS = _meanings(
    ("1.1", "I", "Trả lời đủ", "Complete"),
    ("1.2", "P", "Trả lời một phần", "Partial"),
    ("2.11", "R", "Từ chối trên trang phiếu", "Declined on the page"),
    ("2.111", "R", "Người khác từ chối thay", "Refused by somebody else"),
    ("2.112", "R", "Người được chọn từ chối", "Refused by the person drawn"),
    ("2.1121", "R", "Mở phiếu, không trả lời câu nào", "Opened, no question answered"),
    ("2.12", "R", "Bỏ dở hoặc hẹn rồi không gửi", "Broken off, or promised and never sent"),
    ("2.20", "NC", "Không gặp được (đúng người, đúng nơi)", "Not met (right person and place)"),
    ("2.21", "NC", "Vắng suốt đợt khảo sát", "Away during the whole fieldwork"),
    ("2.22", "NC", "Chỉ gặp hộp thư thoại", "Answering device only"),
    ("2.30", "O", "Đã gặp, chưa gửi phiếu", "Met, nothing sent so far"),
    ("2.31", "O", "Đã mất", "Deceased"),
    ("2.32", "O", "Không đủ sức khoẻ để trả lời", "Unable to answer"),
    ("2.33", "O", "Bất đồng ngôn ngữ", "Language"),
    ("2.36", "O", "Lý do khác (ghi rõ)", "Other reason (say which)"),
    ("3.11", "UH", "Chưa liên hệ", "Not attempted yet"),
    ("3.12", "UH", "Máy luôn bận", "Always busy"),
    ("3.13", "UH", "Không ai trả lời", "No answer"),
    ("3.17", "UH", "Không vào được nơi ở", "Place out of reach"),
    ("3.18", "UH", "Không tìm thấy địa chỉ", "Address not found"),
    ("3.19", "UH", "Đã gửi, chưa thấy trả lời", "Sent, nothing returned"),
    ("3.20", "UO", "Có người nhưng không rõ có phải người nộp", "Somebody there, identity unknown"),
    ("3.30", "UO", "Sai số, thư trả lại", "Wrong number, returned letter"),
    ("3.90", "UO", "Không rõ, lý do khác (ghi rõ)", "Unknown, other (say which)"),
    ("4.0", "NE", "Không thuộc đối tượng", "Not eligible"),
    ("4.10", "NE", "Không phải người nộp hồ sơ hoặc dưới 18", "Not the applicant, or under 18"),
    ("4.81", "NE", "Trùng với hồ sơ khác trong mẫu", "Duplicate of another case"),
)

#: Outcomes whose answers enter the estimates.
RESPONDED = frozenset({Outcome.COMPLETE, Outcome.PARTIAL})

COMPLETE_SHARE = 0.80
PARTIAL_SHARE = 0.50

#: Codes that only the citizen sets, by opening, answering or declining.
_BY_THE_CITIZEN = frozenset({Disposition.PENDING, Disposition.ANSWERED, Disposition.REFUSAL})
#: By these a case counts while nothing final is known; they are never stored.
PROVISIONAL = frozenset({Disposition.OPENED_ONLY, Disposition.CONTACTED, Disposition.NOT_ATTEMPTED})
#: What fieldwork can end with.
BY_THE_FIELD = frozenset(Disposition) - _BY_THE_CITIZEN - PROVISIONAL


def outcome_of(answered: int, applicable: int, *, eligible: bool) -> Outcome:
    """Classify a questionnaire by the share of applicable items that were answered."""
    if not eligible:
        return Outcome.INELIGIBLE
    share = answered / applicable if applicable else 0.0
    if share >= COMPLETE_SHARE:
        return Outcome.COMPLETE
    if share >= PARTIAL_SHARE:
        return Outcome.PARTIAL
    return Outcome.BREAK_OFF


def is_final(disposition: str) -> bool:
    return disposition != Disposition.PENDING


def may_move(before: str, after: str) -> bool:
    """Whether a case may go from one stored disposition to another.

    An answer is the end.  The citizen's own acts (opening again, answering, declining) come
    before whatever the field had noted; the field never overrules the citizen's refusal, except
    that a case proves not to belong to the sample.
    """
    if before == after or before == Disposition.ANSWERED:
        return False
    if after in _BY_THE_CITIZEN:
        return True
    if before == Disposition.REFUSAL:
        return MEANINGS[after].category == "NE"
    return after in BY_THE_FIELD


def standing(disposition: str, *, opened: bool, answered_any: bool, invited: bool) -> str:
    """The code by which an unanswered case counts today.

    An unsent questionnaire is a break-off whatever its share of answers: what was not sent is not
    used, so it is no partial.  Without any answer it is "opened, no question answered".  An
    invitation alone leaves "nothing returned".
    """
    if is_final(disposition):
        return disposition
    if opened:
        return Disposition.BREAK_OFF if answered_any else Disposition.OPENED_ONLY
    return Disposition.NOTHING_RETURNED if invited else Disposition.NOT_ATTEMPTED
