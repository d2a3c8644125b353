"""Pictures that strangers send: looked at before they are opened, and drawn again."""

from __future__ import annotations

import io
import struct
import threading
import warnings
import zlib

from PIL import Image, ImageOps

from forms.reading import Refused

#: Longest side that is kept: a page of A4 can be read at this.
LONGEST = 2000
#: Most pixels that are opened.  A JPEG is read at a fraction of its size, the others whole, and so
#: is a JPEG that comes in several passes.
MOST_PIXELS = {"JPEG": 80_000_000, "PNG": 16_000_000, "WEBP": 16_000_000}
MOST_IN_PASSES = 24_000_000
_QUALITY = 85
#: A large picture takes up to 270 MB for a second: one at a time in a process.
_TURN = threading.Lock()
_SMOOTH = frozenset({"L", "LA", "RGB", "RGBA"})
_BROKEN = (
    *(OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError),
    *(struct.error, zlib.error, MemoryError),
)


def kind(content: bytes) -> str:
    """``JPEG``, ``PNG`` or ``WEBP`` by the first bytes; empty for anything else."""
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    return "WEBP" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else ""


def redrawn(content: bytes, longest: int = LONGEST) -> tuple[bytes, str]:
    """The picture drawn again, upright, no side longer than ``longest``; and its ending.

    Nothing but pixels comes over: no EXIF, no place, no comment, no bytes behind the picture.

    Raises
    ------
    Refused
        ``answer.file_kind``, ``answer.file_pixels``, ``answer.file_broken``.
    """
    found = kind(content)
    if not found:
        raise Refused("answer.file_kind", kinds="JPEG, PNG, WebP")
    with _TURN, warnings.catch_warnings():
        # The limit on pixels is our own, below.
        warnings.simplefilter("ignore")
        try:
            return _redrawn(content, found, longest)
        except Image.DecompressionBombError:
            raise _too_many(MOST_PIXELS[found]) from None
        except _BROKEN:
            raise Refused("answer.file_broken") from None


def size(content: bytes) -> tuple[int, int]:
    """Width and height of a picture that was looked at before."""
    with Image.open(io.BytesIO(content)) as image:
        return image.size


def _redrawn(content: bytes, found: str, longest: int) -> tuple[bytes, str]:
    with Image.open(io.BytesIO(content), formats=(found,)) as image:
        most = MOST_IN_PASSES if image.info.get("progressive") else MOST_PIXELS[found]
        if image.width * image.height > most:
            raise _too_many(most)
        image.draft(None, (longest, longest))
        image.load()
        seen = image if image.mode in _SMOOTH else image.convert(_smooth_mode(image))
        # Small first: whatever follows then needs little memory.
        seen.thumbnail((longest, longest))
        upright = _opaque(ImageOps.exif_transpose(seen))
    # A drawing that nothing but its pixels is made of: no profile, no text.
    clean = Image.frombytes(upright.mode, upright.size, upright.tobytes())
    out = io.BytesIO()
    if found == "PNG":
        clean.save(out, "PNG")
        return out.getvalue(), "png"
    clean.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue(), "jpg"


def _too_many(most: int) -> Refused:
    return Refused("answer.file_pixels", most=most // 1_000_000)


def _smooth_mode(image: Image.Image) -> str:
    """A mode in which a picture can be made smaller without steps."""
    return "RGBA" if "transparency" in image.info else "RGB"


def _opaque(image: Image.Image) -> Image.Image:
    """On white where it can be seen through."""
    if "A" not in image.getbands():
        return image if image.mode in ("L", "RGB") else image.convert("RGB")
    seen = image.convert("RGBA")
    ground = Image.new("RGBA", seen.size, "white")
    return Image.alpha_composite(ground, seen).convert("RGB")
