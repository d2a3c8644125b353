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
}
