"""What a frame is made of: the fields of a dossier's row and the headings they are known by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from survey.domain.text import clean_line


@dataclass(frozen=True, slots=True)
class FrameField:
    """One field of a row.  ``vi`` is its title, a catalogue entry."""

    name: str
    vi: str
    #: Headings it is known by, without case.
    aliases: tuple[str, ...]
    required: bool = False
    #: One value may stand for the whole file instead of a column.
    constant: bool = False
    #: Its words are translated to codes by a value map.
    words: bool = False
    #: Goes to the encrypted contact, or is only compared and then forgotten.
    personal: bool = False


FIELDS = (
    FrameField(
        "dossier_code",
        "Mã hồ sơ",
        ("mã hồ sơ", "số hồ sơ", "mã số hồ sơ", "số biên nhận", "mã biên nhận"),
        required=True,
    ),
    FrameField(
        "unit_code",
        "Đơn vị",
        ("mã đơn vị", "đơn vị", "đơn vị tiếp nhận", "nơi tiếp nhận", "cơ quan tiếp nhận"),
        required=True,
        constant=True,
        words=True,
    ),
    FrameField(
        "field",
        "Lĩnh vực",
        ("service_field", "lĩnh vực", "lĩnh vực thủ tục", "nhóm thủ tục"),
        required=True,
        constant=True,
        words=True,
    ),
    FrameField(
        "channel",
        "Cách nộp",
        ("cách nộp", "hình thức nộp", "hình thức tiếp nhận", "kênh tiếp nhận"),
        required=True,
        constant=True,
        words=True,
    ),
    FrameField(
        "received_on", "Ngày nhận", ("ngày nhận", "ngày tiếp nhận", "ngày nộp"), required=True
    ),
    FrameField(
        "due_on",
        "Ngày hẹn trả",
        ("ngày hẹn trả", "ngày hẹn", "hạn trả", "hạn trả kết quả", "hạn giải quyết"),
    ),
    FrameField(
        "returned_on",
        "Ngày trả",
        ("ngày trả", "ngày trả kết quả", "ngày trả kq"),
        required=True,
    ),
    FrameField(
        "applicant",
        "Đối tượng",
        ("người nộp", "đối tượng", "loại đối tượng", "đối tượng nộp"),
        required=True,
        constant=True,
        words=True,
    ),
    FrameField(
        "result",
        "Trạng thái hồ sơ",
        ("trạng thái", "trạng thái hồ sơ", "tình trạng", "kết quả", "kết quả giải quyết"),
        words=True,
    ),
    FrameField(
        "name",
        "Họ tên",
        ("họ tên", "họ và tên", "tên người nộp", "chủ hồ sơ", "người nộp hồ sơ"),
        personal=True,
    ),
    FrameField(
        "phone",
        "Điện thoại",
        ("điện thoại", "số điện thoại", "sđt", "di động"),
        personal=True,
    ),
    FrameField("address", "Địa chỉ", ("địa chỉ", "nơi ở", "nơi cư trú"), personal=True),
    FrameField("contact", "Liên hệ khác", ("liên hệ", "email", "thư điện tử"), personal=True),
    FrameField(
        "national_id",
        "Số định danh",
        ("số định danh", "số định danh cá nhân", "cccd", "số cccd", "cmnd/cccd"),
        personal=True,
    ),
    FrameField("birth", "Ngày sinh hoặc năm sinh", ("ngày sinh", "năm sinh"), personal=True),
)
BY_NAME = {field.name: field for field in FIELDS}
REQUIRED = tuple(field.name for field in FIELDS if field.required)
#: Cells that may be empty in a row that counts; ``returned_on`` decides whether it does.
MAY_BE_EMPTY = frozenset(field.name for field in FIELDS if not field.required) | {"returned_on"}

#: Words that mean the same in every province; a layout adds its own.
APPLICANTS = {
    "person": "person",
    "cá nhân": "person",
    "công dân": "person",
    "người dân": "person",
    "organisation": "organisation",
    "organization": "organisation",
    "tổ chức": "organisation",
    "doanh nghiệp": "organisation",
}
RESULTS = {
    "returned": "returned",
    "đã trả": "returned",
    "đã trả kết quả": "returned",
    "đã trả kết quả cho công dân": "returned",
    "hoàn thành": "returned",
    "refused": "refused",
    "từ chối": "refused",
    "trả lại": "refused",
    "trả lại hồ sơ": "refused",
    "không đủ điều kiện": "refused",
    "withdrawn": "withdrawn",
    "rút hồ sơ": "withdrawn",
    "công dân rút hồ sơ": "withdrawn",
    "đã rút": "withdrawn",
    "pending": "pending",
    "đang giải quyết": "pending",
    "đang xử lý": "pending",
    "chờ bổ sung": "pending",
    "chờ trả kết quả": "pending",
}
#: Result code -> how a person reads it.
RESULT_TITLES = {
    "returned": "Đã trả kết quả",
    "refused": "Từ chối, trả lại hồ sơ",
    "withdrawn": "Người dân rút hồ sơ",
    "pending": "Chưa giải quyết xong",
}
APPLICANT_TITLES = {"person": "Cá nhân", "organisation": "Tổ chức, doanh nghiệp"}


def suggest(headings: Sequence[str]) -> dict[str, str]:
    """Field -> heading, for the headings that say by themselves what they are."""
    names = {alias: field.name for field in FIELDS for alias in (field.name, *field.aliases)}
    found: dict[str, str] = {}
    for heading in headings:
        field = names.get(clean_line(heading).casefold())
        if field:
            found.setdefault(field, clean_line(heading))
    return found


def letters(index: int) -> str:
    """The name of a column as spreadsheets write it: 0 is A, 26 is AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def index_of(name: str) -> int:
    """The place of a column that is named by its letters: A is 0, AA is 26."""
    place = 0
    for letter in name:
        place = place * 26 + ord(letter) - 64
    return place - 1
