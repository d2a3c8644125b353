"""What there is to do with paper forms, and how often they were mistyped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.domain import paper
from survey.domain.double_entry import Errors, Round, Stage, next_round
from survey.errors import Conflict
from survey.store import paper as store
from survey.store import units, waves
from survey.store.models import Wave

#: Questions that are listed, those with most differences.
WORST = 15


@dataclass(frozen=True, slots=True)
class Waiting:
    """A form on which this person may work."""

    number: str
    round: Round


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """``pairs``: fields that two people typed apart, of all they typed.  ``keyers``: what a third
    person found wrong in what each typed.  ``questions``: name and number of differences."""

    counts: dict[str, int]
    waiting: Sequence[Waiting]
    units: Sequence[tuple[str, str]]
    pairs: Errors
    keyers: Sequence[tuple[str, Errors]]
    questions: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class ToDo:
    """A wave with forms that somebody may type."""

    slug: str
    titles: dict[str, str]
    n: int


def overview(session: Session, slug: str, *, account_id: int) -> Overview:
    """Raises NotFound."""
    wave = waves.get(session, slug)
    compared = store.compared(session, wave.id)
    pairs = Errors(
        len(compared), sum(r.n_fields for r in compared), sum(r.n_differences for r in compared)
    )
    differing = Counter(name for row in compared for name in row.differing)
    return Overview(
        counts=store.counts(session, wave.id),
        waiting=[
            Waiting(paper.shown(row.number), next_round(Stage(row.stage)))
            for row in store.open_for(session, wave.id, account_id)
        ],
        units=[(unit.code, unit.name) for unit in units.of_wave(session, wave.id)],
        pairs=pairs,
        keyers=[
            (row.display_name, Errors(row.n_forms, row.n_fields, row.n_wrong))
            for row in store.by_keyer(session, wave.id)
        ],
        questions=differing.most_common(WORST),
    )


def to_do(session: Session, account_id: int) -> list[ToDo]:
    """Waves in which somebody may type forms."""
    found = []
    for row in store.open_anywhere(session, account_id):
        wave = session.get_one(Wave, row.wave_id)
        found.append(ToDo(wave.slug, wave.titles, row.n))
    return found


def cut(session: Session, wave: Wave) -> int:
    """When a wave closes nothing leads from a form to case or answer; how many ways there were.

    Raises Conflict while forms that came back are no answer yet.
    """
    n = store.unfinished(session, wave.id)
    if n:
        raise Conflict(
            "Còn %(n)s phiếu giấy chưa nhập xong; hãy nhập xong hoặc rút lại rồi đóng đợt.",
            code="wave.paper_unfinished",
            n=n,
        )
    return store.cut(session, wave.id)
