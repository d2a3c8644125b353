"""Files of boundaries that the office sent, kept until they were looked at and loaded."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta
from pathlib import Path

from survey.errors import InvalidInput, NotFound

FOLDER = "boundaries"
#: What a page can check while somebody waits; larger files go through the command line.
LARGEST = 8 * 2**20
#: A file that nobody loads is deleted after so long.
KEPT = timedelta(hours=24)


def keep(folder: Path, content: bytes, *, now: datetime) -> str:
    """Keep a file under its digest, delete what was forgotten.  Raises InvalidInput."""
    if len(content) > LARGEST:
        raise InvalidInput(
            "Tệp lớn quá %(most)s MB. Hãy giản lược đường ranh giới (mapshaper, QGIS), hoặc nạp "
            "bằng lệnh flask units boundaries.",
            code="boundary.too_large",
            most=LARGEST // 2**20,
        )
    place = folder / FOLDER
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in place.iterdir():
        if old.stat().st_mtime < (now - KEPT).timestamp():
            old.unlink(missing_ok=True)
    digest = hashlib.sha256(content).hexdigest()
    (place / digest).write_bytes(content)
    return digest


def content(folder: Path, digest: str) -> bytes:
    """Raises NotFound for a file that is gone."""
    path = folder / FOLDER / digest
    if not re.fullmatch("[0-9a-f]{64}", digest) or not path.is_file():
        raise NotFound("Tệp đã bị xoá; hãy gửi lại.", code="upload.gone")
    return path.read_bytes()


def drop(folder: Path, digest: str) -> None:
    (folder / FOLDER / digest).unlink(missing_ok=True)
