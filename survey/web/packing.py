"""A page that is the same for everybody but for a few places is compressed once.

Its fixed pieces are deflated when the page is made, each for itself; what is one visitor's own
stands between them uncompressed.  So no page costs a compression, and no secret is ever compressed
together with a text that somebody else may have chosen.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from werkzeug.http import parse_accept_header

#: RFC 1952: deflated, no name, no time, by no special system.
_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
#: An empty last block.
_END = b"\x03\x00"
#: A stored block tells its length in 16 bits.
_LONGEST = 0xFFFF
#: Shorter than this, a piece is smaller as it stands.
_SHORTEST = 64
#: From this length on, what is one visitor's own is worth deflating: a list of options.
_LONG = 512


@dataclass(frozen=True, slots=True)
class Packed:
    """The fixed pieces of a page, as they are and deflated."""

    pieces: tuple[tuple[bytes, bytes], ...]

    @classmethod
    def of(cls, fixed: Sequence[str]) -> Packed:
        return cls(tuple((text, _deflated(text)) for text in map(str.encode, fixed)))

    def page(self, between: Iterable[str], *, gzip: bool) -> bytes:
        """The page with these texts between its pieces, as it is or as a gzip file."""
        first, *rest = self.pieces
        plain, packed = [first[0]], [_HEAD, first[1]]
        for text, (piece, deflated) in zip(between, rest, strict=True):
            own = text.encode()
            plain += (own, piece)
            packed += (_stored(own) if len(own) < _LONG else _deflated(own), deflated)
        whole = b"".join(plain)
        if not gzip:
            return whole
        packed += (_END, struct.pack("<LL", zlib.crc32(whole), len(whole) & 0xFFFFFFFF))
        return b"".join(packed)


def takes_gzip(accepted: str) -> bool:
    """Whether a browser that accepts these encodings reads gzip."""
    # Most say it without weights, and need not be parsed.
    return "gzip" in (parse_accept_header(accepted) if ";" in accepted else accepted)


def _deflated(text: bytes) -> bytes:
    if len(text) < _SHORTEST:
        return _stored(text)
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    # A full flush ends at a whole byte and lets the next piece begin afresh.
    return packer.compress(text) + packer.flush(zlib.Z_FULL_FLUSH)


def _stored(text: bytes) -> bytes:
    blocks = []
    for begin in range(0, len(text), _LONGEST):
        part = text[begin : begin + _LONGEST]
        blocks.append(struct.pack("<BHH", 0, len(part), len(part) ^ 0xFFFF) + part)
    return b"".join(blocks)
