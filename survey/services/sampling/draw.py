"""Draw a planned sample from a public seed, and the same sample again.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import insert
from sqlalchemy.orm import Session

from analysis.sampling import draw
from analysis.sampling.coordination import draw_coordinated
from survey.domain.calendar import local_day
from survey.domain.pseudonyms import pseudonym
from survey.domain.wave import WaveState
from survey.errors import Conflict, NotFound
from survey.render import sample_bundle
from survey.services import invite
from survey.services.households import plan as rounds
from survey.services.sampling import commitment
from survey.services.sampling.sample import content_digest, dossiers_of, plan_digest, refuse_closed
from survey.store import audit, waves
from survey.store.models import Case, Frame, SampleCommitment, SampleDraw, SamplePlan, Wave


@dataclass(frozen=True, slots=True)
class DrawView:
    digest: str
    seed: str
    n_main: int
    n_reserve: int
    #: Whether frame and plan were published before the seed was known.
    committed: bool


def draw_sample(session: Session, slug: str, seed: str, *, by: str, now: datetime) -> DrawView:
    """Draw the planned sample and make its cases.  Raises NotFound, Conflict.

    Under a commitment the public pseudonyms are drawn, so that everybody can do it again; without
    one the dossiers' codes are, and only the office can.
    """
    wave = rounds.dossier_wave(session, slug)
    planned = waves.plan_of(session, wave.id)
    if planned is None:
        raise NotFound(
            "Đợt “%(slug)s” chưa có phương án mẫu.",
            code="plan.not_found",
            hint="Chạy: flask sample plan --wave %(slug)s",
            slug=slug,
        )
    if waves.draw_of(session, wave.id) is not None:
        raise Conflict("Đợt “%(slug)s” đã rút mẫu.", code="draw.exists", slug=slug)
    refuse_closed(wave)
    promised = waves.commitment_of(session, wave.id)
    _refuse_early(promised, now)
    dossiers = dossiers_of(session, session.get_one(Frame, planned.frame_id))
    known = planned.definition.get("coordination")
    if known and seed != known["seed"]:
        raise Conflict(
            "Phương án dùng lại số của đợt “%(wave)s”: hạt giống phải là “%(seed)s”.",
            code="draw.other_seed",
            wave=known["wave"],
            seed=known["seed"],
        )
    changed = changed_since(planned, dossiers) or changed_since_commitment(session, wave, promised)
    if changed:
        raise Conflict(
            "%(what)s đã thay đổi sau khi lập phương án mẫu; không rút mẫu.",
            code="draw.changed_since_plan",
            what=changed,
        )
    drawn = redraw(dossiers, planned.definition, seed, promised)
    stored = SampleDraw(
        plan_id=planned.id, seed=seed, digest=draw.digest(drawn), drawn_at=now, drawn_by=by
    )
    session.add(stored)
    session.flush()
    if promised is not None:
        rows = public_rows(drawn, planned.definition)
        stored.digest = commitment.reveal(session, promised, rows, seed=seed, now=now)
    _make_cases(session, wave, stored, dossiers, drawn)
    invite.make_desks(session, slug)
    # From here on the dates of the fieldwork decide when answers are taken.
    wave.state = WaveState.OPEN
    audit.append(session, "sample.drawn", by=by, at=now, wave=slug, seed=seed, digest=stored.digest)
    return _draw_view(stored, drawn, promised is not None)


def _refuse_early(promised: SampleCommitment | None, now: datetime) -> None:
    if promised is not None and local_day(now) < promised.seed_on:
        raise Conflict(
            "Hạt giống đã cam kết (%(source)s) chỉ có từ ngày %(seed_on)s; chưa rút mẫu được.",
            code="draw.before_the_seed",
            source=promised.seed_source,
            seed_on=str(promised.seed_on),
        )


def changed_since_commitment(
    session: Session, wave: Wave, promised: SampleCommitment | None
) -> str:
    """What is no longer as it was committed to: frame, plan or nothing ("")."""
    if promised is None:
        return ""
    now = commitment.public_files(session, wave, promised.plan, promised.pseudonym_key)
    if sample_bundle.digest(now[sample_bundle.PLAN]) != promised.plan_sha256:
        return "Phương án mẫu"
    if sample_bundle.digest(now[sample_bundle.FRAME]) != promised.frame_sha256:
        return "Danh sách hồ sơ"
    return ""


def public_rows(
    drawn: pd.DataFrame, definition: Mapping[str, Any]
) -> list[tuple[str, str, int, str, int, str]]:
    """Rows of ``sample.csv`` of a drawn sample whose ids are pseudonyms."""
    share = {s["stratum"]: f"{s['n']}/{s['population']}" for s in definition["strata"]}
    ordered = sorted(
        drawn[["stratum", "role", "rank", "id", "key"]].itertuples(index=False, name=None),
        key=lambda row: (row[0].encode(), row[2]),
    )
    return [
        (stratum, role, int(rank), name, int(key), share[stratum])
        for stratum, role, rank, name, key in ordered
    ]


def redraw(
    dossiers: pd.DataFrame,
    definition: Mapping[str, Any],
    seed: str,
    promised: SampleCommitment | None = None,
) -> pd.DataFrame:
    """The sample, drawn from the pseudonyms under a commitment; ``code`` is the dossier's."""
    sizes = {s["stratum"]: (s["n"], s["reserve"]) for s in definition["strata"]}
    codes = dossiers["code"].tolist()
    names = codes if promised is None else [pseudonym(c, promised.pseudonym_key) for c in codes]
    known = definition.get("coordination") or {"starts": {}}
    drawn = draw_coordinated(names, dossiers["stratum"], sizes, seed, known["starts"])
    behind = dict(zip(names, codes, strict=True))
    return drawn.assign(code=[behind[name] for name in drawn["id"]])


def changed_since(planned: SamplePlan, dossiers: pd.DataFrame) -> str:
    if plan_digest(planned.definition) != planned.sha256:
        return "Phương án mẫu"
    if content_digest(dossiers) != planned.definition["dossiers_sha256"]:
        return "Danh sách hồ sơ"
    return ""


def _make_cases(
    session: Session, wave: Wave, stored: SampleDraw, dossiers: pd.DataFrame, drawn: pd.DataFrame
) -> None:
    origin = dossiers.set_index("code")
    session.execute(
        insert(Case),
        [
            {
                "wave_id": wave.id,
                "draw_id": stored.id,
                "dossier_id": int(origin.at[row.code, "dossier_id"]),
                "unit_id": int(origin.at[row.code, "unit_id"]),
                "stratum": origin.at[row.code, "field"],
                "role": row.role,
                "rank": int(row.rank),
                "inclusion_probability": float(row.inclusion_probability),
                "issued": row.role == "main",
            }
            for row in drawn.itertuples(index=False)
        ],
    )


def _draw_view(stored: SampleDraw, drawn: pd.DataFrame, committed: bool) -> DrawView:
    n_main = int((drawn["role"] == "main").sum())
    return DrawView(stored.digest, stored.seed, n_main, len(drawn) - n_main, committed)
