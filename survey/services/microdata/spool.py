"""The rows of an export, coded once and laid down in a file, so that each format reads them again
without the database; what the codebook counts is counted on the way."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy.orm import Session

from analysis.estimation.replicaterows import ReplicateRows, replicate_rows
from forms.faces import coding
from forms.faces.described import OTHER
from survey.errors import Conflict
from survey.render.microdata.columns import Cell
from survey.services.microdata import dictionary
from survey.services.microdata.public import Public
from survey.services.microdata.source import Source, is_respondent, rows, weighted_cells

#: Cells that are in memory at once.
_CELLS = 30_000
#: A jackknife has a replicate a row; more columns than this no program reads with pleasure.
MOST_REPLICATES = 2_000


@dataclass
class Spool:
    """Where the rows lie, and what was seen of them."""

    path: Path
    n: int = 0
    n_blocks: int = 0
    #: Most bytes of the texts in each column.
    widths: list[int] = field(default_factory=list)
    #: How often each code stands in a column of answers; numbers, texts and days under OTHER.
    counts: list[Counter] = field(default_factory=list)
    replicates: ReplicateRows | None = None

    def rows(self) -> Iterator[Sequence[Cell]]:
        """The rows once more, in their order."""
        with self.path.open("rb") as file:
            for _ in range(self.n_blocks):
                yield from pickle.load(file)


def make(
    session: Session,
    source: Source,
    path: Path,
    *,
    replicates: str = "",
    n_replicates: int = 500,
    seed: int = 1,
    texts: bool = True,
    public: Public | None = None,
) -> Spool:
    """Read, code and lay down all rows.

    ``texts`` False leaves answers in words and places empty: they may name somebody.  Raises
    Conflict for replicates without weights or beyond `MOST_REPLICATES`, for an answer without a
    code, and for rows that are not ``public``.
    """
    made = Spool(path)
    weights: Iterator[Any] = repeat(None)
    if replicates:
        made.replicates = _replicates(session, source, replicates, n_replicates, seed)
        weights = chain(made.replicates.rows(), repeat(None))
    n_columns = len(dictionary.names(source)) + len(source.variables)
    made.widths, made.counts = [0] * n_columns, [Counter() for _ in source.variables]
    coders = {
        id_: coding.coder(version, source.variables) for id_, version in source.versions.items()
    }
    known = [
        frozenset(code.value for code in (*variable.codes, *variable.missing))
        for variable in source.variables
    ]
    block: list[list[Cell]] = []
    with path.open("wb") as file:
        for row in rows(session, source, by_cell=bool(replicates)):
            made.n += 1
            cells = _design(source, row, made.n)
            cells += _answers(coders[row.questionnaire_id], row, source, texts)
            if public is not None:
                public.cover(cells)
            _look(made, known, cells, n_columns - len(source.variables))
            if made.replicates is not None:
                more = next(weights) if row.cell is not None else None
                cells += [None] * made.replicates.n if more is None else more.tolist()
            block.append(cells)
            if len(block) * len(cells) >= _CELLS:
                _put(made, file, block)
        if block:
            _put(made, file, block)
    if public is not None:
        public.check()
    return made


def _put(made: Spool, file: BinaryIO, block: list[list[Cell]]) -> None:
    pickle.dump(block, file, pickle.HIGHEST_PROTOCOL)
    made.n_blocks += 1
    block.clear()


def _replicates(session: Session, source: Source, method: str, n: int, seed: int) -> ReplicateRows:
    if source.run_id is None:
        raise Conflict(
            "Chưa có quyền số nên chưa có quyền số lặp.",
            code="microdata.no_weights",
            hint="Chạy: flask weigh run --wave %(slug)s",
            slug=source.slug,
        )
    if source.areas:
        raise Conflict(
            "Vòng hộ gia đình chưa có quyền số lặp; phương sai tính từ cột psu và cell.",
            code="microdata.household_replicates",
        )
    cells = [cell for _, cell in weighted_cells(session, source)]
    made = replicate_rows(cells, method, n=n, seed=seed)
    if made.n > MOST_REPLICATES:
        raise Conflict(
            "Jackknife cần %(n)s cột quyền số lặp, nhiều hơn %(most)s; hãy chọn bootstrap.",
            code="microdata.too_many_replicates",
            n=made.n,
            most=MOST_REPLICATES,
        )
    return made


def _design(source: Source, row: Any, number: int) -> list[Cell]:
    unit = source.units[row.unit_id]
    return [
        unit.code,
        unit.valid_from,
        unit.name,
        row.stratum,
        *_stages(source, row, number),
        row.base,
        row.nonresponse,
        row.final,
        row.outcome,
        int(is_respondent(row.outcome)),
        int(row.id in source.excluded),
        row.language,
        row.channel,
        source.versions[row.questionnaire_id].version,
        row.submitted_on,
        row.minutes,
        dictionary.DIRECTIONS.get(row.scales),
    ]


def _stages(source: Source, row: Any, number: int) -> list[Cell]:
    """Chances, cell, sampling unit; of a household round by stage, elsewhere with the cell's size.

    The chance of the adult is what the two others leave of the person's.
    """
    cell, own = source.cell_number.get(row.cell), row.inclusion_probability
    if not source.areas:
        return [own, cell, number, source.cells.get(row.cell) if row.cell else None]
    area = source.areas[row.psu]
    adult = own / (area.probability * area.share) if area.share else None
    return [own, area.probability, area.share, adult, cell, area.number, number]


def _answers(code: Any, row: Any, source: Source, texts: bool) -> list[Cell]:
    # A drawn case comes with its field and its way of submission: what asks for them is skipped.
    context = {
        "unit_name": source.units[row.unit_id].name,
        "case_field": row.stratum,
        "case_channel": "-",
        "today": row.submitted_on.isoformat(),
    }
    try:
        cells = code(row.answers, context)
    except coding.CodingError as refused:
        raise Conflict(
            "Câu %(question)s có câu trả lời không xếp được vào mã nào: %(value)s.",
            code=f"microdata.{refused.code}",
            question=refused.facts["question"],
            value=str(refused.facts["value"])[:80],
        ) from refused
    if not texts:
        for place, variable in enumerate(source.variables):
            if variable.may_identify:
                cells[place] = None
    return cells


def _look(made: Spool, known: Sequence[frozenset[int]], cells: Sequence[Cell], first: int) -> None:
    """Note the widths of texts and count the answers, which begin at column ``first``."""
    for place, cell in enumerate(cells):
        if isinstance(cell, str) and len(cell) * 4 > made.widths[place]:
            made.widths[place] = max(made.widths[place], len(cell.encode()))
    answers = cells[first:]
    for counter, codes, cell in zip(made.counts, known, answers, strict=True):
        if cell is not None:
            counter[cell if cell in codes else OTHER] += 1
