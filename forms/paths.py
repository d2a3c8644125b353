"""Paths in a rule: ``../x``, ``current()/../x``, ``instance('t')/root/item[...]/x``, ``${r}[...]``.

Names are unique in a questionnaire, so a path to a question is the question's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from elementpath.xpath_tokens import XPathToken

from forms import grammar
from forms.syntax import CURRENT, Node

if TYPE_CHECKING:
    from forms.reader import Reader

#: One step of a path with its conditions.
Step = tuple[XPathToken, list[XPathToken]]


def path(reader: Reader, token: XPathToken) -> Node:
    """``../x``, ``current()/../x``, ``instance('t')/root/item[...]/x``, ``${repeat}[...]``."""
    walked = steps(token)
    first = walked[0][0]
    if first.symbol == "instance":
        return _rows(reader, first, walked[1:])
    if first.symbol == "$":
        return _conditioned(reader, first, walked)
    upwards = all(step.symbol in ("..", ".", "current") for step, _ in walked[:-1])
    last, conditions = walked[-1]
    if upwards and last.symbol == "(name)" and not conditions:
        own = reader.own[-1] if reader.own else None
        is_own = own is not None and last.value in own and first.symbol != "current"
        return reader.column(last.value) if is_own else reader.variable(last.value)
    raise reader.error("unsupported", symbol=token.symbol)


def _conditioned(reader: Reader, first: XPathToken, walked: list[Step]) -> Node:
    """Rounds of a repeat, or a question in them, on a condition about each round."""
    node = reader.variable(grammar.variable(first))
    if len(walked) != 1 or node.op not in ("rounds", "each"):
        raise reader.error("unsupported", symbol="[")
    repeat = node.value if node.op == "rounds" else node.value[0]
    inside = [name for name, of in reader.world.repeats.items() if of == repeat]
    own = {name: (reader.types or {}).get(name, "any") for name in inside}
    if node.op == "each":
        own[CURRENT] = node.value[2]
    return Node(node.op, "nodes", _conditions(reader, walked[0][1], own), node.value)


def _rows(reader: Reader, instance: XPathToken, walked: list[Step]) -> Node:
    names = [step.value for step, _ in walked if step.symbol == "(name)"]
    if instance[0].symbol != "(string)" or names[:2] != ["root", "item"]:
        raise reader.error("unsupported", symbol="instance")
    conditions = [c for _, found in walked for c in found]
    column = names[2] if len(names) == 3 else ""
    if len(names) != len(walked) or len(names) > 3:
        raise reader.error("unsupported", symbol="instance")
    name, own = table(reader, instance[0].value)
    if column and column not in own:
        raise reader.error("no_column", name=name, column=column)
    return Node("rows", "nodes", _conditions(reader, conditions, own), (name, column))


def table(reader: Reader, name: str) -> tuple[str, Mapping[str, str]]:
    """The table's name and the types of its columns."""
    found = reader.world.tables.get(name)
    if found is None:
        raise reader.error("no_table", name=name)
    return name, dict.fromkeys(found.columns, "string")


def _conditions(
    reader: Reader, tokens: list[XPathToken], own: Mapping[str, str]
) -> tuple[Node, ...]:
    reader.own.append(own)
    try:
        return tuple(map(reader.scalar, tokens))
    finally:
        reader.own.pop()


def steps(token: XPathToken) -> list[Step]:
    """The steps of a path, each with its conditions."""
    if token.symbol == "[":
        before = steps(token[0])
        step, conditions = before[-1]
        return [*before[:-1], (step, [*conditions, token[1]])]
    if token.symbol == "/" and len(token) == 2:
        return [*steps(token[0]), *steps(token[1])]
    return [(token, [])]
