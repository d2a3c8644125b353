"""What a row shows beside its words, told apart between two versions by the files' content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from forms.model import Question, Questionnaire, Text

#: Column, option (empty: the question's own) and language -> (file's name, name it is kept under).
_Shown = dict[tuple[str, str, str], tuple[str, str]]


def changes(
    before: Questionnaire, old: Question, after: Questionnaire, new: Question
) -> Iterator[tuple[str, str, str, str]]:
    """Aspect, file before, file after, and which of them (option, column, language) differs.

    A file of the same name with another content differs; one that only has another name does not.
    """
    one, other = _shown(before, old), _shown(after, new)
    for key in sorted({*one, *other}):
        first, second = one.get(key, ("", "")), other.get(key, ("", ""))
        if first[1] != second[1]:
            column, option, language = key
            aspect = "option_media" if option else "media"
            yield aspect, first[0], second[0], " ".join(filter(None, (option, column, language)))


def _shown(q: Questionnaire, question: Question) -> _Shown:
    found: _Shown = {}
    rows: Mapping[str, Mapping[str, Text]] = {
        "": question.media,
        **{choice.name: choice.media for choice in question.choices if choice.media},
    }
    for option, media in rows.items():
        for column, names in media.items():
            for language, name in names.items():
                found[column, option, language] = name, q.files.get(name, name)
    return found
