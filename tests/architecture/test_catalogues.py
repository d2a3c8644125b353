"""What is shown is what was translated: the compiled catalogue is the written one, and whole."""

from __future__ import annotations

from babel.messages import mofile, pofile

from tests.support.source import ROOT

ENGLISH = ROOT / "survey" / "translations" / "en" / "LC_MESSAGES" / "messages.po"


def read(path):
    reader = pofile.read_po if path.suffix == ".po" else mofile.read_mo
    with path.open("rb") as file:
        return {message.id: message.string for message in reader(file) if message.id}


def test_the_compiled_catalogue_is_the_written_one():
    assert read(ENGLISH) == read(ENGLISH.with_suffix(".mo"))


def test_every_message_is_translated():
    with ENGLISH.open("rb") as file:
        messages = [message for message in pofile.read_po(file) if message.id]
    assert len(messages) > 50
    assert [message.id for message in messages if not message.string or message.fuzzy] == []
