"""Draw a stored sample again and say whether it is what was published.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.sampling import draw
from survey.errors import NotFound
from survey.render import sample_bundle
from survey.services.households import plan as rounds
from survey.services.sampling.draw import (
    changed_since,
    changed_since_commitment,
    public_rows,
    redraw,
)
from survey.services.sampling.sample import dossiers_of
from survey.store import waves
from survey.store.models import Case, Dossier, Frame, SampleDraw


@dataclass(frozen=True, slots=True)
class Verification:
    """``differs_at`` names the first dossier, plan or frame that is not as published."""

    agrees: bool
    digest: str
    recomputed: str
    differs_at: str = ""


def verify(session: Session, slug: str) -> Verification:
    """Draw again from the stored frame, plan and seed and compare with the stored cases."""
    wave = rounds.dossier_wave(session, slug)
    stored = waves.draw_of(session, wave.id)
    if stored is None:
        raise NotFound("Đợt “%(slug)s” chưa rút mẫu.", code="draw.not_found", slug=slug)
    dossiers = dossiers_of(session, session.get_one(Frame, stored.plan.frame_id))
    promised = waves.commitment_of(session, wave.id)
    changed = changed_since(stored.plan, dossiers)
    changed = changed or changed_since_commitment(session, wave, promised)
    drawn = redraw(dossiers, stored.plan.definition, stored.seed, promised)
    if promised is None:
        recomputed = draw.digest(drawn)
    else:
        rows = public_rows(drawn, stored.plan.definition)
        recomputed = sample_bundle.digest(sample_bundle.sample_file(rows))
    differs = changed or _first_difference(session, stored, drawn)
    return Verification(
        agrees=not differs and recomputed == stored.digest,
        digest=stored.digest,
        recomputed=recomputed,
        differs_at=differs,
    )


def _first_difference(session: Session, stored: SampleDraw, drawn: pd.DataFrame) -> str:
    kept = {
        code: (role, rank, probability)
        for code, role, rank, probability in session.execute(
            select(Dossier.code, Case.role, Case.rank, Case.inclusion_probability)
            .join(Case, Case.dossier_id == Dossier.id)
            .where(Case.draw_id == stored.id)
        )
    }
    for row in drawn.itertuples(index=False):
        if kept.pop(row.code, None) != (row.role, row.rank, row.inclusion_probability):
            return str(row.code)
    return min(kept, default="")
