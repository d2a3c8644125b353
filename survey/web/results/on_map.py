"""The index on the map: for everybody."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, url_for

from survey.services import on_map
from survey.web import guards
from survey.web.i18n import language
from survey.web.results import seen
from survey.web.session import current


def add_to(bp: Blueprint) -> None:
    """Hang the page under ``/ket-qua/<wave>/ban-do``."""
    bp.add_url_rule("/<slug>/ban-do", "map", page)


@guards.public
def page(slug: str):
    summary = seen.summary(slug)

    def traced(row) -> str:
        place = url_for("results.trace", slug=slug, code=row.unit_code, since=row.valid_from)
        return f"{place}#total"

    drawn = on_map.svg(current(), slug, language(), traced)
    if drawn is None:
        abort(404)
    return render_template("results/map.html", summary=summary, drawn=drawn)
