"""What "the same questionnaire" means: one text for one content, and its digest.

The canonical text is JSON with sorted keys, no white space and nothing left out by accident:
fields that are empty are left out on purpose, so that a later version of this program that knows
more fields still gives the old digest for an old questionnaire.  Where a row stood in its
workbook is no content.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from functools import lru_cache
from hashlib import sha256 as _sha256
from typing import Any

from forms.model import Choice, Kind, Question, Questionnaire, Section

#: Raised when a change of this form would change the digest of a questionnaire.
FORMAT = 1

_PARTS = {"sections": Section, "questions": Question, "variables": Question, "choices": Choice}


class CanonicalError(ValueError):
    """A text that is no canonical questionnaire."""


def to_json(q: Questionnaire) -> str:
    """The canonical text.  ``from_json(to_json(q)) == q``."""
    document = {"format": FORMAT, **_plain(q)}
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def from_json(text: str) -> Questionnaire:
    """Read a canonical text.  Raises CanonicalError."""
    try:
        document = json.loads(text)
        if document.pop("format") != FORMAT:
            raise ValueError("another format")
        return _made(Questionnaire, document)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise CanonicalError(str(error)) from error


@lru_cache(maxsize=64)
def sha256(q: Questionnaire) -> str:
    """Hex digest of the canonical text in UTF-8."""
    return _sha256(to_json(q).encode()).hexdigest()


def _plain(part: Any) -> dict[str, Any]:
    found = {}
    for each in fields(part):
        value = getattr(part, each.name)
        if each.name == "cells" or (not value and not _is_needed(each)):
            continue
        if each.name in _PARTS:
            value = [_plain(item) for item in value]
        elif isinstance(value, Mapping):
            value = dict(value)
        found[each.name] = value
    return found


def _is_needed(each: Field[Any]) -> bool:
    return each.default is MISSING and each.default_factory is MISSING


def _made(kind: type, document: Mapping[str, Any]) -> Any:
    values = dict(document)
    for name, part in _PARTS.items():
        if name in values:
            values[name] = tuple(_made(part, item) for item in values[name])
    if "languages" in values:
        values["languages"] = tuple(values["languages"])
    if "kind" in values:
        values["kind"] = Kind(values["kind"])
    return kind(**values)
