"""Pictures, sounds and films of questionnaires.  Their address is their content: kept for ever."""

from __future__ import annotations

import io
import re

from flask import Blueprint, Response, abort, send_file

from survey.services.questionnaires import media
from survey.web import guards
from survey.web.session import current

bp = Blueprint("media", __name__)
#: A year, the longest that browsers keep anything.
KEPT_SECONDS = 365 * 24 * 3600
_NAME = re.compile(r"[0-9a-f]{64}\.[a-z0-9]{3,4}\Z")
#: Whatever else a file might hold, a browser does nothing with it.
_POLICY = "default-src 'none'; sandbox"


@bp.get("/tep-phieu/<name>")
@guards.public
def file(name: str) -> Response:
    """One file, whole or the part that a player asks for."""
    kind = media.media_type(name) if _NAME.match(name) else None
    content = media.content(current(), name) if kind else None
    if content is None:
        abort(404)
    sent = send_file(
        io.BytesIO(content), mimetype=kind, conditional=True, etag=name, max_age=KEPT_SECONDS
    )
    sent.cache_control.immutable = True
    sent.headers["Content-Security-Policy"] = _POLICY
    return sent
