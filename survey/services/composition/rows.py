"""One unit's line of the table: its facts, its estimates, its points, band and alerts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from analysis.errors import SchemeError
from analysis.index import scoring, survey_rules
from analysis.index.bands import Alert as RuleAlert
from analysis.index.composition import Composition, SurveyPoints, compose
from analysis.index.scheme import Leaf, Scheme
from analysis.index.survey_rules import Scored
from analysis.index.unit_sums import Share, UnitSatisfaction
from survey.errors import Conflict, Problem
from survey.render.table import Alert, AreaScore, ConceptScore, ResultRow
from survey.services.composition import table_text

#: Fewest people behind any published figure (k of k-anonymity), where a study names no other.
PEOPLE = 3
#: Confidence level of every interval of the table.
LEVEL = 0.95
#: Whose number it is that a rule makes no points of.
_NO_POINTS = {
    each.code: each.message
    for each in (
        Problem("scoring.partly", "%(unit)s: tiêu chí %(leaf)s mới có một phần số liệu."),
        Problem(
            "scoring.formula",
            "%(unit)s: công thức của tiêu chí %(leaf)s ra %(points)s điểm, ngoài thang điểm.",
        ),
        Problem("formula.zero", "%(unit)s: công thức của tiêu chí %(leaf)s chia cho 0."),
        Problem(
            "composition.must_apply",
            "%(unit)s: tiêu chí %(leaf)s áp dụng cho mọi đơn vị nhưng chưa có số liệu.",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """What is known of a unit before any estimate."""

    key: str
    code: str
    valid_from: date | None
    name: str
    n_population: int
    n_issued: int
    n_respondents: int
    n_ineligible: int
    #: None where no verified points were imported.
    verified: Mapping[str, float | None] | None


def row(unit: UnitFacts, found: UnitSatisfaction, scheme: Scheme, minimum: int) -> ResultRow:
    known = _facts(unit) | _verified(unit, scheme)
    if found.overall is None or found.n < minimum:
        hidden = dict.fromkeys(_ESTIMATED) | {"suppressed": "small_n" if found.n else "no_answers"}
        return ResultRow(**known, **hidden)
    known |= _figures(found, scheme)
    survey = survey_points(scheme, found)
    if survey is not None and unit.verified is not None:
        known |= _composed(compose(scheme, unit.verified, survey, level=LEVEL), scheme)
    return ResultRow(**known)


def unsurveyed(unit: UnitFacts, scheme: Scheme) -> ResultRow:
    """The line of a unit in a year without a survey; without points it has none but its name."""
    known = _facts(unit) | _verified(unit, scheme) | dict.fromkeys(_ESTIMATED)
    if unit.verified is not None:
        known |= _composed(compose(scheme, unit.verified, None, level=LEVEL), scheme)
    return ResultRow(**known)


def _verified(unit: UnitFacts, scheme: Scheme) -> dict[str, float]:
    """Points that the survey does not give, less bonus and penalty."""
    if unit.verified is None:
        return {}
    try:
        given = scoring.points(scheme, unit.verified)
    except SchemeError as fault:
        if fault.code not in _NO_POINTS:
            raise
        words = _NO_POINTS[fault.code]
        raise Conflict(words, code=fault.code, unit=unit.name, **fault.facts) from fault
    counted = (leaf.id for leaf in scheme.leaves if leaf.source in ("verified", "statistic"))
    return {"verified_points": float(sum(given.get(name) or 0.0 for name in counted))}


def protect(rows: list[ResultRow], minimum: int = 0) -> list[ResultRow]:
    """Withhold further units until those withheld for few answers cannot be worked out.

    The whole wave less the units shown is what the withheld ones say together: they must be two at
    least, with ``minimum`` answers at least.  The smallest shown units go with them.
    Source: Hundepool and others (2012), Statistical Disclosure Control, sec. 4.2.
    """
    group = [row for row in rows if row.suppressed == "small_n"]
    shown = [row for row in rows if not row.suppressed and row.satisfaction is not None]
    shown.sort(key=lambda row: (row.n_respondents, row.unit_code))
    taken: list[ResultRow] = []
    while group and shown and (len(group) == 1 or _answers(group) < minimum):
        taken.append(shown.pop(0))
        group.append(taken[-1])
    return [_withheld(row) if any(row is each for each in taken) else row for row in rows]


def _answers(rows: Sequence[ResultRow]) -> int:
    return sum(row.n_respondents for row in rows)


def withhold(rows: Sequence[ResultRow], units: Collection[str]) -> list[ResultRow]:
    """Withhold the named units (``code@valid_from``) for another's sake."""
    return [_withheld(row) if f"{row.unit_code}@{row.valid_from}" in units else row for row in rows]


def withhold_alike(rows: Sequence[ResultRow], others: Sequence[ResultRow]) -> tuple[ResultRow, ...]:
    """Withhold what the same table with (or without) the excluded answers withholds.

    Two tables of nearly the same answers stand side by side: a unit that one of them shows would
    give away in the other what was withheld there.
    """
    hidden = {(row.unit_code, row.valid_from) for row in others if row.suppressed}
    return tuple(
        _withheld(row) if (row.unit_code, row.valid_from) in hidden and not row.suppressed else row
        for row in rows
    )


def few_apart(
    rows: Sequence[ResultRow],
    others: Sequence[ResultRow],
    whole: ResultRow,
    least: int,
    heard: Mapping[str, Sequence[int]] | None = None,
) -> tuple[tuple[ResultRow, ...], ResultRow]:
    """The rows and the whole with the excluded answers, less what tells of fewer than ``least``.

    A unit's two lines differ by its excluded answers alone, the two wholes by all of them; and the
    second whole less its shown units is what its withheld units say.  ``heard``: by unit
    (``code@valid_from``), how many of the excluded answered each subject.
    """
    known = {(row.unit_code, row.valid_from): row.n_respondents for row in rows}

    def apart(row: ResultRow) -> tuple[int, ...]:
        n = row.n_respondents - known.get((row.unit_code, row.valid_from), row.n_respondents)
        return n, *(heard or {}).get(f"{row.unit_code}@{row.valid_from}", ())

    def little(counts: Iterable[int]) -> bool:
        return any(0 < n < least for n in counts)

    def together(some: Sequence[ResultRow]) -> list[int]:
        return [sum(column) for column in zip(*map(apart, some), strict=True)]

    few = [row for row in others if little(apart(row)) and row.satisfaction is not None]
    kept = tuple(_withheld(row) if any(row is each for each in few) else row for row in others)
    told = little(together(others)) or (few and (len(few) < 2 or little(together(few))))
    return kept, _withheld(whole) if told and whole.satisfaction is not None else whole


def _withheld(shown: ResultRow) -> ResultRow:
    facts = ("unit_code", "valid_from", "name", "n_population", "n_issued", "n_respondents")
    kept = {name: getattr(shown, name) for name in (*facts, "response_rate", "verified_points")}
    return ResultRow(**kept, **dict.fromkeys(_ESTIMATED), suppressed="secondary")


def _facts(unit: UnitFacts) -> dict[str, Any]:
    asked = unit.n_issued - unit.n_ineligible
    return {
        "unit_code": unit.code,
        "valid_from": unit.valid_from,
        "name": unit.name,
        "n_population": unit.n_population,
        "n_issued": unit.n_issued,
        "n_respondents": unit.n_respondents,
        "response_rate": unit.n_respondents / asked if asked else None,
    }


_ESTIMATED = (
    "n_effective",
    "satisfaction",
    "satisfaction_se",
    "satisfaction_low",
    "satisfaction_high",
    "unweighted",
)


def _figures(found: UnitSatisfaction, scheme: Scheme) -> dict[str, Any]:
    overall = found.overall
    return {
        "n_effective": found.n_effective,
        "satisfaction": overall.share,
        "satisfaction_se": overall.se,
        "satisfaction_low": overall.low,
        "satisfaction_high": overall.high,
        "unweighted": found.unweighted,
        "concepts": tuple(
            ConceptScore(
                id=leaf.id,
                satisfaction=share.share if share else None,
                points=_scored(leaf, share).points if share else None,
            )
            for leaf in scheme.survey_leaves
            for share in [found.concepts[leaf.asked]]
        ),
    }


def survey_points(scheme: Scheme, found: UnitSatisfaction) -> SurveyPoints | None:
    """Points of the survey leaves; None if one of them has no valid answer at all."""
    leaves: tuple[Leaf, ...] = scheme.survey_leaves
    shares = [found.concepts[leaf.asked] for leaf in leaves]
    if any(share is None for share in shares):
        return None
    order = [list(found.concepts).index(leaf.asked) for leaf in leaves]
    made = [_scored(leaf, share) for leaf, share in zip(leaves, shares, strict=True)]
    slope = np.array([each.slope for each in made])
    covariance = found.covariance[np.ix_(order, order)] * np.outer(slope, slope)
    # What a step adds of its own, beyond the part that moves with other leaves.
    own = [
        each.se**2 - (each.slope * share.se) ** 2 for each, share in zip(made, shares, strict=True)
    ]
    covariance += np.diag(np.clip(own, 0, None))
    return SurveyPoints(
        {leaf.id: each.points for leaf, each in zip(leaves, made, strict=True)},
        covariance,
        {leaf.id: (each.low, each.high) for leaf, each in zip(leaves, made, strict=True)},
    )


def _scored(leaf: Leaf, share: Share) -> Scored:
    return survey_rules.score(leaf, share.share, share.se, share.low, share.high)


def _composed(made: Composition, scheme: Scheme) -> dict[str, Any]:
    return {
        "survey_points": made.survey_points,
        "total": made.total,
        "total_se": made.total_se,
        "total_low": made.total_low,
        "total_high": made.total_high,
        "denominator": made.denominator,
        "index_percent": made.published_percent,
        "band": dict(made.band.title),
        "areas": tuple(
            AreaScore(id=area.id, points=area.points, max_points=area.max_points)
            for area in made.areas
        ),
        "alerts": tuple(_alert(alert, scheme, made) for alert in made.alerts),
    }


def _alert(alert: RuleAlert, scheme: Scheme, made: Composition) -> Alert:
    if alert.rule == "band":
        return Alert(code="band", text=table_text.band_alert(made.band.title))
    if alert.rule == "index":
        return Alert(code="index", text=table_text.index_alert(alert.ratio, alert.limit))
    parts = (part for area in scheme.areas for part in (area, *area.criteria))
    title = next(part.title for part in parts if part.id == alert.id)
    return Alert(
        code=f"{alert.rule}.{alert.id}",
        text=table_text.area_alert(title, alert.ratio, alert.limit),
    )


def everything(facts: Sequence[UnitFacts]) -> UnitFacts:
    """All units as if they were one."""
    return UnitFacts(
        key="",
        code="",
        valid_from=None,
        name="",
        n_population=sum(unit.n_population for unit in facts),
        n_issued=sum(unit.n_issued for unit in facts),
        n_respondents=sum(unit.n_respondents for unit in facts),
        n_ineligible=sum(unit.n_ineligible for unit in facts),
        verified=None,
    )


def whole(
    facts: list[UnitFacts], found: UnitSatisfaction, minimum: int, scheme: Scheme
) -> ResultRow:
    return row(everything(facts), found, scheme, minimum)
