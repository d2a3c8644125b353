"""The papers of a wave: slips with one-time codes, posters for the desks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from forms.duration import minutes
from survey.domain.calendar import local_day
from survey.domain.collation import sort_key
from survey.errors import Conflict
from survey.render.posters import Poster
from survey.render.posters import posters_pdf as render_posters
from survey.render.slips import Slip, masked_reference
from survey.render.slips import slips_pdf as render_slips
from survey.services import definitions, invite
from survey.store import waves
from survey.store.models import Wave


def slips_pdf(
    session: Session,
    slug: str,
    *,
    public_url: str,
    code_key: bytes,
    reissue_reason: str | None,
    by: str,
    now: datetime,
) -> tuple[int, bytes]:
    """Give codes to the drawn cases and print them: (number of slips, PDF).

    With a reason, all unanswered cases get new codes and the old ones die; without, only cases
    that have none.  Raises NotFound, Conflict.
    """
    wave = waves.get(session, slug)
    if reissue_reason is None:
        made = invite.issue_codes(session, slug, code_key=code_key, by=by, now=now)
    else:
        made = invite.reissue_codes(
            session, slug, None, reason=reissue_reason, code_key=code_key, by=by, now=now
        )
    if not made:
        return 0, b""
    made.sort(key=lambda item: (sort_key(item.case.unit.name), item.case.stratum, item.case.rank))
    return len(made), render_slips(
        [
            Slip(item.code, item.case.unit.name, masked_reference(item.case.dossier.code))
            for item in made
        ],
        wave_title=wave.titles["vi"],
        organisation=wave.organisation,
        public_url=public_url,
        minutes=_minutes(wave),
        closes_on=wave.closes_on,
        synthetic=wave.synthetic,
        made_on=local_day(now),
    )


def posters_pdf(session: Session, slug: str, *, public_url: str) -> tuple[int, bytes]:
    """A poster for each unit's desk: (number, PDF).  Raises NotFound, Conflict without desks."""
    wave = waves.get(session, slug)
    desks = sorted(invite.desks_of(session, wave.id), key=lambda desk: sort_key(desk.unit.name))
    if not desks:
        raise Conflict(
            "Đợt “%(slug)s” chưa có quầy nào; quầy được lập khi rút mẫu.",
            code="posters.no_desk",
            slug=slug,
        )
    return len(desks), render_posters(
        [Poster(desk.code, desk.unit.name) for desk in desks],
        wave_title=wave.titles["vi"],
        organisation=wave.organisation,
        public_url=public_url,
        minutes=_minutes(wave),
        closes_on=wave.closes_on,
        synthetic=wave.synthetic,
    )


def _minutes(wave: Wave) -> int:
    return minutes(definitions.of(wave.questionnaire), "vi")
