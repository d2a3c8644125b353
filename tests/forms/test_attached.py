"""Files that are answers: made anew, without what phones write into them, or refused by a name."""

from __future__ import annotations

import io
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from forms import attached
from forms.attached import taken
from forms.model import Kind, Question
from forms.reading import Refused
from tests.support import files

PHOTO = Question("anh", Kind.IMAGE)
SOUND = Question("ghi", Kind.AUDIO)


def no_secret(content: bytes) -> bool:
    told = (*files.SECRETS, b"\xa9xyz", b"105.8542", b"ID3")
    return not any(secret in content for secret in told)


@pytest.mark.parametrize(("kind", "ending"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "jpg")])
def test_of_a_photo_only_its_pixels_are_kept(kind, ending):
    sent = files.photo(kind=kind)
    assert not no_secret(sent)
    made = taken(PHOTO, sent + b"<script>alert(1)</script>")
    assert made.ending == ending and no_secret(made.content) and b"script" not in made.content
    with Image.open(io.BytesIO(made.content)) as image:
        assert image.size == (320, 240) and dict(image.getexif()) == {}
        assert not image.info.keys() & {"exif", "comment", "icc_profile", "xmp"}
        red = image.convert("RGB").getpixel((160, 200))
    assert max(abs(a - b) for a, b in zip(red, (180, 30, 30), strict=True)) < 12
    assert taken(PHOTO, sent).name == made.name  # what is hidden behind a picture changes nothing


def test_a_photo_stands_upright_and_is_no_larger_than_is_read():
    made = taken(PHOTO, files.photo((5000, 3000), turned=True))
    with Image.open(io.BytesIO(made.content)) as image:
        assert image.size == (1200, 2000)
    small = Question("anh", Kind.IMAGE, parameters={"max-pixels": "640"})
    with Image.open(io.BytesIO(taken(small, files.photo((5000, 3000))).content)) as image:
        assert max(image.size) == 640


def test_what_can_be_seen_through_stands_on_white():
    out = io.BytesIO()
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(out, "PNG")
    with Image.open(io.BytesIO(taken(PHOTO, out.getvalue()).content)) as image:
        assert (image.mode, image.getpixel((1, 1))) == ("RGB", (255, 255, 255))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_of_a_picture_is_read(mode):
    out = io.BytesIO()
    Image.new(mode, (30, 20)).save(out, "PNG")
    with Image.open(io.BytesIO(taken(PHOTO, out.getvalue()).content)) as image:
        assert image.size == (30, 20) and image.mode in ("L", "RGB")
    out = io.BytesIO()
    Image.new("CMYK", (30, 20)).save(out, "JPEG")
    with Image.open(io.BytesIO(taken(PHOTO, out.getvalue()).content)) as image:
        assert image.mode == "RGB"


def test_a_picture_in_several_passes_may_be_less_large():
    out = io.BytesIO()
    Image.new("L", (6000, 5000)).save(out, "JPEG", progressive=True)
    with pytest.raises(Refused) as refused:
        taken(PHOTO, out.getvalue())
    assert refused.value.problem.code == "answer.file_pixels"
    out = io.BytesIO()
    Image.new("L", (6000, 5000)).save(out, "JPEG")
    assert taken(PHOTO, out.getvalue()).ending == "jpg"


@pytest.mark.parametrize("name", files.NO_PICTURES)
def test_what_is_no_picture_is_refused(name):
    content, code = files.NO_PICTURES[name]
    started = time.process_time()
    with pytest.raises(Refused) as refused:
        taken(PHOTO, content)
    assert refused.value.problem.code == code
    assert time.process_time() - started < 2.0


@pytest.mark.parametrize(
    ("content", "ending"),
    [
        *((files.m4a(), "m4a"), (files.mp3(), "mp3"), (files.amr(), "amr")),
        *((files.aac(), "aac"), (files.wav(), "wav")),
    ],
)
def test_of_a_recording_only_sound_is_kept(content, ending):
    made = taken(SOUND, content)
    assert made.ending == ending and no_secret(made.content)
    assert made.media_type == attached.media_type(made.name)
    assert taken(SOUND, made.content).name == made.name


def test_sound_stays_where_the_tables_of_a_recording_say():
    sent = files.m4a(sound=b"\x01\x02" * 500)
    made = taken(SOUND, sent).content
    assert len(made) == len(sent)
    assert made[made.index(b"mdat") :] == sent[sent.index(b"mdat") :]
    at = made.index(b"mvhd") + 8
    assert made[at : at + 8] == bytes(8)  # when it was made


@pytest.mark.parametrize("name", files.NO_RECORDINGS)
def test_what_is_no_recording_is_refused(name):
    content, code = files.NO_RECORDINGS[name]
    started = time.process_time()
    with pytest.raises(Refused) as refused:
        taken(SOUND, content)
    assert refused.value.problem.code == code
    assert time.process_time() - started < 4.0


def test_deep_boxes_and_many_chunks_are_refused_soon():
    deep = b""
    for _ in range(50):
        deep = files.box(b"moov", deep)
    many = b"RIFF\0\0\0\0WAVE" + b"data\0\0\0\0" * 400_000
    for content in (files.box(b"ftyp", b"M4A ") + deep, many):
        started = time.process_time()
        with pytest.raises(Refused):
            taken(SOUND, content)
        assert time.process_time() - started < 1.0


def test_a_recording_in_pieces_as_browsers_write_it_is_taken():
    pieces = files.box(b"sidx", bytes(24)) + files.box(b"moof", bytes(8)) + files.box(b"mfra", b"")
    assert taken(SOUND, files.m4a() + pieces).ending == "m4a"


@given(
    st.sampled_from([files.photo(), files.photo(kind="PNG"), files.m4a(), files.wav()]), st.data()
)
@settings(max_examples=60, deadline=None)
def test_whatever_is_damaged_is_taken_clean_or_refused(content, data):
    damaged = bytearray(content)
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    question = SOUND if content[4:8] == b"ftyp" or content.startswith(b"RIFF") else PHOTO
    try:
        made = taken(question, bytes(damaged[: data.draw(st.integers(1, len(damaged)))]))
    except Refused as refused:
        assert refused.problem.code.startswith("answer.file_")
    else:
        assert taken(question, made.content).ending == made.ending
