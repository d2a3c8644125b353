"""How an applicant can be reached: sealed on the way in, opened only for those who must call.

AES-GCM with the 32 bytes of the contact key; each dossier's code is bound into its seal, so that
a seal moved to another dossier does not open.  Frames of earlier releases hold Fernet tokens.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.orm import Session

from survey.errors import Conflict
from survey.store.models import Contact, Dossier

#: First byte of a seal: which way it was made.
AES_GCM = b"\x01"
NONCE_BYTES = 12
#: What is sealed, in this order, with U+001F between; no cleaned text holds that sign.
PARTS = ("name", "phone", "address", "contact")
SEPARATOR = "\x1f"
#: Random bytes are fetched for so many nonces at once: asking for each costs more than sealing.
NONCES = 1_000


class Seal:
    """Seals and opens contacts under one key."""

    def __init__(self, contact_key: str) -> None:
        self._fernet = contact_key
        self._aes = AESGCM(urlsafe_b64decode(contact_key))
        self._nonces = iter(())

    def seal(self, code: str, parts: Sequence[str]) -> bytes:
        """``parts`` are name, phone, address and other, empty where there is none."""
        nonce = next(self._nonces, None) or self._more()
        text = SEPARATOR.join(parts).encode()
        return AES_GCM + nonce + self._aes.encrypt(nonce, text, code.encode())

    def open(self, code: str, sealed: bytes) -> dict[str, str]:
        """Raises Conflict where the key or the dossier is another one."""
        try:
            if sealed[:1] != AES_GCM:
                return {"contact": Fernet(self._fernet).decrypt(sealed).decode()}
            nonce, rest = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
            texts = self._aes.decrypt(nonce, rest, code.encode()).decode().split(SEPARATOR)
            return {part: text for part, text in zip(PARTS, texts, strict=True) if text}
        except (InvalidTag, InvalidToken) as error:
            raise Conflict(
                "Không mở được liên hệ của hồ sơ “%(dossier)s”: CONTACT_KEY đã đổi, "
                "hoặc dữ liệu bị sửa.",
                code="contact.wrong_key",
                dossier=code,
            ) from error

    def _more(self) -> bytes:
        random = os.urandom(NONCE_BYTES * NONCES)
        self._nonces = iter(
            [random[i : i + NONCE_BYTES] for i in range(0, len(random), NONCE_BYTES)]
        )
        return next(self._nonces)


def of_dossier(session: Session, dossier_id: int, *, contact_key: str) -> dict[str, str] | None:
    """Name, phone, address of a dossier's applicant; None once deleted.  Raises Conflict."""
    contact = session.get(Contact, dossier_id)
    if contact is None:
        return None
    code = session.get_one(Dossier, dossier_id).code
    return Seal(contact_key).open(code, bytes(contact.ciphertext))
