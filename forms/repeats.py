"""Repeats written out: ``begin repeat`` … ``end repeat`` becomes one group for each possible round.

A page without JavaScript, a paper form and a file with one row a person all know only what is there
from the start.  So each round is a group of its own, its questions named ``NAME_1``, ``NAME_2`` …;
a round is asked if the count says so, or if the round before said that there is one more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from forms import messages
from forms.layout import Layout
from forms.model import Choice
from forms.sheets import Row

#: Rounds where the author names no other number, and the most that are written out.
USUAL, MOST = 5, 20
#: The list of the question whether there is one more.
LIST = "repeat_more"
_REFERENCE = re.compile(r"\$\{\s*([^}]*?)\s*\}")
_POSITION = re.compile(r"\bposition\(\s*\.\.\s*\)")
_AGGREGATE = re.compile(r"\b(count-non-empty|count|sum)\(\s*\$\{\s*([^}]*?)\s*\}\s*\)")
_INDEXED = re.compile(
    r"\bindexed-repeat\(\s*\$\{\s*([^}]*?)\s*\}\s*,\s*\$\{\s*([^}]*?)\s*\}\s*,\s*([^(),]+)\)"
)


@dataclass(frozen=True, slots=True)
class Repeat:
    """``conditions``: what asks for each round, "true()" where nothing has to."""

    name: str
    members: frozenset[str]
    conditions: tuple[str, ...]


def written_out(rows: Sequence[Row], layout: Layout) -> tuple[Row, ...]:
    """The rows without repeats.  Faults of the repeats themselves go to the layout."""
    if not any(_kind(row, layout).startswith("begin repeat") for row in rows):
        return tuple(rows)
    rows = _with_columns(rows, layout)
    found: list[Row] = []
    known: list[Repeat] = []
    at = 0
    while at < len(rows):
        row = rows[at]
        if not _is(row, layout, "begin repeat"):
            found.append(row)
            at += 1
            continue
        end = _end(rows, at, layout)
        repeat = _repeat(rows[at : end + 1], layout)
        if repeat is not None:
            known.append(repeat)
            found += _rounds(rows[at + 1 : end], row, repeat, layout)
        at = end + 1
    return tuple(_from_outside(row, known, layout) for row in found)


def more(layout: Layout) -> tuple[Choice, ...]:
    """The options of the question whether there is one more."""
    return tuple(
        Choice(name, {code: _ours(f"form.{name}", code) for code in layout.languages})
        for name in ("co", "khong")
    )


def _repeat(block: Sequence[Row], layout: Layout) -> Repeat | None:
    """The block's repeat; None if it cannot be read, with its fault reported."""
    first = block[0]
    cells = layout.cells(first, "survey")
    inner = next((row for row in block[1:] if _is(row, layout, "begin repeat")), None)
    if inner is not None:
        layout.fault("repeat.nested", inner.start)
        return None
    if not _is(block[-1], layout, "end repeat"):
        layout.fault("repeat.unclosed", first.start)
        return None
    name = layout.get(first, "survey", "name")
    if not name:
        layout.fault("row.name_missing", cells["name"])
        return None
    most = _most(layout.get(first, "survey", "parameters"))
    if most is None:
        layout.fault("repeat.max", cells["parameters"], most=MOST)
        return None
    count = layout.get(first, "survey", "repeat_count")
    if count.isdecimal():
        if not 1 <= int(count) <= MOST:
            layout.fault("repeat.max", cells["repeat_count"], most=MOST)
            return None
        conditions = ["true()"] * int(count)
    elif count:
        conditions = [f"({count}) >= {k}" for k in range(1, most + 1)]
    else:
        asked = [f"${{{name}_more_{k}}} = 'co'" for k in range(1, most)]
        conditions = ["true()", *asked]
    members = {layout.get(row, "survey", "name") for row in block[1:-1]} - {""}
    return Repeat(name, frozenset(members), tuple(conditions))


def _rounds(block: Sequence[Row], first: Row, repeat: Repeat, layout: Layout) -> Iterator[Row]:
    asks = not layout.get(first, "survey", "repeat_count")
    for k, condition in enumerate(repeat.conditions, 1):
        texts = {"type": "begin group", "name": f"{repeat.name}_{k}", "repeat_count": ""}
        said = layout.get(first, "survey", "relevant")
        both = " and ".join(f"({each})" for each in (said, condition) if each and each != "true()")
        group = _changed(first, layout, texts | {"relevant": both, "parameters": ""})
        yield _numbered(group, k, layout)
        for row in block:
            yield _of_round(row, repeat, k, layout)
        if asks and k < len(repeat.conditions):
            yield _one_more(first, repeat, k, layout)
        yield _changed(first, layout, {"type": "end group"}, only=True)


def _of_round(row: Row, repeat: Repeat, k: int, layout: Layout) -> Row:
    """A row of the block as the k-th round has it."""
    head = _headers(layout)

    def renamed(match: re.Match[str]) -> str:
        return f"${{{match[1]}_{k}}}" if match[1] in repeat.members else match[0]

    texts = {}
    for header, text in row.texts.items():
        if header == head["name"]:
            text = f"{text}_{k}"
        elif header != head["type"]:
            text = _POSITION.sub(str(k), _REFERENCE.sub(renamed, text))
        texts[header] = text
    return replace(row, texts=texts)


def _one_more(first: Row, repeat: Repeat, k: int, layout: Layout) -> Row:
    labels = {
        header: _ours("form.repeat.more", code)
        for code, header in layout.headers["survey"].get("label", {}).items()
    }
    texts = {"type": f"select_one {LIST}", "name": f"{repeat.name}_more_{k}"}
    row = _changed(first, layout, texts, only=True)
    return replace(row, texts={**row.texts, **labels})


def _from_outside(row: Row, known: Sequence[Repeat], layout: Layout) -> Row:
    """Counts and sums of a repeat's rounds, spelt out; another look at them is a fault."""
    texts = {}
    for header, text in row.texts.items():
        for repeat in known:
            if "${" in text:
                text = _spelt(text, repeat)
                for name in _REFERENCE.findall(text):
                    if name in repeat.members or name == repeat.name:
                        layout.fault("repeat.outside", row.cells[header], name=name)
                        text = _REFERENCE.sub("''", text)
                        break
        texts[header] = text
    return replace(row, texts=texts)


def _spelt(text: str, repeat: Repeat) -> str:
    rounds = range(1, len(repeat.conditions) + 1)

    def aggregate(match: re.Match[str]) -> str:
        how, name = match[1], match[2]
        if name not in repeat.members and name != repeat.name:
            return match[0]
        if how == "sum" and name in repeat.members:
            parts = [f"number(coalesce(${{{name}_{k}}}, 0))" for k in rounds]
        elif how == "count-non-empty" and name in repeat.members:
            parts = [f"if(string-length(${{{name}_{k}}}) > 0, 1, 0)" for k in rounds]
        elif how == "count":
            parts = [f"if({condition}, 1, 0)" for condition in repeat.conditions]
        else:
            return match[0]
        return "(" + " + ".join(parts) + ")"

    def indexed(match: re.Match[str]) -> str:
        name, of, index = match[1], match[2], match[3].strip()
        if name not in repeat.members or of != repeat.name:
            return match[0]
        if index.isdecimal():
            return f"${{{name}_{index}}}" if int(index) in rounds else "''"
        chain = "''"
        for k in reversed(rounds):
            chain = f"if({index} = {k}, ${{{name}_{k}}}, {chain})"
        return chain

    return _INDEXED.sub(indexed, _AGGREGATE.sub(aggregate, text))


def _numbered(group: Row, k: int, layout: Layout) -> Row:
    """The group with its number in every title."""
    headers = layout.headers["survey"].get("label", {}).values()
    titles = {h: f"{group.texts[h]} – {k}" for h in headers if group.texts.get(h)}
    return replace(group, texts={**group.texts, **titles})


def _changed(row: Row, layout: Layout, columns: Mapping[str, str], *, only: bool = False) -> Row:
    """The row with other texts in some columns, ``only``: and none in the others."""
    head = _headers(layout)
    texts = {} if only else dict(row.texts)
    for column, text in columns.items():
        if column in head:
            texts[head[column]] = text
    return replace(row, texts={header: text for header, text in texts.items() if text})


def _with_columns(rows: Sequence[Row], layout: Layout) -> list[Row]:
    """Every row with a place for what is written into it."""
    head = layout.headers["survey"]
    added = [column for column in ("relevant",) if column not in head]
    for column in added:
        head[column] = {"": column}
    return [replace(r, cells={**dict.fromkeys(added, r.start), **r.cells}) for r in rows]


def _headers(layout: Layout) -> dict[str, str]:
    of_sheet = layout.headers["survey"]
    return {column: of[""] for column, of in of_sheet.items() if "" in of}


def _end(rows: Sequence[Row], start: int, layout: Layout) -> int:
    """Where the repeat that begins at ``start`` ends; the last row if it does not."""
    depth = 0
    for place in range(start, len(rows)):
        depth += _is(rows[place], layout, "begin repeat")
        depth -= _is(rows[place], layout, "end repeat")
        if not depth:
            return place
    return len(rows) - 1


def _most(parameters: str) -> int | None:
    if not parameters:
        return USUAL
    found = re.fullmatch(r"max=([0-9]{1,3})", parameters)
    return int(found[1]) if found and 1 <= int(found[1]) <= MOST else None


def _is(row: Row, layout: Layout, kind: str) -> bool:
    return _kind(row, layout) == kind


def _kind(row: Row, layout: Layout) -> str:
    return layout.get(row, "survey", "type").strip().lower().replace("_", " ")


def _ours(code: str, language: str) -> str:
    known = messages.texts(code, {})
    return known.get(language, known["en"])
