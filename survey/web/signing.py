"""What we sign and send out, to know it again: the cookie, the token of a form.

itsdangerous keeps the format and the clock.  The key is derived once instead of for each use, and
the digest is one call into OpenSSL: a citizen's page signs or checks four things.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from typing import Any

from itsdangerous import BadPayload, TimestampSigner
from itsdangerous.signer import SigningAlgorithm


class _Sha256(SigningAlgorithm):
    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.digest(key, value, "sha256")


@lru_cache(maxsize=32)
def signer(secret: str, purpose: str) -> TimestampSigner:
    """A signer whose signatures are good for one purpose only."""
    key = hmac.digest(secret.encode(), purpose.encode(), hashlib.sha256)
    return TimestampSigner(key, key_derivation="none", algorithm=_Sha256())


class SignedJson:
    """JSON in a cookie, signed and dated, not secret.

    Raises itsdangerous.BadSignature for what was not signed here, or too long ago.
    """

    def __init__(self, secret: str, purpose: str) -> None:
        self._signer = signer(secret, purpose)

    def dumps(self, value: Any) -> str:
        text = json.dumps(value, separators=(",", ":")).encode()
        return self._signer.sign(urlsafe_b64encode(text).rstrip(b"=")).decode()

    def loads(self, signed: str, max_age: float | None = None) -> Any:
        text = self._signer.unsign(signed, max_age=max_age)
        try:
            return json.loads(urlsafe_b64decode(text + b"=" * (-len(text) % 4)))
        except ValueError as fault:
            raise BadPayload("signed by us, but not JSON") from fault
