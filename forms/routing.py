"""Answers in, path out: which questions apply, what comes next, how far one has come.

``answers`` maps question names to stored values (JSON types; None is a blank), ``context`` maps
names of hidden rows to text, plus ``today`` (a date or ISO text), ``now`` (a moment by the wall
clock) and ``order_seed`` (the respondent's own text, for chance) where a rule asks for them.
Answers off the path never count, neither here nor in any rule.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from forms.expression import (
    COLUMN,
    CURRENT,
    NOW,
    OPEN,
    SEED,
    TODAY,
    Expression,
    Undecided,
)
from forms.lookups import narrowing
from forms.model import LONG_LIST, Choice, Question, Questionnaire, Section
from forms.program import Program, Step, program

Answers = Mapping[str, Any]
Context = Mapping[str, Any]
Path = tuple[tuple[Section, tuple[Question, ...]], ...]


def path(q: Questionnaire, answers: Answers, context: Context) -> Path:
    """Pages that apply, each with its questions that apply; pages without any are left out.

    Raises
    ------
    ExpressionError
        A rule cannot be read, or a stored value is not of its question's type.
    """
    return trace(q, answers, context)[0]


def trace(q: Questionnaire, answers: Answers, context: Context) -> tuple[Path, dict[str, Any]]:
    """The path, and the values on it by name as rules read them, in one pass."""
    walk = Walk(q, answers, context)
    steps = tuple(walk.steps())
    return steps, walk.env


def applied(q: Questionnaire, answers: Answers, context: Context) -> set[str]:
    """Names of the questions that applied to somebody whose answers are stored.

    The moment and the respondent's seed are not stored: where they alone decide, a question
    applied if it was answered.
    """
    return stored(q, answers, context)[0]


def stored(q: Questionnaire, answers: Answers, context: Context) -> tuple[set[str], dict[str, Any]]:
    """Names of the questions that `applied`, and the values that rules read, in one pass."""
    unknown = {"now": OPEN, "order_seed": OPEN}
    walk = Walk(q, answers, {**unknown, **context}, is_stored=True)
    return {each.name for _, shown in walk.steps() for each in shown}, walk.env


def possible(q: Questionnaire, context: Context, answers: Answers | None = None) -> Path:
    """Every page and question that some answers may lead to; ``answers`` are taken as given."""
    return tuple(Walk(q, answers or {}, context, open_from=0).steps())


def next_section(
    q: Questionnaire, answers: Answers, context: Context, after: str | None = None
) -> str | None:
    """The page after ``after`` (None: the first page); None when all are done."""
    position = -1 if after is None else q.position(after)
    names = (section.name for section, _ in path(q, answers, context))
    return next((name for name in names if q.position(name) > position), None)


def previous_section(
    q: Questionnaire, answers: Answers, context: Context, before: str | None = None
) -> str | None:
    """The page before ``before`` (None: the last page); None at the first page."""
    position = len(q.sections) if before is None else q.position(before)
    names = [section.name for section, _ in path(q, answers, context)]
    return next((name for name in reversed(names) if q.position(name) < position), None)


def progress(
    q: Questionnaire, answers: Answers, context: Context, section: str | None
) -> tuple[int, int]:
    """Page number and number of pages: (3, 11) is "page 3 of at most 11".

    Pages that a later answer may still switch on are counted, pages that the answers have ruled
    out are not, so the share done never falls while somebody goes forward.  ``section`` None
    means that all pages are done: (n, n).
    """
    if section is None:
        total = len(path(q, answers, context))
        return total, total
    here = q.position(section)
    possible = [q.position(s.name) for s, _ in Walk(q, answers, context, here).steps()]
    passed = sum(index < here for index in possible)
    return passed + 1, max(len(possible), passed + 1)


def prune(q: Questionnaire, answers: Answers, context: Context) -> dict[str, Any]:
    """The answers that count: on the path, not blank, in the questionnaire's order.

    Pruning twice is pruning once.
    """
    asked = (each for _, questions in path(q, answers, context) for each in questions)
    return {
        each.name: answers[each.name]
        for each in asked
        if each.is_asked and not is_blank(answers.get(each.name))
    }


def is_eligible(q: Questionnaire, answers: Answers, context: Context) -> bool:
    """Whether the settings' ``eligibility`` holds; without that rule everybody is eligible."""
    rule = program(q).eligibility
    return rule is None or rule.holds(environment(q, answers, context))


def calculated(q: Questionnaire, answers: Answers, context: Context) -> dict[str, Any]:
    """Values of the calculated rows that apply, by name."""
    env = environment(q, answers, context)
    return {name: env[name] for name in program(q).calculation if env.get(name) is not None}


def choices(
    q: Questionnaire, question: Question, answers: Answers, context: Context
) -> tuple[Choice, ...]:
    """The options that the question's choice_filter leaves, in the order of the sheet."""
    if question.name not in program(q).choice_filter:
        return question.choices
    return offered(q, question, environment(q, answers, context))


def offered(q: Questionnaire, question: Question, env: Mapping[str, Any]) -> tuple[Choice, ...]:
    """``choices`` for an environment that is already there."""
    rule = program(q).choice_filter.get(question.name)
    if rule is None:
        return question.choices
    likely = _likely(q, question, rule, env)
    return tuple(c for c in likely if rule.holds({**env, **_columns(c)}))


def _likely(
    q: Questionnaire, question: Question, rule: Expression, env: Mapping[str, Any]
) -> Sequence[Choice]:
    """The options that a filter may leave: of thousands, those with the column that it asks for."""
    if len(question.choices) <= LONG_LIST:
        return question.choices
    found = q.once(("narrowing", question.name), lambda: narrowing(rule.node))
    if found is None:
        return question.choices
    column, wanted = found

    def make() -> dict[str, list[Choice]]:
        index: dict[str, list[Choice]] = {}
        for choice in question.choices:
            index.setdefault(_columns(choice).get(COLUMN(column), ""), []).append(choice)
        return index

    index = q.once(("options by", question.name, column), make)
    return index.get(wanted(env), ())


def environment(q: Questionnaire, answers: Answers, context: Context) -> dict[str, Any]:
    """Values on the path by name, as rules read them: with hidden and calculated rows."""
    return trace(q, answers, context)[1]


def is_blank(value: object) -> bool:
    """Whether a stored value is no answer."""
    return value is None or value == "" or value == []


class Walk:
    """One pass over the pages.  Answers from page ``open_from`` on are open unless given.

    ``env`` holds what rules see so far.  Whoever goes through ``steps`` may lay answers of the
    page that came last over it: the next page then sees them.
    """

    def __init__(
        self,
        q: Questionnaire,
        answers: Answers,
        context: Context,
        open_from: int | None = None,
        *,
        is_stored: bool = False,
    ) -> None:
        #: Answers that were sent: what is there applied, what is not there will not come.
        self.is_stored = is_stored
        self.program: Program = program(q)
        self.answers = answers
        self.open_from = len(q.sections) if open_from is None else open_from
        self.env: dict[str, Any] = {name: context.get(name, "") for name in self.program.hidden}
        self.env[TODAY] = context.get("today")
        for name in self.program.days:
            self.env[name] = context.get("today") or ""
        self.env[NOW] = context.get("now")
        self.env[SEED] = context.get("order_seed")
        #: Rules look back only: what one said once in a walk, it says again.
        self._said: dict[str, bool | None] = {}

    def steps(self) -> Iterator[tuple[Section, tuple[Question, ...]]]:
        self._calculate(self.program.first)
        for index, step in enumerate(self.program.steps):
            shown = self._shown(step, index)
            if shown:
                yield step.section, shown
            self._calculate(step.variables)

    def _shown(self, step: Step, index: int) -> tuple[Question, ...]:
        page = self._applies(step.relevant)
        if page is False:
            return ()
        shown = []
        for question, relevant in step.questions:
            applies = self._applies(relevant)
            if applies is False:
                continue
            value = self.answers.get(question.name)
            if self.is_stored:
                self.env[question.name] = value
                if (page and applies) or not is_blank(value):
                    shown.append(question)
                continue
            shown.append(question)
            unsure = page is None or applies is None
            if unsure or (index >= self.open_from and is_blank(value)):
                value = OPEN
            self.env[question.name] = value
        return tuple(shown)

    def _applies(self, rule: Expression | None) -> bool | None:
        """None: an answer that is still to come decides."""
        if rule is None:
            return True
        if rule.source not in self._said:
            try:
                self._said[rule.source] = rule.holds(self.env)
            except Undecided:
                self._said[rule.source] = None
        return self._said[rule.source]

    def _calculate(self, variables: tuple[Question, ...]) -> None:
        for variable in variables:
            applies = self._applies(self.program.relevant.get(variable.name))
            if applies is False:
                continue
            rule = self.program.calculation[variable.name]
            env = self.env
            if rule.reads_current or rule.reads_own:
                env = {**env, CURRENT: self.answers.get(variable.name)}
            value: Any = OPEN
            try:
                value = rule.value(env)
            except Undecided:
                applies = None
            if isinstance(value, float) and math.isnan(value):
                value = ""  # no number is no value, as for ODK's engine
            self.env[variable.name] = OPEN if applies is None else value


def _columns(choice: Choice) -> dict[str, str]:
    own = {COLUMN(key): value for key, value in choice.columns.items()}
    return {COLUMN("name"): choice.name, **own}
