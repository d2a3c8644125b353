"""Versions of a wave's questionnaire: a correction is a new one, for those who begin after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.comparison import Comparison, Verdict, compare
from survey.domain.text import clean_line
from survey.errors import Conflict, InvalidInput
from survey.services import definitions
from survey.services.questionnaires import register
from survey.services.release import releases
from survey.services.schemes import register as schemes
from survey.services.schemes import suits
from survey.store import audit, waves
from survey.store.models import Response, Wave, WaveVersion


@dataclass(frozen=True, slots=True)
class UsedVersion:
    """A version of a wave, and since when it was given to new respondents."""

    questionnaire_id: int
    version: str
    titles: Mapping[str, str]
    sha256: str
    since: datetime
    by: str
    reason: str
    #: Answers given under it.
    n_answers: int = 0


def told(session: Session, slug: str) -> list[UsedVersion]:
    """The versions of a wave with their numbers of answers, the newest first.  Raises NotFound."""
    wave = waves.get(session, slug)
    counted = select(Response.questionnaire_id, func.count()).where(Response.wave_id == wave.id)
    answers = dict(session.execute(counted.group_by(Response.questionnaire_id)).all())
    found = of_wave(session, wave.id)
    return [replace(x, n_answers=answers.get(x.questionnaire_id, 0)) for x in found]


def of_wave(session: Session, wave_id: int) -> list[UsedVersion]:
    """All versions that a wave has had, the newest first."""
    rows = session.scalars(
        select(WaveVersion)
        .where(WaveVersion.wave_id == wave_id)
        .order_by(WaveVersion.since.desc(), WaveVersion.questionnaire_id.desc())
    )
    return [
        UsedVersion(
            row.questionnaire_id,
            row.questionnaire.version,
            definitions.of(row.questionnaire).titles,
            row.questionnaire.sha256,
            row.since,
            row.by,
            row.reason,
        )
        for row in rows
    ]


def could_move(session: Session, number: int) -> list[tuple[str, int]]:
    """Waves (short name, their version's number) that could move to a version."""
    target, _ = register.get(session, number)
    if target.is_retired:
        return []
    rows = session.scalars(select(Wave).where(Wave.state != "closed").order_by(Wave.slug))
    found = []
    for wave in rows:
        same_form = wave.questionnaire.form_id == target.form_id
        had = {each.questionnaire_id for each in of_wave(session, wave.id)}
        if same_form and number not in had and not releases.exists(session, wave):
            found.append((wave.slug, wave.questionnaire_id))
    return found


def begin(session: Session, wave: Wave, *, by: str, now: datetime, reason: str = "") -> None:
    """Note which version a wave gives from now on."""
    facts = {"since": now, "by": by, "reason": reason}
    session.add(WaveVersion(wave_id=wave.id, questionnaire_id=wave.questionnaire_id, **facts))


def move(
    session: Session, slug: str, number: int, *, reason: str, by: str, now: datetime
) -> Comparison:
    """Give a wave's new respondents another version; who has begun goes on with theirs.

    Raises NotFound; InvalidInput without a reason and for options that the scheme cannot read;
    Conflict if the version is retired, another form's or one that the wave has had, if the wave is
    closed or published, or if items that the index scores would not be comparable.
    """
    wave = waves.hold(session, slug)
    target, definition = register.get(session, number)
    reason = clean_line(reason)[: register.MAX_REASON]
    if not reason:
        raise InvalidInput("Phải nêu lý do chuyển phiên bản.", code="questionnaire.no_reason")
    if slug not in dict(could_move(session, number)):
        raise Conflict(
            "Đợt “%(slug)s” không chuyển sang phiên bản này được: đợt đã đóng hay đã công bố, "
            "phiếu khác mã, phiên bản đã ngừng dùng hoặc đợt đã dùng rồi.",
            code="questionnaire.no_move",
            slug=slug,
        )
    group = wave.settings.get("group", "citizen")
    suits.demand(schemes.parsed(wave.scheme.definition), definition, group)
    before = definitions.of(wave.questionnaire)
    found = compare(before, definition)
    lost = hindering(found, _scored(wave))
    if lost:
        raise Conflict(
            "Câu %(items)s được tính vào chỉ số nhưng không còn so sánh được; câu trả lời trước và "
            "sau không cộng được với nhau. Hãy lập đợt mới cho phiên bản này.",
            code="questionnaire.not_comparable",
            items=", ".join(lost),
        )
    facts = {"form": target.form_id, "before": before.version, "after": target.version}
    wave.questionnaire_id = number
    begin(session, wave, by=by, now=now, reason=reason)
    audit.append(session, "wave.version", by=by, at=now, wave=slug, reason=reason, **facts)
    return found


def hindering(found: Comparison, scored: frozenset[str]) -> list[str]:
    """Items that forbid to take answers under both versions together.

    A scored concept keeps its items; no item that is rated or has a concept changes its meaning.
    """
    names = [
        each.name
        for each in found.of(Verdict.BROKEN)
        if any(row.is_rating or row.concept in scored for row in (each.before, each.after))
    ]
    for each in found.of(Verdict.ADDED, Verdict.REMOVED):
        row = each.after or each.before
        if row.is_rating and row.concept in scored:
            names.append(each.name)
    return names


def _scored(wave: Wave) -> frozenset[str]:
    scheme = schemes.parsed(wave.scheme.definition)
    return frozenset(leaf.concept for leaf in scheme.survey_leaves)
