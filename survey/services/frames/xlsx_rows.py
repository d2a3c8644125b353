"""Rows of an XLSX worksheet, one at a time and in constant memory.

Reading libraries hold the whole sheet, or all its texts, or take minutes for a million rows.  Here
the worksheet is cut at the ends of its rows as it is unpacked; cells written the usual way are
read by one expression, any other row by an XML parser.  Texts wait in a temporary file.
"""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
import zlib
from array import array
from collections.abc import Iterator
from html import unescape
from itertools import accumulate
from mmap import ACCESS_READ, mmap
from typing import BinaryIO
from xml.etree import ElementTree

from survey.domain.frame_fields import index_of
from survey.errors import InvalidInput, Problem
from survey.services.frames import xlsx_book
from survey.services.frames.memo import Memo

CHUNK = 1 << 18
#: A row, or a text, longer than this is none that a person typed.
LONGEST = 1 << 24
#: What a damaged archive or a worksheet that points nowhere shows itself by.
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, ElementTree.ParseError, IndexError, ValueError)
_CELL = re.compile(
    rb'<c r="([A-Z]{1,3})\d+"(?: s="(\d+)")?(?: t="(\w+)")?'
    rb"(?:/>|>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)?"
    rb"(?:<v(?: [^>]*)?>([^<]*)</v>|<is><t(?: [^>]*)?>([^<]*)</t></is>|<v/>)?</c>)"
)
_ROW_NUMBER = re.compile(rb'<row [^>]*?\br="(\d+)"')
_TEXT = re.compile(rb"<si>\s*<t(?: [^>]*)?>([^<]*)</t>\s*</si>")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class XlsxRows:
    """Reads one worksheet; raises InvalidInput for a file that is no workbook."""

    pads = True

    def __init__(self, file: BinaryIO, sheet: str = "") -> None:
        try:
            self.archive = zipfile.ZipFile(file)
            self.book = xlsx_book.read(self.archive)
        except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, RuntimeError) as error:
            raise _refused("Tệp không phải XLSX đọc được (%(reason)s).", str(error)) from error
        self.member = self.book.member(sheet)
        self.faults: list[Problem] = []
        self.columns = Memo(lambda name: index_of(name.decode()))
        self.days = Memo(self.book.day)
        self.size = self.archive.getinfo(self.member).file_size
        self.read = 0

    @property
    def expected(self) -> float:
        """Share of the worksheet that was read, to tell how many rows it may have."""
        return self.read / self.size if self.size else 1.0

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Row number and cells, without empty rows.  Raises InvalidInput (a damaged file)."""
        try:
            yield from self._rows()
        except BROKEN as error:
            reason = str(error) or type(error).__name__
            raise _refused("Tệp không phải XLSX đọc được (%(reason)s).", reason) from error

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        number = 0
        self.read = 0
        with _Texts(self.archive) as texts:
            for part in self._parts():
                start = part.rfind(b"<row")
                if start < 0:
                    continue
                found = _ROW_NUMBER.search(part, start)
                number = int(found.group(1)) if found else number + 1
                cells = self._cells(part, start, texts)
                if any(cells):
                    yield number, cells

    def _parts(self) -> Iterator[bytes]:
        with self.archive.open(self.member) as source:
            for chunk in _split(source, b"</row>"):
                self.read += len(chunk)
                yield from chunk.split(b"</row>")

    def _cells(self, part: bytes, start: int, texts: _Texts) -> list[str]:
        found = _CELL.findall(part, start)
        if len(found) != part.count(b"<c ", start) + part.count(b"<c>", start):
            return self._parsed(part, start, texts)
        if not found:
            return []
        shared, text = texts.shared, self._text
        if self.columns[found[-1][0]] == len(found) - 1:  # none is left out
            return [
                shared[value] if kind == b"s" else text(kind, style, inline or value, texts)
                for _name, style, kind, value, inline in found
            ]
        cells: list[str] = []
        for name, style, kind, value, inline in found:
            cells += [""] * (self.columns[name] - len(cells))
            cells.append(text(kind, style, inline or value, texts))
        return cells

    def _parsed(self, part: bytes, start: int, texts: _Texts) -> list[str]:
        """A row whose cells are written in an unusual way, by the XML parser."""
        first = part.find(b"<c", start)
        row = ElementTree.fromstring(b"<row>" + part[first:] + b"</row>")
        cells: list[str] = []
        for cell in row.iter("c"):
            name = re.match("[A-Z]+", cell.get("r", ""))
            place = index_of(name.group()) if name else len(cells)
            while len(cells) < place:
                cells.append("")
            texts_in = [each.text or "" for each in cell.iter("t")]
            value = "".join(texts_in) if texts_in else (cell.findtext("v") or "")
            kind, style = cell.get("t", "").encode(), cell.get("s", "").encode()
            cells.append(self._text(kind, style, value.encode(), texts, escaped=False))
        return cells

    def _text(
        self, kind: bytes, style: bytes, value: bytes, texts: _Texts, *, escaped: bool = True
    ) -> str:
        if not value:
            return ""
        if kind == b"s":
            return texts.shared[value]
        if kind in (b"", b"n"):
            return self.days[value] if style in self.book.date_styles else _number(value)
        if kind == b"b":
            return "TRUE" if value == b"1" else "FALSE"
        return _plain(value) if escaped else value.decode()


class _Texts:
    """The workbook's shared texts, by their number, in a file that nobody else can open."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.ends = array("Q", [0])
        self.shared = Memo(self._of)

    def __enter__(self) -> _Texts:
        self.file = tempfile.TemporaryFile()
        if xlsx_book.TEXTS in self.archive.namelist():
            with self.archive.open(xlsx_book.TEXTS) as source:
                for chunk in _split(source, b"</si>", empty=(b"<si/>", b"<si><t/></si>")):
                    self._add(chunk)
        self.file.flush()
        self.map = mmap(self.file.fileno(), 0, access=ACCESS_READ) if self.ends[-1] else b""
        return self

    def __exit__(self, *_error: object) -> None:
        if self.ends[-1]:
            self.map.close()
        self.file.close()

    def _of(self, number: bytes) -> str:
        place = int(number)
        return self.map[self.ends[place] : self.ends[place + 1]].decode()

    def _add(self, chunk: bytes) -> None:
        values = _TEXT.findall(chunk)
        if len(values) != chunk.count(b"</si>"):
            values = [_item(part) for part in chunk.split(b"</si>")[:-1]]
        elif b"&" in chunk or b"_x" in chunk:
            values = [_plain(value).encode() for value in values]
        self.file.write(b"".join(values))
        last = self.ends[-1]
        self.ends.extend(last + end for end in accumulate(map(len, values)))


def _item(part: bytes) -> bytes:
    """One shared text with its runs; readings of East Asian letters (rPh) are no part of it."""
    item = ElementTree.fromstring(part[part.find(b"<si") :] + b"</si>")
    runs = [item.findtext("t") or "", *(run.findtext("t") or "" for run in item.findall("r"))]
    return "".join(runs).encode()


def _split(
    source: io.BufferedIOBase, end: bytes, *, empty: tuple[bytes, bytes] = (b"", b"")
) -> Iterator[bytes]:
    """The source in pieces that end with ``end``; a namespace prefix of the file is taken away."""
    tail, prefix, first = b"", b"", True
    while chunk := source.read(CHUNK):
        if first:
            prefix, first = _prefix(chunk), False
        text = tail + chunk
        if prefix:
            text = text.replace(b"<" + prefix, b"<").replace(b"</" + prefix, b"</")
        if b"<!" in text or len(text) > LONGEST:
            raise _refused("Tệp XLSX có cấu trúc lạ (%(reason)s).", "CDATA, DOCTYPE")
        if empty[0]:
            text = text.replace(*empty)
        cut = text.rfind(end) + len(end)
        if cut < len(end):
            tail = text
            continue
        tail = text[cut:]
        yield text[:cut]


def _prefix(start: bytes) -> bytes:
    if b"UTF-16" in start[:200].upper() or start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise _refused("Tệp XLSX có cấu trúc lạ (%(reason)s).", "UTF-16")
    found = re.search(rb"<(\w+:)(?:worksheet|sst)\b", start)
    return found.group(1) if found else b""


def _number(value: bytes) -> str:
    text = value.decode()
    if text.isdigit():
        return text
    try:
        number = float(text)
    except ValueError:
        return text
    exact = number.is_integer() and abs(number) < 1e15
    return str(int(number)) if exact else text


def _plain(value: bytes) -> str:
    text = value.decode()
    if "&" in text:
        text = unescape(text)
    if "_x" in text:
        text = _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text)
    return text


def _refused(message: str, reason: str) -> InvalidInput:
    return InvalidInput(
        "Tệp có lỗi; chưa nạp dòng nào.",
        [Problem("frame.not_xlsx", message, {"reason": reason})],
        code="frame.invalid",
    )
