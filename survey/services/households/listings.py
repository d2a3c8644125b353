"""Listings from the field: kept while they grow, final once closed; then households are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from survey.domain import household
from survey.domain.household import Entry
from survey.domain.household_round import Round
from survey.domain.intake import State
from survey.domain.wave import WaveState
from survey.errors import Conflict, InvalidInput, NotFound
from survey.services.households import plan
from survey.store import audit, households, waves
from survey.store import field as store
from survey.store.models import Case, HouseholdArea, HouseholdListing, Wave


def receive(
    session: Session,
    account_id: int,
    *,
    area_id: int,
    revision: int,
    lines: object,
    closed: bool,
    by: str,
    now: datetime,
) -> str:
    """Keep a listing of a device: ``kept``; ``known`` where this or a later state is here.

    Raises NotFound (not this enumerator's area), InvalidInput (all faulty lines), Conflict
    (another listing of the area is closed; the wave is).
    """
    area = households.hold_area(session, area_id)
    places = households.places(session, area_id) if area else []
    if not places or store.assigned_to(session, places[0].case_id) != account_id:
        raise NotFound("Khu vực này không còn được giao cho máy này.", code="household.not_yours")
    found, problems = household.entries(lines)
    if problems:
        raise InvalidInput(
            "Danh sách hộ có %(n)s lỗi.", problems, code="household.listing", n=len(problems)
        )
    kept = households.listing(session, area_id)
    digest = household.listing_digest(area.code, found) if closed else ""
    if kept is not None and kept.state == "closed":
        return _again(area, kept, closed, digest)
    if kept is not None and not closed and kept.revision >= revision:
        return "known"
    wave = session.get_one(Wave, area.wave_id)
    if wave.state == WaveState.CLOSED:
        raise Conflict("Đợt “%(slug)s” đã đóng.", code="wave.closed", slug=wave.slug)
    kept = kept or HouseholdListing(area_id=area_id)
    kept.account_id, kept.revision, kept.received_at = account_id, revision, now
    kept.lines = [[entry.number, entry.note, entry.adults] for entry in found]
    kept.state, kept.digest = ("closed" if closed else "open"), digest
    session.add(kept)
    session.flush()
    if closed:
        _draw(session, wave, area, kept)
        audit.append(
            session, "listing.closed", by=by, at=now, wave=wave.slug, area=area.code, digest=digest
        )
    return "kept"


def thin_out(session: Session, wave_id: int) -> None:
    """Cut what leads from an answer to a door: address, adults, position.  For a closing wave.

    The chance that an answer keeps tells how many adults its household has; together with a listing
    that would name the dwelling.
    """
    for kept in households.listings(session, wave_id):
        lines = household.thinned(entries_of(kept))
        kept.lines = [[entry.number, entry.note, entry.adults] for entry in lines]
        kept.thinned = True
    households.forget_doors(session, wave_id)


def _again(area: HouseholdArea, kept: HouseholdListing, closed: bool, digest: str) -> str:
    """A closed listing came before; what is sent now must not differ, or be older."""
    if not closed or kept.digest == digest:
        return "known"
    raise Conflict(
        "Khu vực %(area)s đã có một danh sách khác được chốt; văn phòng sẽ xem.",
        code="household.other_listing",
        area=area.code,
    )


def entries_of(kept: HouseholdListing) -> list[Entry]:
    return [Entry(*line) for line in kept.lines]


def drawn_numbers(seed: str, area: str, kept: HouseholdListing, rules: Round) -> list[int]:
    """The households of a closed listing."""
    place = (seed, area, entries_of(kept), rules.households, rules.method)
    return household.households(*place, kept.digest)


def _draw(session: Session, wave: Wave, area: HouseholdArea, kept: HouseholdListing) -> None:
    """Say which household each place stands for; what came too early is judged again."""
    rules, seed = Round.of(wave.settings), waves.draw_of(session, wave.id).seed
    numbers = drawn_numbers(seed, area.code, kept, rules)
    share = float(household.household_share(entries_of(kept), rules.households))
    places = households.places(session, area.id)
    for place, number in zip(places, numbers, strict=False):
        place.number, place.share = number, share
        session.get_one(Case, place.case_id).issued = True
    for held in households.waiting_for_selection(session, area.id):
        if held.facts.get("differs") == "listing":
            held.state, held.reason = State.RECEIVED, ""
    session.flush()


def verified(session: Session, slug: str) -> list[dict[str, Any]]:
    """Draw the households of every closed listing again; areas that differ, with what does.

    Once the wave is closed addresses and numbers of adults are gone: the digest is taken as stored
    and no adult is drawn.  Raises NotFound, Conflict.
    """
    rules, wave = plan.of_wave(session, slug), waves.get(session, slug)
    made = waves.draw_of(session, wave.id)
    found = []
    for area, _unit, kept, _user in households.drawn(session, wave.id):
        if kept is None or kept.state != "closed":
            continue
        listing = entries_of(kept)
        found += _differences(
            area,
            wanted=(
                kept.digest if kept.thinned else household.listing_digest(area.code, listing),
                drawn_numbers(made.seed, area.code, kept, rules),
                float(household.household_share(listing, rules.households)),
            ),
            digest=kept.digest,
            places=households.places(session, area.id),
            seed=made.seed if rules.adult == "roster" else "",
        )
    return found


def _differences(
    area: HouseholdArea, *, wanted: tuple, digest: str, places: Sequence, seed: str
) -> list[dict[str, Any]]:
    want_digest, numbers, share = wanted
    if digest != want_digest:
        return [{"area": area.code, "differs": "digest", "told": digest, "wanted": want_digest}]
    held = [place for place in places if place.number is not None]
    if [place.number for place in held] != numbers:
        told = [place.number for place in held]
        return [{"area": area.code, "differs": "household", "told": told, "wanted": numbers}]
    found = []
    for place in held:
        facts = {"area": area.code, "number": place.number}
        if place.share != share:
            found.append(facts | {"differs": "share", "told": place.share, "wanted": share})
        if seed and place.adults:
            who = household.adult(seed, area.code, digest, place.number, place.adults)
            if who != place.adult:
                found.append(facts | {"differs": "adult", "told": place.adult, "wanted": who})
    return found
