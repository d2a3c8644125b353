"""What the questionnaire room says to people, in both languages, by stable code.

This room knows no translation catalogue: a questionnaire must say the same thing on a page, a
tablet and in a test.  Fields like %(limit)s are filled from the problem's facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forms.author_messages import AUTHOR

#: code -> (Vietnamese, English)
MESSAGES: dict[str, tuple[str, str]] = {
    "xform.too_heavy": (
        "phiếu quá lớn, điện thoại không mở nổi; hãy chia thành nhiều phiếu",
        "the form is too large for a telephone; make several of it",
    ),
    # To the person who answers
    "answer.required": ("Ông/bà vui lòng trả lời câu hỏi này.", "Please answer this question."),
    "answer.unknown_choice": (
        "Ông/bà vui lòng chọn trong các phương án của câu hỏi.",
        "Please choose one of the options of this question.",
    ),
    "answer.one_choice": (
        "Ông/bà vui lòng chỉ chọn một phương án.",
        "Please choose only one option.",
    ),
    "answer.exclusive_choice": (
        "“%(label)s” không chọn cùng phương án khác được.",
        "“%(label)s” cannot be chosen together with other options.",
    ),
    "answer.no_such_box": (
        "Không có ô như vậy: hãy gõ thứ tự của ô, từ 1 đến %(most)s; không đọc được thì gõ *.",
        "There is no such box: type the place of the box, from 1 to %(most)s; * if unreadable.",
    ),
    "answer.no_such_name": (
        "Danh sách không có tên hay mã “%(name)s”; không đọc được thì gõ *.",
        "The list has no name or code “%(name)s”; * if unreadable.",
    ),
    "answer.several_names": (
        "Danh sách có nhiều nơi tên “%(name)s”: hãy gõ mã.",
        "The list has several places named “%(name)s”: type the code.",
    ),
    "answer.not_integer": (
        "Ông/bà vui lòng nhập một số nguyên, chỉ gồm chữ số, ví dụ 3.",
        "Please enter a whole number, digits only, for example 3.",
    ),
    "answer.not_decimal": (
        "Ông/bà vui lòng nhập một số, ví dụ 3 hoặc 2,5.",
        "Please enter a number, for example 3 or 2.5.",
    ),
    "answer.ambiguous_number": (
        "Số này có thể hiểu theo hai cách. Ông/bà vui lòng viết không có dấu tách hàng nghìn.",
        "This number can be read in two ways. Please write it without thousands separators.",
    ),
    "answer.not_date": (
        "Ông/bà vui lòng nhập ngày có thật theo thứ tự ngày/tháng/năm, ví dụ 05/09/2023.",
        "Please enter a real date as day/month/year, for example 05/09/2023.",
    ),
    "answer.too_long": (
        "Câu trả lời dài %(length)s ký tự; nhiều nhất là %(limit)s ký tự.",
        "The answer has %(length)s characters; the most is %(limit)s.",
    ),
    "answer.constraint": (
        "Câu trả lời này chưa hợp lệ, ông/bà vui lòng xem lại.",
        "This answer is not valid; please check it.",
    ),
    "answer.not_time": (
        "Ông/bà vui lòng nhập giờ và phút, ví dụ 14:30.",
        "Please enter hours and minutes, for example 14:30.",
    ),
    "answer.not_moment": (
        "Ông/bà vui lòng nhập ngày và giờ, ví dụ 05/09/2023 14:30.",
        "Please enter a day and a time, for example 05/09/2023 14:30.",
    ),
    "answer.range": (
        "Ông/bà vui lòng nhập một số từ %(start)s đến %(end)s, cách nhau %(step)s.",
        "Please enter a number from %(start)s to %(end)s in steps of %(step)s.",
    ),
    "answer.rank": (
        "Ông/bà vui lòng xếp hạng tất cả các phương án, mỗi phương án một hạng khác nhau.",
        "Please rank all options, each with a rank of its own.",
    ),
    "answer.not_place": (
        "Ông/bà vui lòng nhập vĩ độ và kinh độ, ví dụ 20,94; 106,21.",
        "Please enter latitude and longitude, for example 20.94, 106.21.",
    ),
    "answer.file_empty": (
        "Tệp rỗng (0 byte). Ông/bà vui lòng chọn tệp khác.",
        "The file is empty (0 bytes). Please choose another one.",
    ),
    "answer.file_too_large": (
        "Tệp lớn hơn %(most)s MB. Ông/bà vui lòng chọn tệp nhỏ hơn.",
        "The file is larger than %(most)s MB. Please choose a smaller one.",
    ),
    "answer.file_kind": (
        "Không nhận loại tệp này; chỉ nhận %(kinds)s.",
        "This kind of file is not taken; only %(kinds)s.",
    ),
    "answer.file_pixels": (
        "Ảnh quá lớn: nhiều nhất là %(most)s triệu điểm ảnh. Ông/bà vui lòng chọn ảnh nhỏ hơn.",
        "The picture is too large: at most %(most)s million pixels. Please choose a smaller one.",
    ),
    "answer.file_broken": (
        "Tệp hỏng hoặc chưa tải lên hết. Ông/bà vui lòng chọn lại.",
        "The file is damaged or did not arrive whole. Please choose it again.",
    ),
    "answer.file_refused": (
        "Máy chủ không nhận tệp này (phần mềm diệt vi-rút). Ông/bà vui lòng chọn tệp khác.",
        "The server does not take this file (virus scanner). Please choose another one.",
    ),
    "answer.file_lost": (
        "Tệp chưa được gửi kèm. Ông/bà vui lòng chọn lại tệp.",
        "The file did not come along. Please choose it again.",
    ),
    "form.repeat.more": ("Còn nữa không?", "Is there one more?"),
    "form.co": ("Có", "Yes"),
    "form.khong": ("Không", "No"),
    "form.other": ("Khác", "Other"),
    "form.other.which": ("Xin ghi rõ", "Please specify"),
    "form.acknowledged": ("Tôi xác nhận", "I confirm"),
    "page.how.range": ("Một số từ %(start)s đến %(end)s.", "A number from %(start)s to %(end)s."),
    "page.how.rank": ("Hạng 1 là trước nhất.", "Rank 1 comes first."),
    "page.how.geopoint": (
        "Vĩ độ rồi kinh độ, ví dụ 20,94; 106,21.",
        "Latitude, then longitude, for example 20.94, 106.21.",
    ),
    "page.how.image": (
        "Ảnh JPEG, PNG hoặc WebP, tối đa 12 MB. Nơi chụp và thông tin máy được xoá khỏi ảnh.",
        "A JPEG, PNG or WebP picture of at most 12 MB. Place and device are removed from it.",
    ),
    "page.how.audio": (
        "Tệp ghi âm M4A, MP3, AAC, AMR, 3GP hoặc WAV, tối đa 6 MB.",
        "A recording as M4A, MP3, AAC, AMR, 3GP or WAV of at most 6 MB.",
    ),
    "page.file_kept": ("Đã nhận: %(name)s (%(size)s).", "Received: %(name)s (%(size)s)."),
    "page.file_remove": ("Bỏ tệp này", "Remove this file"),
    "page.file_replace": (
        "Chọn tệp khác nếu muốn thay.",
        "Choose another file to replace it.",
    ),
    "paper.attached": ("Có nộp kèm", "Handed in with this form"),
    "page.choose": ("– Chọn –", "– Choose –"),
    "xform.case": ("Phiếu này thuộc ca khảo sát nào?", "Which case is this interview for?"),
    # To the client of an enumerator
    "submission.too_large": (
        "Phiếu gửi lên dài %(size)s byte; nhiều nhất là %(limit)s byte.",
        "The submission has %(size)s bytes; the most is %(limit)s.",
    ),
    "submission.malformed": (
        "Không đọc được phiếu gửi lên: %(reason)s.",
        "The submission cannot be read: %(reason)s.",
    ),
    "submission.too_deep": (
        "Phiếu gửi lên lồng quá %(depth)s lớp hoặc có quá %(nodes)s phần tử.",
        "The submission nests deeper than %(depth)s or has more than %(nodes)s elements.",
    ),
    "submission.no_form": (
        "Phiếu gửi lên không ghi mã phiếu hỏi.",
        "The submission does not name its form.",
    ),
    "submission.no_instance": (
        "Phiếu gửi lên không có instanceID.",
        "The submission has no instanceID.",
    ),
    **AUTHOR,
}

LANGUAGES = ("vi", "en")


def texts(code: str, facts: Mapping[str, Any]) -> dict[str, str]:
    """The message of a code in every language, filled.  Raises KeyError for an unknown code."""
    return dict(zip(LANGUAGES, (text % facts for text in MESSAGES[code]), strict=True))
