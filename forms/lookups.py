"""How a rule looks at many things: rounds of a repeat, rows of a list, labels of options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from forms import values
from forms.chance import shuffled
from forms.environment import COLUMN, LANGUAGE, OPEN, TYPED, Environment, Run, Undecided, typed
from forms.syntax import CURRENT, Node, World, below
from forms.values import Value

if TYPE_CHECKING:
    from forms.compiler import Compiler


def _each(make: Compiler, node: Node) -> Run:
    repeat, name, kind = node.value
    conditions = [make.one(part) for part in node.parts]
    as_kind = TYPED.get(kind, lambda value: value)

    def read(env: Environment) -> list[Value]:
        kept = _kept(env, _rounds(env, repeat), conditions, name)
        found = (each.get(name) for each in kept)
        return [as_kind(tuple(v) if isinstance(v, list) else v) for v in found]

    return read


def _every_round(make: Compiler, node: Node) -> Run:
    repeat, conditions = node.value, [make.one(part) for part in node.parts]
    return lambda env: _kept(env, _rounds(env, repeat), conditions)


def _rows(make: Compiler, node: Node) -> Run:
    name, column = node.value
    table = make.world.tables[name]
    if len(node.parts) == 1 and (key := _key(node.parts[0])):
        wanted, value = key[0], make.one(key[1])
        return lambda env: [
            row.get(column, "") for row in table.where(wanted, values.string(value(env)))
        ]
    conditions = [make.one(part) for part in node.parts]
    return lambda env: [row.get(column, "") for row in _kept(env, table.rows, conditions)]


def _randomized(make: Compiler, node: Node) -> Run:
    nodes, *rest = node.parts
    read, seed = make.run(nodes), make.one(rest[0]) if rest else make.seed()
    return lambda env: shuffled(read(env), values.number(seed(env)))


def _indexed(make: Compiler, node: Node) -> Run:
    repeat, name = node.value
    (index,) = map(make.one, node.parts)

    def read(env: Environment) -> Value:
        rounds, place = _rounds(env, repeat), values.number(index(env))
        inside = place == place and 1 <= place <= len(rounds)
        value = rounds[int(place) - 1].get(name) if inside else None
        return tuple(value) if isinstance(value, list) else value

    return typed(node.kind, read)


def _label(make: Compiler, node: Node) -> Run:
    (chosen,) = map(make.one, node.parts)
    labels, default = make.world.labels[node.value], make.world.language

    def run(env: Environment) -> str:
        texts = labels.get(values.string(chosen(env)), {})
        return texts.get(env.get(LANGUAGE, default)) or texts.get(default, "")

    return run


def _pulled(make: Compiler, node: Node) -> Run:
    name, column, wanted = node.value
    (key,) = map(make.one, node.parts)
    table = make.world.tables[name]

    def run(env: Environment) -> str:
        found = table.where(wanted, values.string(key(env)))
        return found[0].get(column, "") if found else ""

    return run


def _rounds(env: Environment, repeat: str) -> list[Mapping[str, Any]]:
    rounds = env.get(repeat)
    if rounds is OPEN:
        raise Undecided(repeat)
    return rounds or []


def _kept(
    env: Environment, rows: Any, conditions: list[Run], current: str = ""
) -> list[Mapping[str, Any]]:
    """Rows on which every condition holds; each sees the row's own columns."""
    if not conditions:
        return list(rows)
    kept = []
    inner = dict(env)
    for row in rows:
        inner.update((COLUMN(name), value) for name, value in row.items())
        inner[CURRENT] = row.get(current)
        if all(values.boolean(condition(inner)) for condition in conditions):
            kept.append(row)
    return kept


def narrowing(node: Node) -> tuple[str, Callable[[Environment], str]] | None:
    """A column and the text that it must be wherever a choice_filter holds; None if it asks more.

    ``tinh = ${tinh} and loai != 'x'`` can only hold where ``tinh`` is the answer.
    """
    from forms.compiler import compiled

    if node.op == "and":
        return next(filter(None, map(narrowing, node.parts)), None)
    key = _key(node)
    if key is None or any(part.op not in ("answer", "literal") for part in below(key[1])):
        return None
    value = compiled(key[1], World())
    return key[0], lambda env: values.string(value(env))


def _key(condition: Node) -> tuple[str, Node] | None:
    """Column and value of a condition that only asks whether a column is a text."""
    if condition.op != "=":
        return None
    for column, value in (condition.parts, condition.parts[::-1]):
        if column.op == "column" and value.op != "column" and value.kind == "string":
            return column.value, value
    return None


#: How nodes are compiled that are more than one value, or that stand in a list.
LOOKUPS: dict[str, Callable[[Compiler, Node], Run]] = {
    "each": _each,
    "rounds": _every_round,
    "rows": _rows,
    "randomize": _randomized,
    "indexed-repeat": _indexed,
    "choice-name": _label,
    "pulldata": _pulled,
}
