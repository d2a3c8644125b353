"""The questionnaire as variables: what a statistical file calls each answer, and its codes.

One coding serves every file.  Options are whole numbers; a reason why there is no substantive
answer is a negative one, so that SPSS can take all of them as one range and Stata as .a to .z.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from forms import inwords
from forms.faces.columnnames import Naming
from forms.faces.workings import Working, workings
from forms.model import Choice, Kind, Question, Questionnaire, Text

#: Reasons that are nobody's option, and the usual ones that are; others follow from NEXT on.
NOT_ASKED, SKIPPED, BLANK = -99, -98, -97
REASONS: Mapping[str, int] = {
    "khong_y_kien": -96,
    "tu_choi": -95,
    "khong_biet": -94,
    "khong_nho": -93,
    "khong_ap_dung": -92,
}
NEXT = -91
#: The range that is taken by reasons; Stata has 26 letters for them.
MISSING_RANGE = (-99, -74)
#: What people may type as a number needs reasons of its own, far from any count.
FAR = -999_999_900

_ALWAYS: Mapping[int, Text] = {
    NOT_ASKED: {
        "vi": "Không hỏi (phiên bản phiếu không có câu này)",
        "en": "Not asked (not in this version)",
    },
    SKIPPED: {"vi": "Không thuộc diện hỏi (theo bước nhảy)", "en": "Not applicable (skipped)"},
    BLANK: {"vi": "Bỏ trống, không trả lời", "en": "Left blank"},
}
FLAGS: tuple[tuple[int, Text], ...] = (
    (0, {"vi": "Không chọn", "en": "Not chosen"}),
    (1, {"vi": "Chọn", "en": "Chosen"}),
)
#: The numbers of a place (`Kind.GEOPOINT`) in the order in which ODK writes them.
PLACE: Mapping[str, Text] = {
    "latitude": {"vi": "vĩ độ", "en": "latitude"},
    "longitude": {"vi": "kinh độ", "en": "longitude"},
    "altitude": {"vi": "độ cao (m)", "en": "altitude (m)"},
    "accuracy": {"vi": "sai số (m)", "en": "accuracy (m)"},
}
#: Letters of a calculation that stand as its label.
_FORMULA = 78
#: Kinds whose numbers have decimals.
_FRACTIONS = frozenset({Kind.DECIMAL, Kind.GEOPOINT, Kind.CALCULATE})
#: Kinds whose answer takes several columns.
_SPREAD = frozenset({Kind.SELECT_MULTIPLE, Kind.RANK, Kind.GEOPOINT})


class Storage(StrEnum):
    """How a variable's values are written."""

    CODE = "code"
    NUMBER = "number"
    TEXT = "text"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Code:
    """One value of a coded variable; ``option`` names the choice behind it, if there is one."""

    value: int
    labels: Text
    option: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """One column of answers.

    ``option`` names the choice that this column ticks off or ranks, or the number of a place.
    ``missing`` are the codes that are no substantive answer.
    """

    name: str
    question: Question
    storage: Storage
    labels: Text
    codes: tuple[Code, ...] = ()
    missing: tuple[Code, ...] = ()
    universe: Text | None = None
    option: str = ""
    #: Worked out from a place or a text.
    is_private: bool = False

    @property
    def may_identify(self) -> bool:
        """Whether answers may tell who somebody is: words, codes that were scanned, places."""
        kind = self.question.kind
        return self.storage is Storage.TEXT or kind is Kind.GEOPOINT or self.is_private

    @property
    def is_worked_out(self) -> bool:
        """Whether it is no answer but a calculation from answers."""
        return self.question.kind is Kind.CALCULATE

    @property
    def decimals(self) -> int:
        """Decimals that a program shows."""
        if self.question.kind is Kind.RANGE:
            written = (self.question.parameters.get(x, "") for x in ("start", "end", "step"))
            return max(len(each.partition(".")[2]) for each in written)
        return 6 if self.question.kind in _FRACTIONS else 0

    def missing_code(self, reason: int) -> int:
        """The variable's own code of a reason."""
        return reason + FAR if self.storage is Storage.NUMBER else reason


def stata_letter(code: int) -> str:
    """The letter of a reason's code: .a is not asked, .b skipped, .c blank ..."""
    reason = code - FAR if code <= FAR else code
    return chr(ord("a") + reason - MISSING_RANGE[0])


def variables(q: Questionnaire, *older: Questionnaire) -> tuple[Variable, ...]:
    """The columns that a questionnaire's answers make, in the order in which they are asked.

    A question with several answers or a ranking makes one column an option, a place one a number.
    Names are at most 32 letters, differ in more than capitals, and are no word of SPSS or Stata.
    ``older`` versions add the columns and options that are asked no more.
    """
    if older:
        return tuple(_Maker((q, *older)).made())
    return q.once("codebook", lambda: tuple(_Maker((q,)).made()))


def reason_codes(versions: Iterable[Questionnaire]) -> dict[str, int]:
    """Code of each reason (column ``missing`` of the choices) that the versions know."""
    named = {c.missing for q in versions for each in q for c in each.choices if c.missing}
    codes = {reason: REASONS[reason] for reason in REASONS if reason in named}
    others = sorted(named - REASONS.keys())
    if len(others) > MISSING_RANGE[1] - NEXT + 1:
        raise ValueError(f"more reasons than codes: {others}")
    return codes | {reason: NEXT + i for i, reason in enumerate(others)}


def option_codes(choices: Sequence[Choice]) -> dict[str, int]:
    """Option -> code: its own name where all names are plain numbers, else its place from 1."""
    real = [choice.name for choice in choices if not choice.missing]
    if all(re.fullmatch(r"0|[1-9][0-9]{0,8}", name) for name in real):
        return {name: int(name) for name in real}
    return {name: place for place, name in enumerate(real, 1)}


def _parts(question: Question) -> dict[str, Text]:
    """What a question's columns are told apart by, each with its label."""
    if question.kind is Kind.GEOPOINT:
        return dict(PLACE)
    return {choice.name: choice.labels for choice in question.choices if not choice.missing}


def _places(n: int) -> tuple[tuple[int, Text], ...]:
    return tuple((k, {"vi": f"Xếp thứ {k}", "en": f"Ranked {k}"}) for k in range(1, n + 1))


class _Maker:
    def __init__(self, versions: Sequence[Questionnaire]) -> None:
        self.versions = versions
        self.q = versions[0]
        self.reasons = reason_codes(versions)
        self.named = Naming()
        self.done: set[str] = set()

    def made(self) -> Iterable[Variable]:
        for version in self.versions:
            self.q = version
            for section in version.sections:
                for question in section.questions:
                    if question.is_asked:
                        yield from self._of(question, self._universe(section.relevant, question))
            for working in workings(version):
                if self._is_new(working.row.name):
                    yield self._worked_out(working)

    def _worked_out(self, working: Working) -> Variable:
        row, storage = working.row, _OF_TYPE.get(working.type, Storage.TEXT)
        formula = f"{row.name} = {row.calculation}"
        formula = formula if len(formula) <= _FORMULA else row.name
        labels = {x: self.q.text(row.labels, x) or row.item or formula for x in self.q.languages}
        return Variable(
            name=self.named.name(row.name),
            question=row,
            storage=storage,
            labels=labels,
            missing=self._missing((), storage),
            universe=self._universe("", row),
            is_private=working.is_private,
        )

    def _of(self, question: Question, universe: Text) -> Iterable[Variable]:
        if question.kind in _SPREAD:
            yield from self._spread(question, universe)
            return
        if not self._is_new(question.name):
            return
        storage = _STORAGE.get(question.kind, Storage.TEXT)
        choices = self._choices(question.name)
        by_name = option_codes(choices) if storage is Storage.CODE else {}
        yield Variable(
            name=self.named.name(question.name),
            question=question,
            storage=storage,
            labels=self.named.label(self.q, question),
            codes=tuple(
                Code(by_name[c.name], c.labels, c.name) for c in choices if c.name in by_name
            ),
            missing=self._missing(choices, storage),
            universe=universe,
        )

    def _spread(self, question: Question, universe: Text) -> Iterable[Variable]:
        """One column for each option, or for each number of a place."""
        storage, codes = Storage.CODE, FLAGS
        if question.kind is Kind.GEOPOINT:
            storage, codes = Storage.NUMBER, ()
        elif question.kind is Kind.RANK:
            codes = _places(sum(not c.missing for c in self._choices(question.name)))
        short = self.named.label(self.q, question)
        for part, labels in _parts(question).items():
            if not self._is_new(f"{question.name}/{part}"):
                continue
            yield Variable(
                name=self.named.name(f"{question.name}_{part}"),
                question=question,
                storage=storage,
                labels={x: f"{short[x]}: {self.q.text(labels, x)}" for x in self.q.languages},
                codes=tuple(Code(value, texts) for value, texts in codes),
                missing=self._missing(self._choices(question.name), storage),
                universe=universe,
                option=part,
            )

    def _is_new(self, key: str) -> bool:
        found = key not in self.done
        self.done.add(key)
        return found

    def _choices(self, name: str) -> tuple[Choice, ...]:
        """The options of a question in all versions, the newest first."""
        found: dict[str, Choice] = {}
        for version in self.versions:
            for question in version:
                if question.name == name:
                    for choice in question.choices:
                        found.setdefault(choice.name, choice)
        return tuple(found.values())

    def _missing(self, choices: Sequence[Choice], storage: Storage) -> tuple[Code, ...]:
        if storage in (Storage.TEXT, Storage.DAY):
            return ()
        shift = FAR if storage is Storage.NUMBER else 0
        codes = [Code(code + shift, labels) for code, labels in _ALWAYS.items()]
        codes += [Code(self.reasons[c.missing], c.labels, c.name) for c in choices if c.missing]
        return tuple(sorted(codes, key=lambda code: code.value))

    def _universe(self, of_section: str, question: Question) -> Text:
        rules = [rule for rule in (of_section, question.relevant) if rule]
        both = " and ".join(f"({rule})" for rule in rules)
        return {
            language: inwords.said(self.q, both, language, lambda x, _language: x.name)
            for language in self.q.languages
            if both
        }


_OF_TYPE = {"number": Storage.NUMBER, "boolean": Storage.NUMBER, "date": Storage.DAY}
_STORAGE = {
    Kind.SELECT_ONE: Storage.CODE,
    Kind.INTEGER: Storage.NUMBER,
    Kind.DECIMAL: Storage.NUMBER,
    Kind.DATE: Storage.DAY,
    Kind.RANGE: Storage.NUMBER,
    Kind.ACKNOWLEDGE: Storage.CODE,
}
