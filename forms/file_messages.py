"""What is wrong with a questionnaire's file, to its author, by stable code."""

from __future__ import annotations

#: code -> (Vietnamese, English)
FILE: dict[str, tuple[str, str]] = {
    "file.unreadable": (
        "Không đọc được tệp: %(reason)s.",
        "The file cannot be read: %(reason)s.",
    ),
    "file.damaged": (
        "Tệp hỏng, hoặc không phải sổ tính .xlsx; hãy mở bằng Excel hay LibreOffice và lưu lại.",
        "The file is damaged or no .xlsx workbook; open it in Excel or LibreOffice and save again.",
    ),
    "file.locked": (
        "Tệp đặt mật khẩu, hoặc là .xls kiểu cũ; hãy lưu lại dạng .xlsx, không mật khẩu.",
        "The file has a password or is an old .xls; save it as .xlsx, without a password.",
    ),
    "file.too_large": (
        "Sổ tính mở ra lớn hơn %(limit)s MiB, không phải phiếu hỏi.",
        "The workbook unpacks to more than %(limit)s MiB; that is no questionnaire.",
    ),
    "file.links": (
        "Sổ tính có liên kết tới tệp khác; hãy bỏ liên kết (Dữ liệu → Sửa liên kết → Ngắt).",
        "The workbook links to other files; break the links (Data → Edit Links → Break).",
    ),
    "file.macros": (
        "Sổ tính có macro (.xlsm); hãy lưu lại dạng .xlsx, không macro.",
        "The workbook has macros (.xlsm); save it as .xlsx, without them.",
    ),
    "file.merged": (
        "Ô gộp: mỗi ô phải đứng riêng; hãy bỏ gộp ô.",
        "A merged cell: every cell stands alone; unmerge it.",
    ),
    "file.too_heavy": (
        "Tệp này cần quá nhiều thời gian hoặc bộ nhớ để đọc, hoặc hỏng; hãy bỏ phần không cần.",
        "The file takes too much time or memory to read, or is damaged; remove what is not needed.",
    ),
    "file.encoding": (
        "Tệp không phải chữ UTF-8 (lỗi ở byte %(position)s); hãy lưu lại dạng “CSV UTF-8”.",
        "The file is not UTF-8 text (fault at byte %(position)s); save it as “CSV UTF-8”.",
    ),
    "file.too_big": (
        "Trang tính quá lớn: nhiều nhất %(rows)s dòng và %(columns)s cột.",
        "The sheet is too large: at most %(rows)s rows and %(columns)s columns.",
    ),
    "file.formula": (
        "Ô chứa công thức; hãy dán lại dưới dạng giá trị.",
        "The cell holds a formula; paste it as a value.",
    ),
}
