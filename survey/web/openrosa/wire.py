"""What every OpenRosa reply has in common: headers, the XML envelope, language, errors."""

from __future__ import annotations

from xml.sax.saxutils import escape

import structlog
from flask import Blueprint, Response, g, request
from werkzeug.exceptions import HTTPException

from survey import errors
from survey.web.errors import STATUS
from survey.web.i18n import DEFAULT, LANGUAGES, _, language, translated

log = structlog.get_logger(__name__)

#: Clients look for these very words before they read a list.
XML = "text/xml; charset=utf-8"
#: What a client may send in one request.  A photo is about so large: after a cut only the request
#: that was cut is lost, and a repeated one is known by its content.
ACCEPTED_BYTES = 5_000_000
#: A single file may be larger than that; beyond this a request is refused.
LARGEST_BYTES = 30_000_000
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<OpenRosaResponse xmlns="http://openrosa.org/http/response">'
    '<message nature="{nature}">{text}</message></OpenRosaResponse>'
)


def install(bp: Blueprint) -> None:
    bp.before_request(_prepare)
    bp.after_request(_add_headers)
    bp.register_error_handler(errors.SurveyError, _refused)
    bp.register_error_handler(HTTPException, _http)
    bp.register_error_handler(Exception, _crashed)


def message(status: int, text: str) -> Response:
    """A reply that the client shows to the enumerator."""
    nature = "submit_success" if status < 300 else "submit_error"
    return Response(envelope(nature, escape(text)), status, content_type=XML)


def envelope(nature: str, text: str) -> str:
    """The body of such a reply; ``text`` is escaped already."""
    return _ENVELOPE.format(nature=nature, text=text)


def headers(lang: str) -> list[tuple[str, str]]:
    """What every reply carries."""
    return [
        ("X-OpenRosa-Version", "1.0"),
        ("X-OpenRosa-Accept-Content-Length", str(ACCEPTED_BYTES)),
        ("Content-Language", lang),
    ]


def document(text: str | bytes, content_type: str = XML) -> Response:
    """A file that clients keep and ask for again only where it has changed."""
    reply = Response(text, content_type=content_type)
    reply.add_etag()
    return reply.make_conditional(request)


def _prepare() -> None:
    request.max_content_length = LARGEST_BYTES
    g.language = request.accept_languages.best_match(LANGUAGES, DEFAULT)


def _add_headers(response: Response) -> Response:
    response.headers.extend(headers(language()))
    return response


def _refused(error: errors.SurveyError) -> Response:
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 400)
    return message(status, translated(error))


def _http(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return error.get_response()
    words = {
        403: _("Địa chỉ này không còn dùng được; hãy xin địa chỉ mới ở văn phòng."),
        404: _("Ở địa chỉ này không có phiếu hay tệp như vậy."),
        413: _("Gửi một lần quá lớn; hãy gửi từng tệp."),
    }
    return message(error.code, words.get(error.code, _("Không xử lý được yêu cầu này")))


def _crashed(error: Exception) -> Response:
    log.exception("request failed", error=type(error).__name__)
    return message(500, _("Máy chủ gặp lỗi; phiếu vẫn ở trong máy, hãy gửi lại sau."))
