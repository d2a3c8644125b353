"""Challenges that need no table: the answer follows from a number and the installation's key."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from survey.render import captcha as render

#: Five digits: one guess in 100,000, and every guess costs a new challenge.
DIGITS = 5


def new_challenge() -> str:
    """A number that says nothing of its answer."""
    return secrets.token_urlsafe(12)


def is_solved(challenge: str, typed: str, *, key: bytes) -> bool:
    """Whether somebody read the challenge; blanks between the digits do not matter."""
    given = "".join(typed.split())
    return hmac.compare_digest(given.encode(), _answer(challenge, key).encode())


def picture(challenge: str, *, key: bytes) -> bytes:
    return render.picture(_answer(challenge, key))


def sound(challenge: str, language: str, *, key: bytes) -> bytes:
    return render.sound(_answer(challenge, key), language)


def _answer(challenge: str, key: bytes) -> str:
    digest = hashlib.blake2b(challenge.encode(), key=key, digest_size=8, person=b"captcha").digest()
    return f"{int.from_bytes(digest) % 10**DIGITS:0{DIGITS}}"
