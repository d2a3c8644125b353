"""Bytes on their way: short on a slow line, and fetched once.

Texts are compressed here because the embedded server does not.  Behind a proxy that compresses
(deploy/nginx.conf) only what such proxies leave alone is: a page sent back with faults.
"""

from __future__ import annotations

import gzip
import re
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from flask import Flask, Response, current_app, request

TEXTS = frozenset(
    {
        "text/html",
        "text/css",
        "text/javascript",
        "text/plain",
        "text/csv",
        "application/json",
        "image/svg+xml",
    }
)
#: Below this a packet is not saved.
MIN_BYTES = 500
LEVEL = 6
YEAR = 365 * 24 * 3600
#: Not the pages of errors: they repeat what a link said, beside the form's token, and the size of
#: a compressed page would tell how much the two have in common.
COMPRESSED = frozenset({200, 422})
#: A proxy compresses pages that went well.
LEFT_BY_PROXIES = frozenset({422})


def install(app: Flask) -> None:
    app.url_defaults(_add_version)
    app.after_request(_keep_for_long)
    app.after_request(_compress)


@lru_cache(maxsize=64)
def version(path: Path, changed: float) -> str:
    """A name for the bytes of a file, so that its address changes with them."""
    return sha256(path.read_bytes()).hexdigest()[:10]


def stylesheet(name: str) -> str:
    """A style to stand in a page itself, without comments and line breaks."""
    text = (Path(current_app.static_folder) / name).read_text(encoding="utf-8")
    return re.sub(r"/\*.*?\*/|\n\s*", " ", text, flags=re.DOTALL).strip()


def _add_version(endpoint: str, values: dict) -> None:
    if endpoint != "static" or "v" in values:
        return
    path = Path(current_app.static_folder) / values.get("filename", "")
    if path.is_file():
        values["v"] = version(path, path.stat().st_mtime)


def _keep_for_long(response: Response) -> Response:
    """An address with a version never means other bytes: a browser need not ask again."""
    if request.endpoint == "static" and "v" in request.args and response.status_code == 200:
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    return response


def _compress(response: Response) -> Response:
    if response.mimetype not in TEXTS:
        return response
    response.headers.add("Vary", "Accept-Encoding")
    behind_proxy = current_app.extensions["settings"].trusted_proxies > 0
    if (
        response.status_code not in (LEFT_BY_PROXIES if behind_proxy else COMPRESSED)
        or "Content-Encoding" in response.headers
        or "gzip" not in request.accept_encodings
    ):
        return response
    response.direct_passthrough = False
    content = response.get_data()
    if len(content) < MIN_BYTES:
        return response
    packed = _packed_file if request.endpoint == "static" else _packed
    response.set_data(packed(content))
    response.headers["Content-Encoding"] = "gzip"
    etag, weak = response.get_etag()
    if etag:
        response.set_etag(f"{etag}.gz", weak=weak)
    return response


def _packed(content: bytes) -> bytes:
    return gzip.compress(content, LEVEL, mtime=0)


@lru_cache(maxsize=64)
def _packed_file(content: bytes) -> bytes:
    return gzip.compress(content, 9, mtime=0)
