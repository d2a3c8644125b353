"""The choropleth of a table, for its page; where boundaries of its units are loaded."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from survey.render.figures import choropleth
from survey.render.table import ResultRow
from survey.services import boundaries
from survey.services.results import results, shelf


def svg(
    session: Session, slug: str, language: str, address: Callable[[ResultRow], str]
) -> str | None:
    """The map of the shown table; None without table, outlines or figures.  Raises NotFound.

    Who may see the wave has been asked before.  ``address``: where a unit's figure comes from.
    """
    shown = results.shown(session, slug)
    stamp = boundaries.stamp(session, shown[0].wave_id) if shown else ""
    if not shown or not stamp:
        return None
    run, table = shown

    def draw() -> str | None:
        outlines, source = boundaries.of_wave(session, run.wave_id)
        return choropleth.svg(table, outlines, source, language, address)

    return shelf.kept_small(session, run, ("map", language, stamp), draw)
