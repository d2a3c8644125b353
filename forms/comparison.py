"""Two versions of a questionnaire beside each other: what changed, and what may still be compared.

The rule.  An item keeps its name.  Answers to it under both versions are

* ``comparable`` if at most white space, punctuation, capital letters, a further language,
  guidance, messages or the layout changed: nothing that a respondent answers differently to;
* ``judge`` if the wording of the question, its hint, a picture or its options, their order, the
  place among the other items, what is required or allowed, or the first value changed, or its
  condition reads an item that is broken: whoever moves a wave to the new version judges that, and
  says why;
* ``broken`` if the type, the set of options (or one now says what another said: a scale turned
  round under its codes) or what counts as missing, who is asked (conditions of
  page and question, eligibility, calculations that these read), the concept, the limits of the
  scale or the design of a sensitive question changed: the answers mean something else;
* ``added`` or ``removed`` if only one version has it.

Source: Groves et al. (2009) Survey Methodology, ch. 7; Tourangeau, Rips and Rasinski (2000):
answers depend on wording, options, their order and the context.  A change of these is never
harmless in itself, so no rule here calls it so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from forms import grammar, media_changes
from forms.model import Choice, Kind, Question, Questionnaire, Text


class Verdict(StrEnum):
    """How far answers to an item under both versions may be taken together."""

    SAME = "same"
    COMPARABLE = "comparable"
    JUDGE = "judge"
    BROKEN = "broken"
    ADDED = "added"
    REMOVED = "removed"


_ORDER = {verdict: place for place, verdict in enumerate(Verdict)}
#: Aspect of a row -> verdict where it differs.
_PLAIN = {
    "kind": Verdict.BROKEN,
    "concept": Verdict.BROKEN,
    "calculation": Verdict.BROKEN,
    "choice_filter": Verdict.BROKEN,
    "required": Verdict.JUDGE,
    "constraint": Verdict.JUDGE,
    "default": Verdict.JUDGE,
    "randomize": Verdict.JUDGE,
    "sensitive": Verdict.COMPARABLE,
    "item": Verdict.COMPARABLE,
    "trigger": Verdict.COMPARABLE,
}
_TEXTS = {
    "labels": Verdict.JUDGE,
    "hints": Verdict.JUDGE,
    "guidance": Verdict.COMPARABLE,
    "required_messages": Verdict.COMPARABLE,
    "constraint_messages": Verdict.COMPARABLE,
}
#: Parameters that arrange options; all others are limits of a scale or the design of a question.
_ARRANGING = frozenset({"randomize", "direction", "seed"})
#: What a reader does not answer differently to; a comma or point inside a number is none of it.
_MARKS = re.compile(r"[\s;:!?…\"'“”‘’«»()]|(?<!\d)[.,]|[.,](?!\d)")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference of an item.  ``detail`` is a language, an option or a parameter."""

    aspect: str
    verdict: Verdict
    before: str = ""
    after: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One row of both versions, or of one."""

    name: str
    verdict: Verdict
    before: Question | None
    after: Question | None
    changes: tuple[Change, ...] = ()

    @property
    def is_item(self) -> bool:
        """Whether anything is stored under its name (notes are only read)."""
        return (self.after or self.before).kind is not Kind.NOTE


@dataclass(frozen=True, slots=True)
class Comparison:
    """``whole``: what differs of the questionnaire itself; ``items`` in the new order."""

    before: Questionnaire
    after: Questionnaire
    whole: tuple[Change, ...]
    items: tuple[Item, ...]

    def of(self, *verdicts: Verdict) -> tuple[Item, ...]:
        """Items (no notes) with one of the verdicts."""
        return tuple(each for each in self.items if each.is_item and each.verdict in verdicts)


def compare(before: Questionnaire, after: Questionnaire) -> Comparison:
    """What ``after`` changes against ``before``.

    Returns
    -------
    Comparison
        Every question and variable of either version, with its differences and its verdict by the
        rule of this module.
    """
    old, new = _rows(before), _rows(after)
    asks = (_universes(before), _universes(after))
    moved = _moved([name for name in old if name in new], [name for name in new if name in old])
    items = []
    for name in [*new, *(name for name in old if name not in new)]:
        if name not in old:
            items.append(Item(name, Verdict.ADDED, None, new[name]))
        elif name not in new:
            items.append(Item(name, Verdict.REMOVED, old[name], None))
        else:
            changes = list(_changes(old[name], new[name]))
            for aspect, *seen in media_changes.changes(before, old[name], after, new[name]):
                changes.append(Change(aspect, Verdict.JUDGE, *seen))
            if asks[0][name] != asks[1][name]:
                facts = (Verdict.BROKEN, asks[0][name], asks[1][name])
                changes.append(Change("universe", *facts))
            if name in moved:
                changes.append(Change("place", Verdict.JUDGE))
            items.append(_item(old[name], new[name], changes))
    items = list(_after_broken(items, asks[1]))
    return Comparison(before, after, tuple(_whole(before, after)), tuple(items))


def _item(old: Question, new: Question, changes: list[Change]) -> Item:
    verdict = max((c.verdict for c in changes), key=_ORDER.__getitem__, default=Verdict.SAME)
    return Item(new.name, verdict, old, new, tuple(changes))


def _after_broken(items: list[Item], asks: Mapping[str, str]) -> Iterator[Item]:
    """Who is asked hangs on answers that mean something else now."""
    broken = {each.name for each in items if each.verdict is Verdict.BROKEN}
    for each in items:
        read = broken & set(grammar.references(asks.get(each.name, ""))) - {each.name}
        if each.before is None or each.after is None or not read:
            yield each
            continue
        change = Change("universe_source", Verdict.JUDGE, detail=", ".join(sorted(read)))
        yield _item(each.before, each.after, [*each.changes, change])


def _rows(q: Questionnaire) -> dict[str, Question]:
    return {each.name: each for each in (*q, *q.variables)}


def _changes(old: Question, new: Question) -> Iterator[Change]:
    for aspect, verdict in _PLAIN.items():
        one, other = getattr(old, aspect), getattr(new, aspect)
        if one != other:
            yield Change(aspect, verdict, _said(one), _said(other))
    for aspect, verdict in _TEXTS.items():
        yield from _texts(aspect, getattr(old, aspect), getattr(new, aspect), verdict)
    for name in sorted({*old.parameters, *new.parameters}):
        one, other = old.parameters.get(name, ""), new.parameters.get(name, "")
        if one != other:
            verdict = Verdict.JUDGE if name in _ARRANGING else Verdict.BROKEN
            yield Change("parameter", verdict, one, other, name)
    if old.appearance != new.appearance:
        verdict = Verdict.COMPARABLE if old.is_scale == new.is_scale else Verdict.JUDGE
        yield Change("appearance", verdict, old.appearance, new.appearance)
    yield from _options(old.choice_by_name, new.choice_by_name)


def _options(old: Mapping[str, Choice], new: Mapping[str, Choice]) -> Iterator[Change]:
    gave_up = _gave_up(old, new)
    for name in [*new, *(name for name in old if name not in new)]:
        one, other = old.get(name), new.get(name)
        if one is None or other is None:
            first = [next(iter(x.labels.values()), name) if x else "" for x in (one, other)]
            yield Change("option", Verdict.BROKEN, *first, name)
            continue
        if one.missing != other.missing:
            yield Change("missing", Verdict.BROKEN, one.missing, other.missing, name)
        if one.columns != other.columns:
            facts = (_said(one.columns), _said(other.columns), name)
            yield Change("option_columns", Verdict.BROKEN, *facts)
        says = {(x, _plain(text)) for x, text in other.labels.items() if text}
        said = {(x, _plain(text)) for x, text in one.labels.items()}
        weight = Verdict.BROKEN if (says - said) & gave_up else Verdict.JUDGE
        yield from _texts("option_label", one.labels, other.labels, weight, name)
    common = [name for name in new if name in old]
    if common != [name for name in old if name in new]:
        yield Change("options_order", Verdict.JUDGE, ", ".join(old), ", ".join(new))


def _gave_up(old: Mapping[str, Choice], new: Mapping[str, Choice]) -> set[tuple[str, str]]:
    """What options said and say no more, by language."""
    found = ((x, _plain(text), name) for name in old for x, text in old[name].labels.items())
    return {
        (language, text)
        for language, text, name in found
        if name in new and text != _plain(new[name].labels.get(language, ""))
    }


def _texts(
    aspect: str, old: Text, new: Text, verdict: Verdict, detail: str = ""
) -> Iterator[Change]:
    for language in dict.fromkeys((*new, *old)):
        one, other = old.get(language, ""), new.get(language, "")
        if one == other:
            continue
        # A language that one version lacks changes nothing for those who read another.
        is_further = bool(old and new) and not (one and other)
        weight = Verdict.COMPARABLE if is_further or _plain(one) == _plain(other) else verdict
        yield Change(aspect, weight, one, other, " ".join(filter(None, (detail, language))))


def _universes(q: Questionnaire) -> dict[str, str]:
    """Who is asked each row: all conditions above it, with the calculations that they read."""
    found = {}
    for section in q.sections:
        for question in section.questions:
            found[question.name] = (q.eligibility, section.relevant, question.relevant)
    for variable in q.variables:
        found[variable.name] = ("", "", variable.relevant)
    computed = {each.name: each.calculation for each in q.variables if each.calculation}
    return {name: _with_calculations(rules, computed) for name, rules in found.items()}


def _with_calculations(rules: tuple[str, ...], computed: Mapping[str, str]) -> str:
    said = " · ".join(rule for rule in map(_spaced, rules) if rule)
    waiting, seen = list(grammar.references(said)), set()
    while waiting:
        name = waiting.pop(0)
        if name in seen or name not in computed:
            continue
        seen.add(name)
        rule = _spaced(computed[name])
        said += f" [{name}: {rule}]"
        waiting += grammar.references(rule)
    return said


def _moved(old: list[str], new: list[str]) -> set[str]:
    """The fewest rows whose moving explains the new order: all but a longest run kept in order."""
    place = {name: index for index, name in enumerate(old)}
    best: list[tuple[int, int]] = []  # (length, row before) of the longest run ending at each row
    for index, name in enumerate(new):
        ahead = ((best[i][0], i) for i in range(index) if place[new[i]] < place[name])
        length, before = max(ahead, default=(0, -1), key=lambda run: run[0])
        best.append((length + 1, before))
    kept, at = set(), max(range(len(best)), key=lambda i: best[i][0], default=-1)
    while at >= 0:
        kept.add(new[at])
        at = best[at][1]
    return set(new) - kept


def _whole(old: Questionnaire, new: Questionnaire) -> Iterator[Change]:
    for aspect in ("form_id", "version", "default_language", "eligibility"):
        one, other = getattr(old, aspect), getattr(new, aspect)
        if one != other:
            yield Change(aspect, Verdict.COMPARABLE, one, other)
    if old.languages != new.languages:
        languages = (", ".join(old.languages), ", ".join(new.languages))
        yield Change("languages", Verdict.COMPARABLE, *languages)
    yield from _texts("titles", old.titles, new.titles, Verdict.COMPARABLE)
    pages = {section.name: section for section in old.sections}
    for section in new.sections:
        before = pages.get(section.name)
        if before is not None:
            yield from _texts("section", before.labels, section.labels, Verdict.JUDGE, section.name)


def _said(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={text}" for key, text in sorted(value.items()))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _spaced(str(value))


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _plain(text: str) -> str:
    """A text without capitals, white space and marks between words; marks in numbers count."""
    return _MARKS.sub("", text.casefold())
