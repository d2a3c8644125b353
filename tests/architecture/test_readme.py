"""The README's tables are the code's."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import click
from flask import Flask

from survey import cli
from survey.config import table
from tests.support.groups import ORDER
from tests.support.source import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[tuple[str, ...]]:
    """The cells of the first table below a heading, without its two head lines."""
    section = re.split(r"^## ", README, flags=re.MULTILINE)
    text = next(part for part in section if part.startswith(heading + "\n"))
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines[2:]]


def test_the_configuration_table_is_the_code():
    shown = [
        (name.strip("`"), default.strip("`"), text) for name, default, text in rows("Settings")
    ]
    assert shown == table()


def test_the_groups_of_tests_are_those_that_are_counted():
    assert [name.strip("`") for name, _what in rows("Tests")] == list(ORDER)


def test_every_link_leads_somewhere():
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert targets
    assert [x for x in targets if "://" not in x and not (ROOT / x).exists()] == []


def unknown(shown: str, top: click.Group) -> Iterator[str]:
    """What of a command line this program does not know: a command or an option."""
    found: click.Command = top
    words = shlex.split(shown, comments=True)
    while words and isinstance(found, click.Group):
        word = words.pop(0)
        if word not in found.commands:
            yield word
            return
        found = found.commands[word]
    options = {name for parameter in found.params for name in parameter.opts}
    yield from (word for word in words if word.startswith("-") and word not in options)


def test_every_command_that_is_shown_exists():
    app = Flask("readme")
    cli.install(app)
    shown = re.findall(r"(?:^    |`)flask ([a-z][^`\n]*)", README, flags=re.MULTILINE)
    assert len(shown) > 10
    assert {line: faults for line in shown if (faults := list(unknown(line, app.cli)))} == {}


def test_every_target_that_is_shown_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    shown = set(re.findall(r"(?:^    |`)make ([a-z-]+)", README, flags=re.MULTILINE))
    assert {"run", "test"} <= shown
    assert [x for x in shown if not re.search(rf"^{x}:", makefile, flags=re.MULTILINE)] == []
