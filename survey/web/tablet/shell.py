"""What a browser installs: the page, the manifest, the service worker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flask import Response, current_app, jsonify, render_template, url_for

from survey.web import guards
from survey.web.i18n import _
from survey.web.tablet import bp
from survey.web.tablet.words import words


@bp.get("/")
@guards.installed
@guards.by_address
def page(token: str):
    """The app, or what its set-up lacks."""
    made = _made()
    if made is None:
        return render_template("tablet/missing.html"), 503
    return render_template("tablet/app.html", token=token, made=made, words=words())


@bp.get("/manifest.webmanifest")
@guards.by_address
def manifest(token: str):
    """How the app is called and drawn once it is installed."""
    start = url_for("tablet.page", token=token)
    icons = [
        {
            "src": url_for("static", filename="favicon.svg"),
            "sizes": "any",
            "type": "image/svg+xml",
            "purpose": "any",
        }
    ]
    reply = jsonify(
        name=_("Khảo sát – máy điều tra viên"),
        short_name=_("Khảo sát"),
        id=start,
        start_url=start,
        scope=start,
        display="standalone",
        background_color="#ffffff",
        theme_color="#0b5a52",
        lang="vi",
        icons=icons,
    )
    reply.mimetype = "application/manifest+json"
    return reply


@bp.get("/worker.js")
@guards.by_address
def worker(token: str):
    """The service worker with the list of what it keeps; other bytes mean an update."""
    made = _made()
    if made is None:
        return Response("", 404, content_type="text/javascript")
    keep = {
        "version": made["version"],
        "page": url_for("tablet.page", token=token),
        "files": [
            *(url_for("static", filename=f"tablet/{name}", v=made["version"]) for name in _first()),
            *(f"/static/tablet/{name}" for name in made["files"] if name not in _first()),
            url_for("static", filename="css/tablet.css", v=made["version"]),
            url_for("static", filename="favicon.svg"),
            url_for("tablet.manifest", token=token),
        ],
    }
    text = f"const KEEP = {json.dumps(keep)};\n{(_folder() / 'worker.txt').read_text('utf-8')}"
    return Response(text, content_type="text/javascript; charset=utf-8")


def _first() -> tuple[str, ...]:
    """The file that the page itself names; it names the others."""
    return ("app.js",)


def _folder() -> Path:
    return Path(current_app.static_folder) / "tablet"


def _made() -> dict[str, Any] | None:
    """What ``make tablet`` built."""
    path = _folder() / "made.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else None
