"""Pictures, sounds and films that a questionnaire shows: files beside the workbook.

A row names a file; the file must be there, be what its ending says, and be small enough for a
phone.  The frozen questionnaire holds each file's digest, so that another picture is another
version.

Source: https://xlsform.org/en/#media (columns ``image``, ``audio``, ``video``, ``big-image``, also
written ``media::image``, each also by language).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from forms import pictures, recordings
from forms.layout import Layout
from forms.model import Cell, Text
from forms.reading import Refused
from forms.sheets import Row

#: Column -> what its files are.
COLUMNS: Mapping[str, str] = {
    "image": "image",
    "big-image": "image",
    "audio": "audio",
    "video": "video",
}
#: Kind -> largest file in bytes: a page is read on a phone's line.
LARGEST: Mapping[str, int] = {"image": 2 << 20, "audio": 4 << 20, "video": 12 << 20}
#: Kind -> ending as written -> ending under which the file is kept.
ENDINGS: Mapping[str, Mapping[str, str]] = {
    "image": {"jpg": "jpg", "jpeg": "jpg", "png": "png", "webp": "webp"},
    "audio": {"m4a": "m4a", "3gp": "m4a", "mp3": "mp3", "wav": "wav", "aac": "aac", "amr": "amr"},
    "video": {"mp4": "mp4"},
}
#: Ending under which a file is kept -> media type.
MEDIA_TYPES: Mapping[str, str] = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "m4a": "audio/mp4",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "aac": "audio/aac",
    "amr": "audio/amr",
    "mp4": "video/mp4",
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}\Z")
_OF_PICTURE = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}


def ending_of(name: str) -> str:
    """The ending of a file's name, without its dot."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def is_media(name: str) -> bool:
    """Whether a file beside a workbook can only be a picture, a sound or a film."""
    others = {"gif", "svg", "bmp", "heic", "tif", "tiff", "webm", "mov", "avi", "ogg"}
    known = {ending for endings in ENDINGS.values() for ending in endings}
    return ending_of(name) in known | others


@dataclass
class MediaFiles:
    """The files beside a form; each is looked at when a row first names it."""

    folder: Path
    layout: Layout
    #: Name -> name under which it is kept (``DIGEST.ending``).
    found: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    #: (name, kind) -> why it is refused; None where it is sound.
    _seen: dict[tuple[str, str], Refused | None] = field(default_factory=dict)

    def of_row(self, row: Row, sheet: str) -> dict[str, Text]:
        """What a row shows, by column and language; every file it names is looked at."""
        shown: dict[str, Text] = {}
        for column in COLUMNS:
            headers = self.layout.headers.get(sheet, {}).get(column, {})
            names = {code: row.get(header) for code, header in headers.items() if row.get(header)}
            for code, name in names.items():
                self._look(name, column, row.cells[headers[code]])
            if names:
                shown[column] = names
        return shown

    def unused(self) -> list[str]:
        """Files beside the form that no row shows."""
        names = (path.name for path in self.folder.iterdir() if path.is_file())
        return sorted(name for name in names if is_media(name) and name not in self.used)

    def _look(self, name: str, column: str, cell: Cell) -> None:
        self.used.add(name)
        key = name, COLUMNS[column]
        if key not in self._seen:
            try:
                self.found[name] = self._kept_name(*key)
                self._seen[key] = None
            except Refused as refused:
                self._seen[key] = refused
        refusal = self._seen[key]
        if refusal is not None:
            problem = refusal.problem
            self.layout.fault(problem.code, cell, **problem.facts)

    def _kept_name(self, name: str, kind: str) -> str:
        """Raises Refused with the code of a fault of the cell."""
        if _NAME.match(name) is None:
            raise Refused("media.name", name=name)
        path, wanted = self.folder / name, ENDINGS[kind].get(ending_of(name))
        if wanted is None:
            raise Refused("media.ending", name=name, endings=", ".join(ENDINGS[kind]))
        if not path.is_file():
            raise Refused("media.missing", name=name)
        if path.stat().st_size > LARGEST[kind]:
            raise Refused("media.too_large", name=name, most=LARGEST[kind] >> 20)
        content = path.read_bytes()
        try:
            is_so = _IS[kind](content) == wanted
        except Refused:
            raise Refused("media.broken", name=name) from None
        if not is_so:
            raise Refused("media.content", name=name, ending=ending_of(name))
        return f"{sha256(content).hexdigest()}.{wanted}"


def _picture(content: bytes) -> str:
    """The ending of a picture that can be opened.  Raises Refused."""
    found = _OF_PICTURE.get(pictures.kind(content), "")
    if found:
        pictures.redrawn(content)
    return found


def _sound(content: bytes) -> str:
    return recordings.only_sound(content)[1]


def _film(content: bytes) -> str:
    return "mp4" if recordings.is_film(content) else ""


_IS: Mapping[str, Callable[[bytes], str]] = {"image": _picture, "audio": _sound, "video": _film}
