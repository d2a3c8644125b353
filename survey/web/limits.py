"""Limits on guessing.  Only failures count, so one office's shared address locks nobody out."""

from __future__ import annotations

import ipaddress

from flask import Flask, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import parse

from survey.domain import codes

#: Wrong codes: few for the same code from the same network.  A code has 61 bits, so the limit of a
#: whole network only spares the server; it is far above what a busy hall can mistype.
SAME_CODE = "10 per 10 minutes"
WHOLE_NETWORK = "3000 per 10 minutes"
#: Wrong passwords: for one name from one network, and for a whole network.
#: Visits through a poster.  Beyond these a visitor is not refused but meets a captcha: behind one
#: desk's address sit a hall of citizens, a telephone company's or a school's whole network.
POSTER_FROM_NETWORK = ("60 per 10 minutes", "600 per day")
POSTER_IN_ALL = ("300 per 10 minutes",)
#: Two seconds are not enough to read a page's first line.
TRAP_SECONDS = 2.0
SAME_NAME = "8 per 15 minutes"
ALL_NAMES = "60 per 15 minutes"


def network() -> str:
    """The visitor's network: /24 of IPv4, /48 of IPv6."""
    address = _address(get_remote_address() or "")
    if address is None:
        return "unknown"
    # A server that listens on both families writes ::ffff:a.b.c.d; all of those share one /48.
    address = getattr(address, "ipv4_mapped", None) or address
    prefix = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network((address, prefix), strict=False))


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address as proxies write it, some with the port behind it."""
    for part in (text, text.rpartition(":")[0].strip("[]")):
        try:
            return ipaddress.ip_address(part)
        except ValueError:
            continue
    return None


def failed() -> None:
    """Mark this request as a wrong guess: only then does it use up the limits."""
    g.failed_guess = True


def _has_failed(_response: object) -> bool:
    return bool(g.get("failed_guess"))


def _code() -> str:
    typed = (request.view_args or {}).get("code") or request.form.get("code", "")
    return f"{network()} {codes.normalise(typed)[:40]}"


def _name() -> str:
    return f"{network()} {request.form.get('name', '').strip().casefold()[:80]}"


limiter = Limiter(key_func=network, default_limits=[], headers_enabled=False)


def code(view):
    """For pages that take a code."""
    view = limiter.limit(SAME_CODE, key_func=_code, deduct_when=_has_failed)(view)
    return limiter.limit(WHOLE_NETWORK, key_func=network, deduct_when=_has_failed)(view)


def login(view):
    """For the page that takes a password."""
    view = limiter.limit(SAME_NAME, key_func=_name, deduct_when=_has_failed, methods=["POST"])(view)
    return limiter.limit(ALL_NAMES, key_func=network, deduct_when=_has_failed, methods=["POST"])(
        view
    )


def too_many_visits(desk_id: int) -> bool:
    """Count one visit through a desk's poster; whether there are more than a hall makes."""
    within = [
        *(
            limiter.limiter.hit(parse(each), "poster", desk_id, network())
            for each in POSTER_FROM_NETWORK
        ),
        *(limiter.limiter.hit(parse(each), "poster", desk_id) for each in POSTER_IN_ALL),
    ]
    return not all(within)


def first_use(mark: str, *, seconds: int = 24 * 3600) -> bool:
    """Whether this mark is used for the first time within a day."""
    return limiter.storage.incr(mark, seconds) == 1


def install(app: Flask) -> None:
    app.config["RATELIMIT_STORAGE_URI"] = app.extensions["settings"].ratelimit_storage
    app.config.setdefault("TRAP_SECONDS", TRAP_SECONDS)
    limiter.init_app(app)
