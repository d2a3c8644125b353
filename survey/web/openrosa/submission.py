"""Filled forms come in: kept first, answered with 201, judged by the job afterwards."""

from __future__ import annotations

from flask import Response, abort, g, jsonify, request, url_for

from survey.errors import InvalidInput
from survey.services.intake import enumerators, receiving
from survey.services.intake.receiving import Parcel, Reception
from survey.web import guards
from survey.web.i18n import _, language
from survey.web.openrosa import bp, wire
from survey.web.session import current, now
from survey.web.settings import code_key

#: Name of the part with the filled form, and of the field that says that more parts follow.
FORM_PART, MORE_FIELD = "xml_submission_file", "*isIncomplete*"
MAX_FILES, MAX_FILE_NAME = 200, 200
#: Who sends so much is asked who they are before it is read.
LARGE = 262_144
STATUS = {"kept": 201, "conflict": 409, "unreadable": 400, "no_access": 403}


@bp.route("/submission", methods=["HEAD"])
@guards.by_address
def before_submission(token: str):
    """Where to send and how much at once (204, as the protocol asks)."""
    reply = Response(status=204)
    reply.headers["Location"] = _place(token)
    return reply


@bp.post("/submission")
@guards.by_address_below
def submit(token: str):
    """One request: a form, and all or some of its files.  Sent again, it is answered the same."""
    digest = enumerators.address_digest(code_key(), token)
    if (request.content_length or LARGE + 1) > LARGE:
        _known(digest)
    parcel = _parcel()
    if parcel is None:
        _known(digest)
        return wire.message(400, _("Trong yêu cầu không có phần xml_submission_file."))
    told = receiving.receive(current(), digest, parcel, code_key=code_key(), now=now())
    if told.outcome == "no_access":
        abort(403)
    if request.headers.get("Accept") == "application/json":
        reply = jsonify(outcome=told.outcome, receipt=told.receipt_code, message=_words(told))
        reply.status_code = STATUS[told.outcome]
    else:
        reply = wire.message(STATUS[told.outcome], _words(told))
    reply.headers["Location"] = _place(token)
    return reply


@bp.get("/submission/<path:instance_id>")
@guards.by_address
def held_files(token: str, instance_id: str):
    """What of a submission is here, so that a cut transfer goes on instead of starting again."""
    digest = enumerators.address_digest(code_key(), token)
    names = receiving.held(current(), digest, instance_id, code_key=code_key())
    return jsonify(held=names is not None, files=names or [])


def _known(digest: bytes) -> None:
    g.worker = enumerators.worker(current(), digest)
    if g.worker is None:
        abort(403)


def _parcel() -> Parcel | None:
    if request.mimetype in ("text/xml", "application/xml"):
        return Parcel(xml=request.get_data())
    parts = request.files.getlist(FORM_PART)
    if parts:
        xml, *others = {part.read(): None for part in parts}
        if others:
            raise InvalidInput("Mỗi lần gửi chỉ có một phiếu.", code="openrosa.two_forms")
    elif FORM_PART in request.form:
        xml = request.form[FORM_PART].encode()
    else:
        return None
    more = request.form.get(MORE_FIELD, "").strip().lower() == "yes"
    return Parcel(xml=xml, files=_files(), more_follows=more)


def _files() -> dict[str, bytes]:
    found = {}
    for name, part in request.files.items(multi=True):
        plain = (part.filename or name).replace("\\", "/").rpartition("/")[2]
        if name != FORM_PART and plain and "\0" not in plain:
            kept, content = plain[:MAX_FILE_NAME], part.read()
            if found.setdefault(kept, content) != content:
                # Only one of them could be kept; refused, both stay on the device.
                raise InvalidInput(
                    "Hai tệp khác nhau cùng tên %(name)s.", code="openrosa.same_name", name=kept
                )
    if len(found) > MAX_FILES:
        abort(413)
    return found


def _words(told: Reception) -> str:
    if told.outcome == "kept":
        return received_words(told.receipt_code)
    if told.outcome == "conflict":
        return _(
            "Máy chủ đã có một phiếu khác với cùng mã %(id)s; phiếu này được giữ riêng, "
            "chờ văn phòng quyết định.",
            id=told.instance_id,
        )
    return told.error.messages.get(language(), str(told.error)) if told.error else ""


def received_words(receipt_code: str) -> str:
    return _("Đã nhận. Mã biên nhận của người trả lời: %(code)s", code=receipt_code)


def _place(token: str) -> str:
    return url_for("openrosa.submit", token=token, _external=True)
