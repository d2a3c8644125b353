"""The XLSForm that is supported, in tables; whatever is not in them is a fault with its cell.

Source: https://xlsform.org/en/ref-table/ for the columns; item, concept, missing, sensitive and
eligibility are our own.
"""

from __future__ import annotations

from collections.abc import Mapping

from forms import technique
from forms.model import FILES, LISTS, METADATA, Kind

#: What a row or an option shows beside its label; also written ``media::image``.
MEDIA = ("image", "audio", "video", "big-image")
#: The columns that are supported, by sheet; any other is a fault.
SUPPORTED: Mapping[str, frozenset[str]] = {
    "survey": frozenset(
        {
            *("type", "name", "label", "hint", "relevant", "required", "required_message"),
            *("constraint", "constraint_message", "calculation", "choice_filter", "appearance"),
            *("parameters", "default", "readonly", "trigger", "guidance_hint", "repeat_count"),
            *("item", "concept", "sensitive"),
            *MEDIA,
        }
    ),
    "choices": frozenset({"list_name", "name", "label", "missing", *MEDIA}),
    "external_choices": frozenset({"list_name", "name", "label", "missing", *MEDIA}),
    "settings": frozenset({"form_id", "form_title", "version", "default_language", "eligibility"}),
}
NEEDED: Mapping[str, tuple[str, ...]] = {
    "survey": ("type", "name"),
    "choices": ("list_name", "name"),
    "external_choices": ("list_name", "name"),
    "settings": (),
}
#: Settings that a workbook may leave out: something sensible stands in, and is told.
STOOD_IN = ("form_id", "version", "default_language")
#: Columns that hold a rule.
RULES = {
    *("relevant", "constraint", "calculation", "choice_filter", "repeat_count", "eligibility"),
}
TRANSLATED = {
    *("label", "hint", "guidance_hint", "required_message", "constraint_message", "form_title"),
    *MEDIA,
}
#: Names that other XLSForm tools use for the same column.
OTHER_NAMES = {
    "relevance": "relevant",
    "value": "name",
    "tag": "name",
    "caption": "label",
    "command": "type",
    "read_only": "readonly",
    "calculate": "calculation",
    "count": "repeat_count",
    "requiredmsg": "required_message",
    "constraintmsg": "constraint_message",
    "constraining_message": "constraint_message",
    "set_form_id": "form_id",
    "set_form_title": "form_title",
    "id_string": "form_id",
    "title": "form_title",
}
#: Headers and sheets that mean something to other XLSForm tools: never merely a remark.
ELSEWHERE = {"image", "audio", "video", "big-image", "geometry", "autoplay"}
SHEETS_ELSEWHERE = {"osm", "entities"}

_ANYWHERE = {"type", "name", "relevant", "item", "concept", "label"}
_OF_ASKED = {
    *("hint", "required", "required_message", "constraint", "constraint_message"),
    *("appearance", "sensitive", "guidance_hint", "default", "readonly"),
    *MEDIA,
}
_OF_FILE = {
    *("hint", "guidance_hint", "required", "required_message", "appearance", "parameters"),
    *MEDIA,
}
#: Which columns a row of each type may fill.
FITTING = {
    **dict.fromkeys(Kind, _ANYWHERE | _OF_ASKED),
    **{kind: _ANYWHERE | _OF_ASKED | {"choice_filter", "parameters"} for kind in LISTS},
    Kind.RANGE: _ANYWHERE | _OF_ASKED | {"parameters"},
    Kind.GEOPOINT: _ANYWHERE | _OF_ASKED | {"parameters"},
    Kind.TEXT: _ANYWHERE | _OF_ASKED | {"calculation"},
    Kind.INTEGER: _ANYWHERE | _OF_ASKED | {"calculation", "parameters"},
    Kind.DECIMAL: _ANYWHERE | _OF_ASKED | {"calculation"},
    **dict.fromkeys(FILES, _ANYWHERE | _OF_FILE),
    Kind.NOTE: _ANYWHERE | {"hint", "appearance", "guidance_hint", "readonly", *MEDIA},
    Kind.CALCULATE: _ANYWHERE | {"calculation", "trigger", "readonly"},
    **dict.fromkeys(METADATA, {"type", "name", "item", "concept", "label"}),
    Kind.HIDDEN: {"type", "name", "item", "concept", "label"},
}
_NUMBER = r"-?[0-9]{1,9}(?:\.[0-9]{1,6})?"
_ORDER = {"randomize": "true|false", "seed": r"-?[0-9]{1,15}", "direction": "fixed|random"}
#: Which parameters a type has, and what they may be.
PARAMETERS: Mapping[Kind, Mapping[str, str]] = {
    **dict.fromkeys(LISTS, _ORDER),
    Kind.SELECT_ONE: {**_ORDER, **technique.OF_SELECT},
    Kind.INTEGER: technique.OF_INTEGER,
    Kind.IMAGE: {"max-pixels": "[1-9][0-9]{1,4}"},
    Kind.AUDIO: {"quality": "normal|low|voice-only|external"},
    Kind.RANGE: {
        **dict.fromkeys(("start", "end", "step"), _NUMBER),
        **dict.fromkeys(("tick_interval", "placeholder"), _NUMBER),
    },
    Kind.GEOPOINT: {
        **dict.fromkeys(("capture-accuracy", "warning-accuracy"), r"[0-9]{1,6}(?:\.[0-9]{1,6})?"),
        "allow-mock-accuracy": "true|false",
    },
}
#: A range that says nothing else, as in ODK.
RANGE = {"start": "1", "end": "10", "step": "1"}
OF_GROUP = {"type", "name", "relevant", "label", "appearance"}
#: ``matrix`` is ours: one line of a table; a group's ``table-list`` makes its selects such lines.
APPEARANCES = {"likert", "minimal", "multiline", "field-list", "table-list", "matrix"}
#: Only looks, for field clients: the phone page and the paper form have their own.
LOOKS = {
    *("quick", "horizontal", "horizontal-compact", "compact", "columns", "columns-pack"),
    *("columns-1", "columns-2", "columns-3", "columns-4", "no-buttons", "autocomplete"),
    *("numbers", "picker", "vertical", "no-ticks", "no-calendar", "placement-map", "maps"),
    *("new", "new-front", "signature", "draw", "annotate"),
    *("search", "autocomplete_chars", "thousands-sep", "counter", "rating"),
    *(f"w{width}" for width in range(1, 13)),
}
#: Other ways to write a type, or how it begins; older workbooks use whole phrases.
OTHER_TYPES = {
    "add select one prompt using": "select_one",
    "add select multiple prompt using": "select_multiple",
    "select all that apply from": "select_multiple",
    "select all that apply": "select_multiple",
    "select one from file": "select_one_from_file",
    "select multiple from file": "select_multiple_from_file",
    "select one external": "select_one_external",
    "select one from": "select_one",
    "select multiple from": "select_multiple",
    "select one": "select_one",
    "select multiple": "select_multiple",
    "select1": "select_one",
    "date time": "dateTime",
    "trigger": "acknowledge",
    "string": "text",
    "phone number": "text",
    "int": "integer",
    "photo": "image",
    "picture": "image",
    "gps": "geopoint",
    "location": "geopoint",
    "start time": "start",
    "end time": "end",
    "device id": "deviceid",
    "imei": "deviceid",
    "uri:deviceid": "deviceid",
}
OTHER_ENDINGS = {"or specify other": "or_other", "or other": "or_other"}
#: Selects whose list stands in a file beside the form, or in a sheet of its own.
FROM_FILE = {
    "select_one_from_file": Kind.SELECT_ONE,
    "select_multiple_from_file": Kind.SELECT_MULTIPLE,
}
EXTERNAL = "select_one_external"
#: Which columns of a file hold the name and the label of an option.
OF_FILE = {"value": "name", "label": "label"}
COLUMN = r"[a-z_][a-z0-9_.-]*"
#: After a list: one more option, and a line to say which.
OR_OTHER = "or_other"
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


def plain_type(written: str) -> str:
    """A type as ``forms.model`` names it: ``select_one sexes or_other``, whatever the wording."""
    text = " ".join(written.split())
    for ending, plain in OTHER_ENDINGS.items():
        if text.lower().endswith(f" {ending}"):
            text = f"{text[: -len(ending)]}{plain}"
    # "add date prompt", "get today": phrases of the first workbooks
    words = text.lower().split()
    if words[:1] in (["add"], ["get"]) and words != ["add"] and "using" not in words:
        text = " ".join(text.split()[1 : -1 if words[-1] == "prompt" else None])
    for other, plain in OTHER_TYPES.items():
        if text.lower() == other or text.lower().startswith(f"{other} "):
            return f"{plain}{text[len(other) :]}"
    first, _, rest = text.partition(" ")
    return f"{_AS_NAMED.get(first.lower(), first)} {rest}".strip()


_AS_NAMED = {each.lower(): each for each in (*map(str, Kind), *FROM_FILE, EXTERNAL, "begin", "end")}
