"""How long a questionnaire takes, before anybody has answered it."""

from __future__ import annotations

from collections.abc import Mapping

from forms.grammar import references, without_references
from forms.model import Kind, Question, Questionnaire

#: Syllables (words, in other languages) that an adult reads in a minute on a small screen.
_READ_A_MINUTE = 250
#: Seconds to answer, by type; a tap where nothing is said, longer where things are compared.
_TAP, _COMPARED = 1.5, 3.0
_SECONDS: Mapping[Kind, float] = {
    **dict.fromkeys((Kind.INTEGER, Kind.DECIMAL, Kind.RANGE, Kind.TIME, Kind.BARCODE), 4.0),
    **dict.fromkeys((Kind.DATE, Kind.DATETIME, Kind.SELECT_MULTIPLE), 6.0),
    **dict.fromkeys((Kind.RANK, Kind.TEXT, Kind.GEOPOINT), 12.0),
}
#: Of a long list people look for their own option; they do not read it.
_READ_OPTIONS = 10
#: Words of what stands in a text's ${name}: a unit's name, most often.
_NAME = 4


def minutes(q: Questionnaire, language: str) -> int:
    """Whole minutes for an adult who is asked everything, at least 1; a list is read once.

    Source: the reckoning of the notes beside the questionnaires: up to 250 syllables a minute, 1 to
    2 s a tap, 3 s a line that is one of several units.
    """
    words, seconds, known = 0, 0.0, {""}
    for section in q.sections:
        words += _words(section.labels, language)
        for each in section.questions:
            words += _words(each.labels, language) + _words(each.hints, language)
            if each.list_name not in known:
                words += _options(each, language)
            known.add(each.list_name)
            seconds += _seconds(each) if each.is_asked else 0
    return max(1, round(words / _READ_A_MINUTE + seconds / 60))


def _seconds(question: Question) -> float:
    if question.is_scale and not any(map(_own_words, question.labels.values())):
        return _COMPARED
    return _SECONDS.get(question.kind, _TAP)


def _own_words(text: str) -> str:
    """Empty where a line is only somebody's name."""
    return without_references(text).strip()


def _options(question: Question, language: str) -> int:
    return sum(_words(each.labels, language) for each in question.choices[:_READ_OPTIONS])


def _words(texts: Mapping[str, str], language: str) -> int:
    text = texts.get(language) or next(iter(texts.values()), "")
    return len(without_references(text).split()) + _NAME * len(references(text))
