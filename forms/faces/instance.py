"""The XML that a field client sends, read safely: its leaves by path, and what it says of itself.

Nothing here knows the questionnaire: a server must read form and version first to find it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError
from xml.parsers import expat

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from forms import messages

#: Largest instance in bytes; photos and sounds travel beside it.
MAX_BYTES = 2_000_000
#: Deepest nesting and most elements; a household survey has four levels and some hundred.
MAX_DEPTH, MAX_NODES = 32, 20_000
#: Attributes that mark an element which only the form's designer needs.
_TEMPLATE = "{http://openrosa.org/javarosa}template"


class SubmissionError(ValueError):
    """What came is no instance that could be read; ``code`` is a key of ``forms.messages``."""

    def __init__(self, code: str, **facts: Any) -> None:
        self.code, self.facts = code, facts
        self.messages = messages.texts(code, facts)
        super().__init__(f"{code}: {facts}")


@dataclass(frozen=True)
class Leaf:
    """An element without children: its path below the root, without positions, and its text.

    ``positions`` counts from 1 how many-th of its name each step of the path is.
    """

    path: str
    text: str
    positions: tuple[int, ...]


@dataclass(frozen=True)
class Instance:
    """One filled form.

    Attributes
    ----------
    form_id, version : str
        What was filled; the version is empty where the client names none.
    instance_id, deprecated_id : str
        This submission, and the one that it corrects (empty: none).
    leaves : tuple of Leaf
        In document order, without those of ``meta``.
    meta : mapping of str to str
        Elements of the ``meta`` block by local name.
    """

    form_id: str
    version: str
    instance_id: str
    deprecated_id: str
    leaves: tuple[Leaf, ...]
    meta: Mapping[str, str]


def read(xml: bytes, *, limit: int = MAX_BYTES) -> Instance:
    """Read a submission.  No entity, no document type, no file and no address is followed.

    Raises
    ------
    SubmissionError
        ``submission.too_large``, ``.malformed``, ``.too_deep``, ``.no_form`` or ``.no_instance``.

    Source: https://getodk.github.io/xforms-spec/#metadata and #instance; OpenRosa metadata schema.
    """
    if len(xml) > limit:
        raise SubmissionError("submission.too_large", size=len(xml), limit=limit)
    try:
        root = fromstring(xml, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise SubmissionError("submission.malformed", reason=str(error)) from None
    form_id = root.get("id") or root.get("xmlns") or _namespace(root.tag)
    if not form_id:
        raise SubmissionError("submission.no_form")
    leaves, meta = [], {}
    for leaf in _leaves(root):
        head, _, name = leaf.path.rpartition("/")
        if head == "/meta":
            meta.setdefault(name, leaf.text.strip())
        else:
            leaves.append(leaf)
    instance_id = meta.get("instanceID", "")
    if not instance_id:
        raise SubmissionError("submission.no_instance")
    return Instance(
        form_id=form_id,
        version=root.get("version", ""),
        instance_id=instance_id,
        deprecated_id=meta.get("deprecatedID", ""),
        leaves=tuple(leaves),
        meta=meta,
    )


def is_well_formed(xml: bytes, *, limit: int = MAX_BYTES) -> bool:
    """Whether this is XML without a document type: cheap, since no tree is built."""
    if len(xml) > limit or b"<!DOCTYPE" in xml:
        return False
    try:
        expat.ParserCreate().Parse(xml, True)
    except (expat.ExpatError, ValueError):
        return False
    return True


def instant(text: str) -> datetime | None:
    """An XML dateTime with its zone; None if it is none or has no zone."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo else None


def _leaves(root: Element) -> Iterator[Leaf]:
    """Depth first, without recursion: the depth is the sender's."""
    waiting: list[tuple[Element, str, tuple[int, ...]]] = [(root, "", ())]
    nodes = 0
    while waiting:
        element, path, positions = waiting.pop()
        nodes += 1
        if nodes > MAX_NODES or len(positions) > MAX_DEPTH:
            raise SubmissionError("submission.too_deep", depth=MAX_DEPTH, nodes=MAX_NODES)
        if not len(element):
            if positions:
                yield Leaf(path, element.text or "", positions)
            continue
        below = []
        seen: dict[str, int] = {}
        for child in element:
            name = _local(child.tag)
            if _TEMPLATE not in child.attrib:
                seen[name] = seen.get(name, 0) + 1
                below.append((child, f"{path}/{name}", (*positions, seen[name])))
        waiting.extend(reversed(below))


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _namespace(tag: str) -> str:
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""
