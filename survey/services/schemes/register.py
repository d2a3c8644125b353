"""The schemes that are kept: listed, found by name and day, taken in from files, compared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.index import scheme_diff
from analysis.index.scheme import Scheme
from analysis.index.scheme_diff import Difference
from survey.errors import Conflict, NotFound
from survey.services.schemes import reading, writing
from survey.store import audit
from survey.store.models import Scheme as StoredScheme
from survey.store.models import Wave

SHIPPED = Path(__file__).parents[2] / "data" / "schemes"


@dataclass(frozen=True, slots=True)
class SchemeView:
    """``id`` None: shipped with the program and not taken in yet."""

    id: int | None
    name: str
    titles: dict[str, str]
    valid_from: date
    legal_source: str
    sample: bool
    sha256: str
    n_areas: int
    max_points: float
    waves: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    before: SchemeView
    after: SchemeView
    differences: tuple[Difference, ...]


def listed(session: Session) -> list[SchemeView]:
    """Kept schemes, the newest day first, then those shipped with the program."""
    used: dict[int, list[str]] = {}
    for slug, scheme_id in session.execute(select(Wave.slug, Wave.scheme_id).order_by(Wave.slug)):
        used.setdefault(scheme_id, []).append(slug)
    rows = session.scalars(
        select(StoredScheme).order_by(StoredScheme.valid_from.desc(), StoredScheme.id.desc())
    )
    kept = [_view(row.id, parsed(row.definition), tuple(used.get(row.id, ()))) for row in rows]
    known = {each.sha256 for each in kept}
    shipped = (_view(None, scheme) for scheme in shipped_schemes().values())
    return [*kept, *(each for each in shipped if each.sha256 not in known)]


def get(session: Session, scheme_id: int) -> tuple[SchemeView, Scheme]:
    """Raises NotFound."""
    row = session.get(StoredScheme, scheme_id)
    if row is None:
        raise _not_found(str(scheme_id))
    used = session.scalars(select(Wave.slug).where(Wave.scheme_id == row.id).order_by(Wave.slug))
    scheme = parsed(row.definition)
    return _view(row.id, scheme, tuple(used)), scheme


def find(session: Session, reference: str) -> Scheme:
    """By number, name, ``name@day`` or beginning of the digest.  Raises NotFound.

    A name alone is its version of the latest day; ``name@day`` the one in force on that day.
    """
    if reference.isdecimal() and len(reference) < 10:
        return get(session, int(reference))[1]
    name, _, day = reference.partition("@")
    until = date.max
    if day:
        try:
            until = date.fromisoformat(day)
        except ValueError:
            raise _not_found(reference) from None
    named = session.scalars(
        select(StoredScheme)
        .where(StoredScheme.name == name, StoredScheme.valid_from <= until)
        .order_by(StoredScheme.valid_from.desc(), StoredScheme.id.desc())
    ).first()
    if named is None and len(reference) >= 8 and reference.isalnum():
        by_digest = select(StoredScheme).where(StoredScheme.sha256.startswith(reference.lower()))
        named = session.scalars(by_digest).first()
    if named is not None:
        return parsed(named.definition)
    shipped = shipped_schemes().get(name)
    if shipped is None or shipped.valid_from > until:
        raise _not_found(reference)
    return shipped


def take_in(session: Session, content: bytes, *, by: str, now: datetime) -> int:
    """Check a file and keep its scheme; return its number.  Raises InvalidInput, Conflict."""
    return keep(session, reading.read(content), by=by, now=now)


def keep(session: Session, scheme: Scheme, *, by: str, now: datetime) -> int:
    """Keep a scheme, once.  Raises Conflict if another content has its name and day."""
    row = session.scalars(
        select(StoredScheme).where(StoredScheme.sha256 == scheme.sha256)
    ).one_or_none()
    if row is not None:
        return row.id
    same = select(StoredScheme.id).where(
        StoredScheme.name == scheme.name, StoredScheme.valid_from == scheme.valid_from
    )
    if session.scalars(same).first() is not None:
        raise Conflict(
            "Bộ chỉ số “%(name)s” có hiệu lực từ %(day)s đã có với nội dung khác; hãy đổi mã hoặc "
            "ngày hiệu lực.",
            code="scheme.same_day",
            name=scheme.name,
            day=f"{scheme.valid_from:%d/%m/%Y}",
        )
    row = StoredScheme(
        name=scheme.name,
        valid_from=scheme.valid_from,
        sha256=scheme.sha256,
        definition=writing.toml(scheme),
    )
    session.add(row)
    session.flush()
    audit.append(
        session, "scheme.imported", by=by, at=now, scheme=scheme.name, sha256=scheme.sha256
    )
    return row.id


def compare(session: Session, before: int, after: int) -> Comparison:
    """Raises NotFound."""
    (old_view, old), (new_view, new) = get(session, before), get(session, after)
    return Comparison(old_view, new_view, scheme_diff.differences(old, new))


@lru_cache(maxsize=1)
def shipped_schemes() -> dict[str, Scheme]:
    """Name -> scheme of each file that comes with the program."""
    found = (parsed(path.read_text(encoding="utf-8")) for path in sorted(SHIPPED.glob("*.toml")))
    return {scheme.name: scheme for scheme in found}


@lru_cache(maxsize=64)
def parsed(definition: str) -> Scheme:
    """The scheme of a kept definition, read once."""
    return Scheme.from_toml(definition)


def _view(scheme_id: int | None, scheme: Scheme, waves: tuple[str, ...] = ()) -> SchemeView:
    return SchemeView(
        scheme_id,
        scheme.name,
        dict(scheme.title),
        scheme.valid_from,
        scheme.legal_source,
        scheme.sample,
        scheme.sha256,
        len(scheme.areas),
        scheme.max_points,
        waves,
    )


def _not_found(reference: str) -> NotFound:
    return NotFound("Không có bộ chỉ số “%(name)s”.", code="scheme.not_found", name=reference)
