"""The releases of a wave for everybody: signed files, the key, what a correction changed."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, render_template

from survey.services.release import releases, signing
from survey.web import files, guards
from survey.web.i18n import language
from survey.web.session import current


def add_to(bp: Blueprint) -> None:
    """Hang the pages under ``/ket-qua/<wave>/cong-bo``."""
    bp.add_url_rule("/<slug>/cong-bo", "releases", page)
    bp.add_url_rule("/<slug>/cong-bo/<int:number>.zip", "release_bundle", bundle)


@guards.public
def page(slug: str):
    found = releases.of_wave(current(), slug, language())
    if not found.releases:
        abort(404)
    key = releases.published_key(current(), slug, current_app.extensions["settings"].release_key)
    return render_template(
        "results/releases.html", found=found, key=key, fingerprint=signing.fingerprint(key)
    )


@guards.public
def bundle(slug: str, number: int):
    _, content = releases.bundle(current(), slug, number)
    return files.attached(content, files.ZIP, f"chi-so-{slug}-ban-{number}.zip")
