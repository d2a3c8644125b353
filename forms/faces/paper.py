"""The questionnaire as a paper form: numbered questions, boxes, skips in words.

Paper cannot hide what does not apply.  A skip that a single answer decides stands beside that
answer ("chuyển tới câu 7"); every other condition stands above its question or part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from forms import inwords, messages
from forms.faces.paper_skips import Skips
from forms.faces.paper_words import STYLES, WORDS
from forms.model import FILES, Kind, Question, Questionnaire, Section, Text

#: Options that stand beside each other in one line.
MOST_BESIDE = 11
_REFERENCE = re.compile(r"\$\{\s*([^}]*?)\s*\}")
#: A place to write where a text names something that this paper does not know.
BLANK = "…………………"


@dataclass(frozen=True, slots=True)
class Option:
    """One box to tick; ``skip`` says where to go on from it."""

    label: str
    skip: str = ""
    #: Name under which the file of its picture is kept (`forms.mediafiles`).
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One numbered question, a table of them, or a note without number.

    ``style`` is ``ticks``, ``scale`` (boxes beside each other), ``ranks``, ``grid``, ``line``,
    ``lines``, ``number``, ``decimal``, ``date``, ``time``, ``datetime``, ``place``, ``box`` or
    ``note``.  A grid has ``rows`` of (number, text) over the columns ``options``.
    """

    style: str
    text: str
    number: str = ""
    hint: str = ""
    how: str = ""
    only_if: str = ""
    options: tuple[Option, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    name: str = ""
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One section; ``copies`` is how often its block is printed (a repeat)."""

    title: str
    only_if: str
    items: tuple[Item, ...]
    copies: int = 1


@dataclass(frozen=True, slots=True)
class Paper:
    """A whole form in one language; ``numbers`` has the printed number of each question."""

    title: str
    language: str
    parts: tuple[Part, ...]
    numbers: Mapping[str, int]


def paper(q: Questionnaire, language: str, *, known: Mapping[str, str] | None = None) -> Paper:
    """Lay a questionnaire out for paper.

    Parameters
    ----------
    q : Questionnaire
        Published or not.
    language : str
    known : mapping of str to str, optional
        Values of hidden rows that this print knows (``unit_name``); of others the paper leaves a
        place to write in texts, and rules take them for blank.

    Returns
    -------
    Paper
    """
    return _Layout(q, language, dict(known or {})).paper()


class _Layout:
    def __init__(self, q: Questionnaire, language: str, known: dict[str, str]) -> None:
        self.q, self.language, self.known = q, language, known
        self.hidden = frozenset(v.name for v in q.variables if v.kind is Kind.HIDDEN)
        context = {name: self.known.get(name, "") for name in self.hidden}
        self.skips = Skips(q, context, self.word)
        self.shown, self.numbers = self.skips.shown, self.skips.numbers

    def paper(self) -> Paper:
        parts: list[Part] = []
        title = only_if = ""
        for section in self.q.sections:
            items = tuple(self._items(section))
            if not items:
                continue
            # Pages of one section share its title, neighbours often a condition: said once.
            now = (self._text(section.labels), self._only_if(section.relevant))
            parts.append(
                Part(
                    title="" if now == (title, only_if) else now[0],
                    only_if="" if now[1] == only_if else now[1],
                    items=items,
                )
            )
            title, only_if = now
        return Paper(self._text(self.q.titles), self.language, tuple(parts), self.numbers)

    @property
    def _spoken(self) -> str:
        return "vi" if self.language == "vi" else "en"

    def word(self, key: str, *facts: object) -> str:
        text = WORDS[key][0 if self.language == "vi" else 1]
        return text % facts if facts else text

    def _items(self, section: Section) -> Iterator[Item]:
        shown = [each for each in section.questions if each.name in self.shown]
        for key, group in groupby(shown, key=self._table_key):
            questions = list(group)
            if key and len(questions) > 1:
                yield self._grid(questions)
            else:
                yield from map(self._item, questions)

    def _table_key(self, question: Question) -> tuple | None:
        """Ratings on one scale under one condition stand in one table."""
        has_more = self._hint(question) or question.media or any(x.media for x in question.choices)
        if has_more or not self._beside(question):
            return None
        scale = tuple(choice.name for choice in question.choices)
        return (scale, self._only_if(question.relevant)) if not self.skips.of(question) else None

    def _grid(self, questions: Sequence[Question]) -> Item:
        first = questions[0]
        return Item(
            style="grid",
            text="",
            how=self.word("each"),
            only_if=self._only_if(first.relevant),
            options=tuple(Option(self._text(choice.labels)) for choice in first.choices),
            rows=tuple((str(self.numbers[x.name]), self._text(x.labels)) for x in questions),
            name=first.name,
        )

    def _item(self, question: Question) -> Item:
        style, how = self._style(question)
        return Item(
            style=style,
            text=self._text(question.labels),
            number=str(self.numbers.get(question.name, "")),
            hint=self._hint(question),
            how=self._how(question, how),
            only_if=self._only_if(question.relevant),
            options=self._options(question) if style in _WITH_OPTIONS else (),
            name=question.name,
            picture=self._picture(question.media),
        )

    def _style(self, question: Question) -> tuple[str, str]:
        """How the place to answer looks, and the word that says how to fill it."""
        if question.is_written_in:
            return "line", "named" if question.kind is Kind.SELECT_ONE else "names"
        if self._beside(question) and not self.skips.of(question):
            return "scale", "one"
        if _points(question):
            return "scale", "one"
        if "multiline" in question.appearance.split():
            return "lines", "text"
        return STYLES.get(str(question.kind), ("line", "filled_by_hand"))

    def _beside(self, question: Question) -> bool:
        """Whether its options have room beside each other."""
        if not question.is_scale or len(question.choices) > MOST_BESIDE:
            return False
        words = (w for x in question.choices for w in self._text(x.labels).split())
        width = max(_COLUMN, _MARGIN + _LETTER * max(map(len, words), default=0))
        return width * len(question.choices) <= _COLUMNS

    def _options(self, question: Question) -> tuple[Option, ...]:
        if question.kind in FILES:
            return (Option(messages.texts("paper.attached", {})[self._spoken]),)
        points = _points(question)
        if points:
            return tuple(Option(self._decimal(point)) for point in points)
        skips = self.skips.of(question)
        return tuple(
            Option(
                self._text(choice.labels), skips.get(choice.name, ""), self._picture(choice.media)
            )
            for choice in question.choices
        )

    def _picture(self, media: Mapping[str, Text]) -> str:
        shown = self.q.shown(media, self.language)
        return shown.get("image") or shown.get("big-image", "")

    def _hint(self, question: Question) -> str:
        """The hint, and what the author wrote for the printed form."""
        texts = [self._text(question.hints), self._text(question.guidance)]
        return "\n".join(text for text in texts if text)

    def _how(self, question: Question, key: str) -> str:
        if key in ("named", "names"):
            return self.word(key, len(question.choices))
        if key != "range":
            return self.word(key) if key else ""
        return self.word(key, *(self._decimal(question.parameters[x]) for x in ("start", "end")))

    def _decimal(self, number: str) -> str:
        return number.replace(".", ",") if self.language == "vi" else number

    def _only_if(self, rule: str) -> str:
        words = inwords.said(self.q, rule, self.language, self._call, known=self.hidden)
        return self.word("only_if", words) if words else ""

    def _call(self, question: Question, language: str) -> str:
        number = self.numbers.get(question.name)
        if number is not None:
            return self.word("question", number)
        return f"“{question.item or self._text(question.labels) or question.name}”"

    def _text(self, texts: Mapping[str, str]) -> str:
        return _REFERENCE.sub(self._named, self.q.text(texts, self.language))

    def _named(self, match: re.Match[str]) -> str:
        name = match[1]
        if self.known.get(name):
            return self.known[name]
        number = self.numbers.get(name)
        return f"({self.word('question', number)})" if number else BLANK


_WITH_OPTIONS = frozenset({"ticks", "scale", "ranks", "box"})
#: Widths on the sheet in mm: a letter of a table's heading, what is around its longest word, the
#: narrowest column, and all columns together.
_LETTER, _MARGIN, _COLUMN, _COLUMNS = 1.45, 2.5, 10.0, 128.0


def _points(question: Question) -> tuple[str, ...]:
    """The values of a range that has few of them."""
    if question.kind is not Kind.RANGE:
        return ()
    start, end, step = (Decimal(question.parameters[x]) for x in ("start", "end", "step"))
    n = int((end - start) / step) + 1
    return (
        tuple(f"{(start + k * step).normalize():f}" for k in range(n))
        if 1 < n <= MOST_BESIDE
        else ()
    )
