"""Which waves somebody may see: the office sees those that are not public yet, too."""

from __future__ import annotations

from flask import abort, request

from survey.domain.roles import Role, may
from survey.services.results import results
from survey.web import guards
from survey.web.session import current

#: ?phieu=tat-ca: the figures from all answers.
EVERYBODY = "tat-ca"


def is_office() -> bool:
    """Whether somebody of the office looks."""
    user = guards.current_user()
    return user is not None and may(user.role, Role.VIEWER)


def everybody() -> bool:
    """Whether the figures are asked for with the answers that a reviewer left out."""
    return request.args.get("phieu") == EVERYBODY


def summary(slug: str) -> results.WaveSummary:
    """The wave's head; 404 where there is no such wave for whoever looks."""
    found = results.summary(current(), slug, include_private=is_office())
    if found is None:
        abort(404)
    return found
