"""How sure the ranking is: possible ranks, ties, chances of bands, models, channels."""

from __future__ import annotations

from flask import abort, render_template, request

from survey.services.results import listing, standing
from survey.web import files, guards
from survey.web.i18n import language
from survey.web.results import seen
from survey.web.session import current


def add_to(bp) -> None:
    """Hang the page and its file under ``/ket-qua/<wave>/do-chac-chan``."""
    bp.add_url_rule("/<slug>/do-chac-chan", "standing", page)
    bp.add_url_rule("/<slug>/do-chac-chan.csv", "standing_csv", csv)


@guards.public
def page(slug: str):
    summary = seen.summary(slug)
    number = request.args.get("trang", "")
    wanted = listing.wanted("", "chi-so", "giam", number)
    found = standing.page(current(), slug, language(), wanted)
    if found is None:
        abort(404)
    return render_template("results/standing.html", summary=summary, found=found)


@guards.public
def csv(slug: str):
    seen.summary(slug)
    content = standing.csv_of(current(), slug, language())
    return files.attached(content, files.CSV, f"{slug}-do-chac-chan.csv")
