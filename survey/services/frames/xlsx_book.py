"""What a workbook says about itself: its sheets, where they lie, which cell styles are dates."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from posixpath import normpath
from xml.etree import ElementTree

from survey.domain.text import clean_line
from survey.errors import InvalidInput, Problem

TEXTS = "xl/sharedStrings.xml"
WORKBOOK = "xl/workbook.xml"
STYLES = "xl/styles.xml"
LINKS = "xl/_rels/workbook.xml.rels"
#: No workbook that people make needs more for its table of contents.
LARGEST = 1 << 26
#: Number formats that every program knows as dates (ECMA-376, part 1, 18.8.30).
DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_DATE_LETTER = re.compile(r"[dmyhs]", re.IGNORECASE)
_NOT_LETTERS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.|General', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Book:
    #: Name of a sheet -> where it lies in the archive, in the workbook's order.
    sheets: Mapping[str, str]
    #: Numbers of cell styles, as bytes, whose numbers are days.
    date_styles: frozenset[bytes]
    first_day: datetime

    def member(self, sheet: str) -> str:
        """Where a sheet lies; the first one without a name.  Raises InvalidInput."""
        if not sheet:
            return next(iter(self.sheets.values()))
        for name, member in self.sheets.items():
            if clean_line(name).casefold() == clean_line(sheet).casefold():
                return member
        raise InvalidInput(
            "Tệp có lỗi; chưa nạp dòng nào.",
            [
                Problem(
                    "frame.no_sheet",
                    "Không có trang tính “%(sheet)s”; tệp có: %(sheets)s.",
                    {"sheet": sheet, "sheets": ", ".join(self.sheets)},
                )
            ],
            code="frame.invalid",
        )

    def day(self, serial: bytes) -> str:
        """A cell's number as the day (and time, if any) that the spreadsheet shows."""
        try:
            moment = self.first_day + timedelta(days=float(serial))
        except (ValueError, OverflowError):
            return serial.decode()
        moment += timedelta(milliseconds=500)
        clock = "" if (moment.hour, moment.minute) == (0, 0) else f" {moment:%H:%M}"
        return f"{moment:%Y-%m-%d}{clock}"


def read(archive: zipfile.ZipFile) -> Book:
    """Raises KeyError, ParseError for what is no workbook."""
    workbook = _tree(archive, WORKBOOK)
    targets = {
        link.get("Id"): link.get("Target", "") for link in _tree(archive, LINKS) if link.get("Id")
    }
    sheets = {}
    for sheet in workbook.iter():
        if not sheet.tag.endswith("}sheet"):
            continue
        link = next(value for key, value in sheet.items() if key.endswith("}id"))
        target = targets[link]
        member = target[1:] if target.startswith("/") else normpath(f"xl/{target}")
        if "worksheets/" in member:
            sheets[sheet.get("name", "")] = member
    if not sheets:
        raise KeyError("worksheet")
    properties = next((e for e in workbook.iter() if e.tag.endswith("}workbookPr")), None)
    mac = properties is not None and properties.get("date1904") in ("1", "true")
    first = datetime(1904, 1, 1, tzinfo=UTC) if mac else datetime(1899, 12, 30, tzinfo=UTC)
    return Book(sheets, _date_styles(archive), first)


def _date_styles(archive: zipfile.ZipFile) -> frozenset[bytes]:
    if STYLES not in archive.namelist():
        return frozenset()
    styles = _tree(archive, STYLES)
    own = {
        int(each.get("numFmtId", 0)): each.get("formatCode", "")
        for each in styles.iter()
        if each.tag.endswith("}numFmt")
    }
    dates = DATE_FORMATS | {
        number for number, code in own.items() if _DATE_LETTER.search(_NOT_LETTERS.sub("", code))
    }
    cells = next((e for e in styles if e.tag.endswith("}cellXfs")), ())
    return frozenset(
        str(place).encode()
        for place, style in enumerate(cells)
        if int(style.get("numFmtId", 0)) in dates
    )


def _tree(archive: zipfile.ZipFile, member: str) -> ElementTree.Element:
    if archive.getinfo(member).file_size > LARGEST:
        raise KeyError(member)
    content = archive.read(member)
    if b"<!" in content:
        raise KeyError(f"{member}: DOCTYPE")
    return ElementTree.fromstring(content)
