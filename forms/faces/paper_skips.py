"""Where an answer on paper leads: which questions fall away after an option, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import groupby

from forms import routing
from forms.expression import ExpressionError
from forms.model import Kind, Question, Questionnaire
from forms.program import program


class Skips:
    """Skips of one questionnaire.

    ``context`` has the values of hidden rows that the print knows, "" for others; ``word`` says
    its words in the paper's language.  ``numbers`` has the printed number of each question that
    some answers may lead to, ``shown`` their names and those of notes.
    """

    def __init__(
        self, q: Questionnaire, context: Mapping[str, str], word: Callable[..., str]
    ) -> None:
        self.q, self.context, self.word = q, context, word
        self.deciding = frozenset().union(
            *(program(q).looks_at(each) for each in q),
            *(step.relevant.names for step in program(q).steps if step.relevant),
        )
        self._main_way: dict[str, str] = {}
        self.shown = self._open({})
        # What a field client works out by itself, nobody writes down.
        self.shown -= {each.name for each in q if each.is_asked and each.calculation}
        asked = [each for each in q if each.is_asked and each.name in self.shown]
        self.numbers = {question.name: place for place, question in enumerate(asked, 1)}

    def of(self, question: Question) -> dict[str, str]:
        """Option -> where it leads, for options after which questions fall away."""
        if question.kind is not Kind.SELECT_ONE:
            return {}
        before = self._way_to(question)
        open_ = self._open(before)
        here = self.numbers[question.name]
        later = {n for name, n in self.numbers.items() if n > here and name in open_}
        found = {}
        for choice in question.choices:
            left = self._open({**before, question.name: choice.name})
            gone = later - {self.numbers[name] for name in left & self.numbers.keys()}
            if gone:
                found[choice.name] = self._skip(here, sorted(later), gone)
        return found

    def _way_to(self, question: Question) -> dict[str, str]:
        """Earlier answers that lead to a question and past as few skips as can be.

        A rule that waits for an earlier answer decides nothing, so a skip would not be seen.
        """
        if not self._main_way:
            self._main_way.update(self._widest_way())
        before = {}
        for each in self.q:
            if each.name == question.name:
                break
            if each.name in self._main_way:
                before[each.name] = self._main_way[each.name]
        return before if question.name in self._open(before) else {}

    def _widest_way(self) -> dict[str, str]:
        """For each question that decides something the option that leaves most questions."""
        found: dict[str, str] = {}
        for question in self.q:
            if question.kind is not Kind.SELECT_ONE or question.name not in self.deciding:
                continue
            left = {
                c.name: len(self._open({**found, question.name: c.name})) for c in question.choices
            }
            if left:
                found[question.name] = max(left, key=lambda name: left[name])
        return found

    def _skip(self, here: int, later: list[int], gone: set[int]) -> str:
        """In words: which of the later questions fall away."""
        kept = [n for n in later if n not in gone]
        if not kept:
            return self.word("end")
        if max(kept) < min(gone):
            return self.word("stop", max(kept))
        words = []
        if kept[0] > here + 1 and min(gone) < kept[0]:
            words.append(self.word("go", self.word("question", kept[0])))
        rest = sorted(n for n in gone if n > kept[0])
        if rest:
            words.append(self.word("leave", ", ".join(self._runs(rest))))
        return "; ".join(words)

    def _runs(self, numbers: list[int]) -> Iterator[str]:
        for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
            run = [number for _, number in group]
            if len(run) == 1:
                yield self.word("question", run[0])
            else:
                yield self.word("questions", run[0], run[-1])

    def _open(self, answers: Mapping[str, object]) -> frozenset[str]:
        """Names of the questions that some answers beside these may lead to."""
        try:
            path = routing.possible(self.q, self.context, answers)
        except ExpressionError:
            # A rule that asks for the day of answering: paper prints the question.
            return frozenset(each.name for each in self.q)
        return frozenset(each.name for _, shown in path for each in shown)
