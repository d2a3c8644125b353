"""Commit and reveal: frame and plan are published before the number that draws the sample."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.calendar import local_day
from survey.domain.pseudonyms import pseudonym
from survey.domain.wave import WaveState, stratum_id
from survey.errors import Conflict, InvalidInput, NotFound, Problem
from survey.render import sample_bundle as files
from survey.render.commitment import Commitment as Page
from survey.render.commitment import commitment_pdf
from survey.services.fieldwork import record as fieldwork_record
from survey.services.households import plan as rounds
from survey.store import audit, waves
from survey.store.models import Dossier, SampleCommitment, SamplePlan, Unit, Wave


@dataclass(frozen=True, slots=True)
class CommitmentView:
    """What the public page and the A4 page say."""

    slug: str
    titles: dict[str, str]
    organisation: str
    synthetic: bool
    frame_sha256: str
    plan_sha256: str
    seed_source: str
    seed_on: date
    committed_at: datetime
    n_units: int
    n_strata: int
    n_main: int
    n_reserve: int
    #: The numbers are those of an earlier wave.
    seed_known: bool = False
    seed: str | None = None
    drawn_at: datetime | None = None
    sample_sha256: str | None = None


def commit(
    session: Session,
    slug: str,
    *,
    seed_source: str,
    seed_on: date | None,
    key: bytes,
    by: str,
    now: datetime,
) -> CommitmentView:
    """Freeze frame and plan under their digests.  Raises NotFound, Conflict, InvalidInput."""
    wave = rounds.dossier_wave(session, slug)
    planned = waves.plan_of(session, wave.id)
    if planned is None:
        raise NotFound(
            "Đợt “%(slug)s” chưa có phương án mẫu.",
            code="plan.not_found",
            hint="Chạy: flask sample plan --wave %(slug)s",
            slug=slug,
        )
    _refuse_late(session, wave)
    source, known = " ".join(seed_source.split()), planned.definition.get("coordination")
    if known:
        # Permanent numbers: the earlier wave's seed and pseudonyms, known since then.
        key = waves.commitment_of(session, waves.get(session, known["wave"]).id).pseudonym_key
        source, seed_on = f"hạt giống của đợt {known['wave']}: {known['seed']}", local_day(now)
    elif not source or seed_on is None or seed_on <= local_day(now):
        raise InvalidInput(
            "Hạt giống phải là một con số công khai mà hôm nay chưa ai biết.",
            [
                Problem(
                    "commit.seed_known",
                    "Nguồn phải được gọi tên và ngày có số (%(seed_on)s) phải sau hôm nay"
                    " (%(today)s).",
                    {"seed_on": str(seed_on), "today": str(local_day(now))},
                )
            ],
            code="commit.seed_known",
        )
    frozen = public_files(session, wave, planned, key)
    stored = SampleCommitment(
        plan_id=planned.id,
        pseudonym_key=key,
        frame_sha256=files.digest(frozen[files.FRAME]),
        plan_sha256=files.digest(frozen[files.PLAN]),
        seed_source=source,
        seed_on=seed_on,
        committed_at=now,
        committed_by=by,
        bundle=b"",
    )
    frozen[files.COMMITMENT] = files.json_file(
        {
            "format": "sample-commitment/1",
            "wave": slug,
            "frame_sha256": stored.frame_sha256,
            "plan_sha256": stored.plan_sha256,
            "seed_source": source,
            "seed_on": seed_on.isoformat(),
            "committed_at": now.isoformat(timespec="seconds"),
        }
    )
    stored.bundle = files.packed(frozen)
    session.add(stored)
    session.flush()
    audit.append(
        session, "sample.committed", by=by, at=now, wave=slug,
        frame_sha256=stored.frame_sha256, plan_sha256=stored.plan_sha256, seed_source=source,
        seed_on=seed_on.isoformat(),
    )  # fmt: skip
    return _view(session, wave, stored)


def _refuse_late(session: Session, wave: Wave) -> None:
    if waves.draw_of(session, wave.id) is not None:
        raise Conflict(
            "Đợt “%(slug)s” đã rút mẫu: hạt giống lộ trước cam kết thì cam kết không còn nghĩa.",
            code="commit.seed_revealed",
            slug=wave.slug,
        )
    if wave.state == WaveState.CLOSED:
        raise Conflict("Đợt “%(slug)s” đã đóng.", code="wave.closed", slug=wave.slug)
    if waves.commitment_of(session, wave.id) is not None:
        raise Conflict(
            "Đợt “%(slug)s” đã cam kết mẫu; không cam kết lại được.",
            code="commit.exists",
            slug=wave.slug,
        )


def public_files(session: Session, wave: Wave, planned: SamplePlan, key: bytes) -> dict[str, bytes]:
    """``frame.csv`` and ``plan.json`` as they follow from the database now."""
    facts = {
        "wave": wave.slug,
        "title": wave.titles["vi"],
        "organisation": wave.organisation,
        "synthetic": wave.synthetic,
        "request": planned.definition["request"],
    }
    known = planned.definition.get("coordination")
    if known:
        facts["coordinated_with"] = {
            name: known[name] for name in ("wave", "seed", "expected_overlap")
        }
    units = ((pseudonym(code, key), stratum) for code, stratum in _units(session, planned))
    return {
        files.FRAME: files.frame_file(units),
        files.PLAN: files.plan_file(
            facts, planned.definition["strata"], known["starts"] if known else None
        ),
    }


def reveal(
    session: Session,
    commitment: SampleCommitment,
    rows: Iterable[tuple[str, str, int, str, int, str]],
    *,
    seed: str,
    now: datetime,
) -> str:
    """Add the draw to the public bundle; sha256 of the sample."""
    made = files.unpacked(commitment.bundle)
    made[files.SAMPLE] = files.sample_file(rows)
    found = files.digest(made[files.SAMPLE])
    made[files.DRAW] = files.json_file(
        {
            "format": "sample-draw/1",
            "seed": seed,
            "drawn_at": now.isoformat(timespec="seconds"),
            "sample_sha256": found,
        }
    )
    commitment.bundle = files.packed(made)
    session.flush()
    return found


def view(session: Session, slug: str) -> CommitmentView | None:
    """The commitment of a wave, None while there is none.  Raises NotFound."""
    wave = waves.get(session, slug)
    stored = waves.commitment_of(session, wave.id)
    return None if stored is None else _view(session, wave, stored)


def bundle(session: Session, slug: str) -> bytes:
    """The public file, once drawn with the record of released reserves.  Raises NotFound."""
    wave = rounds.dossier_wave(session, slug)
    stored = waves.commitment_of(session, wave.id)
    if stored is None:
        raise NotFound(
            "Đợt “%(slug)s” chưa cam kết mẫu.",
            code="commit.not_found",
            hint="Chạy: flask sample commit --wave %(slug)s",
            slug=slug,
        )
    if waves.draw_of(session, wave.id) is None:
        return stored.bundle
    record = fieldwork_record.record_csv(session, slug)
    return files.packed({**files.unpacked(stored.bundle), files.RESERVES: record})


def page_pdf(session: Session, slug: str, *, public_url: str) -> bytes:
    """The A4 page to be signed and put up.  Raises NotFound."""
    found = view(session, slug)
    if found is None:
        raise NotFound("Đợt “%(slug)s” chưa cam kết mẫu.", code="commit.not_found", slug=slug)
    return commitment_pdf(
        Page(
            wave_title=found.titles["vi"],
            organisation=found.organisation,
            synthetic=found.synthetic,
            frame_sha256=found.frame_sha256,
            plan_sha256=found.plan_sha256,
            seed_source=found.seed_source,
            seed_on=found.seed_on,
            committed_on=local_day(found.committed_at),
            n_units=found.n_units,
            n_strata=found.n_strata,
            n_main=found.n_main,
            n_reserve=found.n_reserve,
            seed_known=found.seed_known,
        ),
        link=f"{public_url.rstrip('/')}/ket-qua/{slug}/mau",
    )


def _units(session: Session, planned: SamplePlan) -> Iterable[tuple[str, str]]:
    """Code and stratum of every dossier that can be drawn."""
    rows = session.execute(
        select(Dossier.code, Unit.code, Unit.valid_from, Dossier.field)
        .join(Unit, Unit.id == Dossier.unit_id)
        .where(Dossier.frame_id == planned.frame_id)
    )
    return ((code, stratum_id(unit, since, field)) for code, unit, since, field in rows)


def _view(session: Session, wave: Wave, stored: SampleCommitment) -> CommitmentView:
    strata = stored.plan.definition["strata"]
    drawn = waves.draw_of(session, wave.id)
    return CommitmentView(
        slug=wave.slug,
        titles=wave.titles,
        organisation=wave.organisation,
        synthetic=wave.synthetic,
        frame_sha256=stored.frame_sha256,
        plan_sha256=stored.plan_sha256,
        seed_source=stored.seed_source,
        seed_on=stored.seed_on,
        committed_at=stored.committed_at,
        n_units=sum(stratum["population"] for stratum in strata),
        n_strata=len(strata),
        n_main=sum(stratum["n"] for stratum in strata),
        n_reserve=sum(stratum["reserve"] for stratum in strata),
        seed_known=bool(stored.plan.definition.get("coordination")),
        seed=drawn.seed if drawn else None,
        drawn_at=drawn.drawn_at if drawn else None,
        sample_sha256=drawn.digest if drawn else None,
    )
