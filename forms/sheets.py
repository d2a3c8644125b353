"""Workbooks in: .xlsx files or folders of CSV sheets, as plain texts that know their cells."""

from __future__ import annotations

import codecs
import csv
import datetime
import io
import unicodedata
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from forms import workbook
from forms.dialect import SHEETS_ELSEWHERE
from forms.faults import Fault, fault
from forms.model import Cell

#: More than any questionnaire needs; a file beyond it is refused before it fills the memory.
MAX_ROWS, MAX_COLUMNS = 5000, 200

_TRUTHS = ("=TRUE()", "=FALSE()")
NAMES = ("survey", "choices", "settings", "external_choices")
#: A column that the row of headings has, and how far down it is looked for under a title.
_HEADINGS = {"type", "list_name", "list name", "form_id"}
_TITLE_ROWS = 10
#: Faults of a file that do not keep its other faults from being found.
_READABLE = {"file.merged", "file.links"}


@dataclass(frozen=True)
class Row:
    """The texts of one row by column name; blank cells are left out."""

    number: int
    texts: Mapping[str, str]
    cells: Mapping[str, Cell]

    def get(self, column: str) -> str:
        return self.texts.get(column, "")

    @property
    def start(self) -> Cell:
        """Where to point when the wanted cell does not exist: the row's first."""
        return min(self.cells.values(), key=lambda cell: cell.column)


@dataclass(frozen=True)
class Sheet:
    name: str
    columns: Mapping[str, Cell]
    rows: tuple[Row, ...]


def read(source: Path | Sequence[Path], faults: list[Fault]) -> dict[str, Sheet]:
    """All supported sheets of a workbook by name; what is wrong with the file goes to ``faults``.

    ``source`` is an .xlsx file, a folder with survey.csv, choices.csv, settings.csv, or a list of
    such CSV files.
    """
    if isinstance(source, Path) and not source.is_dir():
        grids = _workbook(source, faults)
    else:
        # Other CSV files of a folder are lists of ``select_one_from_file``, or told as no use.
        inside = [source / f"{name}.csv" for name in NAMES] if isinstance(source, Path) else source
        paths = [path for path in inside if path.exists() or not isinstance(source, Path)]
        grids = {path.stem: grid for path in paths if (grid := _csv(path, faults)) is not None}
    grids = {_named(title): grid for title, grid in grids.items()}
    if len(grids) == 1 and not grids.keys() & set(NAMES):
        grids = dict.fromkeys(("survey",), *grids.values())  # a form needs no other sheet
    for name in grids.keys() - set(NAMES):
        is_error = _is_meant(name, grids.keys())
        faults.append(fault("sheet.unknown", Cell(name, 1, 1), is_error=is_error, name=name))
    return {name: _sheet(name, grids[name], faults) for name in NAMES if name in grids}


def _named(title: str) -> str:
    """A sheet's name as we know it: spreadsheets do not mind capitals, authors neither."""
    plain = title.strip().lower().replace(" ", "_")
    return plain if plain in NAMES else title


def _is_meant(title: str, others: Container[str]) -> bool:
    """Whether a sheet of another name is no mere remark: ODK's, or ours with a slip in its name."""
    plain = title.strip().lower()
    absent = [name for name in NAMES if name not in others]
    return plain in SHEETS_ELSEWHERE or bool(get_close_matches(plain, absent, cutoff=0.8))


def listed(path: Path, most: int, faults: list[Fault]) -> Sheet | None:
    """A list of at most ``most`` rows in a CSV file; its cells stand in ``list.csv!A2``."""
    grid = _csv(path, faults, path.name, most)
    return None if grid is None else _sheet(path.name, grid, faults)


def _workbook(path: Path, faults: list[Fault]) -> dict[str, list[list[object]]]:
    # Imported here: openpyxl brings NumPy along, which a web process must not load.
    import openpyxl

    found = list(workbook.faults(path))
    # A sheet that is not read is one fault, whatever is in it.
    faults += (each for each in found if each.code != "file.merged" or each.sheet in NAMES)
    if any(each.code not in _READABLE for each in found):
        return {}
    try:
        book = openpyxl.load_workbook(path, read_only=True, keep_links=False)
        try:
            return {s.title: _limited(s.title, s.iter_rows(values_only=True), faults) for s in book}
        finally:
            book.close()
    # A damaged workbook fails in zipfile, in the XML parser or anywhere in openpyxl.
    except Exception:
        faults.append(fault("file.damaged", Cell(path.name, 1, 1)))
        return {}


def _csv(
    path: Path, faults: list[Fault], name: str = "", most: int = MAX_ROWS
) -> list[list[object]] | None:
    name = name or path.stem
    here = Cell(name, 1, 1)
    try:
        text = _decoded(path.read_bytes())
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
        return _limited(name, rows, faults, most)
    except UnicodeDecodeError as error:
        faults.append(fault("file.encoding", here, position=error.start))
    except (OSError, csv.Error) as error:
        faults.append(fault("file.unreadable", here, reason=str(error)))
    return None


def _decoded(content: bytes) -> str:
    """UTF-8, or UTF-16 that says so, as spreadsheets save "Unicode text"."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    if b"\0" in content:
        at = content.index(b"\0")
        raise UnicodeDecodeError("utf-8", content, at, at + 1, "NUL")
    return content.decode("utf-8-sig")


def _delimiter(text: str) -> str:
    """A spreadsheet that writes 1,5 for one and a half parts its columns by semicolons or tabs."""
    heading = text.partition("\n")[0]
    return max(",;\t", key=heading.count)


def _limited(
    name: str, rows: Iterable[Sequence[object]], faults: list[Fault], most: int = MAX_ROWS
) -> list[list[object]]:
    """The rows, up to the limit; spreadsheets often end in thousands of blank rows and columns."""
    kept: list[list[object]] = []
    for number, row in enumerate(rows, 1):
        cells = _near(row)
        while cells and cells[-1] in (None, ""):
            cells.pop()
        if cells and (number > most or len(cells) > MAX_COLUMNS):
            here = Cell(name, number, 1)
            faults.append(fault("file.too_big", here, rows=most, columns=MAX_COLUMNS))
            break
        if number <= most:
            kept.append(cells)
        elif number > 20 * most:
            break
    return kept


def _near(row: Sequence[object]) -> list[object]:
    """A row without its blank cells far out: formatted sheets go on for 16,384 columns."""
    far = row[MAX_COLUMNS:]
    is_blank = far.count(None) == len(far) or all(cell in (None, "") for cell in far)
    return list(row[:MAX_COLUMNS] if is_blank else row)


def _sheet(name: str, grid: list[list[object]], faults: list[Fault]) -> Sheet:
    if not any(map(any, grid[:_TITLE_ROWS] if name in NAMES else grid[:1])):
        faults.append(fault("sheet.empty", Cell(name, 1, 1), name=name))
        return Sheet(name, {}, ())
    first = _headings(grid) if name in NAMES else 1
    if first > 1:
        faults.append(fault("sheet.title", Cell(name, 1, 1), row=first))
    columns: dict[str, Cell] = {}
    heads: dict[int, str] = {}
    for index, content in enumerate(grid[first - 1], 1):
        text, here = _text(content), Cell(name, first, index)
        if text in columns:
            faults.append(fault("column.duplicate", here, name=text))
        elif text:
            columns[text], heads[index] = here, text
    below = enumerate(grid[first:], first + 1)
    rows = (_row(name, n, cells, heads, faults) for n, cells in below)
    return Sheet(name, columns, tuple(row for row in rows if row.texts))


def _headings(grid: list[list[object]]) -> int:
    """The number of the row with the columns' names: 1, or lower down where a title is above."""
    for number, row in enumerate(grid[:_TITLE_ROWS], 1):
        if _HEADINGS.intersection(_text(content).lower() for content in row):
            return number
    return 1


def _row(
    name: str, number: int, content: list[object], heads: dict[int, str], faults: list[Fault]
) -> Row:
    texts, cells = {}, {}
    for index, raw in enumerate(content, 1):
        text, here = _text(raw), Cell(name, number, index)
        if not text:
            continue
        if not heads.get(index):
            if index not in heads:  # told once: what stands there is a remark
                faults.append(fault("column.unnamed", here, is_error=False))
                heads[index] = ""
            continue
        if isinstance(raw, str) and raw.startswith("=") and raw not in _TRUTHS:
            faults.append(fault("file.formula", here))
        texts[heads[index]], cells[heads[index]] = text, here
    # Every column has its place in the row, so that a missing text can be pointed at too.
    every = {head: Cell(name, number, index) for index, head in heads.items() if head}
    cells = every | cells
    return Row(number, texts, cells)


def _text(content: object) -> str:
    """A cell as text: NFC, "1" for the number 1.0, ISO for a day, nothing invisible at the ends."""
    if content is None:
        return ""
    if isinstance(content, bool):
        return "TRUE" if content else "FALSE"
    if content in _TRUTHS:
        return str(content)[1:-2]  # a spreadsheet's own way to write TRUE
    if isinstance(content, float) and content.is_integer():
        return str(int(content))
    if isinstance(content, datetime.datetime) and content.time() == datetime.time():
        return content.date().isoformat()
    return unicodedata.normalize("NFC", str(content)).replace("\xa0", " ").strip()
