"""The sealed record of a wave: each day's answers fixed by their hashes, published as a list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Row, insert, select
from sqlalchemy.orm import Session

from survey.domain import seal as rules
from survey.domain.calendar import local_day
from survey.errors import NotFound
from survey.store import mixing, waves
from survey.store.models import Response, Seal, SealedLeaf, Wave, Withdrawal

#: What of an answer is hashed, with the digest of its receipt.
CONTENT = (
    *("wave_id", "stream", "unit_id", "stratum", "inclusion_probability", "questionnaire_id"),
    *("answers", "outcome", "language", "submitted_on"),
)


@dataclass(frozen=True, slots=True)
class SealView:
    id: int
    sealed_on: date
    n: int
    root: str


@dataclass(frozen=True, slots=True)
class Record:
    """A wave's seals, oldest first.  ``n_withdrawn``: answers taken back, whose hashes stay."""

    slug: str
    titles: dict[str, str]
    synthetic: bool
    seals: list[SealView]
    n_withdrawn: int


def seal_wave(session: Session, wave: Wave, *, now: datetime, today_too: bool) -> Seal | None:
    """Fix the answers that no seal holds yet; None if there are none.

    Answers of the day that still goes on wait, unless the wave has ended (``today_too``).  What
    the order of rows tells of the order of answering is lost on the way.
    """
    query = select(Response).where(Response.wave_id == wave.id)
    if not today_too:
        query = query.where(Response.submitted_on < local_day(now))
    held = set(session.scalars(select(SealedLeaf.leaf).join(Seal).where(Seal.wave_id == wave.id)))
    leaves = sorted({leaf_of(answer) for answer in session.scalars(query)} - held)
    if not leaves:
        return None
    made = Seal(wave_id=wave.id, sealed_on=local_day(now), n=len(leaves), root=rules.root(leaves))
    session.add(made)
    session.flush()
    session.execute(insert(SealedLeaf), [{"leaf": x, "seal_id": made.id} for x in leaves])
    mixing.mix(session, wave.id)
    return made


def seal_all(session: Session, *, now: datetime) -> list[int]:
    """Every wave's answers of days that are over; the new seals."""
    made = [
        seal_wave(session, wave, now=now, today_too=False)
        for wave in waves.all_newest_first(session)
    ]
    return [seal.id for seal in made if seal is not None]


def leaf_of(answer: Response | Row) -> bytes:
    """The hash of an answer as it is stored now."""
    stored = {name: getattr(answer, name) for name in CONTENT}
    stored["submitted_on"] = answer.submitted_on.isoformat()
    return rules.leaf(stored, bytes(answer.receipt_digest))


def record(session: Session, slug: str) -> Record:
    """What is published of a wave's seals.  Raises NotFound."""
    wave = waves.get(session, slug)
    seals = session.scalars(select(Seal).where(Seal.wave_id == wave.id).order_by(Seal.id))
    gone = session.scalars(
        select(Withdrawal.receipt_digest).where(Withdrawal.wave_id == wave.id)
    ).all()
    shown = [SealView(each.id, each.sealed_on, each.n, each.root.hex()) for each in seals]
    return Record(wave.slug, wave.titles, wave.synthetic, shown, len(gone))


def listing(session: Session, seal_id: int) -> str:
    """The hashes of one seal, one a line, ascending.  Raises NotFound."""
    leaves = session.scalars(select(SealedLeaf.leaf).where(SealedLeaf.seal_id == seal_id)).all()
    if not leaves:
        raise NotFound("Không có lần niêm phong này.", code="seal.not_found")
    return "".join(f"{leaf.hex()}\n" for leaf in sorted(map(bytes, leaves)))


def has_sealed(session: Session, wave_id: int, day: date) -> bool:
    """Whether the answers of a day were sealed: a later seal took all of them in."""
    query = select(Seal.id).where(Seal.wave_id == wave_id, Seal.sealed_on > day).limit(1)
    return session.scalar(query) is not None


def seal_of(session: Session, leaf: bytes) -> SealView | None:
    """The seal that holds a hash."""
    found = session.scalars(
        select(Seal).join(SealedLeaf, SealedLeaf.seal_id == Seal.id).where(SealedLeaf.leaf == leaf)
    ).one_or_none()
    return found and SealView(found.id, found.sealed_on, found.n, found.root.hex())
