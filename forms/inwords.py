"""Rules in words: what a codebook calls the universe of a question, and paper a skip."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from elementpath.exceptions import ElementPathError
from elementpath.xpath_tokens import XPathToken

from forms import grammar
from forms.model import SELECTS, Question, Questionnaire

#: How a question is called in a sentence, by language: its number on paper, its name in a codebook.
Caller = Callable[[Question, str], str]

_WORDS: Mapping[str, tuple[str, str]] = {
    "and": ("và", "and"),
    "or": ("hoặc", "or"),
    "=": ("là", "is"),
    "!=": ("khác", "is not"),
    "<": ("nhỏ hơn", "is below"),
    "<=": ("không quá", "is at most"),
    ">": ("lớn hơn", "is above"),
    ">=": ("từ", "is at least"),
    "blank": ("để trống", "is blank"),
    "filled": ("đã trả lời", "is answered"),
    "selected": ("có chọn", "includes"),
    "unselected": ("không chọn", "does not include"),
    "count": ("số phương án đã chọn ở %s", "the number of options chosen in %s"),
    "not": ("không phải: %s", "not: %s"),
    "today": ("ngày trả lời", "the day of answering"),
    "literally": ("thoả điều kiện %s", "the condition %s holds"),
}


class _Unspoken(Exception):
    """A rule that these words cannot say."""


def said(
    q: Questionnaire,
    rule: str,
    language: str,
    call: Caller,
    *,
    known: Collection[str] = frozenset(),
) -> str:
    """A rule as a clause of a sentence; a rule beyond these words is quoted as it was written.

    Parameters
    ----------
    rule : str
        An expression of the questionnaire, or empty.
    language : str
        ``vi`` or ``en``.
    call : callable
        How to call a question: ``call(question, language)``.
    known : collection of str
        Names that the reader does not decide: a part of the rule that looks only at them, joined
        to others by ``and``, is left unsaid.

    Returns
    -------
    str
        ``câu 3 là “Có” và câu 4 có chọn “Phí”``; empty for an empty rule.
    """
    if not rule.strip():
        return ""
    try:
        return _Speaker(q, language, call, frozenset(known)).whole(grammar.parse(rule))
    except (_Unspoken, ElementPathError, SyntaxError, ValueError, TypeError, KeyError):
        return _word("literally", language) % f"“{rule}”"


def _word(key: str, language: str) -> str:
    return _WORDS[key][0 if language == "vi" else 1]


class _Speaker:
    def __init__(
        self, q: Questionnaire, language: str, call: Caller, known: frozenset[str]
    ) -> None:
        self.q, self.language, self.call, self.known = q, language, call, known

    def whole(self, token: XPathToken) -> str:
        return "" if self._is_known(token) else self.clause(token)

    def clause(self, token: XPathToken) -> str:
        symbol, size = token.symbol, len(token)
        if symbol == "(" and size == 1:
            return self.clause(token[0])
        if symbol in ("and", "or") and size == 2:
            parts = list(dict.fromkeys(self._joined(token, symbol)))
            return f" {self.word(symbol)} ".join(parts)
        if symbol in ("=", "!=", "<", "<=", ">", ">=") and size == 2:
            return self._comparison(token)
        if symbol == "selected" and size == 2:
            return self._selected(token, "selected")
        if symbol == "not" and size == 1:
            return self._negated(_bare(token[0]))
        raise _Unspoken(symbol)

    def word(self, key: str) -> str:
        return _word(key, self.language)

    def _joined(self, token: XPathToken, symbol: str) -> list[str]:
        token = _bare(token)
        if token.symbol == symbol and len(token) == 2:
            parts = [token[0], token[1]]
            if symbol == "and":
                parts = [part for part in parts if not self._is_known(part)]
            return [spoken for part in parts for spoken in self._joined(part, symbol)]
        spoken = self.clause(token)
        return [f"({spoken})" if token.symbol in ("and", "or") else spoken]

    def _is_known(self, token: XPathToken) -> bool:
        names = _names(token)
        return bool(names) and names <= self.known

    def _negated(self, token: XPathToken) -> str:
        if token.symbol == "selected" and len(token) == 2:
            return self._selected(token, "unselected")
        return self.word("not") % f"({self.clause(token)})"

    def _comparison(self, token: XPathToken) -> str:
        left, right = _bare(token[0]), _bare(token[1])
        subject = self._thing(left)
        if right.symbol == "(string)" and not right.value and token.symbol in ("=", "!="):
            return f"{subject} {self.word('blank' if token.symbol == '=' else 'filled')}"
        return f"{subject} {self.word(token.symbol)} {self._value(right, self._asked(left))}"

    def _selected(self, token: XPathToken, word: str) -> str:
        asked = self._asked(_bare(token[0]))
        if asked is None:
            raise _Unspoken(token.symbol)
        # Of one option there is nothing to include: it is the answer or it is not.
        several = asked.kind == "select_multiple"
        key = word if several else {"selected": "=", "unselected": "!="}[word]
        return (
            f"{self.call(asked, self.language)} {self.word(key)} "
            f"{self._value(_bare(token[1]), asked)}"
        )

    def _thing(self, token: XPathToken) -> str:
        asked = self._asked(token)
        if asked is not None:
            return self.call(asked, self.language)
        if token.symbol == "count-selected" and (of := self._asked(_bare(token[0]))):
            return self.word("count") % self.call(of, self.language)
        if token.symbol == "today":
            return self.word("today")
        raise _Unspoken(token.symbol)

    def _value(self, token: XPathToken, asked: Question | None) -> str:
        if token.symbol == "(string)":
            choice = asked and asked.kind in SELECTS and asked.choice_by_name.get(token.value)
            return f"“{self.q.text(choice.labels, self.language) if choice else token.value}”"
        if token.symbol in ("(integer)", "(decimal)", "(float)"):
            text = f"{token.value}"
            return text.replace(".", ",") if self.language == "vi" else text
        return self._thing(token)

    def _asked(self, token: XPathToken) -> Question | None:
        if token.symbol != "$":
            return None
        return self.q.question(token[0].value.removeprefix(grammar.MARK))


def _names(token: XPathToken) -> frozenset[str]:
    """The questions that a part of a rule looks at."""
    return frozenset(
        each[0].value.removeprefix(grammar.MARK) for each in token.iter() if each.symbol == "$"
    )


def _bare(token: XPathToken) -> XPathToken:
    while token.symbol == "(" and len(token) == 1:
        token = token[0]
    return token
