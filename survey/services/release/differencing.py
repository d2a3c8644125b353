"""Whether two releases side by side tell what very few people said."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from survey.domain.disposition import Outcome
from survey.errors import InvalidInput, Problem
from survey.render import release_files as files

#: Columns of an answer's line that are not what the person said.
_FACTS = ("unit", "stratum", "probability", "outcome", "excluded")
_COUNTED = {Outcome.COMPLETE.value, Outcome.PARTIAL.value}

#: What an answer says: its item and rating, for the items that were answered.
Said = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Published:
    """One table that readers have: whom it shows, and the answers it was computed from."""

    number: int
    units: frozenset[str]
    whole: bool
    answers: Mapping[str, Counter[Said]]

    def differing(self, other: Published) -> dict[str, list[Said]]:
        """By unit, the answers that stand behind one of the two tables only."""
        found = {}
        for unit in {*self.answers, *other.answers}:
            mine, theirs = self.answers.get(unit, _NONE), other.answers.get(unit, _NONE)
            found[unit] = [*(mine - theirs).elements(), *(theirs - mine).elements()]
        return found


_NONE: Counter[Said] = Counter()


def published(number: int, table: Mapping[str, Any], answers: bytes) -> list[Published]:
    """The tables of a release: its own, and the one with the excluded answers."""
    lines = files.csv_rows(files.ANSWERS, answers)
    found = [_published(number, table, lines, excluded=False)]
    if "with_excluded" in table:
        found.append(_published(number, table["with_excluded"], lines, excluded=True))
    return found


def of_bundle(number: int, full: bytes) -> list[Published]:
    """The tables of an earlier release, from the file that has its answers."""
    content = files.unpacked(full)
    return published(number, json.loads(content[files.TABLE]), content[files.ANSWERS])


def _published(
    number: int, table: Mapping[str, Any], lines: Sequence[Mapping[str, str]], *, excluded: bool
) -> Published:
    answers: dict[str, Counter[Said]] = defaultdict(Counter)
    for line in lines:
        if line["outcome"] in _COUNTED and (excluded or line["excluded"] == "0"):
            said = ((name, value) for name, value in line.items() if name not in _FACTS)
            answers[line["unit"]][tuple(pair for pair in said if pair[1] != "")] += 1
    return Published(
        number=number,
        units=frozenset(_key(row) for row in table["rows"] if row["satisfaction"] is not None),
        whole=table["whole"]["satisfaction"] is not None,
        answers=answers,
    )


def refuse(
    now: Sequence[Published],
    before: Sequence[Published],
    *,
    people: int,
    concepts: Mapping[str, Sequence[str]],
    names: Mapping[str, str],
) -> None:
    """Raise InvalidInput where a table of ``now`` and one of ``before`` are too few people apart.

    ``people``: the fewest that a figure may stand on, and so the fewest that two figures of the
    same unit may differ by; ``concepts``: the items that each figure of a unit is computed from.
    Source: Hundepool and others (2012), Statistical Disclosure Control, sec. 4.3 (differencing).
    """
    problems = {str(problem): problem for problem in _uncovered([*now, *before], people, names)}
    for new in now:
        for old in before:
            for problem in _apart(new, old, people, concepts, names):
                problems.setdefault(str(problem), problem)
    if problems:
        raise InvalidInput(
            "Chưa công bố được: đặt cạnh bản đã công bố, bảng mới cho biết điều rất ít người đã "
            "trả lời (%(n)s chỗ). Mỗi lần đính chính hãy loại hoặc giữ lại ít nhất %(people)s "
            "phiếu của một đơn vị, hoặc giữ như bản trước.",
            list(problems.values()),
            code="release.differencing",
            n=len(problems),
            people=people,
        )


def _uncovered(
    tables: Sequence[Published], people: int, names: Mapping[str, str]
) -> Iterator[Problem]:
    """What is withheld in one table but shown in another hides nobody any more."""
    shown = frozenset().union(*(table.units for table in tables))
    answers = {unit: some.total() for unit, some in tables[0].answers.items() if unit not in shown}
    n = sum(answers.values())
    if n and any(table.whole for table in tables) and (len(answers) < 2 or n < people):
        yield Problem(
            "disclosure.uncovered",
            "%(units)s: số liệu không có trong bản nào, nhưng tính ra được khi đặt các bản cạnh"
            " nhau.",
            {"units": ", ".join(names.get(unit, unit) for unit in sorted(answers))},
        )


def _apart(
    new: Published,
    old: Published,
    people: int,
    concepts: Mapping[str, Sequence[str]],
    names: Mapping[str, str],
) -> Iterator[Problem]:
    """Units shown in both; both wholes; and what both wholes leave when those units are taken."""
    differing = new.differing(old)
    both = new.units & old.units
    facts = {"number": old.number, "people": people}
    for unit in sorted(both):
        if n := _few(differing.get(unit, []), people, concepts):
            yield Problem(
                "disclosure.apart",
                "%(unit)s: khác bản %(number)s chỉ ở câu trả lời của %(n)s người, ít hơn"
                " %(people)s.",
                facts | {"unit": names.get(unit, unit), "n": n},
            )
    if not (new.whole and old.whole):
        return
    rest = [said for unit, some in differing.items() if unit not in both for said in some]
    if n := _few([said for some in differing.values() for said in some], people, concepts):
        yield Problem(
            "disclosure.apart",
            "Toàn đợt: khác bản %(number)s chỉ ở câu trả lời của %(n)s người, ít hơn %(people)s.",
            facts | {"n": n},
        )
    if n := _few(rest, people, concepts):
        yield Problem(
            "disclosure.apart",
            "Các đơn vị không có số liệu: khác bản %(number)s chỉ ở câu trả lời của %(n)s người, "
            "ít hơn %(people)s.",
            facts | {"n": n},
        )


def _few(answers: Sequence[Said], people: int, concepts: Mapping[str, Sequence[str]]) -> int:
    """The fewest who make a difference, overall or by subject; 0 if nobody does, or enough do."""
    heard = [
        sum(any(item in items for item, _ in said) for said in answers)
        for items in concepts.values()
    ]
    n = min((n for n in (len(answers), *heard) if n), default=0)
    return n if n < people else 0


def _key(row: Mapping[str, Any]) -> str:
    return f"{row['unit_code']}@{row['valid_from']}"
