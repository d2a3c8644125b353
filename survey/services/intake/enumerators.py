"""Enumerators: who they are, the secret address of their device, and which cases are theirs."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from survey.domain.roles import Role, may
from survey.domain.text import clean_line
from survey.errors import Conflict, NotFound
from survey.services import elsewhere
from survey.services.fieldwork import attempts
from survey.store import audit, waves
from survey.store import field as store
from survey.store.models import Case, CaseAssignment, FieldAddress, FieldSubmission, User, Wave

#: Random bytes of an address.
ADDRESS_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Enumerator:
    """``n_cases``, ``n_answered`` and ``n_held`` are of one wave."""

    id: int
    name: str
    display_name: str
    active: bool
    has_address: bool
    address_since: datetime | None
    n_cases: int
    n_answered: int
    n_held: int
    #: By what findings of the screening name this person's sheets.
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Whoever stands behind an address."""

    id: int
    name: str
    display_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """A case as its enumerator sees it."""

    id: int
    dossier_code: str
    unit_name: str
    field: str
    wave_slug: str
    wave_title: dict[str, str]
    answered: bool


def address_digest(code_key: bytes, token: str) -> bytes:
    """What is stored of an address."""
    return blake2b(
        token.encode("utf-8", "replace"), key=code_key, digest_size=32, person=b"field address"
    ).digest()


def worker(session: Session, digest: bytes) -> Worker | None:
    """Who sends from an address, while it is valid."""
    user = store.account_of(session, digest)
    return user and Worker(id=user.id, name=user.name, display_name=user.display_name)


def issue_address(session: Session, name: str, *, code_key: bytes, by: str, now: datetime) -> str:
    """Give an enumerator's device a new address and return it, once; the one before dies.

    Raises NotFound, Conflict (not an account that may work in the field).
    """
    user = account(session, name)
    if not may(Role(user.role), Role.ENUMERATOR) or not user.active:
        raise Conflict(
            "Tài khoản “%(name)s” không làm điều tra viên được.",
            code="enumerator.wrong_role",
            name=name,
        )
    _revoke(session, user.id, now)
    token = secrets.token_urlsafe(ADDRESS_BYTES)
    digest = address_digest(code_key, token)
    session.add(FieldAddress(account_id=user.id, digest=digest, issued_at=now, issued_by=by))
    session.flush()
    audit.append(session, "field.address_issued", by=by, at=now, account=user.name)
    return token


def revoke_address(session: Session, name: str, *, by: str, now: datetime) -> int:
    """Lock out an enumerator's device; how many addresses died.  Raises NotFound."""
    user = account(session, name)
    n = _revoke(session, user.id, now)
    audit.append(session, "field.address_revoked", by=by, at=now, account=user.name, n=n)
    return n


def lose_device(session: Session, name: str, *, by: str, now: datetime) -> int:
    """Lock out a lost device and take back its cases that have no answer here; how many.

    Raises NotFound.
    """
    user = account(session, name)
    revoke_address(session, name, by=by, now=now)
    open_cases = select(Case.id).join(Wave).where(~Case.answered, Wave.state != "closed")
    n = session.execute(
        update(CaseAssignment)
        .where(
            CaseAssignment.account_id == user.id,
            CaseAssignment.ended_at.is_(None),
            CaseAssignment.case_id.in_(open_cases),
        )
        .values(ended_at=now),
        execution_options={"synchronize_session": False},
    ).rowcount
    audit.append(session, "case.taken_back", by=by, at=now, account=user.name, n=n)
    return n


def has_address(session: Session, account_id: int) -> bool:
    return current_address(session, account_id) is not None


def current_address(session: Session, account_id: int) -> bytes | None:
    """The keyed digest of the valid address of an enumerator's device."""
    found = select(FieldAddress.digest).where(
        FieldAddress.account_id == account_id, FieldAddress.revoked_at.is_(None)
    )
    return session.scalar(found)


def assign(
    session: Session, slug: str, name: str, references: Sequence[str], *, by: str, now: datetime
) -> int:
    """Give cases to an enumerator, taking them from whoever had them; how many changed hands.

    Raises NotFound, Conflict (a case that is not in the field).
    """
    user = account(session, name)
    cases = [attempts.find(session, slug, each) for each in references]
    for case in cases:
        if not case.issued:
            raise Conflict(
                "Hồ sơ %(case)s là dự phòng, chưa được đưa vào khảo sát.",
                code="attempt.not_issued",
                case=case.dossier.code,
            )
    return give(session, slug, user, [case.id for case in cases], by=by, now=now)


def assign_unit(
    session: Session, slug: str, name: str, unit_code: str, *, by: str, now: datetime
) -> int:
    """Give an enumerator all cases of a unit that nobody has.  Raises NotFound."""
    wave, user = waves.get(session, slug), account(session, name)
    taken = select(CaseAssignment.case_id).where(CaseAssignment.ended_at.is_(None))
    free = session.scalars(
        select(Case.id)
        .where(Case.wave_id == wave.id, Case.issued, ~Case.answered, Case.unit.has(code=unit_code))
        .where(Case.id.not_in(taken))
        .order_by(Case.stratum, Case.rank)
    ).all()
    return give(session, slug, user, free, by=by, now=now)


def give(
    session: Session, slug: str, user: User, case_ids: Sequence[int], *, by: str, now: datetime
) -> int:
    changed = 0
    for case_id in case_ids:
        if store.assigned_to(session, case_id) == user.id:
            continue
        session.execute(
            update(CaseAssignment)
            .where(CaseAssignment.case_id == case_id, CaseAssignment.ended_at.is_(None))
            .values(ended_at=now)
        )
        line = CaseAssignment(case_id=case_id, account_id=user.id, assigned_at=now, assigned_by=by)
        session.add(line)
        session.flush()
        changed += 1
    if changed:
        audit.append(
            session, "case.assigned", by=by, at=now, wave=slug, account=user.name, n=changed
        )
    return changed


def listing(session: Session, slug: str, *, code_key: bytes) -> list[Enumerator]:
    """Every account that can be given cases, with its load in a wave.  Raises NotFound."""
    wave = waves.get(session, slug)
    users = session.scalars(select(User).where(User.role == Role.ENUMERATOR).order_by(User.name))
    return [_view(session, wave, user, code_key) for user in users]


def cases(session: Session, account_id: int) -> list[CaseLine]:
    """An enumerator's cases of waves that are not closed."""
    return [
        CaseLine(
            id=row.id,
            dossier_code=row.code,
            unit_name=row.unit_name,
            field=row.stratum,
            wave_slug=row.slug,
            wave_title=row.titles,
            answered=row.answered,
        )
        for row in store.cases_of(session, account_id)
    ]


def account(session: Session, name: str) -> User:
    """Raises NotFound."""
    user = session.scalars(select(User).where(User.name == clean_line(name))).one_or_none()
    if user is None:
        raise NotFound("Không có tài khoản “%(name)s”.", code="account.not_found", name=name)
    return user


def _revoke(session: Session, account_id: int, now: datetime) -> int:
    return session.execute(
        update(FieldAddress)
        .where(FieldAddress.account_id == account_id, FieldAddress.revoked_at.is_(None))
        .values(revoked_at=now)
    ).rowcount


def _view(session: Session, wave: Wave, user: User, code_key: bytes) -> Enumerator:
    mine = (
        select(func.count(), func.count().filter(Case.answered))
        .select_from(CaseAssignment)
        .join(Case, Case.id == CaseAssignment.case_id)
        .where(
            CaseAssignment.account_id == user.id,
            CaseAssignment.ended_at.is_(None),
            Case.wave_id == wave.id,
        )
    )
    n_cases, n_answered = session.execute(mine).one()
    held = select(func.count()).where(
        FieldSubmission.account_id == user.id,
        FieldSubmission.wave_id == wave.id,
        FieldSubmission.state == "quarantined",
    )
    address = session.scalar(
        select(FieldAddress.issued_at).where(
            FieldAddress.account_id == user.id, FieldAddress.revoked_at.is_(None)
        )
    )
    return Enumerator(
        id=user.id,
        name=user.name,
        display_name=user.display_name,
        active=user.active,
        has_address=address is not None,
        address_since=address,
        n_cases=n_cases,
        n_answered=n_answered,
        n_held=session.scalar(held),
        label=elsewhere.interviewer_label(code_key, wave.id, user.id),
    )
