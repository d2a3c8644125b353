"""Whether a file is a workbook that can be read at all, before any library takes it apart.

What these look at would otherwise be dropped in silence (links, merged cells), or cost time and
memory (bombs).
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from forms.faults import Fault, fault
from forms.model import Cell

#: A questionnaire has kilobytes; sheets that unpack to more are refused.
MAX_BYTES, MAX_PARTS = 16 * 1024 * 1024, 1000
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, EOFError),
    # An unknown compression, a password, a name that is no text.
    *(NotImplementedError, RuntimeError, ValueError),
)
_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RELATION = re.compile(r'<Relationship\b[^>]*?Id="([^"]+)"[^>]*?Target="([^"]+)"')
_TARGET_FIRST = re.compile(r'<Relationship\b[^>]*?Target="([^"]+)"[^>]*?Id="([^"]+)"')
_SHEET = re.compile(r'<(?:\w+:)?sheet\b[^>]*?name="([^"]+)"[^>]*?(?:\w+:)?id="([^"]+)"')
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?ref="([A-Z]{1,3})([0-9]{1,7}):')


def faults(path: Path) -> Iterator[Fault]:
    """What makes a workbook unreadable; nothing where it may be opened."""
    here = Cell(path.name, 1, 1)
    try:
        with path.open("rb") as file:
            start = file.read(len(_OLD))
        if start == _OLD:
            yield fault("file.locked", here)
            return
        with zipfile.ZipFile(path) as archive:
            yield from _of_archive(archive, here)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ):
        yield fault("file.damaged", here)
    except OSError as error:
        yield fault("file.unreadable", here, reason=error.strerror or type(error).__name__)


def _of_archive(archive: zipfile.ZipFile, here: Cell) -> Iterator[Fault]:
    parts = archive.infolist()
    if sum(part.file_size for part in parts) > MAX_BYTES or len(parts) > MAX_PARTS:
        yield fault("file.too_large", here, limit=MAX_BYTES // 1024 // 1024)
        return
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names:
        yield fault("file.damaged", here)
        return
    for name in sorted(names):
        if name.endswith((".xml", ".rels")) and b"<!DOCTYPE" in archive.read(name)[:4096]:
            yield fault("file.damaged", here)
            return
    if any(name.startswith("xl/externalLinks/") for name in names):
        yield fault("file.links", here)
    if any(name.rpartition("/")[2].lower() == "vbaproject.bin" for name in names):
        yield fault("file.macros", here)
    yield from _merged(archive, names)


def _merged(archive: zipfile.ZipFile, names: set[str]) -> Iterator[Fault]:
    """The first merged cell of each sheet: all but its first cell would be blank."""
    for title, part in _sheets(archive, names):
        found = _MERGED.search(archive.read(part))
        if found:
            column = 0
            for letter in found[1].decode():
                column = 26 * column + ord(letter) - 64
            yield fault("file.merged", Cell(title, int(found[2]), column))


def _sheets(archive: zipfile.ZipFile, names: set[str]) -> Iterator[tuple[str, str]]:
    """(title, part) of each worksheet."""
    relations = "xl/_rels/workbook.xml.rels"
    if relations not in names:
        return
    text = archive.read(relations).decode("utf-8", "replace")
    targets = dict(_RELATION.findall(text))
    targets |= {id_: target for target, id_ in _TARGET_FIRST.findall(text)}
    book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
    for title, id_ in _SHEET.findall(book):
        target = targets.get(id_, "").removeprefix("/xl/")
        if f"xl/{target}" in names:
            yield title, f"xl/{target}"
