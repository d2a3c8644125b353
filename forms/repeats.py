"""Repeats written out: ``begin repeat`` … ``end repeat`` becomes one group for each possible round.

A page without JavaScript, a paper form and a file with one row a person all know only what is there
from the start.  So each round is a group of its own, its questions named ``NAME_1``, ``NAME_2`` …;
a round is asked if the count says so, or if the round before said that there is one more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from forms import roundrows, rounds
from forms.expression import MAX_LENGTH
from forms.layout import Layout
from forms.model import Cell
from forms.rounds import Repeat
from forms.sheets import Row

#: Rounds where the author names no other number, and the most that are written out.
USUAL, MOST = 5, 20
#: Rows that all rounds together may have: each is a column of the data and a line on paper.
MOST_ROWS = 2000
#: Characters that spelling rounds out may add to all rules together.
MOST_GROWN = 4_000_000
_POSITION = re.compile(r"\bposition\(\s*(\.\.(?:\s*/\s*\.\.)*)\s*\)")


def written_out(rows: Sequence[Row], layout: Layout) -> tuple[Row, ...]:
    """The rows without repeats.  Faults of the repeats themselves go to the layout."""
    if not any(roundrows.kind_of(row, layout).startswith("begin repeat") for row in rows):
        return tuple(rows)
    whole: Sequence[Row] = roundrows.with_columns(rows, layout)
    found = whole
    numbers: dict[str, str] = {}
    try:
        while any(roundrows.is_kind(row, layout, "begin repeat") for row in found):
            found = _outermost(found, len(rows) + MOST_ROWS, numbers, layout)
    except _TooMany as first:
        layout.fault("repeat.rows", first.args[0], most=MOST_ROWS)
        return tuple(row for row in whole if not roundrows.kind_of(row, layout).endswith(" repeat"))
    return tuple(found)


class _TooMany(Exception):
    """More rounds than are written out; the cell of the repeat that was too much."""


def _outermost(
    rows: Sequence[Row], most: int, numbers: dict[str, str], layout: Layout
) -> list[Row]:
    """The rows with every outermost repeat written out once."""
    found: list[Row] = []
    known: list[Repeat] = []
    around: list[str] = []
    limits = roundrows.limits(rows, layout)
    at = 0
    while at < len(rows):
        row = rows[at]
        if not roundrows.is_kind(row, layout, "begin repeat"):
            if roundrows.is_kind(row, layout, "begin group"):
                around.append(layout.get(row, "survey", "relevant"))
            elif roundrows.is_kind(row, layout, "end group") and around:
                around.pop()
            found.append(row)
            at += 1
            continue
        end = _end(rows, at, layout)
        repeat = _repeat(rows[at : end + 1], around, layout)
        if repeat and (end - at) * len(repeat.rounds) + len(found) > most:
            raise _TooMany(row.start)
        if repeat:
            known.append(repeat)
            _warn_of_more(row, len(repeat.rounds), limits, layout)
            before = numbers.get(repeat.name, "")
            found += _rounds(rows[at + 1 : end], row, repeat, before, layout)
            # A round within the third round is "3.1".
            for k in range(1, len(repeat.rounds) + 1):
                numbers |= {f"{name}_{k}": f"{before}{k}." for name in repeat.inner}
        at = end + 1
    return [_from_outside(row, known, layout) for row in found]


def _spelt(
    text: str, repeat: Repeat, cell: Cell, layout: Layout, *, only_indexed: bool = False
) -> str:
    """A rule spelt out; none where it, or all of them together, would be too long."""
    if layout.grown > MOST_GROWN:
        return ""  # the first that was too much is told
    found = rounds.spelt(text, repeat, only_indexed=only_indexed)
    layout.grown += len(found) - len(text)
    if len(found) > max(MAX_LENGTH, len(text)) or layout.grown > MOST_GROWN:
        layout.fault("expression.too_long", cell, length=len(found), limit=MAX_LENGTH)
        return ""
    return found


def _repeat(block: Sequence[Row], around: Sequence[str], layout: Layout) -> Repeat | None:
    """The block's repeat; None if it cannot be read, with its fault reported."""
    first = block[0]
    cells = layout.cells(first, "survey")
    if not roundrows.is_kind(block[-1], layout, "end repeat"):
        layout.fault("repeat.unclosed", first.start)
        return None
    name = layout.get(first, "survey", "name")
    if not name:
        layout.fault("row.name_missing", cells["name"])
        return None
    conditions = _conditions(first, name, layout)
    if conditions is None:
        return None
    outer = [*around, layout.get(first, "survey", "relevant")]
    members, inner = _members(block[1:-1], layout)
    return Repeat(
        name=name,
        rounds=tuple(_all(*outer, condition) for condition in conditions),
        members=members,
        inner=inner,
    )


def _conditions(first: Row, name: str, layout: Layout) -> list[str] | None:
    """What asks for each round by itself; None with a fault where the number is wrong."""
    cells = layout.cells(first, "survey")
    most = _most(layout.get(first, "survey", "parameters"))
    if most is None:
        layout.fault("repeat.max", cells["parameters"], most=MOST)
        return None
    count = layout.get(first, "survey", "repeat_count")
    if not count:
        return ["", *(f"${{{name}_more_{k}}} = 'co'" for k in range(1, most))]
    if not count.isdecimal():
        return [f"({count}) >= {k}" for k in range(1, most + 1)]
    if not 1 <= int(count) <= MOST:
        layout.fault("repeat.max", cells["repeat_count"], most=MOST)
        return None
    return [""] * int(count)


def _warn_of_more(first: Row, most: int, limits: Mapping[str, int], layout: Layout) -> None:
    """Tell where the number of rounds may be larger than what is written out."""
    count = layout.get(first, "survey", "repeat_count")
    if not count or count.isdecimal():
        return
    counted = rounds.REFERENCE.fullmatch(count)
    cell = layout.cells(first, "survey")["repeat_count"]
    told = any(x.code == "repeat.more_than_written" and x.cell == cell for x in layout.faults)
    if not told and (not counted or limits.get(counted[1], most + 1) > most):
        layout.fault("repeat.more_than_written", cell, is_error=False, most=most, limit=MOST)


def _members(block: Sequence[Row], layout: Layout) -> tuple[dict[str, str], frozenset[str]]:
    """Rows by name with what asks for them in their round; those of repeats within."""
    found: dict[str, str] = {}
    inner: set[str] = set()
    groups: list[tuple[str, bool]] = []
    for row in block:
        kind, relevant = roundrows.kind_of(row, layout), layout.get(row, "survey", "relevant")
        is_repeat = kind == "begin repeat"
        name = layout.get(row, "survey", "name")
        if name and not kind.startswith("end "):
            found[name] = _all(*(said for said, _ in groups), relevant)
            if is_repeat or any(repeats for _, repeats in groups):
                inner.add(name)
        if kind.startswith("begin "):
            groups.append((relevant, is_repeat))
        elif kind.startswith("end ") and groups:
            groups.pop()
    return found, frozenset(inner)


def _all(*rules: str) -> str:
    return " and ".join(f"({each})" for each in rules if each)


def _rounds(
    block: Sequence[Row], first: Row, repeat: Repeat, before: str, layout: Layout
) -> Iterator[Row]:
    asks = not layout.get(first, "survey", "repeat_count")
    said = layout.get(first, "survey", "relevant")
    for k, condition in enumerate(_conditions(first, repeat.name, layout) or (), 1):
        texts = {"type": "begin group", "name": f"{repeat.name}_{k}", "repeat_count": ""}
        group = roundrows.changed(
            first, layout, texts | {"relevant": _all(said, condition), "parameters": ""}
        )
        yield roundrows.numbered(group, f"{before}{k}", layout)
        ups = _ancestors(block, layout)
        for row, above in zip(block, ups, strict=True):
            yield _of_round(row, above, repeat, k, layout)
        if asks and k < len(repeat.rounds):
            yield roundrows.asking_for_more(first, repeat, k, layout)
        yield roundrows.changed(first, layout, {"type": "end group"}, only=True)


def _ancestors(block: Sequence[Row], layout: Layout) -> list[tuple[bool, ...]]:
    """Of each row the groups around it within the block, nearest first; True for a repeat."""
    found, groups = [], []
    for row in block:
        kind = roundrows.kind_of(row, layout)
        if kind.startswith("end ") and groups:
            groups.pop()
        found.append(tuple(reversed(groups)))
        if kind.startswith("begin "):
            groups.append(kind == "begin repeat")
    return found


def _of_round(row: Row, above: tuple[bool, ...], repeat: Repeat, k: int, layout: Layout) -> Row:
    """A row of the block as the k-th round has it."""
    head = roundrows.headers_of(layout)

    def place(match: re.Match[str]) -> str:
        # A place within a repeat inside this one is for that repeat to say.
        return match[0] if any(above[match[1].count("..") - 1 :]) else str(k)

    texts = {}
    for header, text in row.texts.items():
        if header == head["name"]:
            text = f"{text}_{k}"
        elif header != head["type"]:
            text = _POSITION.sub(place, text)
            cell = row.cells[header]
            text = repeat.renamed(_spelt(text, repeat, cell, layout, only_indexed=True), k)
        texts[header] = text
    return replace(row, texts=texts)


def _from_outside(row: Row, known: Sequence[Repeat], layout: Layout) -> Row:
    """Counts and sums of a repeat's rounds, spelt out; another look at them is a fault."""
    texts = {}
    for header, text in row.texts.items():
        for repeat in known:
            if "${" in text:
                text = _spelt(text, repeat, row.cells[header], layout)
                for name in rounds.REFERENCE.findall(text):
                    if repeat.own(name):
                        layout.fault("repeat.outside", row.cells[header], name=name)
                        text = rounds.REFERENCE.sub("''", text)
                        break
        texts[header] = text
    return replace(row, texts=texts)


def _end(rows: Sequence[Row], start: int, layout: Layout) -> int:
    """Where the repeat that begins at ``start`` ends; the last row if it does not."""
    depth = 0
    for place in range(start, len(rows)):
        depth += roundrows.is_kind(rows[place], layout, "begin repeat")
        depth -= roundrows.is_kind(rows[place], layout, "end repeat")
        if not depth:
            return place
    return len(rows) - 1


def _most(parameters: str) -> int | None:
    if not parameters:
        return USUAL
    found = re.fullmatch(r"max=([0-9]{1,3})", parameters)
    return int(found[1]) if found and 1 <= int(found[1]) <= MOST else None
