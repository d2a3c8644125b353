"""Vietnamese first, English second: language, words, dates and numbers of a page."""

from __future__ import annotations

from datetime import date, datetime

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from flask import Flask, g, request, session
from flask_babel import Babel
from flask_babel import gettext as _

from survey.domain.calendar import LOCAL
from survey.domain.decimals import half_up, kept
from survey.errors import Problem, SurveyError

LANGUAGES = ("vi", "en")
DEFAULT = "vi"

__all__ = ["DEFAULT", "LANGUAGES", "_", "install", "language", "local_time", "translated"]


def language() -> str:
    """Language of this page: the link's, the visitor's choice, else Vietnamese."""
    if "language" not in g:
        asked = request.args.get("lang")
        kept = session.get("language")
        g.language = next((lang for lang in (asked, kept) if lang in LANGUAGES), DEFAULT)
    return g.language


def translated(fault: Problem | SurveyError) -> str:
    """The message of a problem or error in the page's language, its facts filled in."""
    facts = {
        name: translated(value) if isinstance(value, Problem) else value
        for name, value in fault.facts.items()
    }
    text = _(fault.message) % facts
    hint = getattr(fault, "hint", "")
    return f"{text} {_(hint) % facts}" if hint else text


def local_time(instant: datetime) -> str:
    """As a field for date and time wants it."""
    return f"{instant.astimezone(LOCAL):%Y-%m-%dT%H:%M}"


def install(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    Babel(app, default_locale=DEFAULT, locale_selector=language)
    app.jinja_env.globals["language"] = language
    app.jinja_env.filters.update(day=_day, instant=_instant, number=_number, published=_published)


def _day(value: date | None) -> str:
    if value is None:
        return "–"
    return format_date(value, "dd/MM/yyyy" if language() == "vi" else "d MMM yyyy", language())


def _instant(value: datetime | None) -> str:
    if value is None:
        return "–"
    pattern = "HH:mm dd/MM/yyyy" if language() == "vi" else "d MMM yyyy, HH:mm"
    return format_datetime(value.astimezone(LOCAL), pattern, locale=language())


def _number(value: float | None, decimals: int = 0) -> str:
    if value is None:
        return "–"
    shape = "#,##0" + ("." + "0" * decimals if decimals else "")
    # As in every file and report: halves up, and from the text of the number as it is written.
    return format_decimal(half_up(value, decimals), shape, language())


def _published(value: float | None) -> str:
    """An index with the decimals that its scheme kept, two at least."""
    return "–" if value is None else _number(value, kept(value))
