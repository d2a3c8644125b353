"""The shape of the source: names, lengths, letters."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from tests.support.source import MODULES, ROOMS, ROOT, dotted

NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc", "base_utils", "tools", "stuff"}

#: Think again at 300 lines.  A module here was thought about; the reason stands beside it.
LONG = {
    "survey.store.migrations.versions.0001_first_schema": "every table of the first release",
}
MOST_LINES = 300

TEXTS = sorted(
    path
    for room in (*ROOMS, "tests", "static")
    for ending in ("*.py", "*.html", "*.csv", "*.po", "*.toml", "*.typ", "*.txt", "*.md", "*.css")
    for path in (ROOT / room).rglob(ending)
)


def lines(path: Path) -> int:
    return path.read_text(encoding="utf-8").count("\n")


def test_a_module_says_in_its_name_what_it_is_about():
    named = {dotted(path): path.relative_to(ROOT).with_suffix("").parts for path in MODULES}
    assert [name for name, parts in named.items() if NAMELESS & set(parts)] == []


def test_a_module_has_one_subject():
    long = {dotted(path): lines(path) for path in MODULES if lines(path) > MOST_LINES}
    assert {name: n for name, n in long.items() if name not in LONG} == {}
    assert set(LONG) <= set(long), "the list of long modules holds a name that is long no more"


def test_vietnamese_letters_are_composed():
    # A decomposed letter in a message would never find its translation, nor a name its unit.
    assert len(TEXTS) > 100
    decomposed = [
        str(path.relative_to(ROOT))
        for path in TEXTS
        if not unicodedata.is_normalized("NFC", path.read_text(encoding="utf-8"))
    ]
    assert decomposed == []
