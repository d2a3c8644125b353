"""Limits on guessing.  Only failures count, so one office's shared address locks nobody out."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

from flask import Flask, abort, current_app, g, request
from limits import parse
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

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
    """The visitor's network."""
    return network_of(request.remote_addr)


@lru_cache(maxsize=4096)
def network_of(remote: str | None) -> str:
    """The network of an address: /24 of IPv4, /48 of IPv6."""
    address = _address(remote or "")
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


def _code() -> str:
    typed = (request.view_args or {}).get("code") or request.form.get("code", "")
    return f"{network()} {codes.normalise(typed)[:40]}"


def _name() -> str:
    return f"{network()} {request.form.get('name', '').strip().casefold()[:80]}"


def code(view: Callable[..., Any]) -> Callable[..., Any]:
    """For pages that take a code."""
    return _limited(view, {SAME_CODE: _code, WHOLE_NETWORK: network})


def login(view: Callable[..., Any]) -> Callable[..., Any]:
    """For the page that takes a password."""
    return _limited(view, {SAME_NAME: _name, ALL_NAMES: network}, methods=("POST",))


def _limited(
    view: Callable[..., Any],
    rules: dict[str, Callable[[], str]],
    methods: tuple[str, ...] = ("GET", "POST"),
) -> Callable[..., Any]:
    """429 once failures have used up a rule; ``rules``: how many, and of whom."""
    parsed = [(parse(rule), who) for rule, who in rules.items()]

    @wraps(view)
    def run(*args: Any, **kwargs: Any) -> Any:
        if request.method not in methods:
            return view(*args, **kwargs)
        counted = [(rule, "failed", view.__name__, who()) for rule, who in parsed]
        if not all(_limiter().test(*each) for each in counted):
            abort(429)
        answer = view(*args, **kwargs)
        if g.get("failed_guess"):
            for each in counted:
                _limiter().hit(*each)
        return answer

    return run


def _limiter() -> FixedWindowRateLimiter:
    return current_app.extensions["limiter"]


def too_many_visits(desk_id: int) -> bool:
    """Count one visit through a desk's poster; whether there are more than a hall makes."""
    within = [
        *(
            _limiter().hit(parse(each), "poster", desk_id, network())
            for each in POSTER_FROM_NETWORK
        ),
        *(_limiter().hit(parse(each), "poster", desk_id) for each in POSTER_IN_ALL),
    ]
    return not all(within)


def first_use(mark: str, *, seconds: int = 24 * 3600) -> bool:
    """Whether this mark is used for the first time within a day."""
    return _limiter().storage.incr(mark, seconds) == 1


def install(app: Flask) -> None:
    storage = storage_from_string(app.extensions["settings"].ratelimit_storage)
    app.extensions["limiter"] = FixedWindowRateLimiter(storage)
    app.config.setdefault("TRAP_SECONDS", TRAP_SECONDS)
