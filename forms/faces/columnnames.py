"""What a file calls the columns of answers: names that every program takes, labels that differ."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from forms.model import OTHER, Question, Questionnaire, Section, Text

#: Words that SPSS or Stata keep for themselves, and names of the design's columns.
TAKEN = frozenset(
    {
        *("all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"),
        *("byte", "double", "float", "if", "in", "int", "long", "pi", "skip", "using", "strl"),
        *("unit", "unit_from", "unit_name", "stratum", "cell", "psu", "fpc", "probability"),
        *("w_base", "w_nonresponse", "w_final", "stream", "outcome", "respondent", "excluded"),
        *("language", "submitted_on", "minutes", "form_version", "scales"),
    }
)
_STATA_TYPE = re.compile(r"str[0-9]+\Z")
#: Longest name that every program takes (Stata's; SPSS takes 64).
LONGEST_NAME = 32


class Naming:
    """Names and labels of one file's columns."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def name(self, wanted: str) -> str:
        """A name that is free and no word of SPSS or Stata."""
        name = wanted if not _reserved(wanted) else f"q_{wanted}"
        name, number = name[:LONGEST_NAME], 1
        while name.lower() in self._used:
            number += 1
            ending = f"_{number}"
            name = wanted[: LONGEST_NAME - len(ending)] + ending
        self._used.add(name.lower())
        return name

    def label(self, q: Questionnaire, question: Question) -> Text:
        """The item's short name where the author gave one in the default language.

        A line that says which other option is meant comes with its question; what several
        questions have in common (rounds of a repeat, lines of units) with its section's title.
        """
        own = {language: _own(q, question, language) for language in q.languages}
        of = _asking(q).get(question.name)
        if of is not None:
            return {x: f"{_own(q, of, x)}: {text}" for x, text in own.items()}
        section = _sections(q)[question.name]
        return {
            language: f"{title}: {text}"
            if _shared(q, language)[text] > 1 and (title := q.text(section.labels, language))
            else text
            for language, text in own.items()
        }


def _own(q: Questionnaire, question: Question, language: str) -> str:
    if question.item and language == q.default_language:
        return question.item
    return q.text(question.labels, language) or question.item or question.name


def _shared(q: Questionnaire, language: str) -> Counter[str]:
    """How many questions have each label."""
    return q.once(
        f"labels {language}", lambda: Counter(_own(q, x, language) for x in q if x.is_asked)
    )


def _sections(q: Questionnaire) -> Mapping[str, Section]:
    return q.once("sections", lambda: {x.name: each for each in q.sections for x in each.questions})


def _asking(q: Questionnaire) -> Mapping[str, Question]:
    """The question behind each line that ``or_other`` adds."""
    return q.once(
        "other lines",
        lambda: {f"{x.name}_{OTHER}": x for x in q if OTHER in x.choice_by_name},
    )


def _reserved(name: str) -> bool:
    low = name.lower()
    return low in TAKEN or low.startswith("rw_") or _STATA_TYPE.match(low) is not None
