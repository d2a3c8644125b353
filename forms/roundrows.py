"""Rows of a survey sheet as the rounds of a repeat have them: changed, numbered, added."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from forms import messages
from forms.layout import Layout
from forms.model import Choice
from forms.rounds import Repeat
from forms.sheets import Row

#: A limit within a constraint, and the end of a range.
_AT_MOST = re.compile(r"(?<![\w)}])\.\s*<=\s*([0-9]{1,9})\b(?![.\w])")
_END = re.compile(r"\bend\s*=\s*([0-9]{1,9})\b(?!\.)")
#: The list of the question whether there is one more.
LIST = "repeat_more"


def more(layout: Layout) -> tuple[Choice, ...]:
    """The options of the question whether there is one more."""
    return tuple(
        Choice(name, {code: _ours(f"form.{name}", code) for code in layout.languages})
        for name in ("co", "khong")
    )


def asking_for_more(first: Row, repeat: Repeat, k: int, layout: Layout) -> Row:
    labels = {
        header: _ours("form.repeat.more", code)
        for code, header in layout.headers["survey"].get("label", {}).items()
    }
    texts = {"type": f"select_one {LIST}", "name": f"{repeat.name}_more_{k}"}
    row = changed(first, layout, texts, only=True)
    return replace(row, texts={**row.texts, **labels})


def numbered(group: Row, number: str, layout: Layout) -> Row:
    """The group with its number in every title, behind the numbers of the rounds around it."""
    headers = layout.headers["survey"].get("label", {}).values()
    titles = {h: f"{group.texts[h]} – {number}" for h in headers if group.texts.get(h)}
    return replace(group, texts={**group.texts, **titles})


def changed(row: Row, layout: Layout, columns: Mapping[str, str], *, only: bool = False) -> Row:
    """The row with other texts in some columns, ``only``: and none in the others."""
    head = headers_of(layout)
    texts = {} if only else dict(row.texts)
    for column, text in columns.items():
        if column in head:
            texts[head[column]] = text
    return replace(row, texts={header: text for header, text in texts.items() if text})


def with_columns(rows: Sequence[Row], layout: Layout) -> list[Row]:
    """Every row with a place for what is written into it."""
    head = layout.headers["survey"]
    added = [column for column in ("relevant",) if column not in head]
    for column in added:
        head[column] = {"": column}
    return [replace(r, cells={**dict.fromkeys(added, r.start), **r.cells}) for r in rows]


def headers_of(layout: Layout) -> dict[str, str]:
    of_sheet = layout.headers["survey"]
    return {column: of[""] for column, of in of_sheet.items() if "" in of}


def is_kind(row: Row, layout: Layout, kind: str) -> bool:
    return kind_of(row, layout) == kind


def kind_of(row: Row, layout: Layout) -> str:
    return layout.get(row, "survey", "type").strip().lower().replace("_", " ")


def limits(rows: Sequence[Row], layout: Layout) -> dict[str, int]:
    """The largest answers that constraints of whole numbers and ends of ranges allow, by name."""
    found = {}
    for row in rows:
        rule = layout.get(row, "survey", "constraint")
        open_ended = re.search(r"\bor\b|\bnot\b|\bif\b", rule)
        most = [] if open_ended else _AT_MOST.findall(rule)
        most += _END.findall(layout.get(row, "survey", "parameters"))
        if most:
            found[layout.get(row, "survey", "name")] = min(map(int, most))
    return found


def _ours(code: str, language: str) -> str:
    known = messages.texts(code, {})
    return known.get(language, known["en"])
