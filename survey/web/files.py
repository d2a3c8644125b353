"""A file sent to be kept, under a name that says what it is."""

from __future__ import annotations

from flask import Response, abort

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP = "application/zip"


def attached(content: bytes | None, kind: str, name: str) -> Response:
    """The file ``name`` (ASCII) of the media type ``kind``; 404 where there is none."""
    if content is None:
        abort(404)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, content_type=kind, headers=headers)
