"""Rules of a questionnaire (relevant, constraint, calculation): parsed once, evaluated often.

elementpath parses the rule; its tree becomes nested Python closures over an environment, a plain
dict of values by name.  Nothing is evaluated as Python source, and no clock and no chance is read:
``today``, ``now`` and the respondent's seed are in the environment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from elementpath.exceptions import ElementPathError
from elementpath.xpath_tokens import XPathToken

from forms import grammar, values
from forms.compiler import compiled
from forms.environment import (
    COLUMN,
    LANGUAGE,
    NOW,
    OPEN,
    POSITION,
    SEED,
    TODAY,
    Environment,
    Run,
    Undecided,
)
from forms.reader import Reader
from forms.syntax import CURRENT, ExpressionError, Node, World, below
from forms.values import Value, ValueFault

__all__ = [
    "COLUMN",
    "CURRENT",
    "LANGUAGE",
    "NOW",
    "OPEN",
    "POSITION",
    "SEED",
    "TODAY",
    "Environment",
    "Expression",
    "ExpressionError",
    "Undecided",
    "World",
    "parse",
]

#: Longest rule in characters, with all rounds of its repeats spelt out; more is no rule but an
#: attack or an accident.
MAX_LENGTH = 40_000
_NAMED, _QUOTED = re.compile(r"'fn:([\w.-]+)'"), re.compile(r"'(.+)'|\"(.+)\"")
_QUOTES = {"'", '"'}


@dataclass(frozen=True)
class Expression:
    """One compiled rule.

    Attributes
    ----------
    source : str
        The rule as it was written.
    type : str
        ``string``, ``number``, ``boolean``, ``date``, ``datetime``, ``time``, ``list``, ``nodes``
        or ``any``.
    names, columns : frozenset of str
        Questions (and choice columns) that the rule reads.
    reads_current : bool
        Whether it reads ``.``, the answer being checked.
    compared : frozenset of (str, str)
        Pairs (question or ``.``, text) where the rule compares an answer with a fixed text.
    reads_own : bool
        Whether it keeps what its row holds already (``once``).
    node : Node
        The syntax tree with its types.
    """

    source: str
    type: str
    names: frozenset[str]
    columns: frozenset[str]
    reads_current: bool
    compared: frozenset[tuple[str, str]]
    reads_own: bool
    node: Node = field(repr=False)
    _run: Run = field(repr=False, compare=False)

    def value(self, environment: Environment) -> Value:
        """Evaluate.

        Raises
        ------
        ExpressionError
            ``expression.value``: a value does not fit (an ill-formed day, a day against text).
        Undecided
            The rule needs a name whose value is ``OPEN``.
        """
        try:
            return self._run(environment)
        except ValueFault as fault:
            raise ExpressionError(
                "expression.value", source=self.source, reason=str(fault)
            ) from None

    def holds(self, environment: Environment) -> bool:
        """Evaluate as a truth.  Raises as ``value``."""
        return values.boolean(self.value(environment))


def parse(
    source: str,
    types: Mapping[str, str] | None = None,
    *,
    columns: frozenset[str] = frozenset(),
    world: World | None = None,
) -> Expression:
    """Compile one rule.

    Parameters
    ----------
    source : str
        XPath 1.0 in ODK's dialect: ``${h3} = 'co' and count-selected(.) <= 3``.
    types : mapping of str to str, optional
        Type of each question that may be named.  Without it any name is allowed and untyped.
    columns : frozenset of str
        Choice columns that a choice_filter may name.
    world : World, optional
        Repeats, lists and labels that the rule may look at.

    Raises
    ------
    ExpressionError
        ``expression.syntax``, ``.unfinished``, ``.function``, ``.arguments``, ``.unsupported``,
        ``.unknown_name``, ``.regex``, ``.too_long``, ``.date_type`` (a day compared with something
        that is none), ``.repeated``, ``.outside_repeat``, ``.no_table`` or ``.no_column``.
    """
    if len(source) > MAX_LENGTH:
        raise ExpressionError("expression.too_long", length=len(source), limit=MAX_LENGTH)
    world = world or World()
    reader = Reader(source, types, columns, world)
    try:
        node = reader.scalar(_tokens(source))
        run = compiled(node, world)
    except RecursionError:
        raise ExpressionError("expression.too_deep", source=source) from None
    return Expression(
        source=source,
        type="string" if node.kind == "nodes" else node.kind,
        names=frozenset(reader.names),
        columns=frozenset(reader.found_columns),
        reads_current=reader.reads_current,
        compared=frozenset(reader.compared),
        reads_own=any(each.op == "once" for each in below(node)),
        node=node,
        _run=_first(run) if node.kind == "nodes" else run,
    )


def _tokens(source: str) -> XPathToken:
    try:
        return grammar.parse(source)
    except grammar.UnknownFunction as unknown:
        raise ExpressionError("expression.function", source=source, name=str(unknown)) from None
    except (ElementPathError, SyntaxError, ValueError, TypeError) as error:
        code, facts = _said(str(error).rpartition("] ")[2], source)
        raise ExpressionError(f"expression.{code}", source=source, **facts) from None


def _first(run: Run) -> Run:
    return lambda env: next(iter(run(env)), None)


def _said(words: str, source: str) -> tuple[str, dict[str, str]]:
    """elementpath's words, which are English, as a code of ours and the place they point at."""
    if "arguments" in words:
        named = _NAMED.search(words)
        return "arguments", {"name": named[1] if named else source.partition("(")[0].strip()}
    quoted = _QUOTED.search(words)
    near = (quoted[1] or quoted[2]).removeprefix(grammar.MARK) if quoted else source
    if "end of source" in words or near in _QUOTES:
        return "unfinished", {}
    return "syntax", {"near": near}
