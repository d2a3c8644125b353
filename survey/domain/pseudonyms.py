"""Names under which a frame's units are published: they show the draw, and no dossier."""

from __future__ import annotations

import base64
import unicodedata
from hashlib import blake2b

#: Bytes of the key that is made when a frame is frozen, and of a pseudonym (16 letters).
KEY_BYTES, PSEUDONYM_BYTES = 32, 10


def pseudonym(code: str, key: bytes) -> str:
    """Keyed BLAKE2b of a dossier's code, as 16 letters and digits (base32).

    Without the key nobody can go from one to the other, nor try out codes.
    """
    text = unicodedata.normalize("NFC", code).encode()
    digest = blake2b(text, key=key, digest_size=PSEUDONYM_BYTES).digest()
    return base64.b32encode(digest).decode().lower()
