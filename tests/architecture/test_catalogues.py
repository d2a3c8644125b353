"""What is shown can be read in English too: the catalogue is whole, and compiled as written."""

from __future__ import annotations

import ast
import re

from babel.messages import extract, frontend, mofile, pofile

from survey import errors
from tests.support.source import MODULES, ROOT, dotted, tree, within

FOLDER = ROOT / "survey" / "translations"
ENGLISH = FOLDER / "en" / "LC_MESSAGES" / "messages.po"

#: Calls below the web whose text the web translates, and where in the call the text stands.
CARRIERS = {"Problem": 1} | {
    name: 0
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, errors.SurveyError)
}


def read(path):
    reader = pofile.read_po if path.suffix == ".po" else mofile.read_mo
    with path.open("rb") as file:
        return {message.id: message.string for message in reader(file) if message.id}


def marked() -> set[str]:
    """Texts that templates and views mark for translation."""
    with (FOLDER / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = frontend.parse_mapping_cfg(file)
    found = extract.extract_from_dir(ROOT / "survey", methods, options)
    return {text for _file, _line, text, _comments, _context in found}


def carried() -> set[str]:
    """Texts of errors and problems, which are translated where they are shown."""
    found = set()
    for path in MODULES:
        if not within(dotted(path), "survey"):
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                place = CARRIERS.get(node.func.id)
                if place is not None:
                    hints = [word.value for word in node.keywords if word.arg == "hint"]
                    found |= {
                        text.value
                        for text in [*node.args[place : place + 1], *hints]
                        if isinstance(text, ast.Constant) and isinstance(text.value, str)
                    }
    return found


def test_the_compiled_catalogue_is_the_written_one():
    assert read(ENGLISH) == read(ENGLISH.with_suffix(".mo"))


def test_every_text_that_can_be_shown_is_in_the_catalogue():
    assert len(marked()) > 50
    assert len(carried()) > 20
    assert sorted((marked() | carried()) - set(read(ENGLISH))) == []


def test_every_message_is_translated():
    with ENGLISH.open("rb") as file:
        messages = [message for message in pofile.read_po(file) if message.id]
    assert [message.id for message in messages if not message.string or message.fuzzy] == []


def test_a_translation_names_the_same_facts():
    def facts(text: str) -> set[str]:
        return set(re.findall(r"%\(\w+\)\w", text))

    odd = {vi: en for vi, en in read(ENGLISH).items() if facts(vi) != facts(en)}
    assert odd == {}
