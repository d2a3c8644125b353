"""What an office sends as an XLSForm, read and checked: all faults at once, each with its cell."""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forms import apart, naming
from forms.faults import Fault
from forms.mediafiles import is_media
from forms.model import Questionnaire
from survey.domain.text import clean_line
from survey.errors import InvalidInput

#: No questionnaire that people make is larger, without what it shows; and with it.
LARGEST_SHEETS, LARGEST = 4 << 20, 30 << 20
#: Faults that are kept; beyond them the first ones have to be mended anyway.
MOST_FAULTS = 500
#: ``survey.csv``, and what programs make of it that save each sheet: ``phieu - survey.csv``.
_SHEET_FILE = re.compile(
    r"(?:.*?[^a-z])??(survey|choices|external_choices|settings)\.csv", re.IGNORECASE
)
#: A list of ``select_one_from_file``.
_LIST_FILE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\.csv", re.IGNORECASE)
#: More than any form needs: sheets, lists, pictures and sounds together.
MOST_FILES = 200
_BOOK = "phieu.xlsx"
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_SAME_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Checked:
    """A workbook after checking; ``definition`` is None where there is an error."""

    file_name: str
    #: The workbook; CSV sheets in one ZIP archive.
    file: bytes
    definition: Questionnaire | None
    #: [{"code", "sheet", "row", "cell", "texts", "is_error"}], in sheet order.
    faults: Sequence[Mapping[str, Any]]
    n_faults: int
    #: What it shows, by file name.
    media: Mapping[str, bytes] = field(default_factory=dict)


def check(files: Sequence[tuple[str, bytes]]) -> Checked:
    """Read a workbook or its CSV sheets, with the CSV lists they name, apart or in a ZIP archive.

    Raises InvalidInput for what cannot be a questionnaire at all.
    """
    files = [(_base(name), content) for name, content in files if name]
    if not files:
        raise InvalidInput("Hãy chọn một tệp XLSX, hoặc các trang tính CSV.", code="upload.none")
    _refuse_large([(name, len(content)) for name, content in files])
    name, content = next((each for each in files if not is_media(each[0])), files[0])
    if len(files) == 1 and content.startswith(_ZIP) and not _is_workbook(content):
        files = _unpacked(content)
    if len(files) == 1 and _is_workbook(files[0][1]):
        return _checked(name, content, {_BOOK: files[0][1]})
    parts = _parts(files)
    return _checked(_archive_name(name), _archive(parts), parts)


def _refuse_large(sizes: Sequence[tuple[str, int]]) -> None:
    if sum(size for name, size in sizes if not is_media(name)) > LARGEST_SHEETS:
        raise InvalidInput("Tệp lớn hơn 4 MiB, không phải phiếu hỏi.", code="upload.too_large")
    if sum(size for _, size in sizes) > LARGEST:
        raise InvalidInput(
            "Phiếu và hình, tiếng kèm theo lớn hơn %(most)s MiB.",
            code="upload.media_too_large",
            most=LARGEST >> 20,
        )


def _is_workbook(content: bytes) -> bool:
    if content.startswith(_OLD_EXCEL):
        raise InvalidInput(
            "Tệp .xls kiểu cũ không đọc được; hãy lưu lại dạng .xlsx.", code="upload.xls"
        )
    if not content.startswith(_ZIP):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            # A workbook's own pictures lie in it too.
            parts = [name for name in archive.namelist() if _is_part(name)]
            return all(is_media(name) for name in parts)
    except (zipfile.BadZipFile, ValueError):
        return True  # its reader says what is wrong with it


def _is_part(name: str) -> bool:
    """Whether a file of an archive is of use; the program that packed it may add its own."""
    is_ours = not name.startswith("__MACOSX/") and not _base(name).startswith(".")
    return is_ours and (name.lower().endswith((".csv", ".xlsx")) or is_media(name))


def _parts(files: Sequence[tuple[str, bytes]]) -> dict[str, bytes]:
    """Workbook or sheets, and lists, by the name that the reader wants.  Raises InvalidInput."""
    found: dict[str, bytes] = {}
    for name, content in files:
        part = _part(name, content)
        alone = is_media(part) and all(is_media(other) for other, _ in files)
        if not part or part in found or alone:
            raise InvalidInput(
                "Không rõ “%(name)s” là trang tính nào: cần một tệp XLSX, hoặc survey.csv, "
                "choices.csv và settings.csv, mỗi trang một tệp; danh sách là tệp CSV có tên bằng "
                "chữ không dấu, số, gạch dưới.",
                code="upload.sheet",
                name=name,
            )
        found[part] = content
    if _BOOK in found and "survey.csv" in found:
        raise InvalidInput(
            "Hãy gửi một tệp XLSX hoặc các trang tính CSV, không gửi cả hai.", code="upload.both"
        )
    return found


def _part(name: str, content: bytes) -> str:
    """The name of a file for the reader; empty if it is none."""
    if content.startswith((_ZIP, _OLD_EXCEL)):
        return _BOOK if name.lower().endswith(".xlsx") and _is_workbook(content) else ""
    if is_media(name):
        return name
    sheet = _SHEET_FILE.fullmatch(name)
    if sheet is not None:
        return f"{sheet[1].lower()}.csv"
    return name if _LIST_FILE.fullmatch(name) else ""


def _unpacked(content: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        wanted = [each for each in archive.infolist() if _is_part(each.filename)]
        if len(wanted) > MOST_FILES:
            raise InvalidInput("Tệp nén có quá nhiều tệp.", code="upload.too_many")
        _refuse_large([(each.filename, each.file_size) for each in wanted])
        try:
            return [(_base(each.filename), archive.read(each)) for each in wanted]
        except (zipfile.BadZipFile, RuntimeError, OSError, EOFError) as error:
            raise InvalidInput(
                "Không mở được tệp nén: %(reason)s.", code="upload.broken", reason=str(error)
            ) from error


def _checked(name: str, file: bytes, parts: Mapping[str, bytes]) -> Checked:
    # A form that does not say its form_id is called as its file is.
    called = naming.plain(name.rpartition(".")[0], "phieu")[:60]
    with tempfile.TemporaryDirectory(prefix="xlsform-") as place:
        folder, book = Path(place) / called, f"{called}.xlsx"
        folder.mkdir()
        for part, content in parts.items():
            (folder / (book if part == _BOOK else part)).write_bytes(content)
        alone = list(parts) == [_BOOK]
        definition, faults = apart.check(folder / book if alone else folder)
    told = [_told(each) for each in faults[:MOST_FAULTS]]
    made = definition or None
    media = {file_name: parts[file_name] for file_name in made.files} if made else {}
    return Checked(name, file, made, told, len(faults), media)


def _told(found: Fault) -> dict[str, Any]:
    return {
        "code": found.code,
        "sheet": found.sheet,
        "row": found.row,
        "cell": found.cell.address.rpartition("!")[2],
        "texts": dict(found.messages),
        "is_error": found.is_error,
    }


def _archive(sheets: Mapping[str, bytes]) -> bytes:
    """The same sheets always make the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for sheet in sorted(sheets):
            archive.writestr(zipfile.ZipInfo(sheet, _SAME_TIME), sheets[sheet])
    return out.getvalue()


def _archive_name(name: str) -> str:
    stem = re.sub(r"[ _-]*(survey|choices|settings)$", "", name.rpartition(".")[0], flags=re.I)
    return f"{stem or 'phieu'}.zip"


def _base(name: str) -> str:
    return clean_line(name.replace("\\", "/").rpartition("/")[2])[:200]
