"""From a rule's syntax tree to nested Python closures over an environment of values."""

from __future__ import annotations

from collections.abc import Callable

from forms import functions, grammar, values
from forms.chance import identifier, share
from forms.environment import (
    COLUMN,
    OPEN,
    POSITION,
    Environment,
    Run,
    Undecided,
    given,
    now,
    seed,
    today,
    typed,
)
from forms.lookups import LOOKUPS
from forms.syntax import ARITHMETIC, COMPARISONS, CURRENT, Node, World
from forms.values import Value

_ARITHMETIC: dict[str, Callable[[Value, Value], Value]] = {
    "+": values.add,
    "-": values.subtract,
    "*": lambda left, right: values.number(left) * values.number(right),
    "div": values.divide,
    "mod": values.modulo,
}


def compiled(node: Node, world: World) -> Run:
    """The closure of a node."""
    return Compiler(world).run(node)


class Compiler:
    def __init__(self, world: World) -> None:
        self.world = world
        #: Calls of random() and uuid() are told apart by their place in the rule.
        self.calls = 0

    def run(self, node: Node) -> Run:
        """What gives the node's value: one value, or a list of them for nodes."""
        op = node.op
        if op in COMPARISONS:
            return self._comparison(node)
        if op in ARITHMETIC:
            return self._arithmetic(node)
        own = _OWN.get(op) or LOOKUPS.get(op)
        return own(self, node) if own else self._plain(node)

    def one(self, node: Node) -> Run:
        """What gives one value; of several the first, of none a blank."""
        run = self.run(node)
        if node.kind != "nodes":
            return run
        return lambda env: next(iter(run(env)), None)

    def _literal(self, node: Node) -> Run:
        literal = node.value
        return lambda env: literal

    def _answer(self, node: Node) -> Run:
        name = node.value

        def read(env: Environment) -> Value:
            value = env.get(name)
            if value is OPEN:
                raise Undecided(name)
            return tuple(value) if isinstance(value, list) else value

        return typed(node.kind, read)

    def _current(self, node: Node) -> Run:
        def read(env: Environment) -> Value:
            value = env.get(CURRENT)
            return tuple(value) if isinstance(value, list) else value

        return typed(node.kind, read)

    def _column(self, node: Node) -> Run:
        key = COLUMN(node.value)
        return typed(node.kind, lambda env: env.get(key))

    # Operators

    def _junction(self, node: Node) -> Run:
        """``and`` / ``or`` that may be decided by one side while the other is still open."""
        left, right = map(self.one, node.parts)
        decisive = node.op == "or"

        def run(env: Environment) -> bool:
            try:
                first = values.boolean(left(env))
            except Undecided:
                if values.boolean(right(env)) is decisive:
                    return decisive
                raise
            return first if first is decisive else values.boolean(right(env))

        return run

    def _comparison(self, node: Node) -> Run:
        left, right = map(self.one, node.parts)
        symbol, compare = node.op, values.compare
        return lambda env: compare(symbol, left(env), right(env))

    def _arithmetic(self, node: Node) -> Run:
        left, right = map(self.one, node.parts)
        operate = _ARITHMETIC[node.op]
        return lambda env: operate(left(env), right(env))

    def _negative(self, node: Node) -> Run:
        (operand,) = map(self.one, node.parts)
        return lambda env: -values.number(operand(env))

    # Functions

    def _plain(self, node: Node) -> Run:
        call, _ = functions.PLAIN[node.op]
        if node.op in functions.GATHERING and any(part.kind == "nodes" for part in node.parts):
            runs = [(self.run(part), part.kind == "nodes") for part in node.parts]
            return lambda env: call(*_gathered(runs, env))
        parts = list(map(self.one, node.parts))
        if len(parts) == 1:
            (only,) = parts
            return lambda env: call(only(env))
        if len(parts) == 2:
            first, second = parts
            return lambda env: call(first(env), second(env))
        return lambda env: call(*[run(env) for run in parts])

    def _if(self, node: Node) -> Run:
        condition, then, otherwise = map(self.one, node.parts)
        truth = values.boolean
        return lambda env: then(env) if truth(condition(env)) else otherwise(env)

    def _coalesce(self, node: Node) -> Run:
        runs = list(map(self.one, node.parts))

        def run(env: Environment) -> Value:
            for each in runs:
                value = each(env)
                if value not in (None, "", ()):
                    return value
            return None

        return run

    def _once(self, node: Node) -> Run:
        """What the row holds already, else the value."""
        (only,) = map(self.one, node.parts)

        def run(env: Environment) -> Value:
            kept = env.get(CURRENT)
            return only(env) if kept in (None, "") else kept

        return run

    def _regex(self, node: Node) -> Run:
        (subject,) = map(self.one, node.parts)
        match = grammar.pattern(node.value).fullmatch
        return lambda env: match(values.string(subject(env))) is not None

    def _today(self, node: Node) -> Run:
        return today

    def _now(self, node: Node) -> Run:
        return now

    def _position(self, node: Node) -> Run:
        return lambda env: given(env, POSITION)

    def seed(self) -> Run:
        self.calls += 1
        call = str(self.calls)
        return lambda env: int(share(seed(env), call) * 2**31)

    def _random(self, node: Node) -> Run:
        self.calls += 1
        call = str(self.calls)
        return lambda env: share(seed(env), call)

    def _uuid(self, node: Node) -> Run:
        self.calls += 1
        call = str(self.calls)
        length = self.one(node.parts[0]) if node.parts else None
        return lambda env: identifier(
            seed(env), call, values.number(length(env)) if length else None
        )


_OWN: dict[str, Callable[[Compiler, Node], Run]] = {
    "literal": Compiler._literal,
    "answer": Compiler._answer,
    "current": Compiler._current,
    "column": Compiler._column,
    "and": Compiler._junction,
    "or": Compiler._junction,
    "negative": Compiler._negative,
    "if": Compiler._if,
    "coalesce": Compiler._coalesce,
    "once": Compiler._once,
    "regex": Compiler._regex,
    "today": Compiler._today,
    "now": Compiler._now,
    "position": Compiler._position,
    "random": Compiler._random,
    "uuid": Compiler._uuid,
}


def _gathered(runs: list[tuple[Run, bool]], env: Environment) -> list[Value]:
    found: list[Value] = []
    for run, are_nodes in runs:
        if are_nodes:
            found.extend(run(env))
        else:
            found.append(run(env))
    return found
