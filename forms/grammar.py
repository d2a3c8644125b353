"""The grammar of rules: XPath 1.0 as elementpath reads it, with the functions of ODK.

Only the syntax tree is taken from elementpath; ``forms.expression`` compiles it.  (Its own
evaluator walks XML nodes and takes tens of microseconds for what a rule needs.)
Source: https://getodk.github.io/xforms-spec/ (XPath functions), W3C XPath 1.0 (1999).
"""

from __future__ import annotations

import re
from functools import lru_cache

from elementpath.regex import RegexError
from elementpath.regex.unicode_subsets import unicode_subset
from elementpath.tdop import Parser
from elementpath.xpath1 import XPath1Parser
from elementpath.xpath_tokens import XPathAxis, XPathFunction, XPathToken

#: Function name -> number of arguments: exactly n, (least, most), or (least, None) for any more.
FUNCTIONS: dict[str, int | tuple[int, int | None]] = {
    # answers of select questions
    "selected": 2,
    "selected-at": 2,
    "count-selected": 1,
    "jr-choice-name": 2,
    # logic
    "if": 3,
    "coalesce": (2, None),
    "once": 1,
    "not": 1,
    "true": 0,
    "false": 0,
    "boolean": 1,
    "boolean-from-string": 1,
    "checklist": (3, None),
    "weighted-checklist": (4, None),
    # numbers
    "number": 1,
    "int": 1,
    "round": (1, 2),
    "floor": 1,
    "ceiling": 1,
    "abs": 1,
    "pow": 2,
    "sqrt": 1,
    "exp": 1,
    "exp10": 1,
    "log": 1,
    "log10": 1,
    "pi": 0,
    "sin": 1,
    "cos": 1,
    "tan": 1,
    "asin": 1,
    "acos": 1,
    "atan": 1,
    "atan2": 2,
    "min": (1, None),
    "max": (1, None),
    "sum": 1,
    "random": 0,
    # text
    "string": 1,
    "string-length": (0, 1),
    "concat": (1, None),
    "join": (2, None),
    "contains": 2,
    "starts-with": 2,
    "ends-with": 2,
    "substr": (2, 3),
    "substring-before": 2,
    "substring-after": 2,
    "translate": 3,
    "normalize-space": (0, 1),
    "regex": 2,
    "uuid": (0, 1),
    "digest": (2, 3),
    # days and times
    "today": 0,
    "now": 0,
    "date": 1,
    "date-time": 1,
    "format-date": 2,
    "format-date-time": 2,
    "decimal-date-time": 1,
    "decimal-time": 1,
    # repeats and lists
    "count": 1,
    "count-non-empty": 1,
    "position": (0, 1),
    "indexed-repeat": 3,
    "current": 0,
    "instance": 1,
    "pulldata": 4,
    "randomize": (1, 2),
    # the ground
    "area": 1,
    "distance": (1, None),
}

_STRING = r"'[^']*'|\"[^\"]*\""
_REFERENCE = re.compile(rf"({_STRING})|\$\{{\s*([^}}]*?)\s*\}}")
_CALL = re.compile(rf"{_STRING}|(?<![\w$.-])([^\W\d][\w.-]*)\s*\(")
_NAME = re.compile(r"[^\W\d][\w.-]*\Z")
#: A text in straight marks (group 1), which keeps what it has inside; or one in round marks.
_CURLY = re.compile(rf"({_STRING})|[‘’][^‘’]*[‘’]|[“”][^“”]*[“”]")
_STRAIGHT = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"'})
_OPERATOR_NAMES = {"and", "or", "div", "mod"}
#: The one function with a prefix; elsewhere a prefix has no meaning in a rule.
_LABEL = re.compile(rf"({_STRING})|\bjr:choice-name(?=\s*\()")
_PROPERTY = re.compile(r"\\([pP])\{(\w+)\}")

#: Prefix of a question's name inside the grammar, so that a question may be called "today".
MARK = "_"


class UnknownFunction(ValueError):
    """A function that the grammar does not have."""


class OdkParser(XPath1Parser):
    """XPath 1.0 without axes and node functions, with ODK's functions."""

    PATH_STEP_SYMBOLS = XPath1Parser.PATH_STEP_SYMBOLS | {"instance", "current"}

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
    source = _LABEL.sub(lambda match: match[1] or "jr-choice-name", source)
    for call in _CALL.finditer(source):
        if call[1] and call[1] not in FUNCTIONS and call[1] not in _OPERATOR_NAMES:
            raise UnknownFunction(call[1])
    return OdkParser().parse(_REFERENCE.sub(_as_variable, source))


@lru_cache(maxsize=256)
def pattern(text: str) -> re.Pattern[str]:
    """A regex as ODK's programs read it: ASCII digits and letters, and \\p{L} for any letter.

    Raises ValueError.
    """
    try:
        return re.compile(_PROPERTY.sub(_letters, text), re.ASCII)
    except (re.error, RegexError, RecursionError) as error:
        raise ValueError(str(error)) from None


def _letters(match: re.Match[str]) -> str:
    """The characters of a Unicode category, written out for a class or as a class."""
    body = "".join(map(_span, unicode_subset(match[2]).codepoints))
    inside = match.string.count("[", 0, match.start()) > match.string.count("]", 0, match.start())
    if inside and match[1] == "P":
        raise ValueError(f"{match[0]} inside [...]")
    return body if inside else f"[{'^' if match[1] == 'P' else ''}{body}]"


def _span(point: int | tuple[int, int]) -> str:
    first, last = (point, point + 1) if isinstance(point, int) else point
    return f"{re.escape(chr(first))}-{re.escape(chr(last - 1))}"


def straight(source: str) -> str:
    """A rule with the quotation marks that a word processor made round, straight again."""
    return _CURLY.sub(lambda m: m[0].translate(_STRAIGHT) if m[1] is None else m[0], source)


def references(text: str) -> tuple[str, ...]:
    """Names that a label mentions as ${name}, in order, quotation marks having no meaning there."""
    return tuple(name.strip() for name in re.findall(r"\$\{([^}]*)\}", text))


def variable(token: XPathToken) -> str:
    """The name behind ``${name}``, given its token."""
    return token[0].value.removeprefix(MARK)


def without_references(text: str) -> str:
    """What is left of a text beside its ${name}."""
    return re.sub(r"\$\{[^}]*\}", "", text)


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
