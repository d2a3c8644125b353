"""A rule written back as ODK's programs read it, from the tree that the pages work with.

Where our typed days are stricter or kinder than ODK's text is, the rule says it in ODK's words: an
ISO text beside a day becomes ``date('...')``, a day moved by days is made a day again.
"""

from __future__ import annotations

from dataclasses import replace

from forms import values
from forms.moments import decimal_time
from forms.syntax import ARITHMETIC, COMPARISONS, TEMPORAL, Node

_MAKERS = {"date": "date", "datetime": "date-time"}
#: How tightly operators bind; what binds less goes into parentheses.
_BINDING = {
    "or": 1,
    "and": 2,
    "=": 3,
    "!=": 3,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "div": 6,
    "mod": 6,
    "negative": 7,
}


def written(node: Node) -> str:
    """The rule as an XLSForm cell holds it: XPath with ``${name}``."""
    op = node.op
    if op in ("and", "or") or op in COMPARISONS:
        return _operator(op, *_dated(node))
    if op in ARITHMETIC:
        text = _operator(op, *_counted(node))
        return f"{_MAKERS[node.kind]}({text})" if node.kind in _MAKERS else text
    if op == "negative":
        return f"-{_within(node.parts[0], 7)}"
    special = _SPECIAL.get(op)
    return special(node) if special else _call(op, node.parts)


def _operator(op: str, left: Node | str, right: Node | str) -> str:
    binding = _BINDING[op]
    return f"{_within(left, binding)} {op} {_within(right, binding + 1)}"


def _within(part: Node | str, least: int) -> str:
    if isinstance(part, str):
        return part
    text = written(part)
    loose = part.kind not in _MAKERS or part.op not in ARITHMETIC
    return f"({text})" if loose and _BINDING.get(part.op, 9) < least else text


def _dated(node: Node) -> tuple[Node | str, ...]:
    """Both sides; a text beside a day is made a day.  (ODK would compare it as a number.)"""
    kinds = {part.kind for part in node.parts} & TEMPORAL
    blank = any(part.op == "literal" and part.value == "" for part in node.parts)
    if node.op not in COMPARISONS or not kinds or blank:
        return node.parts
    if "time" in kinds:
        return tuple(map(_share_of_day, node.parts))
    if "datetime" in kinds:
        return tuple(f"decimal-date-time({written(part)})" for part in node.parts)
    return tuple(f"date({written(part)})" if part.op == "literal" else part for part in node.parts)


def _counted(node: Node) -> tuple[Node | str, ...]:
    """Both sides of a sum; a moment is days and a part of a day.  (ODK would drop the part.)"""
    if all(part.kind != "datetime" for part in node.parts):
        return node.parts
    return tuple(
        f"decimal-date-time({written(part)})" if part.kind in _MAKERS else part
        for part in node.parts
    )


def _share_of_day(part: Node) -> str:
    """ODK's engine reads a time from a question, not from a text."""
    if part.op == "literal":
        return values.string(decimal_time(part.value))
    return f"decimal-time({written(part)})"


def _call(name: str, parts: tuple[Node, ...]) -> str:
    return f"{name}({', '.join(map(written, parts))})"


def _literal(node: Node) -> str:
    if node.kind == "number":
        return values.string(node.value)
    text = node.value
    if "${" in text:  # the compiler would see a question in it
        return _in_pieces(text.split("${"), "'$', '{'")
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    return _in_pieces(text.split("'"), '"\'"')


def _in_pieces(pieces: list[str], mark: str) -> str:
    texts = (_literal(Node("literal", "string", value=piece)) for piece in pieces)
    return f"concat({f', {mark}, '.join(texts)})"


def _coalesce(node: Node) -> str:
    """ODK's takes two."""
    first, *rest = node.parts
    if not rest:
        return written(first)
    others = Node("coalesce", node.kind, tuple(rest))
    return f"coalesce({written(first)}, {_coalesce(others)})"


def _step(node: Node) -> str:
    """ODK's engine has no floor and no ceiling."""
    (part,) = map(written, node.parts)
    compare, sign = ("<", "-") if node.op == "floor" else (">", "+")
    return f"(int({part}) {sign} if(({part}) {compare} int({part}), 1, 0))"


def _least(node: Node) -> str:
    """ODK's engine takes either one list or single values."""
    if len(node.parts) == 1:
        return _call(node.op, node.parts)
    return f"{node.op}({', '.join(_apart(node.op, part) for part in node.parts)})"


def _greatest(node: Node) -> str:
    """ODK's engine says 0 where all values are negative."""
    if len(node.parts) == 1:
        return _call(node.op, node.parts)
    return f"(-min({', '.join(f'-({_apart(node.op, part)})' for part in node.parts)}))"


def _apart(op: str, part: Node) -> str:
    return _call(op, (part,)) if part.kind == "nodes" else written(part)


def _decimal_day(node: Node) -> str:
    """Days count from the local midnight, as everywhere else."""
    (part,) = node.parts
    return _call("number" if part.kind == "date" else node.op, node.parts)


def _clock(node: Node) -> str:
    return _share_of_day(node.parts[0])


def _text(node: Node) -> str:
    """ODK's engine gives a moment's day only."""
    (part,) = node.parts
    if part.kind == "datetime":
        return f"format-date-time({written(part)}, '%Y-%m-%dT%H:%M:%S.%3')"
    return _call(node.op, node.parts)


def _regex(node: Node) -> str:
    return f"regex({written(node.parts[0])}, {_literal(Node('', 'string', value=node.value))})"


def _conditions(node: Node) -> str:
    """Conditions on rows and rounds; beside a question in a round stand its siblings."""
    parts = tuple(map(_sibling, node.parts)) if node.op == "each" else node.parts
    return "".join(f"[{written(part)}]" for part in parts)


def _sibling(node: Node) -> Node:
    if node.op == "column":
        return replace(node, value=f"../{node.value}")
    return replace(node, parts=tuple(map(_sibling, node.parts)))


def _rows(node: Node) -> str:
    table, column = node.value
    last = f"/{column}" if column else ""
    return f"instance('{table}')/root/item{_conditions(node)}{last}"


def _indexed(node: Node) -> str:
    repeat, name = node.value
    return f"indexed-repeat(${{{name}}}, ${{{repeat}}}, {written(node.parts[0])})"


def _pulled(node: Node) -> str:
    """Collect alone knows pulldata; every client finds a row by its column."""
    table, column, wanted = node.value
    return f"instance('{table}')/root/item[{wanted} = {written(node.parts[0])}]/{column}"


_SPECIAL = {
    "literal": _literal,
    "answer": lambda node: f"${{{node.value}}}",
    "current": lambda node: ".",
    "column": lambda node: node.value,
    "each": lambda node: f"${{{node.value[1]}}}{_conditions(node)}",
    "rounds": lambda node: f"${{{node.value}}}{_conditions(node)}",
    "rows": _rows,
    "position": lambda node: "position(..)",
    "indexed-repeat": _indexed,
    "coalesce": _coalesce,
    "floor": _step,
    "ceiling": _step,
    "min": _least,
    "max": _greatest,
    "decimal-date-time": _decimal_day,
    "decimal-time": _clock,
    "string": _text,
    "regex": _regex,
    "choice-name": lambda node: f"jr:choice-name({written(node.parts[0])}, '${{{node.value}}}')",
    "pulldata": _pulled,
}
