"""The README's tables are the code's."""

from __future__ import annotations

import re

import pytest

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


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#]+)\)", README))
def test_a_link_leads_somewhere(target):
    assert target.startswith("https://") or (ROOT / target).exists(), target


@pytest.mark.parametrize("command", sorted(set(re.findall(r"flask ([a-z]+(?: [a-z]+)?)", README))))
def test_a_command_that_is_shown_exists(app, command):
    group = app.cli
    for word in command.split():
        if not hasattr(group, "commands"):
            break
        assert word in group.commands, f"flask {command}"
        group = group.commands[word]


@pytest.mark.parametrize("target", sorted(set(re.findall(r"make ([a-z-]+)", README))))
def test_a_target_that_is_shown_exists(target):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE)
