"""What a field client finds in a compiled XForm, in the order of its screens.

Read back from the XML itself, not from the questionnaire: it shows the form that is sent out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from forms.faces.xform import XForm
from forms.faces.xform_sheets import language_name

_FORMS = "{http://www.w3.org/2002/xforms}"
_HTML = "{http://www.w3.org/1999/xhtml}"
_TEXT = re.compile(r"jr:itext\('([^']+)'\)")
_LIST = re.compile(r"instance\('([^']+)'\)")
_CONTROLS = ("input", "select1", "select", "trigger", "upload", "range", "rank")


@dataclass(frozen=True, slots=True)
class Row:
    """One control or group; ``depth`` counts the groups around it."""

    name: str
    #: ``group``, ``repeat``, or the control as XForms has it.
    control: str
    type: str
    label: str
    hint: str
    options: tuple[str, ...]
    relevant: str
    constraint: str
    required: bool
    depth: int


def outline(form: XForm, language: str) -> list[Row]:
    """Groups and controls of a form with the texts of one language (its code)."""
    root = ElementTree.fromstring(form.xml)
    reader = _Reader(root, language_name(language))
    body = root.find(f"{_HTML}body")
    return [] if body is None else list(reader.rows(body, 0))


class _Reader:
    def __init__(self, root: Element, language: str) -> None:
        self.binds = {each.get("nodeset"): each for each in root.iter(f"{_FORMS}bind")}
        spoken = {each.get("lang"): each for each in root.iter(f"{_FORMS}translation")}
        chosen = spoken.get(language)
        texts = chosen if chosen is not None else next(iter(spoken.values()), ())
        self.texts = {each.get("id"): _said(each.find(f"{_FORMS}value")) for each in texts}
        self.lists = {each.get("id"): each for each in root.iter(f"{_FORMS}instance")}

    def rows(self, parent: Element, depth: int) -> Iterator[Row]:
        for each in parent:
            kind = each.tag.removeprefix(_FORMS)
            if kind == "repeat":
                yield from self.rows(each, depth)
            elif kind == "group":
                yield self._row(each, kind, depth)
                yield from self.rows(each, depth + 1)
            elif kind in _CONTROLS or kind.endswith("}rank"):
                yield self._row(each, kind.rpartition("}")[2], depth)

    def _row(self, control: Element, kind: str, depth: int) -> Row:
        place = control.get("ref", "")
        bind = self.binds.get(place)
        facts = {} if bind is None else bind.attrib
        return Row(
            name=place.rpartition("/")[2],
            control=kind,
            type=facts.get("type", ""),
            label=self._text(control.find(f"{_FORMS}label")),
            hint=self._text(control.find(f"{_FORMS}hint")),
            options=() if kind == "group" else tuple(self._options(control)),
            relevant=facts.get("relevant", ""),
            constraint=facts.get("constraint", ""),
            required=facts.get("required", "") not in ("", "false()"),
            depth=depth,
        )

    def _options(self, control: Element) -> Iterator[str]:
        for item in control.iter(f"{_FORMS}item"):
            yield self._text(item.find(f"{_FORMS}label"))
        for items in control.iter(f"{_FORMS}itemset"):
            found = _LIST.search(items.get("nodeset", ""))
            listed = self.lists.get(found[1]) if found else None
            for item in () if listed is None else listed.iter(f"{_FORMS}item"):
                key = item.find(f"{_FORMS}itextId")
                label = item.find(f"{_FORMS}label")
                yield self.texts.get(_said(key), "") if key is not None else _said(label)

    def _text(self, element: Element | None) -> str:
        if element is None:
            return ""
        found = _TEXT.search(element.get("ref", ""))
        return self.texts.get(found[1], "") if found else _said(element)


def _said(element: Element | None) -> str:
    """The text with names of other answers where they are filled in."""
    if element is None:
        return ""
    parts = [element.text or ""]
    for each in element:
        parts += [f"[{each.get('value', '').strip().rpartition('/')[2]}]", each.tail or ""]
    return " ".join("".join(parts).split())
