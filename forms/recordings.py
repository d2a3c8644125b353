"""Recordings that strangers send: only sound is copied, frame by frame.

Titles, owner, place and time that a recorder writes beside the sound stay behind, and so do bytes
that are no sound.

Sources: ISO/IEC 14496-12 (boxes), ISO/IEC 11172-3 §2.4.2.3 (MPEG audio frames), ISO/IEC 13818-7
§6.2 (ADTS), RFC 4867 §5 (AMR storage format), Microsoft RIFF (WAVE chunks).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from forms.reading import Refused

KINDS = "M4A, MP3, AAC, AMR, 3GP, WAV"
#: Fewer frames than this may be chance.
FEWEST_FRAMES = 4
#: More than an hour of any kind.
MOST_FRAMES = 200_000

_MPEG_BITRATES = {
    # (version 1, layer): kbit/s by index
    (True, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
#: By the bits of the version: 2.5, reserved, 2, 1.
_MPEG_RATES = ((11025, 12000, 8000), None, (22050, 24000, 16000), (44100, 48000, 32000))
#: Bytes of a frame behind its head, by type.
_AMR = {0: 12, 1: 13, 2: 15, 3: 17, 4: 19, 5: 20, 6: 26, 7: 31, 8: 5, 15: 0}
_AMR_WB = {0: 17, 1: 23, 2: 32, 3: 36, 4: 40, 5: 46, 6: 50, 7: 58, 8: 60, 9: 5, 14: 0, 15: 0}
#: Boxes that hold boxes, and how deep.
_DEEPEST = 8
_CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf"}
#: Boxes that tell of the recording what is no sound.
_TELLING = {b"udta", b"meta", b"uuid", b"free", b"skip", b"wide"}
#: Boxes that begin with when they were made.
_DATED = {b"mvhd", b"tkhd", b"mdhd"}
_TOP = {b"ftyp", b"moov", b"mdat", b"moof", b"mfra", b"pdin", b"sidx", b"styp", *_TELLING}


def only_sound(content: bytes) -> tuple[bytes, str]:
    """The sound of a recording, and the ending of its kind.

    Raises
    ------
    Refused
        ``answer.file_kind``; ``answer.file_broken``.
    """
    for is_kind, copy, ending in _KINDS:
        if is_kind(content):
            try:
                return copy(content), ending
            except (IndexError, struct.error):
                raise Refused("answer.file_broken") from None
    raise Refused("answer.file_kind", kinds=KINDS)


def _mp4(content: bytes) -> bytes:
    """The same boxes; what tells more than sound is blanked where it stands, so that tables of
    places within the file hold."""
    boxes = list(_boxes(content, 0, len(content), depth=0))
    names = {box.name for box in boxes if box.depth == 0}
    if not {b"moov", b"mdat"} <= names or names - _TOP:
        raise Refused("answer.file_broken")
    held = {content[box.body + 8 : box.body + 12] for box in boxes if box.name == b"hdlr"}
    if b"vide" in held or b"soun" not in held:
        raise Refused("answer.file_kind", kinds=KINDS)
    out = bytearray(content)
    for box in boxes:
        if box.name in _TELLING:
            out[box.start + 4 : box.start + 8] = b"free"
            out[box.body : box.end] = bytes(box.end - box.body)
        elif box.name in _DATED:
            width = 16 if content[box.body] == 1 else 8
            out[box.body + 4 : box.body + 4 + width] = bytes(width)
    return bytes(out)


def is_film(content: bytes) -> bool:
    """Whether it is an MP4 with moving pictures.  Raises Refused where its boxes do not fit."""
    if content[4:8] != b"ftyp":
        return False
    try:
        boxes = list(_boxes(content, 0, len(content), depth=0))
    except struct.error:
        raise Refused("answer.file_broken") from None
    names = {box.name for box in boxes if box.depth == 0}
    held = {content[box.body + 8 : box.body + 12] for box in boxes if box.name == b"hdlr"}
    return {b"moov", b"mdat"} <= names <= _TOP and b"vide" in held


@dataclass(frozen=True, slots=True)
class _Box:
    name: bytes
    depth: int
    start: int
    #: Where what it holds begins and ends.
    body: int
    end: int


def _boxes(content: bytes, start: int, end: int, depth: int) -> Iterator[_Box]:
    """All boxes, those within others too.  Raises Refused where they do not fit."""
    while start < end:
        size, name = struct.unpack_from(">I4s", content, start)
        body = start + 8
        if size == 1:
            size, body = struct.unpack_from(">Q", content, body)[0], start + 16
        size = size or end - start
        if size < body - start or start + size > end or depth > _DEEPEST:
            raise Refused("answer.file_broken")
        yield _Box(name, depth, start, body, start + size)
        if name in _CONTAINERS:
            yield from _boxes(content, body, start + size, depth + 1)
        start += size


def _is_mpeg(content: bytes) -> bool:
    start = _behind_id3(content)
    return start < len(content) and _mpeg_size(content, start) > 0


def _mpeg(content: bytes) -> bytes:
    return _frames(content, _behind_id3(content), _mpeg_size)


def _behind_id3(content: bytes) -> int:
    at = 0
    while content[at : at + 3] == b"ID3" and len(content) > at + 10:
        size = sum((content[at + 6 + k] & 0x7F) << (21 - 7 * k) for k in range(4))
        at += 10 + size + (10 if content[at + 5] & 0x10 else 0)
    return at


def _mpeg_size(content: bytes, at: int) -> int:
    """Bytes of the MPEG audio frame that begins there; 0 if none does."""
    head = content[at : at + 4]
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    rates, rate, bits = _MPEG_RATES[version], head[2] >> 2 & 3, head[2] >> 4
    if rates is None or layer == 4 or rate == 3 or bits in (0, 15):
        return 0
    kbits, padding = _MPEG_BITRATES[version == 3, layer][bits], head[2] >> 1 & 1
    if layer == 1:
        return (12_000 * kbits // rates[rate] + padding) * 4
    slots = 72_000 if layer == 3 and version != 3 else 144_000
    return slots * kbits // rates[rate] + padding


def _adts_size(content: bytes, at: int) -> int:
    head = content[at : at + 7]
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:
        return 0
    size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return size if size > 7 and head[2] >> 2 & 15 < 13 else 0


def _frames(content: bytes, at: int, size_of: Callable[[bytes, int], int]) -> bytes:
    """Whole frames, one after the other, as far as they go."""
    start, n = at, 0
    while (size := size_of(content, at)) and at + size <= len(content):
        at, n = at + size, n + 1
        if n > MOST_FRAMES:
            break
    if not FEWEST_FRAMES <= n <= MOST_FRAMES:
        raise Refused("answer.file_broken")
    return content[start:at]


def _amr(content: bytes) -> bytes:
    head, sizes = (b"#!AMR\n", _AMR) if content.startswith(b"#!AMR\n") else (_WIDE, _AMR_WB)

    def size_of(whole: bytes, at: int) -> int:
        kind = whole[at] >> 3 & 15 if at < len(whole) and not whole[at] & 0x83 else -1
        return sizes[kind] + 1 if kind in sizes else 0

    return head + _frames(content, len(head), size_of)


def _wav(content: bytes) -> bytes:
    """Format and sound; lists of titles and other chunks stay behind."""
    kept: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= len(content) and len(kept) < 2:
        name, size = struct.unpack_from("<4sI", content, at)
        body = content[at + 8 : at + 8 + size]
        if len(body) != size:
            raise Refused("answer.file_broken")
        if name in (b"fmt ", b"data"):
            kept[name] = struct.pack("<4sI", name, size) + body + bytes(size % 2)
        at += 8 + size + size % 2
    if list(kept) != [b"fmt ", b"data"]:
        raise Refused("answer.file_broken")
    sound = b"".join(kept.values())
    return struct.pack("<4sI4s", b"RIFF", len(sound) + 4, b"WAVE") + sound


_WIDE = b"#!AMR-WB\n"
_KINDS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], bytes], str], ...] = (
    (lambda x: x[4:8] == b"ftyp" and x[8:12] not in (b"heic", b"mif1", b"avif"), _mp4, "m4a"),
    (lambda x: x.startswith((b"#!AMR\n", _WIDE)), _amr, "amr"),
    (lambda x: x[:4] == b"RIFF" and x[8:12] == b"WAVE", _wav, "wav"),
    (lambda x: _adts_size(x, 0) > 0, lambda x: _frames(x, 0, _adts_size), "aac"),
    (_is_mpeg, _mpeg, "mp3"),
)
