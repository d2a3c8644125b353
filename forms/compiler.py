"""From elementpath's token tree to nested Python closures over an environment of values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from elementpath.xpath_tokens import XPathToken

from forms import functions, grammar, values
from forms.values import Value, ValueFault

Environment = Mapping[str, Any]
Run = Callable[[Environment], Value]

#: Keys of an environment that are no question: the answer being checked, and the day.
CURRENT, TODAY = ".", "today()"
#: Key of a column of the choice that a choice_filter is looking at.
COLUMN = "@{}".format


_ARITHMETIC: dict[str, Callable[[Value, Value], Value]] = {
    "+": values.add,
    "-": values.subtract,
    "*": lambda left, right: values.number(left) * values.number(right),
    "div": values.divide,
    "mod": values.modulo,
}
_ORDER = {"<", "<=", ">", ">="}
_COMPARISONS = {"=", "!="} | _ORDER


class ExpressionError(ValueError):
    """A rule that cannot be read, or that met a value it cannot work with.

    ``code`` is stable and a key of ``forms.messages``; ``facts`` fill the message.
    """

    def __init__(self, code: str, **facts: Any) -> None:
        self.code = code
        self.facts = facts
        super().__init__(f"{code}: {facts}")


class Undecided(Exception):
    """The rule depends on a question that has not come up yet."""


class _Open:
    """The value of a question that has not come up yet: reading it leaves the rule undecided."""


OPEN = _Open()


class Compiler:
    """Turns a token tree into closures; collects the names it meets."""

    def __init__(
        self, source: str, types: Mapping[str, str] | None, columns: frozenset[str]
    ) -> None:
        self.source = source
        self.types = types
        self.columns = columns
        self.names: set[str] = set()
        self.found_columns: set[str] = set()
        self.reads_current = False
        #: (question or ".", text) where a rule compares an answer with a text that is written out.
        self.compared: set[tuple[str, str]] = set()

    def compile(self, token: XPathToken) -> tuple[Run, str]:
        symbol, size = token.symbol, len(token)
        if symbol in ("(string)", "(integer)", "(decimal)", "(float)"):
            return self._literal(token)
        if symbol == "$":
            return self._variable(token[0].value.removeprefix(grammar.MARK))
        if symbol == "(name)":
            return self._column(token.value)
        if symbol == ".":
            return self._current()
        if symbol == "(" and size == 1:
            return self.compile(token[0])
        if symbol in ("and", "or") and size == 2:
            return self._junction(token)
        if symbol in _COMPARISONS and size == 2:
            return self._comparison(token)
        if symbol in _ARITHMETIC and size == 2:
            return self._arithmetic(token)
        if symbol in ("-", "+") and size == 1:
            return self._sign(token)
        if symbol in grammar.FUNCTIONS:
            return self._function(token)
        raise ExpressionError("expression.unsupported", source=self.source, symbol=symbol)

    def _literal(self, token: XPathToken) -> tuple[Run, str]:
        literal = token.value
        if token.symbol == "(string)":
            return (lambda env: literal), "string"
        exact = literal if isinstance(literal, int) else float(literal)
        return (lambda env: exact), "number"

    def _variable(self, name: str) -> tuple[Run, str]:
        if self.types is not None and name not in self.types:
            raise ExpressionError("expression.unknown_name", source=self.source, name=name)
        self.names.add(name)
        kind = (self.types or {}).get(name, "any")

        def read(env: Environment) -> Value:
            value = env.get(name)
            if value is OPEN:
                raise Undecided(name)
            return tuple(value) if isinstance(value, list) else value

        if kind == "date":
            return (lambda env: values.day(read(env))), kind
        return read, kind

    def _current(self) -> tuple[Run, str]:
        self.reads_current = True
        kind = (self.types or {}).get(CURRENT, "any")

        def read(env: Environment) -> Value:
            value = env.get(CURRENT)
            return tuple(value) if isinstance(value, list) else value

        return ((lambda env: values.day(read(env))) if kind == "date" else read), kind

    def _column(self, name: str) -> tuple[Run, str]:
        if name not in self.columns:
            raise ExpressionError("expression.bare_name", source=self.source, name=name)
        self.found_columns.add(name)
        key = COLUMN(name)
        return (lambda env: env.get(key)), "string"

    def _junction(self, token: XPathToken) -> tuple[Run, str]:
        """``and`` / ``or`` that may be decided by one side while the other is still open."""
        (left, _), (right, _) = self.compile(token[0]), self.compile(token[1])
        decisive = token.symbol == "or"

        def run(env: Environment) -> bool:
            try:
                first = values.boolean(left(env))
            except Undecided:
                if values.boolean(right(env)) is decisive:
                    return decisive
                raise
            return first if first is decisive else values.boolean(right(env))

        return run, "boolean"

    def _comparison(self, token: XPathToken) -> tuple[Run, str]:
        symbol = token.symbol
        (left, left_kind), (right, right_kind) = self.compile(token[0]), self.compile(token[1])
        self._check_days(token, left_kind, right_kind)
        self._note_compared(token)
        compare = values.compare
        return (lambda env: compare(symbol, left(env), right(env))), "boolean"

    def _check_days(self, token: XPathToken, left: str, right: str) -> None:
        """A day against anything but a day, an ISO text or '' is a mistake of the author."""
        for kind, other, text in ((left, right, token[1]), (right, left, token[0])):
            if kind != "date" or other in ("date", "any"):
                continue
            if text.symbol == "(string)" and (not text.value or _is_iso(text.value)):
                continue
            raise ExpressionError("expression.date_type", source=self.source)

    def _note_compared(self, token: XPathToken) -> None:
        for subject, text in ((token[0], token[1]), (token[1], token[0])):
            if text.symbol == "(string)" and subject.symbol in ("$", "."):
                name = CURRENT if subject.symbol == "." else subject[0].value
                self.compared.add((name.removeprefix(grammar.MARK), text.value))

    def _arithmetic(self, token: XPathToken) -> tuple[Run, str]:
        (left, left_kind), (right, right_kind) = self.compile(token[0]), self.compile(token[1])
        operate = _ARITHMETIC[token.symbol]
        kinds = (left_kind, right_kind)
        kind = "number"
        if "date" in kinds:
            if token.symbol not in "+-" or (token.symbol == "+" and kinds == ("date", "date")):
                raise ExpressionError("expression.date_type", source=self.source)
            kind = "number" if kinds == ("date", "date") else "date"
            kind = "any" if "any" in kinds else kind
        return (lambda env: operate(left(env), right(env))), kind

    def _sign(self, token: XPathToken) -> tuple[Run, str]:
        operand, kind = self.compile(token[0])
        if kind == "date":
            raise ExpressionError("expression.date_type", source=self.source)
        factor = -1 if token.symbol == "-" else 1
        return (lambda env: factor * values.number(operand(env))), "number"

    def _function(self, token: XPathToken) -> tuple[Run, str]:
        compiled = [self.compile(argument) for argument in token]
        runs = [run for run, _ in compiled]
        name = token.symbol
        if name == "today":
            return _today, "date"
        if name == "if":
            return self._choice(runs, compiled)
        if name == "coalesce":
            return _first_answered(runs), _common([kind for _, kind in compiled])
        if name == "regex":
            return self._regex(token, runs[0])
        if name == "selected":
            self._note_compared(token)
        call, kind = functions.PLAIN[name]
        if len(runs) == 1:
            (only,) = runs
            return (lambda env: call(only(env))), kind
        if len(runs) == 2:
            first, second = runs
            return (lambda env: call(first(env), second(env))), kind
        return (lambda env: call(*[run(env) for run in runs])), kind

    def _choice(self, runs: list[Run], compiled: list[tuple[Run, str]]) -> tuple[Run, str]:
        condition, then, otherwise = runs
        kind = _common([compiled[1][1], compiled[2][1]])
        truth = values.boolean
        return (lambda env: then(env) if truth(condition(env)) else otherwise(env)), kind

    def _regex(self, token: XPathToken, subject: Run) -> tuple[Run, str]:
        """The pattern must be written out: it is compiled now, and it matches the whole text."""
        if token[1].symbol != "(string)":
            raise ExpressionError("expression.regex", source=self.source, reason=token[1].source)
        try:
            pattern = re.compile(token[1].value)
        except re.error as error:
            raise ExpressionError(
                "expression.regex", source=self.source, reason=str(error)
            ) from None
        return (lambda env: pattern.fullmatch(values.string(subject(env))) is not None), "boolean"


def _today(env: Environment) -> date:
    day = values.day(env.get(TODAY))
    if day is None:
        raise ValueFault("today is not in the context")
    return day


def _first_answered(runs: list[Run]) -> Run:
    def run(env: Environment) -> Value:
        for each in runs:
            value = each(env)
            if value not in (None, "", ()):
                return value
        return None

    return run


def _common(kinds: list[str]) -> str:
    return kinds[0] if len(set(kinds)) == 1 else "any"


def _is_iso(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
