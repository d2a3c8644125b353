"""Calls that look at a repeat's rounds, spelt out for rounds that are groups of their own.

``sum(${age})`` becomes a sum over ``${age_1}``, ``${age_2}`` …, each only where its round is asked.
A repeat within another is spelt out in turn: the outer one leaves the same call over each of its
rounds, which the inner one spells out later.

Source: https://getodk.github.io/xforms-spec/#xpath-functions; rounds that are not asked are no
nodes there either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

REFERENCE = re.compile(r"\$\{\s*([^}]*?)\s*\}")
_CALL = re.compile(
    r"(?<![\w$.-])(count-non-empty|count|sum|min|max|join|concat|indexed-repeat)\s*\("
)
#: ``${name}`` or ``${name}[condition]``, the whole of an argument.
_NODES = re.compile(r"\s*\$\{\s*([^}]*?)\s*\}\s*(?:\[(.*)\])?\s*", re.DOTALL)
_SUM = re.compile(r"([0-9]{1,4})(?:\s*([-+])\s*([0-9]{1,4}))?\Z")


@dataclass(frozen=True, slots=True)
class Repeat:
    """``rounds``: what asks for each round, empty where nothing has to.

    ``members`` maps each row's name to what asks for it within its round; ``inner`` has those that
    are rows of a repeat within this one, or that repeat itself.
    """

    name: str
    rounds: tuple[str, ...]
    members: Mapping[str, str]
    inner: frozenset[str]

    def own(self, name: str) -> bool:
        return name == self.name or name in self.members

    def renamed(self, text: str, k: int) -> str:
        """The text as the k-th round has it."""

        def name(match: re.Match[str]) -> str:
            return f"${{{match[1]}_{k}}}" if match[1] in self.members else match[0]

        return REFERENCE.sub(name, text)


@dataclass(frozen=True, slots=True)
class _Leaf:
    """One value among several: ``when`` it counts, and itself."""

    when: str
    value: str


def spelt(text: str, repeat: Repeat, *, only_indexed: bool = False) -> str:
    """The text with its calls over the repeat's rounds spelt out.

    ``only_indexed``: in a round itself, where any other call sees that round alone.
    """
    found, at = "", 0
    for match in _CALL.finditer(text):
        if match.start() < at or _is_quoted(text, match.start()):
            continue
        end = _closing(text, match.end())
        if end < 0:
            break
        arguments = [
            spelt(each, repeat, only_indexed=only_indexed)
            for each in _arguments(text[match.end() : end])
        ]
        found += text[at : match.start()] + _call(match[1], arguments, repeat, only_indexed)
        at = end + 1
    return found + text[at:]


def _call(name: str, arguments: list[str], repeat: Repeat, only_indexed: bool) -> str:
    whole = f"{name}({', '.join(each.strip() for each in arguments)})"
    if name == "indexed-repeat":
        return _indexed(arguments, repeat) or whole
    nodes = [_nodes(each, repeat) for each in arguments]
    if only_indexed or not any(nodes):
        return whole
    if any(each and each[0] in repeat.inner for each in nodes):
        return _of_inner(name, arguments, repeat)
    return _SPELLINGS[name](arguments, [list(_leaves(each, repeat)) for each in arguments])


def _nodes(argument: str, repeat: Repeat) -> tuple[str, str] | None:
    """(name, condition) where an argument is this repeat's rounds or a question in them."""
    match = _NODES.fullmatch(argument)
    return (match[1], match[2] or "") if match and repeat.own(match[1]) else None


def _leaves(argument: str, repeat: Repeat) -> Iterator[_Leaf]:
    nodes = _nodes(argument, repeat)
    if nodes is None:
        yield _Leaf("", argument.strip())
        return
    name, condition = nodes
    for k, asked in enumerate(repeat.rounds, 1):
        parts = (asked, repeat.members.get(name, ""), condition)
        when = " and ".join(f"({repeat.renamed(each, k)})" for each in parts if each)
        yield _Leaf(when, f"${{{name}_{k}}}" if name != repeat.name else "1")


# A repeat within the repeat: the same call for each round, for the inner repeat to spell out.


def _of_inner(name: str, arguments: list[str], repeat: Repeat) -> str:
    rounds = range(1, len(repeat.rounds) + 1)
    if name == "join":
        separator, *rest = arguments
        calls = [f"join({separator}, {repeat.renamed(', '.join(rest), k)})" for k in rounds]
        return _joined(separator, [_Leaf(f"string-length({call}) > 0", call) for call in calls])
    if name in ("min", "max", "concat"):  # take any number: each round's nodes beside the other's
        parts = (
            [repeat.renamed(each, k) for k in rounds] if _nodes(each, repeat) else [each]
            for each in arguments
        )
        return f"{name}({', '.join(part.strip() for each in parts for part in each)})"
    return _plus([f"{name}({repeat.renamed(', '.join(arguments), k)})" for k in rounds])


# One repeat


def _counted(arguments: list[str], leaves: list[list[_Leaf]]) -> str:
    parts = [f"if({leaf.when}, 1, 0)" if leaf.when else "1" for leaf in leaves[0]]
    return _plus(parts)


def _non_empty(arguments: list[str], leaves: list[list[_Leaf]]) -> str:
    parts = [f"if({_if(leaf, f'string-length({leaf.value}) > 0')}, 1, 0)" for leaf in leaves[0]]
    return _plus(parts)


def _summed(arguments: list[str], leaves: list[list[_Leaf]]) -> str:
    parts = [f"number(coalesce({_shown(leaf)}, 0))" for leaf in leaves[0]]
    return _plus(parts)


def _extreme(name: str) -> Callable[[list[str], list[list[_Leaf]]], str]:
    def spell(arguments: list[str], leaves: list[list[_Leaf]]) -> str:
        return f"{name}({', '.join(_shown(leaf) for each in leaves for leaf in each)})"

    return spell


def _joins(arguments: list[str], leaves: list[list[_Leaf]]) -> str:
    return _joined(arguments[0], [leaf for each in leaves[1:] for leaf in each])


def _joined(separator: str, leaves: list[_Leaf]) -> str:
    """Texts with a separator before each; the first one's is cut off."""
    parts = [_shown(_Leaf(leaf.when, f"concat({separator}, {leaf.value})")) for leaf in leaves]
    return f"substr(concat({', '.join(parts)}), string-length({separator}))"


def _shown(leaf: _Leaf) -> str:
    return f"if({leaf.when}, {leaf.value}, '')" if leaf.when else leaf.value


def _if(leaf: _Leaf, condition: str) -> str:
    return f"{leaf.when} and {condition}" if leaf.when else condition


_SPELLINGS: dict[str, Callable[[list[str], list[list[_Leaf]]], str]] = {
    "count": _counted,
    "count-non-empty": _non_empty,
    "sum": _summed,
    "min": _extreme("min"),
    "max": _extreme("max"),
    "concat": _extreme("concat"),
    "join": _joins,
}


def _indexed(arguments: list[str], repeat: Repeat) -> str:
    """``indexed-repeat(${name}, ${repeat}, index, …)``; empty if it is another repeat's."""
    if len(arguments) < 3:
        return ""
    named, of = (REFERENCE.fullmatch(each.strip()) for each in arguments[:2])
    if not named or not of or of[1] != repeat.name or named[1] not in repeat.members:
        return ""
    index, more = arguments[2].strip(), arguments[3:]

    def value(k: int) -> str:
        if not more:
            return f"${{{named[1]}_{k}}}"
        rest = ", ".join(repeat.renamed(each.strip(), k) for each in more)
        return f"indexed-repeat(${{{named[1]}_{k}}}, {rest})"

    rounds = range(1, len(repeat.rounds) + 1)
    fixed = _SUM.match(index)
    if fixed:
        k = int(fixed[1]) + int(f"{fixed[2] or '+'}{fixed[3] or 0}")
        return value(k) if k in rounds else "''"
    chain = "''"
    for k in reversed(rounds):
        chain = f"if({index} = {k}, {value(k)}, {chain})"
    return chain


def _plus(parts: list[str]) -> str:
    """A sum, halved again and again: a chain of hundreds would be as deep as it is long."""
    if len(parts) <= 4:
        return f"({' + '.join(parts)})"
    half = len(parts) // 2
    return f"({_plus(parts[:half])} + {_plus(parts[half:])})"


# Text


def _is_quoted(text: str, at: int) -> bool:
    quote = ""
    for character in text[:at]:
        if character in "'\"" and quote in ("", character):
            quote = "" if quote else character
    return bool(quote)


def _closing(text: str, start: int) -> int:
    """Where the bracket closes that was opened just before ``start``; -1 if nowhere."""
    return next((at for at, depth in _walk(text, start) if depth < 0), -1)


def _arguments(text: str) -> list[str]:
    cuts = [at for at, depth in _walk(text, 0) if depth == 0 and text[at] == ","]
    return [text[a + 1 : b] for a, b in zip([-1, *cuts], [*cuts, len(text)], strict=True)]


def _walk(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Places outside quotes, with how deep in brackets each is."""
    depth, quote = 0, ""
    for at in range(start, len(text)):
        character = text[at]
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        else:
            depth += (character in "([{") - (character in ")]}")
            yield at, depth
