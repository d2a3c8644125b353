"""The table as open data: one JSON document a wave, and the schema that it keeps to."""

from __future__ import annotations

from flask import Response, url_for

from survey.services.results import open_data
from survey.web import files, guards
from survey.web.results import seen
from survey.web.session import current

KIND = "application/json; charset=utf-8"
SCHEMA_KIND = "application/schema+json; charset=utf-8"


def add_to(bp) -> None:
    """Hang ``/ket-qua/<wave>.json`` and the schema of all waves."""
    bp.add_url_rule("/<slug>.json", "open_json", document)
    bp.add_url_rule("/luoc-do.json", "open_schema", schema)


@guards.public
def document(slug: str):
    seen.summary(slug)
    content = open_data.document(
        current(), slug, schema=url_for("results.open_schema", _external=True)
    )
    return _open(files.attached(content, KIND, f"{slug}.json"))


@guards.without_database
def schema():
    return _open(Response(open_data.schema(), content_type=SCHEMA_KIND))


def _open(reply: Response) -> Response:
    """Programs of other sites may read what is public anyway."""
    reply.headers["Access-Control-Allow-Origin"] = "*"
    return reply
