"""Rules that go along with a page that holds the whole questionnaire, for browsers with scripts."""

from __future__ import annotations

import json
from datetime import date

from markupsafe import Markup, escape

from forms.faces import live
from forms.pages import Layout
from survey.services.respond import Page


def rules(page: Page) -> Markup:
    """The trees of the page's rules as JSON; empty where nothing can be shown or hidden."""
    found = live.live(page.questionnaire) if page.layout is Layout.ONE_PAGE else None
    text = _json(found.steps) if found and page.shown else ""
    return Markup(text.replace("<", "\\u003c"))  # within a script no tag may begin


def about(page: Page) -> str:
    """What these rules read besides answers, for an attribute: this respondent's own texts."""
    found = live.live(page.questionnaire) if page.layout is Layout.ONE_PAGE else None
    if found is None:
        return ""
    known = {name: f"{page.context[name]}" for name in found.reads if name in page.context}
    if "today()" in found.reads:
        known["today()"] = _day(page.context.get("today"))
    return str(escape(_json(known)))


def _day(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
