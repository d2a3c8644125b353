"""The files of a release and the archive they travel in.

Their exact form is part of the promise; `survey/data/verify-a-release.md` describes it.
"""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from survey.render.sample_bundle import digest, json_file

__all__ = ["digest", "json_file"]

FORMAT = "index-release/1"
MANIFEST, SIGNATURE, DESCRIPTION = "manifest.json", "signature.json", "verify-a-release.md"
TABLE, TABLE_CSV, CHANGES = "table.json", "table.csv", "changes.json"
FACTS, SCHEME, UNITS, VERIFIED = "facts.json", "scheme.toml", "units.csv", "verified.csv"
FRAME, STRATA, WEIGHTS, TOTALS = "frame.csv", "strata.csv", "weights.json", "totals.csv"
SUMS, COVARIANCE = "sums.csv", "covariance.csv"
QUESTIONNAIRE, SOFTWARE, EARLIER = "questionnaire.json", "software.json", "earlier.json"
#: What stands beside the table: ranks and chances, where each figure came from, key drivers.
STANDING, TRACES, DRIVERS = "standing.json", "traces.json", "drivers.json"
#: What was published before the draw; see `sample_bundle`.
PLAN = "plan.json"
#: One line an answer: only in the file that stays with the auditor.
ANSWERS = "answers.csv"
NOT_APPLICABLE = "na"
#: A file in a zip needs a date; this one says nothing.
_NO_DATE = (1980, 1, 1, 0, 0, 0)
#: More than any release needs; a file may come from anywhere.
MOST_BYTES = 2**31


class Unreadable(ValueError):
    """An archive or a file in it that is not what it should be: words with fields, and facts."""

    def __init__(self, words: str, **facts: object) -> None:
        self.words, self.facts = words, facts
        super().__init__(words % facts)


def csv_bytes(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """UTF-8, comma, line feed; None is empty, numbers in the shortest form that reads back."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([[_cell(value) for value in row] for row in rows])
    return out.getvalue().encode()


def csv_rows(name: str, content: bytes, head: Sequence[str] = ()) -> list[dict[str, str]]:
    """The lines of a file, each by its columns.  Raises Unreadable."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise Unreadable(
            "%(file)s không phải UTF-8 (byte %(at)s).", file=name, at=fault.start
        ) from None
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    columns = reader.fieldnames or []
    if head and list(columns[: len(head)]) != list(head):
        raise Unreadable(
            "%(file)s, dòng 1: không có tiêu đề “%(head)s”.", file=name, head=",".join(head)
        )
    try:
        rows = list(reader)
    except csv.Error as fault:
        raise Unreadable("%(file)s: %(fault)s", file=name, fault=fault) from None
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise Unreadable("%(file)s, dòng %(row)s: sai số cột.", file=name, row=number)
    return rows


def packed(files: Mapping[str, bytes]) -> bytes:
    """The files as one zip, in the order of their names; the same files make the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, _NO_DATE), files[name], zipfile.ZIP_DEFLATED)
    return out.getvalue()


def description() -> bytes:
    return (Path(__file__).parents[1] / "data" / DESCRIPTION).read_bytes()


def unpacked(source: Path | bytes) -> dict[str, bytes]:
    """All files of an archive, or of the folder it was unpacked to.  Raises Unreadable."""
    try:
        if isinstance(source, Path) and source.is_dir():
            return {item.name: item.read_bytes() for item in source.iterdir() if item.is_file()}
        with zipfile.ZipFile(source if isinstance(source, Path) else io.BytesIO(source)) as archive:
            return _members(archive)
    except (
        OSError,
        zipfile.BadZipFile,
        EOFError,
        NotImplementedError,
        RuntimeError,
        zlib.error,
    ) as fault:
        raise Unreadable("Không đọc được tệp nén: %(fault)s", fault=fault) from None


def _members(archive: zipfile.ZipFile) -> dict[str, bytes]:
    inside = archive.infolist()
    if sum(item.file_size for item in inside) > MOST_BYTES:
        raise Unreadable("Tệp lớn quá %(most)s byte.", most=MOST_BYTES)
    found: dict[str, bytes] = {}
    for item in inside:
        if item.filename in found:
            raise Unreadable("%(file)s có hai lần trong tệp nén.", file=item.filename)
        found[item.filename] = archive.read(item)
    return found


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return repr(value) if isinstance(value, float) else str(value)
