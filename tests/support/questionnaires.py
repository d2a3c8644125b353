"""Random questionnaires with rules of every kind, and random answers to a questionnaire."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import assume
from hypothesis import strategies as st

from forms import lint, pages
from forms.model import FILES, Choice, Kind, Question, Questionnaire, Section

KINDS = [
    *(Kind.SELECT_ONE, Kind.SELECT_MULTIPLE, Kind.INTEGER, Kind.DECIMAL, Kind.TEXT, Kind.DATE),
    *(Kind.NOTE, Kind.CALCULATE),
]
CHOICES = (
    Choice("n1", {"vi": "Một"}, columns={"nhom": "x"}),
    Choice("n2", {"vi": "Hai"}, columns={"nhom": "y"}),
    Choice("n3", {"vi": "Ba"}, columns={"nhom": "x"}),
    Choice("n9", {"vi": "Không rõ"}, missing="khong_ro", columns={"nhom": ""}),
)
PLAIN = tuple(replace(choice, columns={}) for choice in CHOICES)
CONSTRAINTS = {
    Kind.SELECT_ONE: [". != 'n2'"],
    Kind.SELECT_MULTIPLE: [
        "count-selected(.) <= 2",
        "not(selected(., 'n1') and selected(., 'n2'))",
    ],
    Kind.INTEGER: [". >= 0 and . <= 120", ". mod 2 = 0", ". != 7", "pow(., 2) < 50"],
    Kind.DECIMAL: [". < 10.5", "round(.) = .", "abs(.) > 1"],
    Kind.TEXT: ["string-length(.) <= 5", "regex(., '[a-zđ ]+')", "not(contains(., 'b'))"],
    Kind.DATE: [". <= '2024-06-01'", ". <= today()", "format-date(., '%m') != '02'"],
}
CONDITIONS = {
    Kind.SELECT_ONE: ["${%s} = 'n1'", "${%s} != 'n1'", "${%s} = ''", "selected(${%s}, 'n3')"],
    Kind.SELECT_MULTIPLE: [
        *("selected(${%s}, 'n2')", "count-selected(${%s}) > 1", "${%s} = ''"),
        "selected-at(${%s}, 0) = 'n1'",
    ],
    Kind.INTEGER: ["${%s} > 3", "${%s} + 1 <= 5", "${%s} mod 2 = 1", "not(${%s} = 4)"],
    Kind.DECIMAL: ["round(${%s}) = 2", "${%s} div 2 >= 1", "int(${%s}) < 3", "floor(${%s}) = 2"],
    Kind.TEXT: ["string-length(${%s}) > 2", "starts-with(${%s}, 'a')", "${%s} = ''"],
    Kind.DATE: [
        *("${%s} >= '2024-01-01'", "today() - ${%s} > 100", "format-date(${%s}, '%%Y') = '2023'"),
        *("${%s} + 30 > '2024-01-15'", "${%s} = ''"),
    ],
    Kind.CALCULATE: ["${%s} != ''", "coalesce(${%s}, '0') != '0'"],
    Kind.HIDDEN: ["${%s} = 'x'"],
}
CALCULATIONS = {
    Kind.INTEGER: ["${%s} * 2 - 1", "max(${%s}, 3)"],
    Kind.DECIMAL: ["round(${%s} * 10) div 10"],
    Kind.TEXT: ["concat(${%s}, '-', 1)", "substr(${%s}, 0, 2)"],
    Kind.DATE: ["int(${%s} - '2023-01-01')", "format-date(${%s}, '%%d/%%m')"],
    Kind.SELECT_ONE: ["if(${%s} = 'n1', 'a', 'b')"],
    Kind.SELECT_MULTIPLE: ["count-selected(${%s})"],
}


@st.composite
def questionnaires(draw: st.DrawFn, more: tuple[Kind, ...] = ()) -> Questionnaire:
    """A questionnaire without faults: pages, rules that look back, a hidden row, calculations.

    ``more``: kinds of question besides ``KINDS``.
    """
    known = [Question("nguon", Kind.HIDDEN)]
    sections, variables = [], list(known)
    for number in range(draw(st.integers(1, 4))):
        relevant = draw(condition(known)) if draw(st.integers(0, 3)) == 0 else ""
        asked = []
        for index in range(draw(st.integers(1, 3))):
            row = draw(question(f"q{number}{index}", known, more))
            (variables if row.kind is Kind.CALCULATE else asked).append(row)
            known.append(row)
        if asked:
            labels = {"vi": f"Trang {number}"}
            sections.append(Section(f"trang{number}", labels, relevant, tuple(asked)))
    assume(sections)
    q = Questionnaire(
        "ngau_nhien", "1", {"vi": "Phiếu"}, ("vi",), "vi", tuple(sections), tuple(variables)
    )
    q = pages.split(q)
    assume(not any(fault.is_error for fault in lint.faults(q)))
    return q


@st.composite
def question(
    draw: st.DrawFn, name: str, known: list[Question], more: tuple[Kind, ...] = ()
) -> Question:
    kind = draw(st.sampled_from([*KINDS, *more]))
    relevant = draw(condition(known)) if draw(st.booleans()) else ""
    row = Question(name, kind, {"vi": f"Câu {name}"}, relevant=relevant)
    if kind is Kind.CALCULATE:
        sources = [each for each in known if each.kind in CALCULATIONS]
        assume(sources)
        source = draw(st.sampled_from(sources))
        return replace(row, labels={}, calculation=draw(_filled(CALCULATIONS, source)))
    if kind is Kind.NOTE:
        return row
    if kind in (Kind.SELECT_ONE, Kind.SELECT_MULTIPLE):
        filtered = draw(st.sampled_from(["", "", "nhom = 'x'", "nhom != ${nguon}"]))
        row = replace(row, list_name="ds", choice_filter=filtered)
        row = replace(row, choices=CHOICES if filtered else PLAIN)
        row = replace(row, randomize=draw(st.booleans()))
    constraint = draw(st.sampled_from(["", *CONSTRAINTS.get(kind, ())]))
    required = draw(st.sampled_from(["", "", "true()"]))
    return replace(row, constraint=constraint, required=required)


@st.composite
def condition(draw: st.DrawFn, known: list[Question]) -> str:
    sources = st.sampled_from([each for each in known if each.kind in CONDITIONS])
    first = draw(sources.flatmap(lambda each: _filled(CONDITIONS, each)))
    form = draw(st.sampled_from(["{0}", "{0}", "not({0})", "{0} and {1}", "{0} or {1}"]))
    return form.format(first, draw(sources.flatmap(lambda each: _filled(CONDITIONS, each))))


def _filled(table: dict[Kind, list[str]], source: Question) -> st.SearchStrategy[str]:
    return st.sampled_from(table[source.kind]).map(lambda text: text % source.name)


@dataclass(frozen=True)
class Given:
    """One answer as a page's field sends it and as XML holds it."""

    page: tuple[str, ...]
    xml: str


BLANK = Given((), "")
_WORDS = st.text("aAbđệ '<&>\"%;\n", max_size=8)


def _plain(text: object) -> Given:
    return Given((str(text),), str(text))


def _decimal(value: float) -> Given:
    text = f"{value:.2f}"
    return Given((text.replace(".", ","),), text)


def _several(names: list[str]) -> Given:
    return Given(tuple(names), " ".join(names))


def sound(question: Question) -> st.SearchStrategy[Given]:
    """Answers that a client lets a person give, whether or not a rule refuses them."""
    names = [choice.name for choice in question.choices]
    if question.kind is Kind.SELECT_ONE:
        return st.sampled_from(names).map(_plain)
    if question.kind is Kind.SELECT_MULTIPLE:
        return st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True).map(_several)
    if question.kind is Kind.INTEGER:
        return st.integers(-3, 200).map(_plain)
    if question.kind is Kind.DECIMAL:
        return st.sampled_from([-1.5, 0.0, 0.5, 1.25, 2.0, 2.5, 3.99, 10.5, 1234.5]).map(_decimal)
    if question.kind is Kind.DATE:
        days = st.sampled_from(
            ["2023-02-28", "2023-12-31", "2024-01-01", "2024-06-02", "2099-01-01"]
        )
        return days.map(lambda day: Given((f"{day[8:]}/{day[5:7]}/{day[:4]}",), day))
    if question.kind in FILES:
        return st.sampled_from([f"{digit * 64}.jpg" for digit in "05af"]).map(_plain)
    return _WORDS.map(_plain)


def wrong(question: Question) -> st.SearchStrategy[Given]:
    """What no client should send."""
    if question.kind in (Kind.SELECT_ONE, Kind.SELECT_MULTIPLE):
        return st.just(_plain("khac"))
    if question.kind in (Kind.INTEGER, Kind.DECIMAL):
        return st.sampled_from(["hai", "1.2.3", "--1", "9" * 20]).map(_plain)
    if question.kind is Kind.DATE:
        return st.sampled_from(["2023-02-30", "hôm qua", "2023"]).map(_plain)
    return st.just(_plain("a" * 4001))


def answers_to(q: Questionnaire, *, also_wrong: bool = True) -> st.SearchStrategy[dict[str, Given]]:
    """Answers to every question, also to those that will not apply."""

    def given(question: Question) -> st.SearchStrategy[Given]:
        usual = st.just(BLANK) | sound(question) | sound(question) | sound(question)
        return usual | wrong(question) if also_wrong else usual

    return st.fixed_dictionaries({each.name: given(each) for each in q if each.is_asked})
