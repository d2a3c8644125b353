"""The questionnaire as a paper form: numbered questions, boxes, skips in words.

Paper cannot hide what does not apply.  A skip that a single answer decides stands beside that
answer ("chuyển tới câu 7"); every other condition stands above its question or part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from forms import inwords
from forms.faces.paper_skips import Skips
from forms.model import Kind, Question, Questionnaire, Section

_REFERENCE = re.compile(r"\$\{\s*([^}]*?)\s*\}")
#: A place to write where a text names something that this paper does not know.
BLANK = "…………………"

_WORDS: Mapping[str, tuple[str, str]] = {
    "question": ("câu %s", "question %s"),
    "questions": ("câu %s–%s", "questions %s–%s"),
    "only_if": ("Chỉ trả lời nếu %s.", "Answer only if %s."),
    "go": ("→ chuyển tới %s", "→ go to %s"),
    "end": ("→ kết thúc phiếu", "→ end of the form"),
    "stop": ("→ kết thúc sau câu %s", "→ stop after question %s"),
    "leave": ("→ bỏ qua %s", "→ leave out %s"),
    "one": ("Đánh dấu một ô.", "Tick one box."),
    "several": ("Đánh dấu mọi ô đúng.", "Tick all that apply."),
    "each": ("Mỗi dòng đánh dấu một ô.", "Tick one box in each row."),
    "rank": (
        "Ghi 1 vào ô quan trọng nhất, 2 vào ô tiếp theo, …",
        "Write 1 in the most important box, 2 in the next, …",
    ),
    "integer": ("Ghi một số nguyên.", "Write a whole number."),
    "decimal": ("Ghi một số.", "Write a number."),
    "text": ("Viết vào chỗ trống.", "Write in the space."),
    "date": ("Ghi ngày / tháng / năm.", "Write day / month / year."),
    "time": ("Ghi giờ : phút.", "Write hours : minutes."),
    "datetime": (
        "Ghi ngày / tháng / năm và giờ : phút.",
        "Write day / month / year and hours : minutes.",
    ),
    "range": ("Ghi một số từ %s đến %s.", "Write a number from %s to %s."),
    "geopoint": ("Ghi vĩ độ và kinh độ.", "Write latitude and longitude."),
    "barcode": ("Ghi mã in trên giấy.", "Write the printed code."),
    "acknowledge": ("Đánh dấu nếu đồng ý.", "Tick to agree."),
    "filled_by_hand": ("(bản giấy: ghi bằng chữ)", "(on paper: write it in words)"),
}


@dataclass(frozen=True, slots=True)
class Option:
    """One box to tick; ``skip`` says where to go on from it."""

    label: str
    skip: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One numbered question, a table of them, or a note without number.

    ``style`` is ``ticks``, ``ranks``, ``grid``, ``line``, ``lines``, ``number``, ``date``,
    ``time``, ``datetime``, ``box`` or ``note``.  A grid has ``rows`` of (number, text) over the
    columns ``options``.
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

    def word(self, key: str, *facts: object) -> str:
        text = _WORDS[key][0 if self.language == "vi" else 1]
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
        if not question.is_scale or question.hints:
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
        style, how = _STYLES.get(str(question.kind), ("line", "filled_by_hand"))
        if "multiline" in question.appearance.split():
            style = "lines"
        skips = self.skips.of(question)
        return Item(
            style=style,
            text=self._text(question.labels),
            number=str(self.numbers.get(question.name, "")),
            hint=self._text(question.hints),
            how=self._how(question, how),
            only_if=self._only_if(question.relevant),
            options=tuple(
                Option(self._text(choice.labels), skips.get(choice.name, ""))
                for choice in question.choices
            )
            if style in ("ticks", "ranks")
            else (),
            name=question.name,
        )

    def _how(self, question: Question, key: str) -> str:
        if key != "range":
            return self.word(key) if key else ""
        ends = [question.parameters[end] for end in ("start", "end")]
        return self.word(key, *(x.replace(".", ",") if self.language == "vi" else x for x in ends))

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


_STYLES: Mapping[str, tuple[str, str]] = {
    "select_one": ("ticks", "one"),
    "select_multiple": ("ticks", "several"),
    "rank": ("ranks", "rank"),
    "integer": ("number", "integer"),
    "range": ("number", "range"),
    "decimal": ("number", "decimal"),
    "text": ("line", "text"),
    "date": ("date", "date"),
    "time": ("time", "time"),
    "dateTime": ("datetime", "datetime"),
    "geopoint": ("line", "geopoint"),
    "barcode": ("line", "barcode"),
    "acknowledge": ("box", "acknowledge"),
    "note": ("note", ""),
}
