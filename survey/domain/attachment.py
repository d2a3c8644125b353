"""Files that come in as evidence: which kinds, how large, and what their first bytes say."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from survey.errors import InvalidInput

LARGEST = 15 * 2**20
#: Ending -> (media type, first bytes).  The two must agree: a name alone is no proof.
KINDS = {
    "pdf": ("application/pdf", (b"%PDF-",)),
    "docx": (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        (b"PK\x03\x04",),
    ),
    "xlsx": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        (b"PK\x03\x04",),
    ),
    "png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    "jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
}


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    media_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()


def checked(name: str, content: bytes) -> Attachment:
    """The file, if its kind and size are taken.  Raises InvalidInput."""
    plain = name.replace("\\", "/").rsplit("/", 1)[-1].strip()[:120] or "tep"
    ending = plain.rpartition(".")[2].lower()
    if ending not in KINDS:
        raise InvalidInput(
            "Tệp “%(name)s”: chỉ nhận %(kinds)s.",
            code="attachment.kind",
            name=plain,
            kinds=", ".join(KINDS),
        )
    media_type, starts = KINDS[ending]
    if not content.startswith(starts):
        raise InvalidInput(
            "Tệp “%(name)s” không phải %(kind)s như tên của nó.",
            code="attachment.content",
            name=plain,
            kind=ending,
        )
    if len(content) > LARGEST:
        raise InvalidInput(
            "Tệp “%(name)s” lớn quá %(most)s MB.",
            code="attachment.too_large",
            name=plain,
            most=LARGEST // 2**20,
        )
    return Attachment(plain, media_type, content)
