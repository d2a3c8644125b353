"""Files that are answers: a photo, a recording.  Bytes decide what a file is, never its name.

What is kept is made anew from what came: a picture is drawn again, of a recording only sound is
copied.  Place, time, device and owner that phones write into a file are gone then, and so is
whatever else was hidden in it.  The stored answer is ``DIGEST.ending`` of the file that is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from forms import pictures, recordings
from forms.model import Kind, Question
from forms.reading import Refused

#: Largest file that is taken, in bytes: a phone's photo, five minutes of speech.
LARGEST: Mapping[Kind, int] = {Kind.IMAGE: 12 << 20, Kind.AUDIO: 6 << 20}
#: Ending -> media type of what is kept.
MEDIA_TYPES: Mapping[str, str] = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "m4a": "audio/mp4",
    "mp3": "audio/mpeg",
    "aac": "audio/aac",
    "amr": "audio/amr",
    "wav": "audio/wav",
}
#: What a page's field lets a phone offer.
ACCEPTED: Mapping[Kind, str] = {
    Kind.IMAGE: "image/jpeg,image/png,image/webp",
    Kind.AUDIO: "audio/*,.m4a,.mp3,.aac,.amr,.3gp,.wav",
}
#: Appearances of a photo that must be taken now, and the camera that takes it.
CAMERAS: Mapping[str, str] = {"new": "environment", "new-front": "user"}
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Taken:
    """A file as it is kept."""

    content: bytes
    ending: str

    @property
    def name(self) -> str:
        """The stored answer."""
        return f"{sha256(self.content).hexdigest()}.{self.ending}"

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.ending]


def taken(question: Question, content: bytes) -> Taken:
    """The file as it is kept.

    Raises
    ------
    Refused
        ``answer.file_empty``, ``answer.file_too_large``, ``answer.file_kind``,
        ``answer.file_pixels``, ``answer.file_broken``.
    """
    most = LARGEST[question.kind]
    if not content:
        raise Refused("answer.file_empty")
    if len(content) > most:
        raise Refused("answer.file_too_large", most=most // _MIB)
    return Taken(*_MAKERS[question.kind](question, content))


def media_type(name: str) -> str:
    """The media type of a kept file by its name.  Raises KeyError."""
    return MEDIA_TYPES[name.rpartition(".")[2]]


def _picture(question: Question, content: bytes) -> tuple[bytes, str]:
    longest = int(question.parameters.get("max-pixels", pictures.LONGEST))
    return pictures.redrawn(content, min(longest, pictures.LONGEST))


def _recording(_question: Question, content: bytes) -> tuple[bytes, str]:
    return recordings.only_sound(content)


_MAKERS: Mapping[Kind, Callable[[Question, bytes], tuple[bytes, str]]] = {
    Kind.IMAGE: _picture,
    Kind.AUDIO: _recording,
}
