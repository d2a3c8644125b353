"""The XLSForm that is supported, in tables; whatever is not in them is a fault with its cell.

Source: https://xlsform.org/en/ref-table/ for the columns; item, concept, missing, sensitive and
eligibility are our own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from forms.model import SELECTS, Kind

#: The columns that are supported, by sheet; any other is a fault.
SUPPORTED: Mapping[str, frozenset[str]] = {
    "survey": frozenset(
        {
            *("type", "name", "label", "hint", "relevant", "required", "required_message"),
            *("constraint", "constraint_message", "calculation", "choice_filter", "appearance"),
            *("parameters", "item", "concept", "sensitive"),
        }
    ),
    "choices": frozenset({"list_name", "name", "label", "missing"}),
    "settings": frozenset({"form_id", "form_title", "version", "default_language", "eligibility"}),
}
NEEDED: Mapping[str, tuple[str, ...]] = {
    "survey": ("type", "name"),
    "choices": ("list_name", "name"),
    "settings": ("form_id", "version", "default_language"),
}
TRANSLATED = {"label", "hint", "required_message", "constraint_message", "form_title"}
#: Names that other XLSForm tools use for the same column.
OTHER_NAMES = {"list name": "list_name", "relevance": "relevant", "value": "name"}
#: "label::Tiếng Việt (vi)" or "label::vi": the language is the code.
LANGUAGE = re.compile(r"(?:.*\(([a-z]{2,3})\)|([a-z]{2,3}))\Z")

_ANYWHERE = {"type", "name", "relevant", "item", "concept", "label"}
_OF_ASKED = {
    *("hint", "required", "required_message", "constraint", "constraint_message"),
    *("appearance", "sensitive"),
}
#: Which columns a row of each type may fill.
FITTING = {
    **dict.fromkeys(Kind, _ANYWHERE | _OF_ASKED),
    **{kind: _ANYWHERE | _OF_ASKED | {"choice_filter", "parameters"} for kind in SELECTS},
    Kind.NOTE: _ANYWHERE | {"hint", "appearance"},
    Kind.CALCULATE: _ANYWHERE | {"calculation"},
    Kind.HIDDEN: {"type", "name", "item", "concept", "label"},
}
OF_GROUP = {"type", "name", "relevant", "label", "appearance"}
APPEARANCES = {"likert", "minimal", "multiline", "field-list"}
YES, NO = {"yes", "true", "true()"}, {"", "no", "false", "false()"}
#: Names that a page's form class already has, with the application's base class.
RESERVED = frozenset(
    {
        *("Meta", "answers", "context", "csrf_token", "data", "errors", "form", "form_errors"),
        *("hidden_tag", "is_submitted", "language", "meta", "own_options", "parsed"),
        *("populate_obj", "post_process", "process", "questionnaire", "section", "submit"),
        *("title", "validate", "validate_on_submit"),
        # ... and of the respondent's own pages, which stand beside the sections.
        *("gui", "xong"),
    }
)
#: WTForms calls attributes of these names for the field that follows.
RESERVED_STARTS = ("validate_", "filter_")
