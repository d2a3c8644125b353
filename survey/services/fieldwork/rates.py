"""AAPOR outcome rates of a wave as it stands: whole, per unit, per stratum; plain and weighted.

An answer does not point to its case, so a stratum's answered cases are counted by the outcomes of
its answers; the other cases by what is known of each.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from analysis.quality.outcome_rates import (
    CATEGORIES,
    FORMULAE,
    DispositionCounts,
    Rate,
    eligibility_rate,
    formula,
    outcome_rates,
)
from survey.domain.collation import sort_key
from survey.domain.contact import Attempt, standing_code
from survey.domain.disposition import MEANINGS, Disposition, is_final, standing
from survey.domain.wave import Stream
from survey.services import cells
from survey.services.cells import Cells
from survey.store import contacts, waves
from survey.store.models import Case, Response, Unit

#: Categories and rates in the order in which tables show them.
LETTERS, RATES = tuple(CATEGORIES), tuple(FORMULAE)

Stratum = tuple[int, str]
#: The stratum under which a case's answer is stored.
Place = Callable[[int, str], Stratum]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRow:
    """``field`` is empty for a unit, ``unit_name`` too for the whole wave.

    ``counts``: cases by category.  ``rates``: computed from the cases or from their weights.
    """

    unit_code: str
    unit_name: str
    field: str
    issued: int
    counts: Mapping[str, int]
    rates: Mapping[str, Rate]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateTable:
    """``e`` holds for every row; ``e_given`` if it was not estimated (CASRO) over the wave."""

    weighted: bool
    e: Rate
    e_given: bool
    whole: RateRow
    units: tuple[RateRow, ...]
    strata: tuple[RateRow, ...]
    #: Code -> cases that stand so today, over the whole wave.
    codes: Mapping[str, int]


@dataclass(slots=True)
class _Tally:
    """Cases of a stratum, and the sums of their base weights, by code."""

    cases: Counter[str]
    weights: Counter[str]

    def add(self, code: str, n: int, weight: float) -> None:
        self.cases[code] += n
        self.weights[code] += weight

    def counts(self, *, weighted: bool) -> DispositionCounts:
        sums: Counter[str] = Counter()
        for code, amount in (self.weights if weighted else self.cases).items():
            sums[MEANINGS[code].category] += amount
        return DispositionCounts.of(sums)


def table(
    session: Session, slug: str, *, e: float | None = None, weighted: bool = False
) -> RateTable:
    """The rates now.  Raises NotFound, AnalysisError("rates.eligibility") unless 0 <= e <= 1."""
    wave = waves.get(session, slug)
    draw = waves.draw_of(session, wave.id)
    stored = cells.of_draw(session, draw.id, wave.settings) if draw else {}
    tallies = _tallies(session, wave.id, stored)
    everything = _merged(tallies.values())
    found = eligibility_rate(everything.counts(weighted=weighted))
    share = found.value if e is None else e
    if e is not None:
        found = Rate("e", e, e, 1.0)
    names = {
        u.id: u for u in session.scalars(select(Unit).where(Unit.id.in_({k[0] for k in tallies})))
    }

    def row(key: tuple[int | None, str], tally: _Tally) -> RateRow:
        unit = names.get(key[0])
        plain = tally.counts(weighted=False)
        counts = tally.counts(weighted=weighted)
        return RateRow(
            unit_code=unit.code if unit else "",
            unit_name=unit.name if unit else "",
            field=key[1],
            issued=int(plain.total),
            counts={letter: int(plain.sum((letter,))) for letter in LETTERS},
            rates=outcome_rates(counts, share),
        )

    by_unit: dict[int, list[_Tally]] = defaultdict(list)
    for (unit_id, _field), tally in tallies.items():
        by_unit[unit_id].append(tally)
    return RateTable(
        weighted=weighted,
        e=found,
        e_given=e is not None,
        whole=row((None, ""), everything),
        units=_sorted(row((unit_id, ""), _merged(parts)) for unit_id, parts in by_unit.items()),
        strata=_sorted(row(key, tally) for key, tally in tallies.items()),
        codes=dict(sorted(everything.cases.items())),
    )


def formulae() -> list[tuple[str, str]]:
    """(rate, its formula) as AAPOR writes it."""
    return [(name, formula(name)) for name in RATES]


def _tallies(session: Session, wave_id: int, stored: Cells) -> dict[Stratum, _Tally]:
    """What is known of each stratum's issued cases; thin strata stand together, as answers do."""

    def place(unit_id: int, field: str) -> Stratum:
        cell = stored.get((unit_id, field))
        return unit_id, cell.label if cell else field

    attempts = contacts.attempts_of_wave(session, wave_id)
    invited, begun = contacts.invited(session, wave_id), contacts.begun(session, wave_id)
    ratio = _released_ratio(session, wave_id, place)
    found: dict[Stratum, _Tally] = defaultdict(lambda: _Tally(Counter(), Counter()))
    answered: dict[Stratum, list[float]] = defaultdict(list)
    rows = session.execute(
        select(
            Case.id,
            Case.unit_id,
            Case.stratum,
            Case.disposition,
            Case.opened,
            Case.inclusion_probability,
        ).where(Case.wave_id == wave_id, Case.issued)
    )
    for case_id, unit_id, field, disposition, opened, probability in rows:
        key = place(unit_id, field)
        weight = 1 / (probability * ratio[key])
        if disposition == Disposition.ANSWERED:
            answered[key].append(weight)
            continue
        known = standing(
            disposition,
            opened=bool(opened),
            answered_any=begun.get(case_id, False),
            invited=case_id in invited,
        )
        found[key].add(_by_the_log(disposition, known, attempts.get(case_id, [])), 1, weight)
    _add_answers(session, wave_id, found, answered, ratio, place)
    return found


def _by_the_log(disposition: str, known: str, attempts: list[Attempt]) -> str:
    """What the citizen did comes before what the log says, and that before the invitation."""
    opened = known in (Disposition.BREAK_OFF, Disposition.OPENED_ONLY)
    if is_final(disposition) or opened:
        return known
    return standing_code(attempts) or known


def _add_answers(
    session: Session,
    wave_id: int,
    found: dict[Stratum, _Tally],
    answered: Mapping[Stratum, list[float]],
    ratio: Mapping[Stratum, float],
    place: Place,
) -> None:
    """Answered cases by the outcomes of their stratum's answers; those taken back are refusals."""
    rows = session.execute(
        select(
            Response.unit_id,
            Response.stratum,
            Response.outcome,
            func.count(),
            func.sum(1 / Response.inclusion_probability),
        )
        .where(Response.wave_id == wave_id, Response.stream == Stream.PROBABILITY)
        .group_by(Response.unit_id, Response.stratum, Response.outcome)
    )
    kept: Counter[Stratum] = Counter()
    for unit_id, field, outcome, n, weight in rows:
        key = place(unit_id, field)
        found[key].add(outcome, n, weight / ratio[key])
        kept[key] += n
    for key, weights in answered.items():
        gone = len(weights) - kept[key]
        if gone > 0:
            found[key].add(Disposition.REFUSAL, gone, gone * sum(weights) / len(weights))


def _released_ratio(session: Session, wave_id: int, place: Place) -> Counter[Stratum]:
    """Issued cases over main cases: released reserves enlarge the sample of their stratum."""
    rows = session.execute(
        select(
            Case.unit_id,
            Case.stratum,
            func.count().filter(Case.issued),
            func.count().filter(Case.role == "main"),
        )
        .where(Case.wave_id == wave_id)
        .group_by(Case.unit_id, Case.stratum)
    )
    issued: Counter[Stratum] = Counter()
    mains: Counter[Stratum] = Counter()
    for unit_id, field, n, main in rows:
        issued[place(unit_id, field)] += n
        mains[place(unit_id, field)] += main
    return Counter({key: n / (mains[key] or n) for key, n in issued.items() if n})


def _merged(parts) -> _Tally:
    whole = _Tally(Counter(), Counter())
    for part in parts:
        whole.cases.update(part.cases)
        whole.weights.update(part.weights)
    return whole


def _sorted(rows) -> tuple[RateRow, ...]:
    return tuple(sorted(rows, key=lambda row: (sort_key(row.unit_name), row.unit_code, row.field)))
