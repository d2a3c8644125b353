"""What an officer's presence did, as the newest table's companion says it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.render.numbers import MISSING, number, percent
from survey.services.results import results, standing


@dataclass(frozen=True, slots=True)
class PresenceLine:
    """``side``: "yes", "no", or "difference" (in percentage points, with its interval)."""

    side: str
    n: str
    share: str
    interval: str


def of_wave(session: Session, slug: str, language: str) -> tuple[PresenceLine, ...]:
    """Nothing where no table was computed or one side has too few answers.  Raises NotFound."""
    shown = results.shown(session, slug)
    content = shown and standing.of_run(session, shown[0])
    found = content.get("officer") if content else None
    if not found:
        return ()
    lines = [
        PresenceLine(
            side,
            number(found[side]["n"], 0, language),
            percent(found[side]["share"], 1, language),
            f"{percent(found[side]['low'], 1, language)} – "
            f"{percent(found[side]['high'], 1, language)}",
        )
        for side in ("yes", "no")
    ]
    points = number(100 * found["difference"], 1, language)
    interval = MISSING
    if found["se"] is not None:
        interval = " – ".join(number(100 * found[name], 1, language) for name in ("low", "high"))
    lines.append(PresenceLine("difference", "", points, interval))
    return tuple(lines)
