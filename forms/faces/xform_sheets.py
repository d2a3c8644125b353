"""A questionnaire as the rows of an XLSForm that says the same thing to ODK's own programs.

What the model has beyond XLSForm becomes plain XLSForm here: an option that stands alone becomes a
constraint, a chosen label in a text becomes a calculated row, a text that one language lacks is
given in the default language as on the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from forms import grammar, messages
from forms.faces.xform_cells import filled, parameters, shown, texts_of
from forms.faces.xform_rules import written
from forms.model import (
    MAX_TEXT,
    METADATA,
    SELECTS,
    Choice,
    Kind,
    Question,
    Questionnaire,
    Section,
    Text,
)
from forms.program import program
from forms.rows import both

#: One row of a sheet by column.
Row = dict[str, str]

#: How ODK's programs name a language; others are named by their code.
_LANGUAGES = {"vi": "Tiếng Việt (vi)", "en": "English (en)"}
#: Rows that every form has besides the questionnaire's own: when it was filled in.
START, END = "start", "end"
#: Column and row that tell which case an interview belongs to.
CASE = "case"


@dataclass(frozen=True)
class Sheets:
    """The sheets of one questionnaire.

    ``nodes`` maps the path of each node that a person or the context fills (``/tiep_can/c1``) to
    its question's name; ``own`` maps paths that only this face has to what stands there;
    ``groups`` are paths that hold other nodes.
    """

    survey: tuple[Row, ...]
    choices: tuple[Row, ...]
    settings: Row
    nodes: Mapping[str, str]
    own: Mapping[str, str]
    groups: frozenset[str]


def sheets(q: Questionnaire, case_file: str = "") -> Sheets:
    """Write a questionnaire as an XLSForm.

    Parameters
    ----------
    case_file : str
        Name of a CSV file with the enumerator's cases (columns ``name``, ``label`` and one for
        each hidden row).  The form then begins with the choice of a case, and its hidden rows are
        looked up there.  Without it hidden rows start empty.
    """
    return q.once(("xform sheets", case_file), lambda: _Writer(q, case_file).sheets())


def language_name(code: str) -> str:
    """A language as ODK's programs list it: ``Tiếng Việt (vi)``."""
    return _LANGUAGES.get(code, f"{code} ({code})")


@dataclass
class _Writer:
    q: Questionnaire
    case_file: str
    rows: list[Row] = field(default_factory=list)
    choices: dict[str, tuple[Choice, ...]] = field(default_factory=dict)
    nodes: dict[str, str] = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)

    def sheets(self) -> Sheets:
        self._own_rows()
        for variable in self.q.variables:
            self._variable(variable)
        for name in self._mentioned():
            self._shown(self.q.question(name))
        for step in program(self.q).steps:
            relevant = written(step.relevant.node) if step.relevant else ""
            self._section(step.section, relevant)
        return Sheets(
            survey=tuple(self.rows),
            choices=tuple(self._choices()),
            settings=self._settings(),
            nodes=self.nodes,
            own=self.own,
            groups=frozenset(path.rpartition("/")[0] for path in (*self.nodes, *self.own)),
        )

    @cached_property
    def _taken(self) -> set[str]:
        return {"meta", *(each.name for each in (*self.q, *self.q.variables))}

    def _free(self, name: str) -> str:
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name

    def _own_row(self, role: str, **row: str) -> str:
        name = self._free(role)
        self.own[f"/{name}"] = role
        self.rows.append({**row, "name": name})
        return name

    def _own_rows(self) -> None:
        self._own_row(START, type="start")
        self._own_row(END, type="end")
        if self.case_file:
            label = messages.texts("xform.case", {})
            row = self._texts("label", label)
            self.case = self._own_row(
                CASE, type=f"select_one_from_file {self.case_file}", required="yes", **row
            )
        if any(each.randomize for each in self.q):
            self.seed = self._own_row(
                "order_seed", type="calculate", calculation="once(int(random() * 1000000000))"
            )

    def _rule(self, column: str, row: Question) -> str:
        """A row's rule as ODK's programs read it; empty if it has none."""
        rule = getattr(program(self.q), column).get(row.name)
        return written(rule.node) if rule else ""

    def _variable(self, variable: Question) -> None:
        if variable.kind in METADATA:
            self.own[f"/{variable.name}"] = variable.name
            self.rows.append({"type": str(variable.kind), "name": variable.name})
            return
        calculation, kind = self._rule("calculation", variable), "calculate"
        if variable.kind is Kind.HIDDEN and self.case_file:
            case = (
                f"instance('{self.case_file.rpartition('.')[0]}')/root/item[name=${{{self.case}}}]"
            )
            calculation = f"{case}/{variable.name}"
        elif variable.kind is Kind.HIDDEN:
            kind = "hidden"
        self.nodes[f"/{variable.name}"] = variable.name
        row = {"type": kind, "name": variable.name, "calculation": calculation}
        row["trigger"] = variable.trigger
        self.rows.append(filled({**row, "relevant": self._rule("relevant", variable)}))

    def _mentioned(self) -> list[str]:
        """Questions whose answer a text shows otherwise than it is stored."""
        found: dict[str, None] = {}
        for row in (*self.q.sections, *self.q):
            for texts in texts_of(row):
                for text in texts.values():
                    found |= dict.fromkeys(grammar.references(text))
        return [name for name in found if self.q.question(name).kind in {*SELECTS, Kind.DATE}]

    def _shown(self, question: Question) -> None:
        """A row that holds an answer as a text shows it: chosen labels, a day in local order."""
        name, reference = question.name, f"${{{question.name}}}"
        if question.kind is Kind.DATE:
            shown = f"if({reference} = '', '', format-date({reference}, '%d/%m/%Y'))"
        elif question.kind is Kind.SELECT_ONE:
            shown = f"jr:choice-name({reference}, '{reference}')"
        else:
            each = ", ".join(
                f"if(selected({reference}, '{choice.name}'), "
                f"concat(', ', jr:choice-name('{choice.name}', '{reference}')), '')"
                for choice in question.choices
            )
            shown = f"substr(concat({each}, ''), 2)"
        self.shown[name] = self._own_row(f"shown_{name}", type="calculate", calculation=shown)

    @cached_property
    def shown(self) -> dict[str, str]:
        return {}

    def _section(self, section: Section, relevant: str) -> None:
        (first, *rest) = section.questions
        if first.name == section.name and not rest:
            self._question(first, "", both(relevant, self._rule("relevant", first)))
            return
        name = self._free(section.name)
        begin = {"type": "begin_group", "name": name, "appearance": "field-list"}
        labels = self._texts("label", section.labels)
        self.rows.append(filled({**begin, "relevant": relevant, **labels}))
        for question in section.questions:
            self._question(question, f"/{name}", self._rule("relevant", question))
        self.rows.append({"type": "end_group", "name": name})

    def _question(self, question: Question, group: str, relevant: str) -> None:
        row = {
            "type": self._type(question),
            "name": question.name,
            "relevant": relevant,
            "appearance": question.appearance.replace("matrix", "likert"),
            "default": self._rule("default", question) or question.default,
            "choice_filter": self._rule("choice_filter", question),
            "parameters": self._order(question) or parameters(question),
            **self._texts("label", question.labels),
            **self._texts("hint", question.hints),
            **self._texts("guidance_hint", question.guidance),
            **shown(self._texts, question.media),
            **self._rules(question),
        }
        self.rows.append(filled(row))
        place = self.nodes if question.is_asked else self.own
        place[f"{group}/{question.name}"] = question.name

    def _type(self, question: Question) -> str:
        if not question.choices or question.kind is Kind.ACKNOWLEDGE:
            return str(question.kind)
        return f"{question.kind} {self._list(question)}"

    def _order(self, question: Question) -> str:
        seed = question.parameters.get("seed") or f"${{{self.seed}}}" if question.randomize else ""
        return f"randomize=true seed={seed}" if seed else ""

    def _list(self, question: Question) -> str:
        """The name under which the question's options stand; lists that differ have two names."""
        name = question.list_name or question.name
        while self.choices.setdefault(name, question.choices) != question.choices:
            name += "_"
        return name

    def _rules(self, question: Question) -> Row:
        """What an answer must be, with the author's words or ours in every language."""
        if not question.is_asked:
            return {}
        rules = {}
        if question.required:
            rules |= {"required": self._rule("required", question)}
            words = {**messages.texts("answer.required", {}), **question.required_messages}
            rules |= self._texts("required_message", words)
        limits = list(self._limits(question))
        if question.constraint:
            own = {**messages.texts("answer.constraint", {}), **question.constraint_messages}
            limits.insert(0, (self._rule("constraint", question), own))
        if limits:
            rules["constraint"] = " and ".join(f"({rule})" for rule, _ in limits)
            words = {
                code: " ".join(w.get(code) or w["vi"] for _, w in limits) for code in self._all
            }
            rules |= self._texts("constraint_message", words)
        return rules

    @property
    def _all(self) -> tuple[str, ...]:
        return self.q.languages

    def _limits(self, question: Question) -> Iterator[tuple[str, Text]]:
        """Rules that the page holds for everybody."""
        if question.kind is Kind.TEXT:
            facts = {"length": f"> {MAX_TEXT}", "limit": MAX_TEXT}
            yield f"string-length(.) <= {MAX_TEXT}", messages.texts("answer.too_long", facts)
        if question.kind is Kind.SELECT_MULTIPLE:
            for choice in question.choices:
                if choice.missing:
                    label = self.q.text(choice.labels, self.q.default_language)
                    words = messages.texts("answer.exclusive_choice", {"label": label})
                    yield f"not(selected(., '{choice.name}')) or count-selected(.) = 1", words

    def _texts(self, column: str, texts: Text) -> Row:
        """A text's cells; the default language stands in where another language has none."""
        if not any(texts.values()):
            return {}
        return {
            f"{column}::{language_name(code)}": self._referred(self.q.text(texts, code))
            for code in self.q.languages
        }

    def _referred(self, text: str) -> str:
        for name in grammar.references(text):
            if name in self.shown:
                text = text.replace(f"${{{name}}}", f"${{{self.shown[name]}}}")
        return text

    def _choices(self) -> Iterator[Row]:
        for name, choices in self.choices.items():
            for choice in choices:
                labels = self._texts("label", choice.labels)
                labels |= shown(self._texts, choice.media)
                yield {"list_name": name, "name": choice.name, **labels, **choice.columns}

    def _settings(self) -> Row:
        q = self.q
        return {
            "form_id": q.form_id,
            "form_title": q.text(q.titles, q.default_language) or q.form_id,
            "version": q.version,
            "default_language": language_name(q.default_language),
        }
