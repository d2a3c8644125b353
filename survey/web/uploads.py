"""Files that a form brings: their kind, size and content are checked, then they are scanned."""

from __future__ import annotations

from flask import current_app, request

from forms import attached as answers
from survey.domain import attachment
from survey.domain.attachment import Attachment
from survey.services.answer_files import Upload, Uploads
from survey.services.virus_scan import scanned

#: All files of one page of questions together.
LARGEST_PAGE = 30 << 20
_LARGEST_ANSWER = max(answers.LARGEST.values())
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


def answered() -> Uploads:
    """The files of a page of questions, by question; what is over the limit is not read whole."""
    found = {
        name: Upload(sent.filename, sent.read(_LARGEST_ANSWER + 1))
        for name, sent in request.files.items()
        if sent.filename
    }
    return Uploads(found, current_app.extensions["settings"].scanner_command)
