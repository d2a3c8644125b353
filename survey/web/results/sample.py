"""The commitment of a wave, for everybody: what was promised before the draw, and the files."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from survey.services.sampling import commitment
from survey.web import files, guards
from survey.web.session import current


def add_to(bp: Blueprint) -> None:
    """Hang the pages under ``/ket-qua/<wave>/mau``."""
    bp.add_url_rule("/<slug>/mau", "sample", page)
    bp.add_url_rule("/<slug>/mau.zip", "sample_bundle", bundle)


@guards.public
def page(slug: str):
    found = commitment.view(current(), slug)
    if found is None:
        abort(404)
    return render_template("results/sample.html", found=found)


@guards.public
def bundle(slug: str):
    return files.attached(commitment.bundle(current(), slug), files.ZIP, f"mau-{slug}.zip")
