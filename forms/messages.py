"""What the questionnaire room says to people, in both languages, by stable code.

This room knows no translation catalogue: a questionnaire must say the same thing on a page, a
tablet and in a test.  Fields like %(limit)s are filled from the problem's facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: code -> (Vietnamese, English)
MESSAGES: dict[str, tuple[str, str]] = {
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
    # To the author of a questionnaire: the file
    "file.unreadable": (
        "Không đọc được tệp: %(reason)s.",
        "The file cannot be read: %(reason)s.",
    ),
    "file.encoding": (
        "Trang tính không phải chữ UTF-8 (lỗi ở byte %(position)s).",
        "The sheet is not UTF-8 text (fault at byte %(position)s).",
    ),
    "file.too_big": (
        "Trang tính quá lớn: nhiều nhất %(rows)s dòng và %(columns)s cột.",
        "The sheet is too large: at most %(rows)s rows and %(columns)s columns.",
    ),
    "file.formula": (
        "Ô chứa công thức; hãy dán lại dưới dạng giá trị.",
        "The cell holds a formula; paste it as a value.",
    ),
    "sheet.missing": ("Thiếu trang tính “%(name)s”.", "The sheet “%(name)s” is missing."),
    "sheet.unknown": (
        "Trang tính “%(name)s” không được hỗ trợ.",
        "The sheet “%(name)s” is not supported.",
    ),
    "sheet.empty": ("Trang tính “%(name)s” trống.", "The sheet “%(name)s” is empty."),
    "column.missing": ("Thiếu cột “%(name)s”.", "The column “%(name)s” is missing."),
    "column.unknown": (
        "Cột “%(name)s” không được hỗ trợ.",
        "The column “%(name)s” is not supported.",
    ),
    "column.duplicate": ("Cột “%(name)s” có hai lần.", "The column “%(name)s” occurs twice."),
    "column.language": (
        "Không rõ mã ngôn ngữ trong “%(name)s”; viết như “label::Tiếng Việt (vi)”.",
        "No language code in “%(name)s”; write it like “label::English (en)”.",
    ),
    "column.unnamed": (
        "Ô có nội dung nhưng cột không có tên.",
        "The cell has content but its column has no name.",
    ),
    # ... its rows
    "row.type_missing": ("Dòng chưa có “type”.", "The row has no “type”."),
    "row.type_unknown": (
        "Loại câu hỏi “%(type)s” không được hỗ trợ.",
        "The question type “%(type)s” is not supported.",
    ),
    "row.list_missing": (
        "“%(type)s” cần tên danh sách phương án.",
        "“%(type)s” needs the name of a choice list.",
    ),
    "row.list_unknown": (
        "Không có danh sách phương án “%(name)s” trong trang choices.",
        "There is no choice list “%(name)s” in the sheet choices.",
    ),
    "row.name_missing": ("Dòng chưa có “name”.", "The row has no “name”."),
    "row.name_invalid": (
        "“%(name)s” không phải tên hợp lệ: bắt đầu bằng chữ, rồi chữ, số, gạch dưới.",
        "“%(name)s” is not a valid name: a letter, then letters, digits, underscores.",
    ),
    "row.name_duplicate": (
        "Tên “%(name)s” đã dùng ở %(first)s.",
        "The name “%(name)s” is already used at %(first)s.",
    ),
    "row.name_reserved": (
        "Tên “%(name)s” dành riêng cho chương trình.",
        "The name “%(name)s” is reserved.",
    ),
    "row.label_missing": (
        "Thiếu nhãn tiếng “%(language)s”.",
        "The label in “%(language)s” is missing.",
    ),
    "row.not_applicable": (
        "“%(column)s” không dùng được với loại “%(type)s”.",
        "“%(column)s” cannot be used with the type “%(type)s”.",
    ),
    "row.yes_no": (
        "“%(value)s” không phải “yes” hoặc “no”.",
        "“%(value)s” is neither “yes” nor “no”.",
    ),
    "row.calculation_missing": (
        "Dòng calculate cần “calculation”.",
        "A calculate row needs a “calculation”.",
    ),
    "row.parameter_unknown": (
        "Tham số “%(name)s” không được hỗ trợ.",
        "The parameter “%(name)s” is not supported.",
    ),
    "row.appearance_unknown": (
        "Cách hiển thị “%(name)s” không được hỗ trợ.",
        "The appearance “%(name)s” is not supported.",
    ),
    "group.unopened": ("“end group” không có “begin group”.", "“end group” without “begin group”."),
    "group.unclosed": (
        "Nhóm “%(name)s” chưa có “end group”.",
        "The group “%(name)s” has no “end group”.",
    ),
    "group.empty": ("Nhóm “%(name)s” không có câu hỏi.", "The group “%(name)s” has no question."),
    "choice.duplicate": (
        "Phương án “%(name)s” đã có trong danh sách “%(list)s”.",
        "The option “%(name)s” is already in the list “%(list)s”.",
    ),
    "choice.name_blank": (
        "Tên phương án “%(name)s” không được có dấu cách.",
        "The option name “%(name)s” must not contain blanks.",
    ),
    "choice.unused": (
        "Danh sách “%(name)s” không được câu hỏi nào dùng.",
        "The list “%(name)s” is not used by any question.",
    ),
    # ... its settings
    "settings.missing": (
        "Thiếu thiết lập “%(name)s”.",
        "The setting “%(name)s” is missing.",
    ),
    "settings.language": (
        "Không có nhãn nào bằng ngôn ngữ mặc định “%(language)s”.",
        "No label is in the default language “%(language)s”.",
    ),
    "settings.rows": (
        "Trang settings chỉ có một dòng giá trị.",
        "The sheet settings has only one row of values.",
    ),
    # ... its rules
    "expression.syntax": (
        "Biểu thức “%(source)s” sai cú pháp: %(reason)s.",
        "The expression “%(source)s” is ill-formed: %(reason)s.",
    ),
    "expression.arguments": (
        "Sai số đối số trong “%(source)s”: %(reason)s.",
        "Wrong number of arguments in “%(source)s”: %(reason)s.",
    ),
    "expression.function": (
        "Hàm “%(name)s()” không được hỗ trợ.",
        "The function “%(name)s()” is not supported.",
    ),
    "expression.unsupported": (
        "“%(symbol)s” trong “%(source)s” không được hỗ trợ.",
        "“%(symbol)s” in “%(source)s” is not supported.",
    ),
    "expression.unknown_name": (
        "Không có câu hỏi nào tên “%(name)s”.",
        "There is no question named “%(name)s”.",
    ),
    "expression.bare_name": (
        "“%(name)s” cần viết là ${%(name)s}, hoặc không phải cột của danh sách phương án.",
        "“%(name)s” must be written ${%(name)s}, or is no column of the choice list.",
    ),
    "expression.regex": (
        "Mẫu regex không hợp lệ: %(reason)s.",
        "The regex pattern is not valid: %(reason)s.",
    ),
    "expression.too_long": (
        "Biểu thức dài %(length)s ký tự; nhiều nhất là %(limit)s.",
        "The expression has %(length)s characters; the most is %(limit)s.",
    ),
    "expression.too_deep": (
        "Biểu thức lồng quá nhiều ngoặc.",
        "The expression has too many nested parentheses.",
    ),
    "expression.date_type": (
        "“%(source)s” so sánh hoặc tính ngày với giá trị không phải ngày (viết 'YYYY-MM-DD').",
        "“%(source)s” mixes a date with something that is none (write 'YYYY-MM-DD').",
    ),
    "expression.current": (
        "“.” chỉ dùng được trong constraint và calculation.",
        "“.” can only be used in a constraint or a calculation.",
    ),
    "expression.repeated": (
        "“%(name)s” có nhiều giá trị vì nằm trong nhóm lặp; dùng sum, count, join, indexed-repeat.",
        "“%(name)s” has many values, being in a repeat; use sum, count, join or indexed-repeat.",
    ),
    "expression.not_nodes": (
        "%(name)s() cần câu hỏi trong nhóm lặp hoặc dòng của danh sách; một câu: count-selected().",
        "%(name)s() needs questions of a repeat or rows of a list; one answer: count-selected().",
    ),
    "expression.outside_repeat": (
        "“%(source)s” chỉ dùng được với câu hỏi trong nhóm lặp.",
        "“%(source)s” can only be used with questions in a repeat.",
    ),
    "expression.no_table": (
        "Không có danh sách hoặc tệp tên “%(name)s”.",
        "There is no list or file named “%(name)s”.",
    ),
    "expression.no_column": (
        "Danh sách “%(name)s” không có cột “%(column)s”.",
        "The list “%(name)s” has no column “%(column)s”.",
    ),
    "expression.circle": (
        "Phép tính “%(name)s” phụ thuộc vào chính nó.",
        "The calculation “%(name)s” depends on itself.",
    ),
    "expression.unknown_choice": (
        "Câu “%(name)s” không có phương án “%(choice)s”.",
        "The question “%(name)s” has no option “%(choice)s”.",
    ),
    "expression.looks_ahead": (
        "Phụ thuộc vào “%(name)s”, câu chỉ được hỏi về sau.",
        "Depends on “%(name)s”, which is asked only later.",
    ),
    "expression.value": (
        "Không tính được “%(source)s”: %(reason)s.",
        "“%(source)s” cannot be evaluated: %(reason)s.",
    ),
}

LANGUAGES = ("vi", "en")


def texts(code: str, facts: Mapping[str, Any]) -> dict[str, str]:
    """The message of a code in every language, filled.  Raises KeyError for an unknown code."""
    return dict(zip(LANGUAGES, (text % facts for text in MESSAGES[code]), strict=True))
