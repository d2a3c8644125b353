"""Ways to ask what people do not like to tell: randomised response and list experiments.

The design stands with the question, in ``parameters``, so that it is frozen with the questionnaire:
the estimator reads the same numbers that the respondent's instruction was written from.

Sources: Warner (1965); Greenberg et al. (1969), unrelated question; Boruch (1971), forced
response; Yu, Tian and Tang (2008), crosswise model; Miller (1984), list experiment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from forms.faults import Fault, fault
from forms.model import Cell, Kind, Question, Questionnaire

#: Randomised response -> the probabilities that its design fixes.
DESIGNS: Mapping[str, tuple[str, ...]] = {
    "warner": ("p",),
    "crosswise": ("p",),
    "unrelated": ("p", "q"),
    "forced": ("yes", "no"),
}
_PROBABILITY = r"(?:0?\.[0-9]{1,9}|[0-9]{1,4}/[0-9]{1,4})"
#: What the parameters may be, for select_one and for integer.
OF_SELECT = {
    "rr": "|".join(DESIGNS),
    "counts": r"\S+",
    **dict.fromkeys(("p", "q", "yes", "no"), _PROBABILITY),
}
OF_INTEGER = {"list": "control|treatment", "items": "[1-9]"}


@dataclass(frozen=True, slots=True)
class RandomisedResponse:
    """A question of which only chance and the respondent know what the answer means.

    ``counts``: the option whose share is λ; ``design``: warner, crosswise, unrelated or forced;
    ``probabilities``: by name, as in `DESIGNS`.
    """

    question: Question
    design: str
    counts: str
    probabilities: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ListExperiment:
    """Two counts, one with the sensitive item: a respondent is asked one of them, by chance.

    ``items``: innocent items on both lists.
    """

    concept: str
    control: Question
    treatment: Question
    items: int


def randomised_responses(q: Questionnaire) -> tuple[RandomisedResponse, ...]:
    """All questions of a sound questionnaire that are asked by randomised response."""
    return tuple(
        RandomisedResponse(
            each,
            each.parameters["rr"],
            each.parameters["counts"],
            {name: _number(each.parameters[name]) for name in DESIGNS[each.parameters["rr"]]},
        )
        for each in q
        if "rr" in each.parameters
    )


def list_experiments(q: Questionnaire) -> tuple[ListExperiment, ...]:
    """All list experiments of a sound questionnaire."""
    found = []
    for concept, (control, treatment) in _pairs(q).items():
        if control and treatment:
            items = int(control[0].parameters["items"])
            found.append(ListExperiment(concept, control[0], treatment[0], items))
    return tuple(found)


def faults(q: Questionnaire) -> Iterator[Fault]:
    """What is wrong with the designs of a questionnaire."""
    for each in q:
        cell = each.cells.get("parameters") or next(iter(each.cells.values()), Cell("survey", 1, 1))
        if each.kind is Kind.SELECT_ONE:
            yield from _of_response(each, cell)
        elif each.kind is Kind.INTEGER and bool(each.parameters.get("list")) != (
            "items" in each.parameters
        ):
            yield fault("technique.needs", cell, name="list", wanted="list, items")
    for concept, sides in _pairs(q).items():
        yield from _of_pair(concept, sides)


def _of_response(question: Question, cell: Cell) -> Iterator[Fault]:
    given = question.parameters
    design = given.get("rr")
    wanted = {"rr", "counts", *DESIGNS.get(design or "", ())}
    of_response = given.keys() & OF_SELECT.keys()
    if not of_response:
        return
    if design is None or of_response != wanted:
        wanted_text = ", ".join(sorted(wanted))
        yield fault("technique.needs", cell, name=f"rr={design or '…'}", wanted=wanted_text)
        return
    if given["counts"] not in question.choice_by_name:
        yield fault("technique.counts", cell, name=given["counts"])
    try:
        chances = [_number(given[name]) for name in DESIGNS[design]]
    except ZeroDivisionError:
        chances = [0.0]
    blind = design in ("warner", "crosswise") and abs(chances[0] - 0.5) < 1e-9
    full = design == "forced" and sum(chances) >= 1
    if blind or full or not all(0 < chance < 1 for chance in chances):
        yield fault("technique.chances", cell, design=design)


def _of_pair(concept: str, sides: tuple[Sequence[Question], Sequence[Question]]) -> Iterator[Fault]:
    one = (sides[0] or sides[1])[0]
    cell = one.cells.get("parameters") or next(iter(one.cells.values()))
    if not concept or len(sides[0]) != 1 or len(sides[1]) != 1:
        yield fault("technique.pair", cell, concept=concept)
    elif len({side[0].parameters.get("items") for side in sides}) > 1:
        yield fault("technique.items", cell, concept=concept)


def _pairs(q: Questionnaire) -> dict[str, tuple[list[Question], list[Question]]]:
    pairs: dict[str, tuple[list[Question], list[Question]]] = {}
    for each in q:
        if each.kind is Kind.INTEGER and "list" in each.parameters:
            sides = pairs.setdefault(each.concept, ([], []))
            sides[each.parameters["list"] == "treatment"].append(each)
    return pairs


def _number(text: str) -> float:
    return float(Fraction(text))
