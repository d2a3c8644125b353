"""Every text of the tablet app, in all languages: it changes language without the server."""

from __future__ import annotations

from flask_babel import force_locale

from survey.web.i18n import LANGUAGES, _
from survey.web.tablet.household_words import household_words


def words() -> dict[str, dict[str, str]]:
    """Language -> key -> text."""
    found = {}
    for language in LANGUAGES:
        with force_locale(language):
            found[language] = {**_screens(), **_keeping(), **_sending(), **household_words()}
    return found


def _screens() -> dict[str, str]:
    return {
        "title": _("Hồ sơ của tôi"),
        "list": _("Xem danh sách"),
        "map": _("Bản đồ"),
        "sync": _("Gửi và nhận"),
        "search": _("Tìm mã hồ sơ hoặc nơi"),
        "all": _("Tất cả"),
        "todo": _("Còn phải làm"),
        "none": _("Chưa có hồ sơ nào. Bấm “Gửi và nhận” khi có mạng."),
        "none_found": _("Không có hồ sơ nào như vậy."),
        "map_hint": _("Mỗi ô là một nơi; phần tô màu là hồ sơ đã xong. Bấm để xem hồ sơ."),
        "back": _("Về danh sách"),
        "fill": _("Phỏng vấn"),
        "go_on": _("Làm tiếp phiếu đang dở"),
        "save": _("Hoàn thành phiếu"),
        "faults": _("Còn {n} câu chưa đúng hoặc chưa trả lời mà bắt buộc; xem chữ đỏ."),
        "kept": _("Phiếu đã cất vào máy."),
        "drop": _("Bỏ phiếu dở này"),
        "drop_sure": _("Bỏ hẳn phiếu đang dở? Không lấy lại được."),
        "no_form": _("Đợt khảo sát của hồ sơ này không nhận phiếu hôm nay."),
        "attempts": _("Lần liên hệ"),
        "no_attempts": _("Chưa liên hệ lần nào."),
        "attempt": _("Ghi lần liên hệ"),
        "mode": _("Cách liên hệ"),
        "result": _("Kết quả liên hệ"),
        "choose": _("– chọn –"),
        "note": _("Ghi chú (không ghi tên, số điện thoại)"),
        "note_needed": _("Kết quả này cần ghi chú."),
        "log": _("Ghi"),
        "logged": _("Đã ghi vào máy."),
        "until": _("Hạn {day}"),
        "case": _("Hồ sơ {code}"),
        "hand": _("Đưa máy cho người trả lời"),
        "hand_back": _("Trả lại máy cho điều tra viên"),
        "thanks_title": _("Xin cảm ơn ông/bà"),
        "thanks": _("Câu trả lời đã được cất kín trong máy. Xin đưa lại máy cho điều tra viên."),
        "taken_back": _("Tôi là điều tra viên, đã nhận lại máy"),
        "language": _("Ngôn ngữ"),
        "messages": _("Lời nhắn của văn phòng"),
        "read_it": _("Tôi đã đọc"),
    }


def _keeping() -> dict[str, str]:
    return {
        "state_open": _("Chưa làm"),
        "state_draft": _("Đang làm dở"),
        "state_ready": _("Đã xong, chưa gửi"),
        "state_sent": _("Đã gửi"),
        "state_held": _("Máy chủ giữ lại để xem"),
        "state_done": _("Đã xong"),
        "elsewhere": _("Phiếu này đang mở ở một cửa sổ khác."),
        "locked_title": _("Máy này đã bị khoá"),
        "locked": _(
            "Văn phòng đã khoá địa chỉ của máy. Phiếu trong máy vẫn được mã hoá và còn nguyên; "
            "ai cầm máy không đọc được. Hãy xin văn phòng một địa chỉ mới và mở nó trên máy này."
        ),
        "lease_title": _("Cần nối mạng một lần"),
        "lease": _(
            "Đã quá lâu máy chưa nói chuyện với máy chủ, hoặc ngày giờ của máy sai ({day}). "
            "Hãy nối mạng rồi bấm “Gửi và nhận”. Phiếu trong máy vẫn còn."
        ),
        "first_title": _("Nối mạng để nhận hồ sơ"),
        "first": _("Lần đầu mở cần có mạng. Sau đó máy làm việc cả ngày không cần mạng."),
        "insecure": _(
            "Trang này cần địa chỉ https:// để giữ phiếu an toàn trong máy. Báo văn phòng."
        ),
        "clock": _(
            "Đồng hồ của máy lệch {minutes} phút so với máy chủ; "
            "giờ của các lần liên hệ được sửa khi gửi."
        ),
        "full": _("Bộ nhớ máy gần đầy. Hãy gửi phiếu và xoá bớt ảnh, phim."),
        "too_full": _("Máy hết chỗ: không mở phiếu mới được. Gửi phiếu, xoá bớt ảnh rồi thử lại."),
        "not_saved": _(
            "CHƯA CẤT ĐƯỢC vào máy ({why}). Đừng đóng trang này: xoá bớt ảnh, phim rồi bấm lại."
        ),
        "update": _("Có bản mới của ứng dụng."),
        "update_now": _("Dùng bản mới"),
        "wrong": _("Ứng dụng gặp lỗi: {why}. Phiếu đã cất vẫn còn."),
    }


def _sending() -> dict[str, str]:
    return {
        "all_sent": _("Mọi thứ đã gửi."),
        "unsent": _("Chưa gửi: {interviews} phiếu, {attempts} lần liên hệ."),
        "sending": _("Đang gửi… còn {n}."),
        "last_sync": _("Nhận hồ sơ lần cuối: {at}."),
        "no_network": _("Không có mạng. Mọi thứ được giữ trong máy và tự gửi khi có mạng."),
        "server_down": _("Máy chủ chưa trả lời; máy sẽ tự gửi lại. Không mất gì."),
        "busy": _("Một cửa sổ khác của máy này đang gửi."),
        "held": _("Máy chủ giữ lại {n} phiếu hay lần liên hệ để văn phòng xem:"),
        "receipt": _("Mã nhận: {code}"),
        "export": _("Lưu các phiếu chưa gửi ra tệp (đã mã hoá)"),
        "offline": _("Ngoại tuyến"),
        "online": _("Có mạng"),
    }
