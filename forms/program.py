"""All rules of one questionnaire, compiled and put in the order in which they can be known.

A page's own answers are not known when it is drawn, and a later page's are not yet given.  So
whatever decides what is drawn (relevance, offered choices, names in labels) may only look back;
``forms.xlsform`` splits a page where that asks for it, and ``forms.lint`` reports the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from forms import grammar
from forms.expression import CURRENT, Expression, ExpressionError, World, parse
from forms.model import FILES, METADATA, Cells, Kind, Question, Questionnaire, Section
from forms.syntax import below
from forms.tables import Table

#: What a rule reads of a row of each type.
TYPES = {
    Kind.SELECT_ONE: "string",
    Kind.SELECT_MULTIPLE: "list",
    Kind.INTEGER: "number",
    Kind.DECIMAL: "number",
    Kind.TEXT: "string",
    Kind.DATE: "date",
    Kind.TIME: "time",
    Kind.DATETIME: "datetime",
    Kind.RANGE: "number",
    Kind.ACKNOWLEDGE: "string",
    Kind.RANK: "list",
    Kind.GEOPOINT: "string",
    Kind.BARCODE: "string",
    Kind.START: "datetime",
    Kind.END: "datetime",
    Kind.TODAY: "date",
    Kind.DEVICEID: "string",
    Kind.AUDIT: "string",
    Kind.HIDDEN: "string",
}
#: Variables whose value comes from outside, or from nowhere.
OF_CONTEXT = METADATA | {Kind.HIDDEN}
#: Position of what is known before the first page: the context.
BEFORE = -1

#: What a call reads of the context.
_CALLED = {
    "today": "today",
    "now": "now",
    **dict.fromkeys(("random", "uuid", "randomize"), "order_seed"),
}

#: Called with the row's cells, the column and the fault of a rule that cannot be compiled.
Report = Callable[[Cells, str, ExpressionError], None]


@dataclass(frozen=True)
class Step:
    """One page with its compiled relevance, and the variables that are known once it is passed."""

    section: Section
    relevant: Expression | None
    questions: tuple[tuple[Question, Expression | None], ...]
    variables: tuple[Question, ...]


@dataclass(frozen=True)
class Program:
    """Compiled rules by question name; only rows that have the rule are in the mapping."""

    steps: tuple[Step, ...]
    #: Variables known before the first page.
    first: tuple[Question, ...]
    position: Mapping[str, int]
    hidden: tuple[str, ...]
    #: Rows that hold the day.
    days: tuple[str, ...]
    eligibility: Expression | None
    relevant: Mapping[str, Expression]
    required: Mapping[str, Expression]
    constraint: Mapping[str, Expression]
    calculation: Mapping[str, Expression]
    choice_filter: Mapping[str, Expression]
    #: Defaults that are worked out.
    default: Mapping[str, Expression]

    @cached_property
    def deciding(self) -> tuple[str, ...]:
        """What of the context any rule reads: the rest cannot change which questions apply."""
        kinds = (self.relevant, self.required, self.constraint, self.calculation)
        rules = [rule for kind in (*kinds, self.choice_filter) for rule in kind.values()]
        rules += [step.relevant for step in self.steps if step.relevant]
        names = set().union(*(rule.names for rule in rules))
        # A rule names no day, moment or seed that it reads; it calls for them.
        calls = {node.op for rule in rules for node in below(rule.node)}
        called = dict.fromkeys(key for call, key in _CALLED.items() if call in calls)
        return (*(name for name in self.hidden if name in names), *called)

    def looks_at(self, question: Question) -> frozenset[str]:
        """Questions whose answers decide whether and how this one is drawn."""
        rules = (self.relevant.get(question.name), self.choice_filter.get(question.name))
        names = set().union(*(rule.names for rule in rules if rule))
        texts = (*question.labels.values(), *question.hints.values(), *question.guidance.values())
        texts += tuple(text for choice in question.choices for text in choice.labels.values())
        return self.sources(names.union(*map(grammar.references, texts)))

    def sources(self, names: Iterable[str]) -> frozenset[str]:
        """Questions behind names: a calculation stands for the questions that it reads."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found.add(name)
            for rules in (self.calculation, self.relevant):
                if name in self.calculation and name in rules:
                    waiting.extend(rules[name].names)
        return frozenset(found - self.calculation.keys())


def program(q: Questionnaire) -> Program:
    """Compile a questionnaire; kept per questionnaire.  Raises ExpressionError."""
    return q.once("program", lambda: build(q, _raise))


def build(q: Questionnaire, report: Report) -> Program:
    """Compile; each rule that cannot be compiled goes to ``report`` and is left out."""
    builder = _Builder(q, report)
    return builder.build()


def _raise(cells: Cells, column: str, error: ExpressionError) -> None:
    raise error


@dataclass
class _Builder:
    q: Questionnaire
    report: Report
    types: dict[str, str] = field(default_factory=dict)
    position: dict[str, int] = field(default_factory=dict)
    calculation: dict[str, Expression] = field(default_factory=dict)
    relevant: dict[str, Expression] = field(default_factory=dict)

    @cached_property
    def world(self) -> World:
        """The lists and labels that rules may look things up in."""
        q = self.q
        asked = [each for each in q if each.choices]
        return World(
            tables={each.list_name: _table(q, each) for each in asked},
            labels={each.name: {c.name: c.labels for c in each.choices} for each in asked},
            language=q.default_language,
        )

    def build(self) -> Program:
        q = self.q
        self._place()
        sections = [self._rule(s.relevant, s.cells, "relevant") for s in q.sections]
        self.relevant |= self._rules("relevant", tuple(q))
        known = self._known()
        steps = []
        for index, section in enumerate(q.sections):
            questions = tuple((each, self.relevant.get(each.name)) for each in section.questions)
            steps.append(Step(section, sections[index], questions, known.get(index, ())))
        return Program(
            steps=tuple(steps),
            first=known.get(BEFORE, ()),
            position=self.position,
            hidden=tuple(v.name for v in q.variables if v.kind in OF_CONTEXT),
            days=tuple(v.name for v in q.variables if v.kind is Kind.TODAY),
            eligibility=self._rule(q.eligibility, q.cells, "eligibility"),
            relevant=self.relevant,
            required=self._rules("required", tuple(q)),
            constraint=self._rules("constraint", tuple(q)),
            calculation=self.calculation,
            choice_filter=self._rules("choice_filter", tuple(q)),
            default=self._rules("default", tuple(each for each in q if each.default_is_rule)),
        )

    def _place(self) -> None:
        """Types and positions: pages first, then calculations as far as their inputs are placed."""
        for index, section in enumerate(self.q.sections):
            for question in section.questions:
                self.position[question.name] = index
        variables = self.q.variables
        # No rule may look at a file: pages do not have it.
        known = (each for each in (*self.q, *variables) if each.kind not in FILES)
        self.types = {each.name: TYPES.get(each.kind, "any") for each in known}
        self.position |= {v.name: BEFORE for v in variables if v.kind is not Kind.CALCULATE}
        waiting = {v.name: v for v in variables if v.kind is Kind.CALCULATE}
        self.calculation = {
            v.name: rule
            for v in waiting.values()
            if (rule := self._rule(v.calculation, v.cells, "calculation", quiet=True))
        }
        self.relevant = self._rules("relevant", variables)
        for variable in self._in_order(waiting):
            known = (self.position.get(name, BEFORE) for name in self._inputs(variable))
            self.position[variable.name] = max(known, default=BEFORE)
            self._infer(variable)
            del waiting[variable.name]
        for variable in waiting.values():
            error = ExpressionError("expression.circle", name=variable.name)
            self.report(variable.cells, "calculation", error)
            self.position[variable.name] = len(self.q.sections)

    def _in_order(self, waiting: Mapping[str, Question]) -> Iterator[Question]:
        """Calculations, each behind those that it reads; those in a circle do not come."""
        inputs = {name: set(self._inputs(v) & waiting.keys()) for name, v in waiting.items()}
        order = {name: place for place, name in enumerate(inputs)}
        users: dict[str, list[str]] = {}
        for name, read in inputs.items():
            for other in read:
                users.setdefault(other, []).append(name)
        ready = [name for name, read in inputs.items() if not read]
        while ready:
            later = []
            for name in ready:
                yield waiting[name]
                for user in users.get(name, ()):
                    inputs[user].discard(name)
                    if not inputs[user]:
                        later.append(user)
            ready = sorted(later, key=order.__getitem__)

    def _infer(self, variable: Question) -> None:
        """The calculation's type, now that the types of its inputs are known."""
        self.calculation.pop(variable.name, None)
        rule = self._rule(variable.calculation, variable.cells, "calculation")
        if rule is not None:
            self.calculation[variable.name] = rule
            self.types[variable.name] = rule.type

    def _inputs(self, variable: Question) -> frozenset[str]:
        rules = (self.calculation.get(variable.name), self.relevant.get(variable.name))
        return frozenset().union(*(rule.names for rule in rules if rule))

    def _known(self) -> dict[int, tuple[Question, ...]]:
        """Calculations by the page after which they can be made, inputs before users."""
        variables = {each.name: each for each in self.q.variables}
        found: dict[int, tuple[Question, ...]] = {}
        for name, position in self.position.items():  # in the order in which they were placed
            if name in self.calculation:
                found[position] = (*found.get(position, ()), variables[name])
        return found

    def _rules(self, column: str, rows: tuple[Question, ...]) -> dict[str, Expression]:
        found = {}
        for row in rows:
            columns = frozenset(key for choice in row.choices for key in choice.columns)
            columns = columns | {"name"} if column == "choice_filter" else frozenset()
            rule = self._rule(getattr(row, column), row.cells, column, row=row, columns=columns)
            if rule is not None:
                found[row.name] = rule
        return found

    def _rule(
        self,
        source: str,
        cells: Cells,
        column: str,
        *,
        row: Question | None = None,
        columns: frozenset[str] = frozenset(),
        quiet: bool = False,
    ) -> Expression | None:
        if not source:
            return None
        types = self.types
        if row is not None and column == "constraint":
            types = types | {CURRENT: self.types[row.name]}
        try:
            rule = parse(source, types, columns=columns, world=self.world)
            if rule.reads_current and column not in ("constraint", "calculation"):
                raise ExpressionError("expression.current", source=source)
        except ExpressionError as error:
            if not quiet:
                self.report(cells, column, error)
            return None
        return rule


def _table(q: Questionnaire, question: Question) -> Table:
    """A choice list as ``instance('list')`` finds it."""
    return Table(
        {"name": each.name, "label": q.text(each.labels, q.default_language), **each.columns}
        for each in question.choices
    )
