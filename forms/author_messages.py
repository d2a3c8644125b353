"""What the questionnaire room says to the author of a questionnaire, by stable code."""

from __future__ import annotations

from forms.author_group_messages import OF_GROUPS
from forms.author_list_messages import OF_LISTS
from forms.file_messages import FILE

#: code -> (Vietnamese, English)
AUTHOR: dict[str, tuple[str, str]] = {
    **OF_GROUPS,
    **OF_LISTS,
    **FILE,
    "sheet.missing": ("Thiếu trang tính “%(name)s”.", "The sheet “%(name)s” is missing."),
    "sheet.unknown": (
        "Trang tính “%(name)s” không phải trang nào của phiếu, không được đọc.",
        "The sheet “%(name)s” is none of the form's and is not read.",
    ),
    "sheet.title": (
        "Tên các cột nằm ở dòng %(row)s; phải nằm ở dòng 1. Hãy xoá các dòng phía trên.",
        "The columns' names stand in row %(row)s; they belong in row 1. Delete the rows above.",
    ),
    "sheet.empty": ("Trang tính “%(name)s” trống.", "The sheet “%(name)s” is empty."),
    "column.missing": ("Thiếu cột “%(name)s”.", "The column “%(name)s” is missing."),
    "column.unknown": (
        "Cột “%(name)s” không được hỗ trợ.",
        "The column “%(name)s” is not supported.",
    ),
    "column.duplicate": ("Cột “%(name)s” có hai lần.", "The column “%(name)s” occurs twice."),
    "column.language": (
        "Không rõ mã của ngôn ngữ “%(name)s”; tạm dùng mã %(used)s. "
        "Viết như “label::Tiếng Việt (vi)”.",
        "The code of “%(name)s” is not known; %(used)s stands in. "
        "Write it like “label::English (en)”.",
    ),
    "column.unnamed": (
        "Cột không có tên: những gì viết trong cột này không được đọc.",
        "The column has no name: what stands in it is not read.",
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
    "row.name_audit": (
        "Dòng audit phải tên là “audit”, không phải “%(name)s”.",
        "An audit row must be called “audit”, not “%(name)s”.",
    ),
    "row.name_changed": (
        "Tên “%(name)s” không dùng được cho cột dữ liệu; đổi thành “%(new)s”.",
        "The name “%(name)s” cannot be a column of data; it becomes “%(new)s”.",
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
    "row.calculation_asked": (
        "Dòng có “calculation” mà vẫn hỏi: đổi loại thành calculate, hoặc thêm “readonly”.",
        "The row has a “calculation” and is asked all the same: make it a calculate, or readonly.",
    ),
    "row.default_dynamic": (
        "“default” nhận giá trị cố định hoặc hàm như today(), không nhận câu khác: “%(value)s”; "
        "hãy dùng “calculation”.",
        "“default” takes a fixed value or a function such as today(), no other row: “%(value)s”; "
        "use a calculation.",
    ),
    "row.default_type": (
        "“%(value)s” không cho giá trị hợp với loại “%(type)s”.",
        "“%(value)s” gives no value that fits the type “%(type)s”.",
    ),
    "row.default_choice": (
        "“default”: danh sách không có phương án “%(name)s”.",
        "“default”: the list has no option “%(name)s”.",
    ),
    "row.trigger": (
        "“trigger” cần tên câu hỏi viết dạng ${tên}, không phải “%(value)s”.",
        "“trigger” needs names of questions written as ${name}, not “%(value)s”.",
    ),
    "row.trigger_unseen": (
        "“%(name)s” không được hỏi nên không làm “trigger” được.",
        "“%(name)s” is not asked and cannot be a trigger.",
    ),
    "row.range": (
        "Khoảng từ %(start)s đến %(end)s không chia đều cho bước %(step)s.",
        "The range from %(start)s to %(end)s is no whole number of steps of %(step)s.",
    ),
    "row.parameter_unknown": (
        "Tham số “%(name)s” không được hỗ trợ.",
        "The parameter “%(name)s” is not supported.",
    ),
    "row.appearance_unknown": (
        "Cách hiển thị “%(name)s” không được hỗ trợ.",
        "The appearance “%(name)s” is not supported.",
    ),
    "technique.needs": (
        "“%(name)s” cần đúng các tham số: %(wanted)s.",
        "“%(name)s” needs exactly these parameters: %(wanted)s.",
    ),
    "technique.counts": (
        "“counts”: câu hỏi không có phương án “%(name)s”.",
        "“counts”: the question has no option “%(name)s”.",
    ),
    "technique.chances": (
        "“rr=%(design)s”: xác suất phải lớn hơn 0, nhỏ hơn 1 và cho phép ước lượng (warner, "
        "crosswise: p khác 1/2; forced: yes + no nhỏ hơn 1).",
        "“rr=%(design)s”: chances must be above 0, below 1 and leave something to estimate "
        "(warner, crosswise: p other than 1/2; forced: yes + no below 1).",
    ),
    "technique.pair": (
        "Thí nghiệm danh sách “%(concept)s” cần đúng một câu list=control và một câu "
        "list=treatment có cùng “concept”.",
        "The list experiment “%(concept)s” needs exactly one list=control and one list=treatment "
        "question with the same “concept”.",
    ),
    "technique.items": (
        "Hai câu của thí nghiệm danh sách “%(concept)s” phải có cùng “items”.",
        "Both questions of the list experiment “%(concept)s” must have the same “items”.",
    ),
    "choice.duplicate": (
        "Phương án “%(name)s” đã có trong danh sách “%(list)s”.",
        "The option “%(name)s” is already in the list “%(list)s”.",
    ),
    "choice.name_blank": (
        "Tên phương án “%(name)s” không được có dấu cách.",
        "The option name “%(name)s” must not contain blanks.",
    ),
    "choice.column_unused": (
        "Cột “%(name)s” của danh sách không được choice_filter nào đọc.",
        "No choice_filter reads the column “%(name)s” of the list.",
    ),
    "choice.too_many": (
        "Các câu dùng danh sách có hơn %(most)s phương án cộng lại; hãy rút gọn danh sách.",
        "The questions have more than %(most)s options altogether; shorten the lists.",
    ),
    "choice.unused": (
        "Danh sách “%(name)s” không được câu hỏi nào dùng.",
        "The list “%(name)s” is not used by any question.",
    ),
    # ... its settings
    "settings.stood_in": (
        "Không có thiết lập “%(name)s”; dùng “%(value)s”.",
        "The setting “%(name)s” is not there; “%(value)s” is used.",
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
        "Biểu thức “%(source)s” sai cú pháp ở “%(near)s”.",
        "The expression “%(source)s” is ill-formed at “%(near)s”.",
    ),
    "expression.unfinished": (
        "Biểu thức “%(source)s” chưa hết: thiếu vế sau, dấu nháy đóng hoặc dấu ngoặc đóng.",
        "The expression “%(source)s” does not end: an operand, a closing quotation mark or a "
        "closing bracket is missing.",
    ),
    "expression.arguments": (
        "Hàm “%(name)s()” trong “%(source)s” nhận sai số đối số.",
        "The function “%(name)s()” in “%(source)s” has the wrong number of arguments.",
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
