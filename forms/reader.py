"""From elementpath's tokens to a rule's syntax tree, with the type of every part checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from elementpath.xpath_tokens import XPathToken

from forms import functions, grammar, paths
from forms.calls import SPECIAL
from forms.syntax import ARITHMETIC, COMPARISONS, CURRENT, TEMPORAL, ExpressionError, Node, World
from forms.values import ValueFault, clock, moment

_LITERALS = frozenset({"(string)", "(integer)", "(decimal)", "(float)"})
_OF_CURRENT = frozenset({"string-length", "normalize-space"})
_COUNTING = frozenset({"count", "count-non-empty"})


@dataclass
class Reader:
    """Turns a token tree into nodes; collects the names it meets."""

    source: str
    types: Mapping[str, str] | None
    columns: frozenset[str]
    world: World
    names: set[str] = field(default_factory=set)
    found_columns: set[str] = field(default_factory=set)
    reads_current: bool = False
    #: (question or ".", text) where a rule compares an answer with a text that is written out.
    compared: set[tuple[str, str]] = field(default_factory=set)
    #: Columns that a condition on rows or rounds may name, innermost last.
    own: list[Mapping[str, str] | None] = field(default_factory=list)

    def read(self, token: XPathToken) -> Node:
        """The node of a token.  Raises ExpressionError."""
        symbol, size = token.symbol, len(token)
        if symbol in _LITERALS:
            return _literal(token)
        if symbol == "$":
            return self.variable(grammar.variable(token))
        if symbol == "(name)":
            return self.column(token.value)
        if symbol == "." or (symbol == "current" and not size):
            return self._current()
        if symbol == "(" and size == 1:
            return self.read(token[0])
        if symbol in ("/", "["):
            return paths.path(self, token)
        if symbol in ("and", "or") and size == 2:
            return Node(symbol, "boolean", self.scalars(token))
        if symbol in COMPARISONS and size == 2:
            return self._comparison(token)
        if symbol in ARITHMETIC and size == 2:
            return self._arithmetic(token)
        if symbol in ("-", "+") and size == 1:
            return self._sign(token)
        if symbol in grammar.FUNCTIONS:
            return self._function(token)
        raise self.error("unsupported", symbol=symbol)

    def error(self, code: str, **facts: Any) -> ExpressionError:
        return ExpressionError(f"expression.{code}", source=self.source, **facts)

    def scalar(self, token: XPathToken) -> Node:
        """A node that is one value; of a list only rows of a table give one, the first."""
        node = self.read(token)
        if node.op in ("each", "rounds"):
            name = node.value if node.op == "rounds" else node.value[1]
            raise self.error("repeated", name=name)
        return node

    def scalars(self, token: XPathToken) -> tuple[Node, ...]:
        return tuple(map(self.scalar, token))

    # Names

    def variable(self, name: str) -> Node:
        repeat = self.world.repeats.get(name, "")
        is_repeat = name in self.world.repeats.values()
        if self.types is not None and name not in self.types and not is_repeat:
            raise self.error("unknown_name", name=name)
        self.names.add(name)
        if is_repeat:
            return Node("rounds", "nodes", value=name)
        kind = (self.types or {}).get(name, "any")
        if repeat and repeat != self.world.inside:
            return Node("each", "nodes", value=(repeat, name, kind))
        return Node("answer", kind, value=name)

    def _current(self) -> Node:
        if self.own and self.own[-1] is not None:
            kind = self.own[-1].get(CURRENT)
            if kind:
                return Node("current", kind)
            raise self.error("current")
        self.reads_current = True
        return Node("current", (self.types or {}).get(CURRENT, "any"))

    def column(self, name: str) -> Node:
        own = self.own[-1] if self.own else dict.fromkeys(self.columns, "string")
        if own is not None and name not in own:
            raise self.error("bare_name", name=name)
        if not self.own:
            self.found_columns.add(name)
        return Node("column", (own or {}).get(name, "any"), value=name)

    # Operators

    def _comparison(self, token: XPathToken) -> Node:
        parts = self.scalars(token)
        self._check_days(*parts)
        self._note_compared(*parts)
        return Node(token.symbol, "boolean", parts)

    def _check_days(self, left: Node, right: Node) -> None:
        """A day against anything but a day, an ISO text or '' is a mistake of the author."""
        for one, other in ((left, right), (right, left)):
            if one.kind not in TEMPORAL or other.kind in ("any", "nodes"):
                continue
            if other.kind in TEMPORAL and (one.kind == "time") == (other.kind == "time"):
                continue
            if other.op == "literal" and other.kind == "string" and _is_iso(other.value, one.kind):
                continue
            raise self.error("date_type")

    def _note_compared(self, one: Node, other: Node) -> None:
        for subject, text in ((one, other), (other, one)):
            if text.op == "literal" and text.kind == "string":
                if subject.op == "answer":
                    self.compared.add((subject.value, text.value))
                elif subject.op == "current" and not self.own:
                    self.compared.add((CURRENT, text.value))

    def _arithmetic(self, token: XPathToken) -> Node:
        parts = self.scalars(token)
        kinds = tuple(part.kind for part in parts)
        days = [kind for kind in kinds if kind in TEMPORAL]
        if not days:
            return Node(token.symbol, "number", parts)
        if "time" in days or token.symbol not in "+-" or (token.symbol == "+" and len(days) == 2):
            raise self.error("date_type")
        if token.symbol == "-" and kinds[1] in TEMPORAL and kinds[0] not in (*TEMPORAL, "any"):
            raise self.error("date_type")
        kind = "number" if len(days) == 2 else days[0]
        return Node(token.symbol, "any" if "any" in kinds else kind, parts)

    def _sign(self, token: XPathToken) -> Node:
        operand = self.scalar(token[0])
        if operand.kind in TEMPORAL:
            raise self.error("date_type")
        return Node("negative" if token.symbol == "-" else "number", "number", (operand,))

    # Functions

    def _function(self, token: XPathToken) -> Node:
        name = token.symbol
        special = SPECIAL.get(name)
        if special is not None:
            return special(self, token)
        if name in functions.GATHERING:
            parts = tuple(map(self.read, token))
            if name not in _COUNTING and any(part.op == "rounds" for part in parts):
                raise self.error("repeated", name=parts[0].value)
            if name in (*_COUNTING, "sum") and parts[0].kind != "nodes":
                raise self.error("not_nodes", name=name)
        else:
            # Without a text these look at the answer being checked.
            parts = self.scalars(token)
            if not parts and name in _OF_CURRENT:
                parts = (self._current(),)
        if name == "selected":
            self._note_compared(*parts)
        return Node(name, functions.PLAIN[name][1], parts)


def _literal(token: XPathToken) -> Node:
    if token.symbol == "(string)":
        return Node("literal", "string", value=token.value)
    exact = token.value if isinstance(token.value, int) else float(token.value)
    return Node("literal", "number", value=exact)


def _is_iso(text: str, kind: str) -> bool:
    if not text:
        return True
    try:
        if kind == "date":
            return date.fromisoformat(text).isoformat() == text
        return (moment if kind == "datetime" else clock)(text) is not None
    except (ValueError, ValueFault):
        return False
