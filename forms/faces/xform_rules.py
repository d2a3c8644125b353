"""A rule written back as ODK's programs read it, from the tree that the pages work with.

Where our typed days are stricter or kinder than ODK's text is, the rule says it in ODK's words: an
ISO text beside a day becomes ``date('...')``, a day moved by days is made a day again.
"""

from __future__ import annotations

from forms import values
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
        text = _operator(op, *node.parts)
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
    if node.op not in COMPARISONS or not kinds & _MAKERS.keys():
        return node.parts
    maker = _MAKERS["datetime" if "datetime" in kinds else "date"]
    return tuple(
        f"{maker}({written(part)})" if part.op == "literal" and part.value else part
        for part in node.parts
    )


def _call(name: str, parts: tuple[Node, ...]) -> str:
    return f"{name}({', '.join(map(written, parts))})"


def _literal(node: Node) -> str:
    if node.kind == "number":
        return values.string(node.value)
    text = node.value
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    pieces = ', "\'", '.join(f"'{piece}'" for piece in text.split("'"))
    return f"concat({pieces})"


def _coalesce(node: Node) -> str:
    """ODK's takes two."""
    first, *rest = node.parts
    if not rest:
        return written(first)
    others = Node("coalesce", node.kind, tuple(rest))
    return f"coalesce({written(first)}, {_coalesce(others)})"


def _regex(node: Node) -> str:
    return f"regex({written(node.parts[0])}, {_literal(Node('', 'string', value=node.value))})"


def _conditions(node: Node) -> str:
    return "".join(f"[{written(part)}]" for part in node.parts)


def _rows(node: Node) -> str:
    table, column = node.value
    last = f"/{column}" if column else ""
    return f"instance('{table}')/root/item{_conditions(node)}{last}"


def _indexed(node: Node) -> str:
    repeat, name = node.value
    return f"indexed-repeat(${{{name}}}, ${{{repeat}}}, {written(node.parts[0])})"


def _pulled(node: Node) -> str:
    texts = ", ".join(f"'{text}'" for text in node.value)
    return f"pulldata({texts}, {written(node.parts[0])})"


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
    "regex": _regex,
    "choice-name": lambda node: f"jr:choice-name({written(node.parts[0])}, '${{{node.value}}}')",
    "pulldata": _pulled,
}
