"""The addresses that QR codes hold."""

from __future__ import annotations

from urllib.parse import urlsplit


def case_link(public_url: str, code: str) -> str:
    """Where a one-time code leads."""
    return f"{_scannable(public_url)}/P/{code}"


def desk_link(public_url: str, code: str) -> str:
    """Where a desk poster leads."""
    return f"{_scannable(public_url)}/Q/{code}"


def typed_address(public_url: str) -> str:
    """The address as people read it on paper: small letters, no scheme, no slash at the end."""
    parts = urlsplit(public_url)
    return f"{parts.netloc.lower()}{parts.path}".rstrip("/")


def _scannable(public_url: str) -> str:
    """Scheme and host in capitals: QR stores those in 5.5 bits each instead of 8.

    Upper or lower case means the same there, but not in a path, which stays as it is.
    """
    parts = urlsplit(public_url.rstrip("/"))
    return f"{parts.scheme.upper()}://{parts.netloc.upper()}{parts.path}"
