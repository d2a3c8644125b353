"""Errors to pages: the only place that knows both."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from flask import Flask, Response, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from survey import errors
from survey.web.i18n import _, translated
from survey.web.start import can_be_opened

log = structlog.get_logger(__name__)

STATUS = {
    errors.NotFound: 404,
    errors.Forbidden: 403,
    errors.Conflict: 409,
    errors.InvalidInput: 422,
}


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    text: str


def install(app: Flask) -> None:
    app.register_error_handler(errors.SurveyError, _refused)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _crashed)


def _refused(error: errors.SurveyError) -> Response:
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 400)
    return _page(status, Words(_words(status).title, translated(error)))


def _forged(_error: CSRFError) -> Response:
    words = Words(
        _("Trang này đã mở quá lâu"),
        _(
            "Vì an toàn, chúng tôi không nhận biểu mẫu từ trang cũ hoặc khi trình duyệt chặn "
            "cookie. Hãy mở lại trang rồi gửi lần nữa; những phần đã gửi trước đó vẫn còn."
        ),
    )
    return _page(400, words, again=request.path if can_be_opened(request.path) else "")


def _http(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return error.get_response()
    if error.code == 413 and request.blueprint == "respond":
        return _page(413, _too_large(), again=request.path)
    response = _page(error.code, _words(error.code))
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    return response


def _too_large() -> Words:
    """What a visitor sent is too much to be looked at: nearly always a film or a long recording."""
    return Words(
        _("Tệp quá lớn"),
        _(
            "Một ảnh nhiều nhất 12 MB, một bản ghi âm nhiều nhất 6 MB, cả trang nhiều nhất 30 MB. "
            "Hãy mở lại trang và chọn tệp nhỏ hơn; những phần đã gửi trước đó vẫn còn."
        ),
    )


def _crashed(error: Exception) -> Response:
    log.exception("request failed", error=type(error).__name__)
    return _page(500, _words(500))


def _page(status: int, words: Words, *, again: str = "") -> Response:
    """``again``: a page of this site on which the step can be tried once more."""
    page = render_template("error.html", status=status, words=words, again=again)
    return make_response(page, status)


def _words(status: int) -> Words:
    known = {
        403: Words(_("Không được phép"), _("Tài khoản của bạn không mở được trang này.")),
        404: Words(
            _("Không có trang này"), _("Hãy kiểm tra lại đường dẫn, hoặc bắt đầu từ trang chủ.")
        ),
        405: Words(_("Không làm được như vậy"), _("Trang này không nhận yêu cầu kiểu đó.")),
        409: Words(_("Chưa làm được việc này"), ""),
        413: Words(_("Nội dung quá dài"), _("Hãy rút ngắn câu trả lời rồi gửi lại.")),
        422: Words(_("Có lỗi cần sửa"), ""),
        429: Words(
            _("Bạn đã thử quá nhiều lần"),
            _("Hãy đợi mười phút rồi thử lại. Những phần đã trả lời vẫn còn."),
        ),
        500: Words(
            _("Máy chủ gặp lỗi"),
            _("Lỗi đã được ghi lại. Những phần đã gửi trước đó vẫn còn; hãy thử lại sau ít phút."),
        ),
    }
    return known.get(status, Words(_("Không xử lý được yêu cầu này"), ""))
