"""Rules of a questionnaire (relevant, constraint, calculation): parsed once, evaluated often.

elementpath parses the rule; its tree becomes nested Python closures over an environment, a plain
dict of values by name.  Nothing is evaluated as Python source, and no clock is read: ``today``
is in the environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from elementpath.exceptions import ElementPathError

from forms import grammar, values
from forms.compiler import (
    COLUMN,
    CURRENT,
    OPEN,
    TODAY,
    Compiler,
    Environment,
    ExpressionError,
    Run,
    Undecided,
)
from forms.values import Value, ValueFault

__all__ = [
    "COLUMN",
    "CURRENT",
    "OPEN",
    "TODAY",
    "Environment",
    "Expression",
    "ExpressionError",
    "Undecided",
    "parse",
]

#: Longest rule in characters; more is no rule but an attack or an accident.
MAX_LENGTH = 4000


@dataclass(frozen=True)
class Expression:
    """One compiled rule.

    Attributes
    ----------
    source : str
        The rule as it was written.
    type : str
        ``string``, ``number``, ``boolean``, ``date``, ``list`` or ``any``.
    names, columns : frozenset of str
        Questions (and choice columns) that the rule reads.
    reads_current : bool
        Whether it reads ``.``, the answer being checked.
    compared : frozenset of (str, str)
        Pairs (question or ``.``, text) where the rule compares an answer with a fixed text.
    tree : str
        The syntax tree, for messages and tests.
    """

    source: str
    type: str
    names: frozenset[str]
    columns: frozenset[str]
    reads_current: bool
    compared: frozenset[tuple[str, str]]
    tree: str
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
    source: str, types: Mapping[str, str] | None = None, *, columns: frozenset[str] = frozenset()
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

    Raises
    ------
    ExpressionError
        ``expression.syntax``, ``.function``, ``.arguments``, ``.unsupported``, ``.unknown_name``,
        ``.regex``, ``.too_long`` or ``.date_type`` (a day compared with something that is none).
    """
    if len(source) > MAX_LENGTH:
        raise ExpressionError("expression.too_long", length=len(source), limit=MAX_LENGTH)
    compiler = Compiler(source, types, columns)
    try:
        tree = grammar.parse(source)
        run, kind = compiler.compile(tree)
    except grammar.UnknownFunction as unknown:
        raise ExpressionError("expression.function", source=source, name=str(unknown)) from None
    except RecursionError:
        raise ExpressionError("expression.too_deep", source=source) from None
    except ExpressionError:
        raise
    except (ElementPathError, SyntaxError, ValueError, TypeError) as error:
        code = "arguments" if "arguments" in str(error) else "syntax"
        raise ExpressionError(f"expression.{code}", source=source, reason=_reason(error)) from None
    return Expression(
        source=source,
        type=kind,
        names=frozenset(compiler.names),
        columns=frozenset(compiler.found_columns),
        reads_current=compiler.reads_current,
        compared=frozenset(compiler.compared),
        tree=tree.tree,
        _run=run,
    )


def _reason(error: Exception) -> str:
    """elementpath's words without its own error code."""
    return str(error).rpartition("] ")[2].replace(f"'{grammar.MARK}", "'")
