"""The codebook as DDI-Codebook 2.5, the exchange format of data archives.

Source: DDI Alliance, DDI-Codebook 2.5 XML Schema and its field-level documentation (2012).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from xml.etree import ElementTree as ET

from forms.faces.codebook import Code, Storage
from forms.faces.described import Entry
from forms.model import Text

NAMESPACE = "ddi:codebook:2_5"
SCHEMA = "https://ddialliance.org/Specification/DDI-Codebook/2.5/XMLSchema/codebook.xsd"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
#: What XML 1.0 cannot hold.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Study:
    """What the codebook says of the study; ``files`` name and type of each data file."""

    id: str
    titles: Text
    producer: str
    made_on: date
    version: str = ""
    fieldwork: tuple[date, date] | None = None
    universe: Text = field(default_factory=dict)
    sampling: Text = field(default_factory=dict)
    weighting: Text = field(default_factory=dict)
    notes: Text = field(default_factory=dict)
    files: Sequence[tuple[str, str]] = ()
    n_rows: int | None = None


def write(study: Study, entries: Sequence[Entry], languages: Sequence[str]) -> bytes:
    """The XML document in UTF-8; texts stand once in each language, with ``xml:lang``.

    Parameters
    ----------
    study : Study
    entries : sequence of Entry
        Columns in the order of the file.
    languages : sequence of str
        Languages of texts; the first is the document's own.
    """
    root = ET.Element(
        f"{{{NAMESPACE}}}codeBook",
        {
            "version": "2.5",
            _LANGUAGE: languages[0],
            f"{{{_XSI}}}schemaLocation": f"{NAMESPACE} {SCHEMA}",
        },
    )
    writer = _Writer(languages)
    writer.document(root, study)
    writer.study(root, study)
    files = writer.files(root, study, len(entries))
    data = writer.put(root, "dataDscr")
    weights = [f"V{place}" for place, entry in enumerate(entries, 1) if entry.is_weight]
    for place, entry in enumerate(entries, 1):
        writer.variable(data, entry, f"V{place}", files, weights)
    ET.register_namespace("", NAMESPACE)
    ET.register_namespace("xsi", _XSI)
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


class _Writer:
    def __init__(self, languages: Sequence[str]) -> None:
        self.languages = languages

    def put(
        self, above: ET.Element, tag: str, text: object = None, /, **attributes: str
    ) -> ET.Element:
        made = ET.SubElement(above, f"{{{NAMESPACE}}}{tag}", attributes)
        if text is not None:
            made.text = _FORBIDDEN.sub("", str(text))
        return made

    def each(self, above: ET.Element, name: str, texts: Text, **attributes: str) -> None:
        """An element in each language that has a text."""
        for language in self.languages:
            if texts.get(language):
                made = self.put(above, name, texts[language], **attributes)
                made.set(_LANGUAGE, language)

    def document(self, root: ET.Element, study: Study) -> None:
        citation = self.put(self.put(root, "docDscr"), "citation")
        self._title(citation, study)
        made = self.put(citation, "prodStmt")
        self.put(made, "producer", study.producer)
        self.put(made, "prodDate", study.made_on, date=study.made_on.isoformat())

    def study(self, root: ET.Element, study: Study) -> None:
        described = self.put(root, "stdyDscr")
        citation = self.put(described, "citation")
        self._title(citation, study)
        self.put(self.put(citation, "rspStmt"), "AuthEnty", study.producer)
        if study.version:
            self.put(self.put(citation, "verStmt"), "version", study.version)
        about = self.put(self.put(described, "stdyInfo"), "sumDscr")
        for day, event in zip(study.fieldwork or (), ("start", "end"), strict=False):
            self.put(about, "collDate", day, date=day.isoformat(), event=event)
        self.put(about, "nation", "Việt Nam", abbr="VN")
        self.each(about, "universe", study.universe)
        collected = self.put(self.put(described, "method"), "dataColl")
        self.each(collected, "sampProc", study.sampling)
        self.each(collected, "weight", study.weighting)
        self.each(described, "notes", study.notes)

    def _title(self, citation: ET.Element, study: Study) -> None:
        statement = self.put(citation, "titlStmt")
        own, *others = self.languages
        self.put(statement, "titl", study.titles.get(own) or study.id)
        for language in others:
            if study.titles.get(language):
                made = self.put(statement, "parTitl", study.titles[language])
                made.set(_LANGUAGE, language)
        self.put(statement, "IDNo", study.id)

    def files(self, root: ET.Element, study: Study, n_columns: int) -> str:
        """Describe the data files; their identifiers, for the columns to point to."""
        for place, (name, kind) in enumerate(study.files, 1):
            text = self.put(self.put(root, "fileDscr", ID=f"F{place}"), "fileTxt")
            self.put(text, "fileName", name)
            size = self.put(text, "dimensns")
            if study.n_rows is not None:
                self.put(size, "caseQnty", study.n_rows)
            self.put(size, "varQnty", n_columns)
            self.put(text, "fileType", kind)
        return " ".join(f"F{place}" for place in range(1, len(study.files) + 1))

    def variable(
        self, data: ET.Element, entry: Entry, id_: str, files: str, weights: Sequence[str]
    ) -> None:
        attributes = {"ID": id_, "name": entry.name, "intrvl": _interval(entry)}
        if files:
            attributes["files"] = files
        if entry.is_weight:
            attributes["wgt"] = "wgt"
        elif weights and entry.question:
            attributes["wgt-var"] = weights[-1]
        if entry.decimals:
            attributes["dcml"] = str(entry.decimals)
        made = self.put(data, "var", **attributes)
        self.each(made, "labl", entry.labels)
        if entry.question:
            asked = self.put(made, "qstn", responseDomainType=_DOMAINS[entry.storage])
            self.each(asked, "qstnLit", entry.question)
            self.each(asked, "ivuInstr", entry.hints)
        self.each(made, "universe", entry.universe)
        self._counts(made, entry)
        for code in entry.codes:
            self._category(made, entry, code, {})
        for code in _once(entry.missing):
            self._category(made, entry, code, {"missing": "Y"})
        if entry.concept:
            self.put(made, "concept", entry.concept)
        kind = "character" if entry.storage is Storage.TEXT else "numeric"
        category = {"category": "date"} if entry.storage is Storage.DAY else {}
        self.put(made, "varFormat", type=kind, schema="other", **category)
        self.each(made, "notes", entry.media, type="media")

    def _counts(self, made: ET.Element, entry: Entry) -> None:
        if entry.counts:
            reasons = {code.value for code in entry.missing}
            valid = sum(n for key, n in entry.counts.items() if key not in reasons)
            self.put(made, "sumStat", valid, type="vald")
            self.put(made, "sumStat", sum(entry.counts.values()) - valid, type="invd")

    def _category(
        self, made: ET.Element, entry: Entry, code: Code, attributes: Mapping[str, str]
    ) -> None:
        category = self.put(made, "catgry", **attributes)
        self.put(category, "catValu", code.value)
        self.each(category, "labl", code.labels)
        if entry.counts:
            self.put(category, "catStat", entry.counts.get(code.value, 0), type="freq")


def _once(codes: Iterable[Code]) -> list[Code]:
    """Several options may give one reason; the first names it."""
    return list({code.value: code for code in reversed(list(codes))}.values())[::-1]


def _interval(entry: Entry) -> str:
    return "contin" if entry.is_scale or entry.storage is Storage.NUMBER else "discrete"


_DOMAINS = {
    Storage.CODE: "category",
    Storage.NUMBER: "numeric",
    Storage.TEXT: "text",
    Storage.DAY: "datetime",
}
