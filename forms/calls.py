"""How the calls of a rule are read that are more than a function of their arguments' values."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from elementpath.xpath_tokens import XPathToken

from forms import grammar, paths
from forms.syntax import Node, common

if TYPE_CHECKING:
    from forms.reader import Reader


def _if(reader: Reader, token: XPathToken) -> Node:
    parts = reader.scalars(token)
    return Node("if", common(parts[1:]), parts)


def _first(reader: Reader, token: XPathToken) -> Node:
    parts = reader.scalars(token)
    return Node(token.symbol, common(parts), parts)


def _clock(reader: Reader, token: XPathToken) -> Node:
    return Node(token.symbol, {"today": "date", "now": "datetime"}[token.symbol])


def _regex(reader: Reader, token: XPathToken) -> Node:
    """The pattern must be written out: it is compiled now, and it matches the whole text."""
    if token[1].symbol != "(string)":
        raise reader.error("regex", reason=token[1].source)
    try:
        grammar.pattern(token[1].value)
    except ValueError as error:
        raise reader.error("regex", reason=str(error)) from None
    return Node("regex", "boolean", (reader.scalar(token[0]),), token[1].value)


def _position(reader: Reader, token: XPathToken) -> Node:
    where = token[0] if len(token) else None
    upwards = where is None or all(s.symbol in ("..", ".") and not c for s, c in paths.steps(where))
    if not upwards or (reader.types is not None and not reader.world.inside):
        raise reader.error("outside_repeat")
    return Node("position", "number")


def _indexed(reader: Reader, token: XPathToken) -> Node:
    named, repeat, index = token
    if named.symbol != "$" or repeat.symbol != "$":
        raise reader.error("unsupported", symbol="indexed-repeat")
    name = grammar.variable(named)
    if reader.world.repeats.get(name) != grammar.variable(repeat):
        raise reader.error("outside_repeat")
    reader.names.update((name, grammar.variable(repeat)))
    kind = (reader.types or {}).get(name, "any")
    return Node("indexed-repeat", kind, (reader.scalar(index),), (grammar.variable(repeat), name))


def _label(reader: Reader, token: XPathToken) -> Node:
    """``jr:choice-name(value, '${question}')``."""
    match = grammar.references(token[1].value) if token[1].symbol == "(string)" else ()
    if len(match) != 1 or (reader.types is not None and match[0] not in reader.world.labels):
        raise reader.error("unsupported", symbol="jr:choice-name")
    return Node("choice-name", "string", (reader.scalar(token[0]),), match[0])


def _pulled(reader: Reader, token: XPathToken) -> Node:
    """``pulldata('table', 'column', 'key column', key)``."""
    texts = [each.value if each.symbol == "(string)" else None for each in token[:3]]
    if None in texts:
        raise reader.error("unsupported", symbol="pulldata")
    table, own = paths.table(reader, texts[0])
    for column in texts[1:]:
        if column not in own:
            raise reader.error("no_column", name=table, column=column)
    return Node("pulldata", "string", (reader.scalar(token[3]),), tuple(texts))


def _shuffled(reader: Reader, token: XPathToken) -> Node:
    nodes, *seed = token
    read = reader.read(nodes)
    if read.kind != "nodes":
        raise reader.error("unsupported", symbol="randomize")
    return Node("randomize", "nodes", (read, *map(reader.scalar, seed)))


def _chance(reader: Reader, token: XPathToken) -> Node:
    kind = {"random": "number", "uuid": "string"}[token.symbol]
    return Node(token.symbol, kind, reader.scalars(token))


#: How calls are read that are more than a function of their arguments' values.
SPECIAL: dict[str, Callable[[Reader, XPathToken], Node]] = {
    "if": _if,
    "coalesce": _first,
    "once": _first,
    "today": _clock,
    "now": _clock,
    "regex": _regex,
    "position": _position,
    "indexed-repeat": _indexed,
    "jr-choice-name": _label,
    "pulldata": _pulled,
    "randomize": _shuffled,
    "random": _chance,
    "uuid": _chance,
}
