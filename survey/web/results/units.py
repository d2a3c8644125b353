"""One unit's pages: every figure with its doubt, and where each of them came from."""

from __future__ import annotations

from flask import abort, render_template

from survey.services.results import trace as result_trace
from survey.services.results import unit
from survey.web import guards
from survey.web.i18n import language
from survey.web.results import seen
from survey.web.session import current


def add_to(bp) -> None:
    """Hang the pages under ``/ket-qua/<wave>/don-vi``."""
    bp.add_url_rule("/<slug>/don-vi/<code>/<since>", "unit", page)
    bp.add_url_rule("/<slug>/don-vi/<code>/<since>/can-cu", "trace", trace)
    bp.add_url_rule("/<slug>/can-cu", "whole_trace", whole_trace)


@guards.public
def page(slug: str, code: str, since: str):
    summary = seen.summary(slug)
    found = unit.page(current(), slug, code, since, language())
    if found is None:
        abort(404)
    return render_template("results/unit.html", summary=summary, found=found)


@guards.public
def trace(slug: str, code: str, since: str):
    return _traced(slug, code, since)


@guards.public
def whole_trace(slug: str):
    return _traced(slug, "", "")


def _traced(slug: str, code: str, since: str) -> str:
    summary = seen.summary(slug)
    found = result_trace.page(
        current(),
        *(slug, code, since, language()),
        private=seen.is_office(),
        with_excluded=seen.everybody(),
    )
    if found is None:
        abort(404)
    return render_template("results/trace.html", summary=summary, found=found)
