"""Two people type a form, neither seeing the other's; where they differ a third decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from forms.faces import keying
from forms.faces.keying import Field
from forms.reading import Problem
from survey.domain import paper
from survey.domain.double_entry import Round, Stage, next_round
from survey.domain.wave import WaveState
from survey.errors import Conflict, NotFound
from survey.services.paper_entry import returns, storing
from survey.store import audit, waves
from survey.store import paper as store
from survey.store.models import PaperEntry, PaperReturn, Unit


@dataclass(frozen=True, slots=True)
class Sheet:
    """The page on which a form is typed, or its differences are decided.

    ``options``: what the two typed by question, in no order that says whose it is; only where
    differences are resolved.
    """

    number: str
    round: Round
    fields: tuple[Field, ...]
    options: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an entry.

    ``problems`` and ``rules``: faults by question; nothing was kept.  A rule may be broken by what
    stands on the paper; then the entry is sent again with ``as_written``.
    """

    stage: Stage | None = None
    problems: Mapping[str, Problem] | None = None
    rules: Mapping[str, Problem] | None = None


def sheet(session: Session, slug: str, number: str, *, account_id: int) -> Sheet:
    """Open a form for typing.  Raises NotFound, InvalidInput, Conflict."""
    found = _open(session, slug, number, account_id)
    return _sheet(session, found)


def enter(
    session: Session,
    slug: str,
    number: str,
    typed: Mapping[str, str],
    *,
    as_written: bool,
    account_id: int,
    by: str,
    code_key: bytes,
    now: datetime,
) -> Done:
    """Keep what somebody typed.  The second one's makes the answer, where nothing differs; else
    the third one's decisions do.

    What breaks a rule of the questionnaire although it stands so on the paper is kept as typed and
    left out of the answer.  Raises NotFound, InvalidInput, Conflict.
    """
    found = _open(session, slug, number, account_id)
    q, round_ = storing.definition(found.form, session), next_round(Stage(found.stage))
    names = {field.name for field in _sheet(session, found).fields}
    keyed = keying.normal(q, {name: text for name, text in typed.items() if name in names})
    if round_ is Round.RESOLUTION:
        keyed = _whole(found, keyed, names)
    if keyed.problems:
        return Done(problems=keyed.problems)
    _, rules = keying.values(q, keyed.typed, storing.context(session, found, now))
    if rules and not as_written:
        return Done(rules=rules)
    entry = PaperEntry(
        form_id=found.form_id,
        round=round_,
        account_id=account_id,
        entered_at=now,
        typed=keyed.typed,
    )
    found.entries.append(entry)
    session.flush()
    shown = paper.shown(found.form.number)
    audit.append(session, "paper.entered", by=by, at=now, wave=slug, number=shown, round=round_)
    return Done(stage=_go_on(session, found, code_key=code_key, now=now))


def _open(session: Session, slug: str, number: str, account_id: int) -> PaperReturn:
    wave = waves.get(session, slug)
    form = returns.printed(session, wave, number)
    found, facts = store.returned(session, form.id), {"number": paper.shown(form.number)}
    if found is None:
        raise NotFound("Phiếu %(number)s chưa được ghi nhận.", code="paper.not_logged", **facts)
    if wave.state != WaveState.OPEN:
        raise Conflict(
            "Đợt “%(slug)s” không mở; không nhận thêm phiếu giấy.",
            code="paper.wave_not_open",
            slug=slug,
        )
    if next_round(Stage(found.stage)) is None:
        raise Conflict("Phiếu %(number)s đã nhập xong.", code="paper.done", **facts)
    if any(entry.account_id == account_id for entry in found.entries):
        raise Conflict(
            "Ông/bà đã nhập phiếu %(number)s; lần tiếp theo phải do người khác.",
            code="paper.same_person",
            **facts,
        )
    return found


def _sheet(session: Session, found: PaperReturn) -> Sheet:
    form = found.form
    unit = session.get(Unit, form.unit_id) if form.unit_id else None
    fields = keying.fields(
        storing.definition(form, session),
        form.language,
        known={"unit_name": unit.name} if unit else {},
    )
    round_, options = next_round(Stage(found.stage)), {}
    if round_ is Round.RESOLUTION:
        first, second = _two(found)
        fields = tuple(field for field in fields if field.name in found.differing)
        options = {
            name: sorted({first.typed.get(name, ""), second.typed.get(name, "")})
            for name in found.differing
        }
    return Sheet(paper.shown(form.number), round_, fields, options)


def _whole(found: PaperReturn, decided: keying.Keyed, names: set[str]) -> keying.Keyed:
    """The decisions, and all that the two typed alike."""
    first, _ = _two(found)
    alike = {name: text for name, text in first.typed.items() if name not in names}
    return keying.Keyed({**alike, **decided.typed}, decided.problems)


def _two(found: PaperReturn) -> tuple[PaperEntry, PaperEntry]:
    by_round = {entry.round: entry for entry in found.entries}
    return by_round[Round.FIRST], by_round[Round.SECOND]


def _go_on(session: Session, found: PaperReturn, *, code_key: bytes, now: datetime) -> Stage:
    if found.stage == Stage.LOGGED:
        found.stage = Stage.ENTERED
        return Stage.ENTERED
    first, second = _two(found)
    final = found.entries[-1].typed
    if found.stage == Stage.ENTERED:
        found.differing = keying.differences(first.typed, second.typed)
        found.n_fields = len({*first.typed, *second.typed})
        found.n_differences = len(found.differing)
        if found.differing:
            found.stage = Stage.DIFFERS
            return Stage.DIFFERS
        final = first.typed
    for entry in (first, second):
        entry.n_wrong = len(keying.differences(entry.typed, final))
    return storing.store(session, found, final, code_key=code_key, now=now)
