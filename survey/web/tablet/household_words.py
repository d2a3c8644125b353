"""Texts of the tablet app for household rounds."""

from __future__ import annotations

from survey.web.i18n import _


def household_words() -> dict[str, str]:
    return {**_listing(), **_at_the_door(), **_afterwards()}


def _listing() -> dict[str, str]:
    return {
        "areas": _("Khu vực phải lập danh sách hộ"),
        "area": _("Khu vực {name}"),
        "area_open": _("Đang lập danh sách: {n} hộ"),
        "area_closed": _("Đã chốt: {n} hộ, chọn {drawn}"),
        "area_how": _(
            "Đi hết khu vực theo một chiều và ghi từng nhà ở, mỗi nhà một số thứ tự. "
            "Không ghi tên người. Nhà không có người từ đủ 18 tuổi: ghi 0 người lớn."
        ),
        "area_close": _("Chốt danh sách và chọn hộ"),
        "area_close_sure": _("Chốt {n} hộ? Sau khi chốt không sửa được nữa."),
        "drawn": _("Các hộ được chọn theo quy tắc của đợt: {numbers}."),
        "drawn_none": _("Không có hộ nào để chọn."),
        "household": _("Hộ số {number}"),
        "line_number": _("Số thứ tự"),
        "line_note": _("Nơi ở (số nhà, đặc điểm; không ghi tên)"),
        "line_adults": _("Số người từ đủ 18 tuổi (bỏ trống nếu chưa biết)"),
        "line_add": _("Ghi hộ này"),
        "line_drop": _("Xoá"),
        "line_wrong": _("Số thứ tự từ 1 đến 9999, số người lớn từ 0 đến 50."),
        "adults_of": _("{n} người lớn"),
        "unsent_listings": _("Chưa gửi {n} danh sách hộ."),
    }


def _at_the_door() -> dict[str, str]:
    return {
        "adults_now": _("Hộ có bao nhiêu người từ đủ 18 tuổi đang ở?"),
        "adults_order": _("Xếp họ theo tuổi, người nhiều tuổi nhất là người thứ nhất."),
        "choose_adult": _("Chọn người trả lời"),
        "ask_only": _("Phỏng vấn người lớn duy nhất của hộ."),
        "ask_adult": _("Phỏng vấn người thứ {k} trong {n} người, đếm từ người nhiều tuổi nhất."),
        "ask_birthday": _("Phỏng vấn người lớn có sinh nhật sắp tới gần nhất."),
        "citizen_language": _("Người trả lời muốn dùng tiếng gì?"),
        "language_vi": _("Tiếng Việt"),
        "language_en": _("Tiếng Anh"),
        "gps_coarse": _(
            "Ông/bà có đồng ý để máy ghi vị trí gần đúng (trong khoảng 1 km) của cuộc phỏng vấn?"
        ),
        "gps_precise": _("Ông/bà có đồng ý để máy ghi vị trí chính xác của cuộc phỏng vấn?"),
        "yes": _("Có"),
        "no": _("Không"),
        "hand_for_this": _("Câu này người trả lời tự bấm: hãy đưa máy cho họ."),
        "start": _("Bắt đầu phỏng vấn"),
    }


def _afterwards() -> dict[str, str]:
    return {
        "after_title": _("Điều tra viên tự ghi"),
        "after_hint": _("Người trả lời không thấy phần này. Ghi sau khi đã nhận lại máy."),
        "after_done": _("Cất phiếu"),
        "officer": _("Có cán bộ ở bên khi phỏng vấn không?"),
        "officer_no": _("Không"),
        "officer_part": _("Một phần thời gian"),
        "officer_all": _("Suốt buổi"),
        "seen_others": _("Ai khác ở bên nghe được?"),
        "seen_others_nobody": _("Không ai"),
        "seen_others_family": _("Người nhà"),
        "seen_others_others": _("Người ngoài"),
        "seen_understood": _("Người trả lời hiểu câu hỏi thế nào?"),
        "seen_understood_well": _("Rõ"),
        "seen_understood_partly": _("Một phần"),
        "seen_understood_badly": _("Ít"),
        "seen_willing": _("Người trả lời hợp tác thế nào?"),
        "seen_willing_well": _("Sẵn lòng"),
        "seen_willing_partly": _("Dè dặt"),
        "seen_willing_badly": _("Miễn cưỡng"),
    }
