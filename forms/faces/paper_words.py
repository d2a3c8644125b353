"""What the paper form says of itself in each language, and how each type is filled in."""

from __future__ import annotations

from collections.abc import Mapping

#: Vietnamese, English.
WORDS: Mapping[str, tuple[str, str]] = {
    "question": ("câu %s", "question %s"),
    "questions": ("câu %s–%s", "questions %s–%s"),
    "only_if": ("Chỉ trả lời nếu %s.", "Answer only if %s."),
    "go": ("→ chuyển tới %s", "→ go to %s"),
    "end": ("→ kết thúc phiếu", "→ end of the form"),
    "stop": ("→ kết thúc sau câu %s", "→ stop after question %s"),
    "leave": ("→ bỏ qua %s", "→ leave out %s"),
    "one": ("Đánh dấu một ô.", "Tick one box."),
    "several": ("Đánh dấu mọi ô đúng.", "Tick all that apply."),
    "each": ("Mỗi dòng đánh dấu một ô.", "Tick one box in each row."),
    "rank": (
        "Ghi 1 vào ô quan trọng nhất, 2 vào ô tiếp theo, …",
        "Write 1 in the most important box, 2 in the next, …",
    ),
    "integer": ("Ghi một số nguyên.", "Write a whole number."),
    "decimal": ("Ghi một số.", "Write a number."),
    "text": ("Viết vào chỗ trống.", "Write in the space."),
    "date": ("Ghi ngày / tháng / năm.", "Write day / month / year."),
    "time": ("Ghi giờ : phút.", "Write hours : minutes."),
    "datetime": (
        "Ghi ngày / tháng / năm và giờ : phút.",
        "Write day / month / year and hours : minutes.",
    ),
    "range": ("Ghi một số từ %s đến %s.", "Write a number from %s to %s."),
    "geopoint": (
        "Ghi vĩ độ và kinh độ (độ, thập phân).",
        "Write latitude and longitude in degrees.",
    ),
    "barcode": ("Ghi mã in trên giấy.", "Write the printed code."),
    "acknowledge": ("Đánh dấu nếu đồng ý.", "Tick to agree."),
    "image": (
        "Nộp kèm ảnh, mặt sau ghi số câu này; đánh dấu vào ô khi có ảnh.",
        "Hand in the picture with this question's number on its back, and tick the box.",
    ),
    "audio": (
        "Nộp kèm bản ghi âm, ghi số câu này; đánh dấu vào ô khi có bản ghi.",
        "Hand in the recording marked with this question's number, and tick the box.",
    ),
    "named": ("Viết tên (trong danh sách %s tên).", "Write the name (one of a list of %s)."),
    "names": (
        "Viết các tên (trong danh sách %s tên), cách nhau bằng dấu chấm phẩy.",
        "Write the names (from a list of %s), with semicolons between.",
    ),
    "filled_by_hand": ("(bản giấy: ghi bằng chữ)", "(on paper: write it in words)"),
}

#: Type of a question -> how the place to answer looks, and the word that says how to fill it.
STYLES: Mapping[str, tuple[str, str]] = {
    "select_one": ("ticks", "one"),
    "select_multiple": ("ticks", "several"),
    "rank": ("ranks", "rank"),
    "integer": ("number", "integer"),
    "range": ("decimal", "range"),
    "decimal": ("decimal", "decimal"),
    "text": ("line", "text"),
    "date": ("date", "date"),
    "time": ("time", "time"),
    "dateTime": ("datetime", "datetime"),
    "geopoint": ("place", "geopoint"),
    "barcode": ("line", "barcode"),
    "acknowledge": ("box", "acknowledge"),
    "image": ("box", "image"),
    "audio": ("box", "audio"),
    "note": ("note", ""),
}
