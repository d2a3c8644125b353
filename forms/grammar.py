"""The grammar of rules: XPath 1.0 as elementpath reads it, with the functions of ODK.

Only the syntax tree is taken from elementpath; ``forms.expression`` compiles it.  (Its own
evaluator walks XML nodes and takes tens of microseconds for what a rule needs.)
Source: https://getodk.github.io/xforms-spec/ (XPath functions), W3C XPath 1.0 (1999).
"""

from __future__ import annotations

import re

from elementpath.tdop import Parser
from elementpath.xpath1 import XPath1Parser
from elementpath.xpath_tokens import XPathAxis, XPathFunction, XPathToken

#: Function name -> number of arguments: exactly n, (least, most), or (least, None) for any more.
FUNCTIONS: dict[str, int | tuple[int, int | None]] = {
    "selected": 2,
    "selected-at": 2,
    "count-selected": 1,
    "if": 3,
    "coalesce": (2, None),
    "regex": 2,
    "not": 1,
    "true": 0,
    "false": 0,
    "boolean": 1,
    "number": 1,
    "int": 1,
    "round": (1, 2),
    "floor": 1,
    "ceiling": 1,
    "abs": 1,
    "min": (1, None),
    "max": (1, None),
    "string": 1,
    "string-length": 1,
    "concat": (2, None),
    "contains": 2,
    "starts-with": 2,
    "ends-with": 2,
    "substr": (2, 3),
    "normalize-space": 1,
    "today": 0,
    "date": 1,
}

_STRING = r"'[^']*'|\"[^\"]*\""
_REFERENCE = re.compile(rf"({_STRING})|\$\{{\s*([^}}]*?)\s*\}}")
_CALL = re.compile(rf"{_STRING}|(?<![\w$.-])([^\W\d][\w.-]*)\s*\(")
_NAME = re.compile(r"[^\W\d][\w.-]*\Z")
_OPERATOR_NAMES = {"and", "or", "div", "mod"}

#: Prefix of a question's name inside the grammar, so that a question may be called "today".
MARK = "_"


class UnknownFunction(ValueError):
    """A function that the grammar does not have."""


class OdkParser(XPath1Parser):
    """XPath 1.0 without nodes, axes and node functions, with ODK's functions."""

    def parse(self, source: str) -> XPathToken:
        # XPath1Parser.parse would also evaluate the tree; here only the tree is wanted.
        if self.tokenizer is None:
            type(self).tokenizer = self.create_tokenizer(self.symbol_table)
        return Parser.parse(self, source)


for _symbol, _token in list(OdkParser.symbol_table.items()):
    if issubclass(_token, (XPathFunction, XPathAxis)):
        del OdkParser.symbol_table[_symbol]
for _symbol, _arity in FUNCTIONS.items():
    OdkParser.function(_symbol, nargs=_arity)


def parse(source: str) -> XPathToken:
    """Parse one rule into elementpath's token tree.

    Raises UnknownFunction, SyntaxError, or elementpath's ValueError/TypeError (wrong arguments).
    """
    for call in _CALL.finditer(source):
        if call[1] and call[1] not in FUNCTIONS and call[1] not in _OPERATOR_NAMES:
            raise UnknownFunction(call[1])
    return OdkParser().parse(_REFERENCE.sub(_as_variable, source))


def references(text: str) -> tuple[str, ...]:
    """Names that a label mentions as ${name}, in order, quotation marks having no meaning there."""
    return tuple(name.strip() for name in re.findall(r"\$\{([^}]*)\}", text))


def is_name(text: str) -> bool:
    """Whether a text may name a question, a group or a choice list."""
    return _NAME.match(text) is not None


def _as_variable(match: re.Match[str]) -> str:
    literal, name = match[1], match[2]
    if literal is not None:
        return literal
    if not is_name(name):
        raise SyntaxError(f"${{{name}}}")
    # The blank keeps "${a}-1" from reading as one name with a hyphen.
    return f"${MARK}{name} "
