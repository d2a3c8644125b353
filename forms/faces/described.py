"""Columns as a codebook describes them: an answer's, or one that comes with the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from forms.faces.codebook import Code, Storage, Variable, stata_letter
from forms.model import Question, Questionnaire, Text

#: Key under which values without a code are counted.
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Entry:
    """One column with everything that is known of it, in every language.

    ``counts`` has how many rows hold each code, and under `OTHER` any other value; empty where
    there are no data.
    """

    name: str
    labels: Text
    storage: Storage
    question: Text = field(default_factory=dict)
    hints: Text = field(default_factory=dict)
    universe: Text = field(default_factory=dict)
    #: Files that were shown beside the question and its options, in words.
    media: Text = field(default_factory=dict)
    codes: tuple[Code, ...] = ()
    missing: tuple[Code, ...] = ()
    counts: Mapping[int | str, int] = field(default_factory=dict)
    concept: str = ""
    is_weight: bool = False
    is_scale: bool = False
    decimals: int = 0

    @property
    def letters(self) -> dict[int, str]:
        """Stata's letter of each code that is no substantive answer."""
        return {code.value: stata_letter(code.value) for code in self.missing}


def entries(
    q: Questionnaire,
    columns: Sequence[Variable],
    counts: Sequence[Mapping[int | str, int]] | None = None,
) -> list[Entry]:
    """The columns of a questionnaire's answers; ``counts`` in their order, where there are data.

    Names in a text (``${unit_name}``) stand as the questions or words that they are.
    """
    found = counts or [{}] * len(columns)
    return [
        Entry(
            name=column.name,
            labels={language: q.text(column.labels, language) for language in q.languages},
            storage=column.storage,
            question=column.question.labels,
            hints=column.question.hints,
            universe=column.universe or {},
            media={x: words for x in q.languages if (words := _shown(q, column.question, x))},
            codes=column.codes,
            missing=column.missing,
            counts=seen,
            concept=column.question.concept,
            is_scale=column.storage in (Storage.NUMBER, Storage.DAY),
            decimals=column.decimals,
        )
        for column, seen in zip(columns, found, strict=True)
    ]


def _shown(q: Questionnaire, question: Question, language: str) -> str:
    """Files by what they are: ``image: ban_do.png; nha/image: nha.png``."""
    rows = {"": question.media, **{f"{c.name}/": c.media for c in question.choices}}
    return "; ".join(
        f"{option}{column}: {q.text(names, language)}"
        for option, media in rows.items()
        for column, names in media.items()
    )
