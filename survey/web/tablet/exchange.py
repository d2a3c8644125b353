"""What the app fetches and brings back besides interviews: its cases, and contact attempts."""

from __future__ import annotations

from datetime import datetime

from flask import g, jsonify, request, url_for

from survey.errors import InvalidInput, Problem, SurveyError
from survey.services import tablet
from survey.services.households import listings
from survey.services.intake import enumerators
from survey.services.supervision import messages
from survey.web import guards
from survey.web.errors import STATUS
from survey.web.i18n import translated
from survey.web.session import current, now
from survey.web.settings import code_key
from survey.web.tablet import bp


@bp.get("/pack.json")
@guards.by_address
def pack(token: str):
    """Cases, forms, codes and the key; never kept by anything on the way."""
    digest = enumerators.address_digest(code_key(), token)
    found = tablet.pack(current(), g.worker.id, digest, code_key=code_key(), now=now())
    for form in found["forms"]:
        for file in form["files"]:
            file["url"] = url_for("media.file", name=file.pop("kept"))
    reply = jsonify(found | {"name": g.worker.display_name, "account": g.worker.id})
    reply.headers["Cache-Control"] = "no-store"
    return reply


@bp.post("/attempts")
@guards.by_address
def attempt(token: str):
    """One contact attempt; sent again, it is answered the same."""
    told = request.get_json(silent=True)
    outcome = tablet.log_attempt(current(), g.worker.id, **_read(told), by=g.worker.name, now=now())
    return jsonify(outcome=outcome), 201


@bp.post("/messages/<int:message_id>/read")
@guards.by_address
def read_message(token: str, message_id: int):
    """A message of the office was read; told again, it is answered the same."""
    messages.read(current(), g.worker.id, message_id, now=now())
    return jsonify(outcome="kept"), 201


@bp.post("/listings")
@guards.by_address
def listing(token: str):
    """A listing of an area as it stands; closed, the households are drawn from it here too."""
    told = _read_listing(request.get_json(silent=True))
    found = listings.receive(current(), g.worker.id, **told, by=g.worker.name, now=now())
    return jsonify(outcome=found), 201


@bp.errorhandler(SurveyError)
def _refused(error: SurveyError):
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 400)
    return jsonify(code=error.code, message=translated(error)), status


def _read(told: object) -> dict:
    try:
        at = datetime.fromisoformat(told["at"])
        if at.tzinfo is None or type(told["case"]) is not int:
            raise ValueError
        texts = {name: told[name][:500] for name in ("mode", "result", "note")}
        if not all(isinstance(text, str) for text in texts.values()):
            raise ValueError
    except (TypeError, KeyError, ValueError) as fault:
        found = Problem("tablet.unreadable", "Máy gửi lần liên hệ không đọc được.")
        raise InvalidInput(found.message, [found], code=found.code) from fault
    return {"case_id": told["case"], "at": at, **texts}


def _read_listing(told: object) -> dict:
    """The service looks at the lines."""
    kinds = {"area": int, "revision": int, "closed": bool}
    if not isinstance(told, dict) or any(type(told.get(k)) is not t for k, t in kinds.items()):
        found = Problem("tablet.unreadable", "Máy gửi danh sách hộ không đọc được.")
        raise InvalidInput(found.message, [found], code=found.code)
    return {
        "area_id": told["area"],
        "revision": told["revision"],
        "closed": told["closed"],
        "lines": told.get("lines"),
    }
