"""Photos and recordings as phones make them, and files that only look like them."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image

#: What phones write into a photo; none of it may come through.
SECRETS = (b"SECRET-OWNER", b"SECRET-PHONE", b"SECRET-COMMENT")


def photo(size=(320, 240), colour=(180, 30, 30), *, kind="JPEG", turned=False) -> bytes:
    """A picture with its place, owner and device in it; a stripe tells up from down."""
    image = Image.new("RGB", size, colour)
    image.paste((255, 255, 255), (0, 0, size[0], size[1] // 8))
    exif = Image.Exif()
    exif[0x013B], exif[0x0110] = "SECRET-OWNER", "SECRET-PHONE"
    exif[0x0112] = 6 if turned else 1
    exif.get_ifd(0x8825).update({1: "N", 2: (21.0, 2.0, 0.0), 3: "E", 4: (105.0, 51.0, 0.0)})
    out = io.BytesIO()
    more = {"comment": b"SECRET-COMMENT"} if kind == "JPEG" else {}
    image.save(out, kind, exif=exif, **more)
    return out.getvalue()


def png_head(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is that large."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1 << 16))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, name) + body


def m4a(sound=b"sound" * 200, *, handler=b"soun", more=b"") -> bytes:
    """A recording with its place (``©xyz``), day and title beside the sound."""
    made_at = struct.pack(">II", 0xE1234567, 0xE1234567)
    mvhd = box(b"mvhd", bytes(4) + made_at + bytes(92))
    mdhd = box(b"mdhd", bytes(4) + made_at + bytes(12))
    hdlr = box(b"hdlr", bytes(8) + handler + bytes(13))
    trak = box(b"trak", box(b"mdia", mdhd + hdlr))
    place = box(b"udta", box(b"\xa9xyz", b"+21.0285+105.8542/SECRET-OWNER"))
    moov = box(b"moov", mvhd + trak + place + more)
    return (
        box(b"ftyp", b"M4A \0\0\0\0") + moov + box(b"free", b"SECRET-PHONE") + box(b"mdat", sound)
    )


def mp3(frames=40) -> bytes:
    """MPEG-1 layer III, 128 kbit/s, 44.1 kHz, between two tags."""
    head = b"ID3\x04\0\0\0\0\0\x20" + b"SECRET-OWNER".ljust(32, b"\0")
    frame = b"\xff\xfb\x90\x00" + bytes(413)
    return head + frame * frames + b"TAG" + b"SECRET-COMMENT".ljust(125, b"\0")


def amr(frames=30) -> bytes:
    return b"#!AMR\n" + (b"\x3c" + bytes(31)) * frames + b"\xff\xffSECRET-COMMENT"


def aac(frames=20) -> bytes:
    size = 107
    head = bytes(
        [0xFF, 0xF1, 0x50, 0x80 | size >> 11, size >> 3 & 0xFF, (size & 7) << 5 | 0x1F, 0xFC]
    )
    return (head + bytes(100)) * frames


def wav(seconds=0.1) -> bytes:
    sound = bytes(int(16000 * seconds))
    fmt = struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)
    chunks = b"fmt " + struct.pack("<I", 16) + fmt
    chunks += b"LIST" + struct.pack("<I", 12) + b"SECRET-OWNER"
    chunks += b"data" + struct.pack("<I", len(sound)) + sound
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WAVE" + chunks


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<html><script>alert(1)</script></html>"
#: What is no picture, with the code of its refusal.
NO_PICTURES = {
    "empty": (b"", "answer.file_empty"),
    "svg": (SVG, "answer.file_kind"),
    "html": (HTML, "answer.file_kind"),
    "pdf": (b"%PDF-1.7\n%%EOF", "answer.file_kind"),
    "gif": (b"GIF89a\x01\0\x01\0\0\0\0;", "answer.file_kind"),
    "recording": (m4a(), "answer.file_kind"),
    "three bytes": (b"\xff\xd8\xff", "answer.file_broken"),
    "html behind a picture's first bytes": (b"\xff\xd8\xff" + HTML, "answer.file_broken"),
    "cut": (photo()[:2000], "answer.file_broken"),
    "cut PNG": (photo(kind="PNG")[:400], "answer.file_broken"),
    "bomb": (png_head(40_000, 40_000), "answer.file_pixels"),
    "a large bomb": (png_head(2**31 - 1, 2**31 - 1), "answer.file_pixels"),
    "a PNG that has less than it says": (png_head(4000, 4000), "answer.file_broken"),
    "too large": (photo() + bytes(12 << 20), "answer.file_too_large"),
}
NO_RECORDINGS = {
    "empty": (b"", "answer.file_empty"),
    "picture": (photo(), "answer.file_kind"),
    "html": (HTML, "answer.file_kind"),
    "film": (m4a(handler=b"vide"), "answer.file_kind"),
    "heic": (b"\0\0\0\x18ftypheic" + bytes(200), "answer.file_kind"),
    "cut": (m4a()[:-50], "answer.file_broken"),
    "no sound in it": (box(b"ftyp", b"M4A \0\0\0\0"), "answer.file_broken"),
    "html behind it": (m4a() + HTML, "answer.file_broken"),
    "unknown box": (m4a() + box(b"evil", HTML), "answer.file_broken"),
    "boxes without end": (box(b"ftyp", b"M4A ") + box(b"moov", b"") * 2, "answer.file_broken"),
    "two frames": (mp3(frames=2), "answer.file_broken"),
    "frames of nothing": (b"#!AMR\n" + b"\x7c" * (5 << 20), "answer.file_broken"),
    "cut WAV": (wav()[:-50], "answer.file_broken"),
    "too large": (m4a(sound=bytes(7 << 20)), "answer.file_too_large"),
}
