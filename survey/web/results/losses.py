"""Where points were lost, and what goes with overall satisfaction: for everybody."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from survey.services.results import losses
from survey.web import files, guards
from survey.web.i18n import language
from survey.web.results import seen
from survey.web.session import current


def add_to(bp: Blueprint) -> None:
    """Hang the pages under ``/ket-qua/<wave>/mat-diem``."""
    bp.add_url_rule("/<slug>/mat-diem", "losses", page)
    bp.add_url_rule("/<slug>/mat-diem.csv", "losses_csv", csv)


@guards.public
def page(slug: str):
    summary = seen.summary(slug)
    found = losses.page(current(), slug, language())
    if found is None:
        abort(404)
    return render_template(
        "results/losses.html", summary=summary, found=found, cells=losses.driver_cells
    )


@guards.public
def csv(slug: str):
    seen.summary(slug)
    content = losses.csv_of(current(), slug, language())
    return files.attached(content, files.CSV, f"{slug}-mat-diem.csv")
