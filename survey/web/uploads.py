"""A document that a form brings: its kind, size and content are checked, then it is scanned."""

from __future__ import annotations

from flask import current_app, request

from survey.domain import attachment
from survey.domain.attachment import Attachment
from survey.services.virus_scan import scanned

#: Besides the file a form holds a few words.
LARGEST = attachment.LARGEST + 2**16
KINDS = ", ".join(f".{ending}" for ending in attachment.KINDS)


def attached(field: str) -> Attachment | None:
    """The file of a field; None if there is none.  Raises InvalidInput, Conflict."""
    sent = request.files.get(field)
    if not sent or not sent.filename:
        return None
    file = attachment.checked(sent.filename, sent.read())
    return scanned(file, current_app.extensions["settings"].scanner_command)
