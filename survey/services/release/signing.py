"""Signatures of releases: Ed25519 (RFC 8032), so that a release cannot be made by anybody else."""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from survey.errors import InvalidInput

_RAW = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def private_key(text: str) -> Ed25519PrivateKey:
    """The key that a setting holds: 64 hexadecimal digits.  Raises InvalidInput."""
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text.strip()))
    except ValueError:
        raise InvalidInput(
            "RELEASE_KEY phải là 64 chữ số thập lục phân.", code="release.bad_key"
        ) from None


def public_hex(key: Ed25519PrivateKey) -> str:
    """The public half, as it is published."""
    return key.public_key().public_bytes(*_RAW).hex()


def sign(key: Ed25519PrivateKey, content: bytes) -> str:
    return key.sign(content).hex()


def is_signed(content: bytes, signature: str, public: str) -> bool:
    """Whether the holder of the key signed these bytes; False also where either is no key."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(
            bytes.fromhex(signature), content
        )
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def fingerprint(public: str) -> str:
    """Sixteen digits that two people can read to each other."""
    return hashlib.sha256(bytes.fromhex(public)).hexdigest()[:16]
