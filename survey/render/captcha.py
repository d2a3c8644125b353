"""A few digits as a picture and as sound, for people and not for programs."""

from __future__ import annotations

from functools import cache
from pathlib import Path

VOICES = Path(__file__).parents[1] / "data" / "voices"
#: Pixels; digits stay legible at 200 % zoom and in a 320 px page.
WIDTH, HEIGHT = 240, 90


def picture(digits: str) -> bytes:
    """A PNG picture of the digits, each bent and set askew."""
    return _pictures().generate(digits, format="png").getvalue()


def sound(digits: str, language: str) -> bytes:
    """A WAV file in which a voice says the digits over a murmur of other ones."""
    return bytes(_speaker(language).generate(digits))


@cache
def _pictures():
    from captcha.image import ImageCaptcha  # Pillow is loaded where a captcha is asked for

    return ImageCaptcha(width=WIDTH, height=HEIGHT)


@cache
def _speaker(language: str):
    from captcha.audio import AudioCaptcha

    return AudioCaptcha(voicedir=str(VOICES / language))
