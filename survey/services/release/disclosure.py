"""Whether a table may be published: no figure from a handful of people, none to be worked out.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from analysis.index.unit_sums import OVERALL, UnitSums
from survey.errors import InvalidInput, Problem


def refuse(
    table: Mapping[str, Any], sums: Sequence[UnitSums], *, minimum: int, people: int
) -> None:
    """Raise InvalidInput with every cell that stands on too few people.

    ``minimum``: answers of a unit for which figures are shown; ``people``: those with a valid
    answer to the questions behind one figure.
    Source: Hundepool and others (2012), Statistical Disclosure Control, sec. 4.2 and 4.3.
    """
    problems = [
        *_units(table, minimum),
        *_rest(table, minimum),
        *_cells(table, sums, people),
        *_rest_cells(table, sums, people),
    ]
    if problems:
        raise InvalidInput(
            "Chưa công bố được: %(n)s chỗ trong bảng dựa trên quá ít người. Hãy tăng min_shown của "
            "đợt rồi tính lại.",
            problems,
            code="release.disclosure",
            n=len(problems),
        )


def _units(table: Mapping[str, Any], minimum: int) -> Iterator[Problem]:
    for row in table["rows"]:
        if row["satisfaction"] is not None and row["n_respondents"] < minimum:
            yield Problem(
                "disclosure.unit",
                "%(unit)s: chỉ %(n)s phiếu, ít hơn %(minimum)s.",
                {"unit": row["name"], "n": row["n_respondents"], "minimum": minimum},
            )


def _rest(table: Mapping[str, Any], minimum: int) -> Iterator[Problem]:
    """The whole less the units shown is what the others say together."""
    if table["whole"]["satisfaction"] is None:
        return
    hidden = [row for row in table["rows"] if row["satisfaction"] is None and row["n_respondents"]]
    n = sum(row["n_respondents"] for row in hidden)
    if hidden and (len(hidden) < 2 or n < minimum):
        yield Problem(
            "disclosure.rest",
            "Số chung trừ các đơn vị có số liệu cho biết %(units)s, chỉ %(n)s phiếu.",
            {"units": ", ".join(row["name"] for row in hidden), "n": n},
        )


def _cells(table: Mapping[str, Any], sums: Sequence[UnitSums], people: int) -> Iterator[Problem]:
    names = {
        f"{row['unit_code']}@{row['valid_from']}": row["name"]
        for row in table["rows"]
        if row["satisfaction"] is not None
    }
    for each in sums:
        if each.unit not in names:
            continue
        for concept, heard in zip(each.names, each.heard, strict=True):
            if concept != OVERALL and 0 < heard < people:
                yield Problem(
                    "disclosure.cell",
                    "%(unit)s, nội dung “%(concept)s”: chỉ %(n)s người trả lời, ít hơn"
                    " %(minimum)s.",
                    {"unit": names[each.unit], "concept": concept, "n": int(heard),
                     "minimum": people},
                )  # fmt: skip


def _rest_cells(
    table: Mapping[str, Any], sums: Sequence[UnitSums], people: int
) -> Iterator[Problem]:
    """The whole less the units shown, subject by subject."""
    if table["whole"]["satisfaction"] is None or not sums:
        return
    shown = {
        f"{row['unit_code']}@{row['valid_from']}"
        for row in table["rows"]
        if row["satisfaction"] is not None
    }
    hidden = [each for each in sums if each.unit not in shown]
    for i, concept in enumerate(sums[0].names):
        n = sum(int(each.heard[i]) for each in hidden)
        if concept != OVERALL and 0 < n < people:
            yield Problem(
                "disclosure.rest_cell",
                "Số chung trừ các đơn vị có số liệu, nội dung “%(concept)s”: chỉ %(n)s người trả"
                " lời, ít hơn %(minimum)s.",
                {"concept": concept, "n": n, "minimum": people},
            )
