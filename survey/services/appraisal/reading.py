"""How an appraisal stands: items of units, their logs, what does not add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.errors import SchemeError
from analysis.index.scheme import Input, Leaf, Scheme
from analysis.index.scoring import leaf_points
from survey.domain import appraisal as rules
from survey.domain.appraisal import TOTAL, Action, Standing
from survey.domain.collation import sort_key
from survey.errors import NotFound
from survey.store import units, waves
from survey.store.models import AppraisalDeadline, PointEvent, Unit, Wave

Text = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """What does not hold together, and the office sees before it hands points to the table.

    ``kind``: sum (facts area, stated, found, excess), no_evidence (item), rule (item: its values
    give no points under the scheme's rule).
    """

    kind: str
    unit_id: int
    unit: str
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ItemView:
    name: str
    title: Text
    limit: Input
    #: Whether a unit may say that it does not apply.
    may_be_na: bool
    standing: Standing
    events: tuple[PointEvent, ...]


@dataclass(frozen=True, slots=True)
class UnitView:
    id: int
    code: str
    name: str
    items: tuple[ItemView, ...]
    findings: tuple[Finding, ...]
    #: Of which a sum may be written: id and title of each area.
    areas: tuple[tuple[str, Text], ...]

    @property
    def n_claimed(self) -> int:
        return sum(each.standing.state is not rules.State.MISSING for each in self.items)

    @property
    def n_decided(self) -> int:
        return sum(each.standing.decided for each in self.items)


def scheme_of(wave: Wave) -> Scheme:
    return Scheme.from_toml(wave.scheme.definition)


def days(session: Session, wave_id: int) -> AppraisalDeadline | None:
    """The days that hold; None before the appraisal was opened."""
    return session.scalars(
        select(AppraisalDeadline)
        .where(AppraisalDeadline.wave_id == wave_id)
        .order_by(AppraisalDeadline.id.desc())
        .limit(1)
    ).one_or_none()


def days_of(session: Session, slug: str) -> AppraisalDeadline | None:
    """As `days`, of a wave's name.  Raises NotFound."""
    return days(session, waves.get(session, slug).id)


def limit(session: Session, slug: str, unit_id: int, item: str) -> Input:
    """Between what an item lies.  Raises NotFound for a unit or item that the wave lacks."""
    wave = waves.get(session, slug)
    known = scheme_of(wave).inputs()
    if item not in known or unit_id not in {unit.id for unit in units.of_wave(session, wave.id)}:
        raise NotFound("Đợt này không có mục hay đơn vị ấy.", code="appraisal.not_found")
    return known[item]


def events(session: Session, wave_id: int, unit_id: int, item: str = "") -> list[PointEvent]:
    query = select(PointEvent).where(
        PointEvent.wave_id == wave_id, PointEvent.unit_id == unit_id
    )  # fmt: skip
    if item:
        query = query.where(PointEvent.item == item)
    return list(session.scalars(query.order_by(PointEvent.id)))


def of_wave(session: Session, slug: str) -> list[UnitView]:
    """Every unit with its items.  Raises NotFound."""
    wave = waves.get(session, slug)
    scheme = scheme_of(wave)
    logs: dict[int, list[PointEvent]] = {}
    query = select(PointEvent).where(PointEvent.wave_id == wave.id).order_by(PointEvent.id)
    for event in session.scalars(query):
        logs.setdefault(event.unit_id, []).append(event)
    found = [_unit(scheme, unit, logs.get(unit.id, ())) for unit in units.of_wave(session, wave.id)]
    return sorted(found, key=lambda unit: sort_key(unit.name))


def of_unit(session: Session, slug: str, unit_id: int) -> UnitView:
    """Raises NotFound."""
    wave = waves.get(session, slug)
    for unit in units.of_wave(session, wave.id):
        if unit.id == unit_id:
            return _unit(scheme_of(wave), unit, events(session, wave.id, unit_id))
    raise NotFound("Đợt này không có mục hay đơn vị ấy.", code="appraisal.not_found")


def of_item(session: Session, slug: str, unit_id: int, item: str) -> tuple[UnitView, ItemView]:
    """Raises NotFound."""
    unit = of_unit(session, slug, unit_id)
    for each in unit.items:
        if each.name == item:
            return unit, each
    raise NotFound("Đợt này không có mục hay đơn vị ấy.", code="appraisal.not_found")


def _unit(scheme: Scheme, unit: Unit, log: Sequence[PointEvent]) -> UnitView:
    titles = {leaf.id: leaf.title for leaf in scheme.leaves}
    free = scheme.may_be_na()
    items = []
    for name, one in scheme.inputs().items():
        own = tuple(e for e in log if e.item == name and e.action != Action.STATED)
        seen = rules.standing(own)
        items.append(ItemView(name, titles[one.leaf], one, free[name], seen, own))
    stated = {e.item: e.points for e in log if e.action == Action.STATED}
    return UnitView(
        unit.id, unit.code, unit.name, tuple(items), _findings(scheme, unit, items, stated),
        tuple((area.id, area.title) for area in scheme.areas),
    )  # fmt: skip


def _findings(
    scheme: Scheme, unit: Unit, items: Sequence[ItemView], stated: Mapping[str, float | None]
) -> tuple[Finding, ...]:
    found = [
        Finding("no_evidence", unit.id, unit.name, {"item": each.name})
        for each in items
        if each.standing.lacks_evidence
    ]
    claims = {
        each.name: each.standing.claim
        for each in items
        if each.standing.state is not rules.State.MISSING
    }
    found += [
        Finding("rule", unit.id, unit.name, {"item": leaf.id})
        for leaf in scheme.leaves
        if _breaks_rule(leaf, items)
    ]
    of_area = {area.id: [_signed(leaf, claims) for leaf in area.leaves] for area in scheme.areas}
    of_area[TOTAL] = [one for parts in of_area.values() for one in parts]
    for area, written in stated.items():
        parts = [one for one in of_area.get(area, ()) if one is not None]
        excess = rules.excess(parts, written or 0.0, scheme.decimals)
        if excess:
            facts = {"area": area, "stated": written, "excess": float(excess),
                     "found": (written or 0.0) + float(excess)}  # fmt: skip
            found.append(Finding("sum", unit.id, unit.name, facts))
    return tuple(found)


def _breaks_rule(leaf: Leaf, items: Sequence[ItemView]) -> bool:
    """Whether all values of a leaf are there and its rule makes no points of them."""
    own = {each.name: each.standing for each in items if each.name in leaf.inputs}
    if leaf.source == "survey" or any(s.state is rules.State.MISSING for s in own.values()):
        return False
    try:
        leaf_points(leaf, {name: s.points if s.decided else s.claim for name, s in own.items()})
    except SchemeError:
        return True
    return False


def _signed(leaf: Leaf, claims: Mapping[str, float | None]) -> float | None:
    """Points that a leaf adds to a sum; None where the survey gives them, or nothing yet."""
    if leaf.source == "survey" or not leaf.inputs or not set(leaf.inputs) <= set(claims):
        return None
    try:
        points = leaf_points(leaf, {name: claims[name] for name in leaf.inputs})
    except SchemeError:
        # Half a formula: its sum cannot be told yet; the table names it when it composes.
        return None
    if points is None:
        return None
    return -points if leaf.source == "penalty" else points
