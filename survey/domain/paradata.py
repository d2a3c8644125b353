"""What is kept of how a sheet was filled in, and how coarsely.

With an answer of the drawn sample stands only what a rule needs and what many sheets share: a step
of the pace, three yes/no marks; and the order in which options stood, which is drawn anew for every
sheet and recorded nowhere else.  An enumerator's sheets share a label, which at the close of the
wave stays only where many of a cell have it.  Everything finer is counted apart, by unit, and names
no answer.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from survey.domain.calendar import LOCAL
from survey.errors import Problem

#: Pace is kept in quarter octaves of seconds an item: neighbouring steps differ by 19 %.
STEPS = 4
SLOWEST = 44
#: Arrivals are counted in bins of so many minutes.
BIN_MINUTES = 10
#: A device is remembered past its day only where at least so many sheets share it.
CLUSTER = 5
#: A unit's day keeps its bins only with so many arrivals: fewer would time single sheets.
FEWEST_ARRIVALS = 10
#: When a desk is open where a study says nothing else: Monday to Friday.
OFFICE_HOURS = {"days": [1, 2, 3, 4, 5], "from": "07:00", "to": "17:30"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """What the web knows of a visit; nothing of it is stored as it stands here."""

    device_class: str = ""
    #: How the form was opened: scan, typed, poster.
    entry: str = ""
    #: A random mark of this browser, good for one day.
    device: str = ""
    #: The visitor's network prefix, as ``ipaddress`` writes it.
    network: str = ""


def pace(seconds: float, n_answered: int) -> int | None:
    """The step of the pace; None where nothing was answered."""
    if n_answered <= 0 or seconds <= 0:
        return None
    step = math.floor(STEPS * math.log2(seconds / n_answered))
    return max(0, min(step, SLOWEST))


def seconds_of(step: int | None) -> float:
    """The middle of a step, in seconds an item; NaN for none."""
    return math.nan if step is None else 2 ** ((step + 0.5) / STEPS)


def is_out_of_hours(at: datetime, hours: Mapping[str, Any]) -> bool:
    local = at.astimezone(LOCAL)
    opens, closes = (time.fromisoformat(hours[end]) for end in ("from", "to"))
    return local.isoweekday() not in hours["days"] or not opens <= local.time() < closes


def office_faults(settings: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with a study's hours and networks of its offices."""
    if "office_hours" in settings and not _are_hours(settings["office_hours"]):
        yield Problem(
            "paradata.office_hours",
            "“office_hours” cần days (các ngày trong tuần, 1 là thứ hai), from và to (giờ:phút, "
            "from trước to).",
        )
    networks = settings.get("office_networks", [])
    for text in networks if isinstance(networks, list) else [networks]:
        if not _is_network(text):
            yield Problem(
                "paradata.office_network",
                "“office_networks”: “%(text)s” không phải địa chỉ mạng, ví dụ 203.0.113.0/24.",
                {"text": str(text)},
            )


def _are_hours(hours: object) -> bool:
    if not isinstance(hours, Mapping) or set(hours) != {"days", "from", "to"}:
        return False
    days, ends = hours["days"], (hours["from"], hours["to"])
    try:
        opens, closes = map(time.fromisoformat, ends)
    except (TypeError, ValueError):
        return False
    return isinstance(days, list) and opens < closes and set(days) <= set(range(1, 8)) and any(days)


def _is_network(text: object) -> bool:
    try:
        return isinstance(text, str) and bool(ipaddress.ip_network(text, strict=False))
    except ValueError:
        return False


def is_within(network: str, registered: Iterable[str]) -> bool | None:
    """Whether a visitor's prefix belongs to an office's; None where none is registered."""
    prefixes = [ipaddress.ip_network(text, strict=False) for text in registered]
    if not prefixes or not network or network == "unknown":
        return None
    own = ipaddress.ip_network(network, strict=False)
    return any(own.version == each.version and own.overlaps(each) for each in prefixes)


def label(salt: bytes, mark: str) -> str:
    """A day's name of a device: without the day's salt, which is thrown away, it says nothing."""
    return hashlib.blake2b(mark.encode(), key=salt, digest_size=8, person=b"device").hexdigest()


def kept(
    visited: Visited,
    *,
    now: datetime,
    seconds: float,
    n_answered: int,
    open_stream: bool,
    settings: Mapping[str, Any],
    salt: bytes | None,
) -> dict[str, Any]:
    """What stands with the answer."""
    found: dict[str, Any] = {
        "pace": pace(seconds, n_answered),
        "late": is_out_of_hours(now, settings.get("office_hours", OFFICE_HOURS)),
        "office": is_within(visited.network, settings.get("office_networks", ())),
    }
    if salt is not None and visited.device:
        found["device"] = label(salt, visited.device)
    if open_stream:
        # Nobody was drawn here, so there is nobody to find again.
        found["bin"] = bin_of(now)
        found["class"] = visited.device_class
    return found


def bin_of(at: datetime) -> int:
    local = at.astimezone(LOCAL)
    return (60 * local.hour + local.minute) // BIN_MINUTES


def folded(labels: Mapping[str, str], fresh: Callable[[], str]) -> dict[str, str]:
    """After the day: a new random name for devices that sent many sheets, none for the others.

    ``labels``: sheet -> the day's label.
    """
    size = Counter(labels.values())
    names = {each: f"={fresh()}" for each, n in size.items() if n >= CLUSTER}
    return {sheet: names.get(each, "") for sheet, each in labels.items()}


def device_class(agent: str) -> str:
    """Telephone, tablet, computer or robot, from what a browser says it is."""
    text = agent.casefold()
    if any(word in text for word in ("bot", "crawl", "spider", "curl", "python", "wget")):
        return "robot"
    if "ipad" in text or "tablet" in text or ("android" in text and "mobile" not in text):
        return "tablet"
    if any(word in text for word in ("mobi", "iphone", "android")):
        return "phone"
    return "computer" if text else ""
