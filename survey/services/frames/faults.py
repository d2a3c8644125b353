"""Faults of a file: the first thousand in full, all of them counted and, if asked, written out."""

from __future__ import annotations

import csv
from collections import Counter
from typing import TextIO

from survey.errors import Problem

#: More than anybody reads on a page; the file of faults has the rest.
KEPT = 1_000


class Faults:
    """Gathers faults in constant memory."""

    def __init__(self, file: TextIO | None = None) -> None:
        self.first: list[Problem] = []
        self.by_code: Counter[str] = Counter()
        self.total = 0
        self._writer = csv.writer(file) if file else None
        if self._writer:
            self._writer.writerow(("dong", "o", "cot", "ma_loi", "noi_dung"))

    def add(self, problem: Problem) -> None:
        self.by_code[problem.code] += 1
        self.total += 1
        if len(self.first) < KEPT:
            self.first.append(problem)
        if self._writer:
            facts = problem.facts
            cells = (facts.get("row", ""), facts.get("cell", ""), facts.get("column", ""))
            self._writer.writerow((*cells, problem.code, str(problem)))

    def extend(self, problems: list[Problem]) -> None:
        for problem in problems:
            self.add(problem)

    def in_order(self) -> list[Problem]:
        return sorted(self.first, key=lambda p: (p.facts.get("row", 0), p.code))
