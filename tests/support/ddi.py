"""DDI-Codebook 2.5 as far as our codebooks use it: which element holds which, in what order.

Written after the standard's field-level documentation.  Where the schema itself is at hand
(``DDI_SCHEMA`` names its ``codebook.xsd``, https://ddialliance.org/Specification/DDI-Codebook/2.5),
every document is held against that too; its licence (LGPL) and size keep it out of this house.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

#: Where the schema lies, with the files that it includes beside it.
SCHEMA = Path(os.environ.get("DDI_SCHEMA") or "no-schema")
NAMESPACE = "{ddi:codebook:2_5}"
#: Element -> its children in their order.
CHILDREN = {
    "codeBook": ["docDscr", "stdyDscr", "fileDscr", "dataDscr"],
    "docDscr": ["citation"],
    "stdyDscr": ["citation", "stdyInfo", "method", "notes"],
    "citation": ["titlStmt", "rspStmt", "prodStmt", "verStmt"],
    "titlStmt": ["titl", "parTitl", "IDNo"],
    "rspStmt": ["AuthEnty"],
    "prodStmt": ["producer", "prodDate"],
    "verStmt": ["version"],
    "stdyInfo": ["sumDscr"],
    "sumDscr": ["collDate", "nation", "universe"],
    "method": ["dataColl"],
    "dataColl": ["sampProc", "weight"],
    "fileDscr": ["fileTxt"],
    "fileTxt": ["fileName", "dimensns", "fileType"],
    "dimensns": ["caseQnty", "varQnty"],
    "dataDscr": ["var"],
    "var": ["labl", "qstn", "universe", "sumStat", "catgry", "concept", "varFormat", "notes"],
    "qstn": ["qstnLit", "ivuInstr"],
    "catgry": ["catValu", "labl", "catStat"],
}
#: Attributes with the values that they may have; None: any.
ATTRIBUTES = {
    "codeBook": {"version": {"2.5"}, "schemaLocation": None},
    "prodDate": {"date": None},
    "collDate": {"date": None, "event": {"start", "end"}},
    "nation": {"abbr": None},
    "fileDscr": {"ID": None},
    "var": {
        "ID": None,
        "name": None,
        "files": None,
        "intrvl": {"contin", "discrete"},
        "wgt": {"wgt"},
        "wgt-var": None,
        "dcml": None,
    },
    "qstn": {"responseDomainType": {"text", "numeric", "category", "datetime"}},
    "sumStat": {"type": {"vald", "invd"}},
    "catgry": {"missing": {"Y"}},
    "catStat": {"type": {"freq"}},
    "notes": {"lang": None, "type": {"media"}},
    "varFormat": {"type": {"numeric", "character"}, "schema": {"other"}, "category": {"date"}},
}


def faults(document: bytes) -> list[str]:
    """What in a document the standard does not allow; pointers that lead nowhere too."""
    return _by_our_table(document) + by_schema(document)


def by_schema(document: bytes) -> list[str]:
    """What the standard's schema refuses; nothing where `SCHEMA` is not at hand."""
    if not SCHEMA.is_file():
        return []
    from lxml import etree

    schema = _schema()
    schema.validate(etree.fromstring(document))
    return [str(fault) for fault in schema.error_log]


@cache
def _schema():
    from lxml import etree

    return etree.XMLSchema(etree.parse(SCHEMA, etree.XMLParser(no_network=True)))


def _by_our_table(document: bytes) -> list[str]:
    root = ET.fromstring(document)
    ids = [element.get("ID") for element in root.iter() if element.get("ID")]
    found = [f"ID {one} stands twice" for one in set(ids) if ids.count(one) > 1]
    for element in root.iter():
        name = element.tag.removeprefix(NAMESPACE)
        inside = [child.tag.removeprefix(NAMESPACE) for child in element]
        allowed = CHILDREN.get(name, [])
        found += [f"{name} holds {child}" for child in inside if child not in allowed]
        places = [allowed.index(child) for child in inside if child in allowed]
        if places != sorted(places):
            found.append(f"{name}: {inside} are out of order")
        for key, value in element.attrib.items():
            known = ATTRIBUTES.get(name, {}) | {"lang": None}
            values = known.get(key.rpartition("}")[2], set())
            if values is not None and value not in values:
                found.append(f"{name} {key}={value}")
        for pointer in (element.get("files") or "").split() + [element.get("wgt-var")]:
            if pointer and pointer not in ids:
                found.append(f"{name} points to {pointer}")
    return found
