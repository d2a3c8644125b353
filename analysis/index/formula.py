"""A small language for points: numbers, names, + - * /, comparisons, if(), min(), max() …

Nothing in it can loop, call out or grow: a formula is parsed by a grammar into a tree and the tree
is worked out in exact fractions.  Python's own ``eval`` has no part in it.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

from lark import Lark, Token, Tree
from lark.exceptions import LarkError, UnexpectedInput

from analysis.errors import SchemeError
from analysis.index.rounding import exact

LONGEST = 500
_GRAMMAR = r"""
?start: sum
?sum: product
    | sum "+" product -> add
    | sum "-" product -> sub
?product: atom
    | product "*" atom -> mul
    | product "/" atom -> div
?atom: NUMBER -> number
    | NAME -> name
    | "-" atom -> neg
    | "(" sum ")"
    | "if" "(" condition "," sum "," sum ")" -> choose
    | FUNCTION "(" sum ("," sum)* ")" -> call
?condition: all
    | condition "or" all -> any_of
?all: test
    | all "and" test -> all_of
?test: sum COMPARE sum -> compare
    | "not" test -> negate
    | "(" condition ")"
FUNCTION.2: /(min|max|abs|floor|ceil|round)(?=\s*\()/
COMPARE: "<=" | ">=" | "==" | "!=" | "<" | ">"
NAME: /[a-z_][a-z0-9_]*(\.[a-z0-9_]+)*/
NUMBER: /\d+(\.\d+)?/
%ignore /\s+/
"""
_BINARY = {"add": operator.add, "sub": operator.sub, "mul": operator.mul}
_COMPARE = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr")


@lru_cache(maxsize=512)
def parse(text: str) -> Tree:
    """Read a formula.

    Parameters
    ----------
    text : str
        At most 500 letters.

    Raises
    ------
    SchemeError
        ``formula.syntax`` with the column, ``formula.long``, ``formula.arguments``.
    """
    if len(text) > LONGEST:
        raise SchemeError("formula.long", f"A formula has at most {LONGEST} letters.", n=len(text))
    try:
        tree = _parser().parse(text)
    except UnexpectedInput as fault:
        column = fault.column if fault.column and fault.column > 0 else len(text) + 1
        raise SchemeError(
            "formula.syntax", f"Not a formula from letter {column} on.", column=column
        ) from fault
    except (LarkError, RecursionError) as fault:
        raise SchemeError("formula.syntax", "Not a formula.", column=1) from fault
    tree = tree if isinstance(tree, Tree) else Tree("number", [tree])
    _count_arguments(tree)
    return tree


def names(text: str) -> frozenset[str]:
    """The names that a formula uses.  Raises SchemeError as `parse`."""
    return frozenset(str(each.children[0]) for each in parse(text).find_data("name"))


def evaluate(text: str, values: Mapping[str, float | Fraction]) -> Fraction:
    """The value of a formula.

    Parameters
    ----------
    text : str
    values : mapping
        Name -> number; each counts as the decimal that was written.

    Returns
    -------
    Fraction

    Raises
    ------
    SchemeError
        As `parse`; ``formula.name`` for a name without a value, ``formula.zero`` for a division by
        zero.

    Examples
    --------
    >>> evaluate("min(max_points, 2 * done / planned)", {"max_points": 2, "done": 9, "planned": 10})
    Fraction(9, 5)
    """
    return _number(parse(text), {name: exact(value) for name, value in values.items()})


def _count_arguments(tree: Tree) -> None:
    for call in tree.find_data("call"):
        name, n = str(call.children[0]), len(call.children) - 1
        if (name in ("abs", "floor", "ceil") and n != 1) or (name == "round" and n > 2):
            raise SchemeError(
                "formula.arguments", f"{name}() does not take {n} values.", function=name, n=n
            )


def _number(tree: Tree | Token, values: Mapping[str, Fraction]) -> Fraction:
    kind, parts = tree.data, tree.children
    if kind == "number":
        return Fraction(str(parts[0]))
    if kind == "name":
        if parts[0] not in values:
            raise SchemeError("formula.name", f"No value for {parts[0]!r}.", name=str(parts[0]))
        return values[parts[0]]
    if kind == "neg":
        return -_number(parts[0], values)
    if kind == "choose":
        return _number(parts[1] if _holds(parts[0], values) else parts[2], values)
    if kind == "call":
        return _call(str(parts[0]), [_number(each, values) for each in parts[1:]])
    left, right = (_number(each, values) for each in parts)
    if kind != "div":
        return _BINARY[kind](left, right)
    if right == 0:
        raise SchemeError("formula.zero", "The formula divides by zero.")
    return left / right


def _call(name: str, given: list[Fraction]) -> Fraction:
    if name in ("min", "max"):
        return (min if name == "min" else max)(given)
    if name == "abs":
        return abs(given[0])
    if name in ("floor", "ceil"):
        return Fraction((floor if name == "floor" else ceil)(given[0]))
    places = int(given[1]) if len(given) == 2 else 0
    scale = Fraction(10) ** max(-6, min(places, 12))
    half_up = floor(abs(given[0]) * scale + Fraction(1, 2)) / scale
    return half_up if given[0] >= 0 else -half_up


def _holds(tree: Tree, values: Mapping[str, Fraction]) -> bool:
    kind, parts = tree.data, tree.children
    if kind == "compare":
        left, sign, right = parts
        return _COMPARE[str(sign)](_number(left, values), _number(right, values))
    if kind == "negate":
        return not _holds(parts[0], values)
    first = _holds(parts[0], values)
    if kind == "any_of":
        return first or _holds(parts[1], values)
    return first and _holds(parts[1], values)
