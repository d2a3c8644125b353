"""What the author of a questionnaire is told about lists in files and the order of options."""

from __future__ import annotations

#: code -> (Vietnamese, English)
OF_LISTS: dict[str, tuple[str, str]] = {
    "row.list_external": (
        "Không có danh sách phương án “%(name)s” trong trang external_choices.",
        "There is no choice list “%(name)s” in the sheet external_choices.",
    ),
    "row.seed": (
        "“seed” chỉ nhận một số, không nhận “%(value)s”; bỏ “seed” thì mỗi người trả lời có thứ tự "
        "riêng, giữ nguyên từ đầu đến cuối.",
        "“seed” takes a number only, not “%(value)s”; without “seed” each respondent has an order "
        "of their own that stays as it is.",
    ),
    "row.seed_alone": (
        "“seed” chỉ có nghĩa cùng “randomize=true”.",
        "“seed” has a meaning only with “randomize=true”.",
    ),
    "list.file_kind": (
        "Danh sách trong tệp phải là tệp CSV có tên bằng chữ, số, gạch dưới; “%(name)s” thì không.",
        "A list in a file is a CSV file, named by letters, digits, underscores; not “%(name)s”.",
    ),
    "list.file_name": (
        "Tên “%(name)s” trùng với một danh sách hoặc trang tính của phiếu.",
        "“%(name)s” has the name of a list or sheet of this form.",
    ),
    "list.file_missing": (
        "Thiếu tệp “%(name)s”; gửi kèm tệp này với phiếu, hoặc cả hai trong một tệp ZIP.",
        "The file “%(name)s” is missing; send it beside the form, or both in one ZIP archive.",
    ),
    "media.name": (
        "Tên tệp “%(name)s” không dùng được: chỉ gồm chữ không dấu, số, dấu chấm, gạch dưới, gạch "
        "nối; không có đường dẫn.",
        "The file name “%(name)s” cannot be used: letters without marks, digits, full stop, "
        "underscore, hyphen; no path.",
    ),
    "media.ending": (
        "Cột này chỉ nhận tệp %(endings)s; “%(name)s” thì không.",
        "This column takes files %(endings)s; not “%(name)s”.",
    ),
    "media.missing": (
        "Thiếu tệp “%(name)s”; gửi kèm tệp này với phiếu, hoặc cả hai trong một tệp ZIP.",
        "The file “%(name)s” is missing; send it beside the form, or both in one ZIP archive.",
    ),
    "media.too_large": (
        "Tệp “%(name)s” lớn hơn %(most)s MB: người trả lời xem bằng điện thoại.",
        "The file “%(name)s” is larger than %(most)s MB: respondents read this on a phone.",
    ),
    "media.broken": (
        "Tệp “%(name)s” hỏng, hoặc ảnh có quá nhiều điểm ảnh.",
        "The file “%(name)s” is damaged, or has too many pixels.",
    ),
    "media.content": (
        "Nội dung tệp “%(name)s” không phải %(ending)s như tên của nó.",
        "The content of “%(name)s” is not %(ending)s as its name says.",
    ),
    "media.menu": (
        "Danh sách thả xuống (minimal) không hiện được hình, tiếng của phương án trên trang.",
        "A drop-down (minimal) cannot show the options' pictures or sounds on the page.",
    ),
    "media.unused": (
        "Tệp “%(name)s” không câu hỏi hay phương án nào dùng; bỏ tệp đi, hoặc sửa tên ở ô gọi nó.",
        "No question or option shows the file “%(name)s”; leave it out, or mend the cell's name.",
    ),
}
