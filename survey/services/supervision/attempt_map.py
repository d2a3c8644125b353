"""Where enumerators tried, on the map; where boundaries of the wave's units are loaded."""

from __future__ import annotations

from sqlalchemy.orm import Session

from survey.render.figures import choropleth
from survey.render.figures.choropleth import Place
from survey.services import boundaries
from survey.services.supervision import workload
from survey.store import waves

WORDS = {
    "vi": {
        "title": "{tries} lần liên hệ, {cases} hồ sơ",
        "subtitle": "Lần liên hệ / hồ sơ; càng sẫm càng nhiều lần liên hệ cho một hồ sơ.",
    },
    "en": {
        "title": "{tries} contact attempts, {cases} cases",
        "subtitle": "Attempts / cases; the darker the more attempts for a case.",
    },
}
#: Attempts for a case that are drawn darkest.
_MOST = 4


def svg(session: Session, slug: str, language: str) -> str | None:
    """None where no unit of the wave has an outline.  Raises NotFound."""
    outlines, source = boundaries.of_wave(session, waves.get(session, slug).id)
    lines = workload.units(session, slug)
    places = [
        Place(
            line.name,
            outlines[key],
            min(line.n_attempts / line.n_cases / _MOST, 1.0),
            f"{line.n_attempts} / {line.n_cases}",
        )
        for line in lines
        if (key := f"{line.code}@{line.since}") in outlines
    ]
    if not places:
        return None
    words = WORDS[language]
    title = words["title"].format(
        tries=sum(line.n_attempts for line in lines), cases=sum(line.n_cases for line in lines)
    )
    return choropleth.plain(places, title, words["subtitle"], source, language)
