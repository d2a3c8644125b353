"""The table as open data: one JSON document a wave, and the schema that it keeps to."""

from __future__ import annotations

from flask import Response, abort, url_for

from survey.domain.roles import Role, may
from survey.services import open_data, results
from survey.web import guards
from survey.web.session import current

KIND = "application/json; charset=utf-8"
SCHEMA_KIND = "application/schema+json; charset=utf-8"


def add_to(bp) -> None:
    """Hang ``/ket-qua/<wave>.json`` and the schema of all waves."""
    bp.add_url_rule("/<slug>.json", "open_json", document)
    bp.add_url_rule("/luoc-do.json", "open_schema", schema)


@guards.public
def document(slug: str):
    user = guards.current_user()
    private = user is not None and may(user.role, Role.VIEWER)
    address = url_for("results.open_schema", _external=True)
    content = None
    if results.summary(current(), slug, include_private=private):
        content = open_data.document(current(), slug, schema=address)
    if content is None:
        abort(404)
    headers = {"Content-Disposition": f'attachment; filename="{slug}.json"'}
    return _open(Response(content, content_type=KIND, headers=headers))


@guards.without_database
def schema():
    return _open(Response(open_data.schema(), content_type=SCHEMA_KIND))


def _open(reply: Response) -> Response:
    """Programs of other sites may read what is public anyway."""
    reply.headers["Access-Control-Allow-Origin"] = "*"
    return reply
