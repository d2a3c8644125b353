"""Read, in one transaction, a table and all that it was computed from.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain import assessed, household_round
from survey.domain.wave import Stream, WaveState, stratum_id
from survey.errors import Conflict, InvalidInput
from survey.render import release_files as files
from survey.render import sample_bundle
from survey.services import definitions, seal, unsurveyed, weigh
from survey.services.composition import other_groups, publish, weighted_answers
from survey.services.release import beside, differencing, disclosure, software, tables
from survey.services.release import content as release_content
from survey.store import waves
from survey.store.models import (
    Dossier,
    IndexRelease,
    IndexRun,
    Response,
    Unit,
    VerifiedSet,
    Wave,
)


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that goes into a release, read in one transaction."""

    slug: str
    index_run_id: int
    number: int
    content: dict[str, bytes]
    withheld: dict[str, bytes]
    facts: dict[str, Any]
    previous: bytes | None


def gather(session: Session, slug: str, *, reason: str = "") -> Gathered:
    """Read what the newest table was computed from.  Raises NotFound, Conflict, InvalidInput."""
    wave = waves.get(session, slug)
    run = newest_run(session, wave)
    last = last_release(session, wave)
    _refuse(wave, run, last, reason)
    main = other_groups.load(session, slug, run_id=run.weigh_run_id)
    whole = (
        other_groups.load(session, slug, run_id=main.with_excluded) if main.with_excluded else None
    )
    kind = weigh if main.wave["surveyed"] else unsurveyed
    answered = kind.load(session, slug, with_excluded=True)
    disclosure.refuse(
        run.table,
        publish.sums(main)[0],
        minimum=main.wave["min_shown"],
        people=main.wave["min_people"],
    )
    if main.earlier and not waves.get(session, main.earlier.table.wave_slug).results_public:
        main = replace(main, earlier=None)
    content = _common(session, wave, run, main, whole, answered)
    excluded = kind.load(session, slug).excluded
    units = {unit.id: f"{unit.code}@{unit.valid_from}" for unit in session.scalars(select(Unit))}
    values = _values(session, wave, main.concepts)
    answers = release_content.answers(answered.responses, values, units, excluded)
    differencing.refuse(
        differencing.published(0, run.table, answers),
        _published(session, wave),
        people=main.wave["min_people"],
        concepts=main.concepts,
        names={unit.key: unit.name for unit in main.units},
    )
    return Gathered(
        slug=slug,
        index_run_id=run.id,
        number=last.number + 1 if last else 1,
        content=content,
        withheld={files.ANSWERS: answers},
        facts=_facts(session, wave, run, last, reason),
        previous=last.public_bundle if last else None,
    )


def _refuse(wave: Wave, run: IndexRun | None, last: IndexRelease | None, reason: str) -> None:
    if run is None:
        raise Conflict(
            "Đợt “%(slug)s” chưa có bảng chỉ số.",
            code="release.no_table",
            hint="Chạy: flask index compute --wave %(slug)s",
            slug=wave.slug,
        )
    if household_round.SETTING in wave.settings:
        raise Conflict(
            "Chưa có gói kiểm chứng cho vòng hộ gia đình; kết quả chỉ xem được trong văn phòng.",
            code="release.household",
        )
    if assessed.SETTING in wave.settings:
        raise Conflict(
            "Đợt “%(slug)s” hỏi về nhiều đơn vị; kết quả của đợt được công bố trong bảng của đợt "
            "có “companions” gồm đợt này.",
            code="release.companion",
            slug=wave.slug,
        )
    if wave.state != WaveState.CLOSED:
        raise Conflict(
            "Đợt “%(slug)s” còn nhận phiếu; hãy đóng đợt, tính lại rồi công bố.",
            code="release.wave_open",
            slug=wave.slug,
        )
    if last is not None and last.index_run_id == run.id:
        raise Conflict(
            "Bảng này đã công bố (bản %(number)s); chưa có lần tính nào mới hơn.",
            code="release.nothing_new",
            number=last.number,
        )
    if last is not None and not reason.strip():
        raise InvalidInput(
            "Bản đính chính phải nói rõ lý do.", code="release.no_reason", number=last.number
        )


def _common(
    session: Session,
    wave: Wave,
    run: IndexRun,
    main: publish.Inputs,
    whole: publish.Inputs | None,
    answered: weigh.Inputs,
) -> dict[str, bytes]:
    """The files that both bundles hold."""
    table = dict(run.table)
    if main.earlier is None:
        table = _without_before(table)
    sums, everybody = publish.sums(main)
    shown = {
        f"{row['unit_code']}@{row['valid_from']}" for row in table["rows"] if not row["suppressed"]
    }
    computed_at = run.created_at.isoformat()
    content = {
        files.TABLE: files.json_file(table),
        files.TABLE_CSV: tables.csv_of(
            {name: part for name, part in table.items() if name != "with_excluded"}
        ),
        files.FACTS: release_content.facts(main, computed_at=computed_at),
        files.SCHEME: wave.scheme.definition.encode(),
        files.UNITS: release_content.units(main, sums),
        files.VERIFIED: release_content.verified(main),
        files.FRAME: release_content.frame(_frame(session, wave)),
        files.STRATA: release_content.strata(answered),
        files.WEIGHTS: release_content.weights(answered, main, whole),
        files.QUESTIONNAIRE: wave.questionnaire.definition.encode(),
        files.SOFTWARE: files.json_file(asdict(software.version())),
        **beside.of_run(session, run.id),
        **release_content.sums([each for each in sums if each.unit in shown] + [everybody]),
    }
    commitment = waves.commitment_of(session, wave.id)
    if commitment is not None:
        content[files.PLAN] = sample_bundle.unpacked(commitment.bundle)[sample_bundle.PLAN]
    if main.earlier is not None:
        content[files.EARLIER] = release_content.earlier(main.earlier)
    return content


def _without_before(table: dict[str, Any]) -> dict[str, Any]:
    """A table without the wave before, whose results are withheld."""
    table = table | {"before": None}
    if "with_excluded" in table:
        table["with_excluded"] = table["with_excluded"] | {"before": None}
    return table


def _facts(
    session: Session, wave: Wave, run: IndexRun, last: IndexRelease | None, reason: str
) -> dict[str, Any]:
    """What the manifest says besides the digests of the files."""
    commitment = waves.commitment_of(session, wave.id)
    draw = waves.draw_of(session, wave.id)
    frame = waves.frame_of(session, wave.id)
    verified = run.verified_set_id and session.get_one(VerifiedSet, run.verified_set_id)
    return {
        "wave": wave.slug,
        "title": wave.titles["vi"],
        "organisation": wave.organisation,
        "synthetic": wave.synthetic,
        "reason": reason.strip(),
        "previous": last and {"number": last.number, "manifest_sha256": last.manifest_sha256},
        "index_run": run.id,
        "weigh_run": run.weigh_run_id,
        "frame_content_sha256": frame.sha256 if frame else None,
        "commitment": commitment
        and {"frame_sha256": commitment.frame_sha256, "plan_sha256": commitment.plan_sha256},
        "plan_sha256": draw.plan.sha256 if draw else None,
        "sample_sha256": draw.digest if draw else None,
        "seed": draw.seed if draw else None,
        "scheme_sha256": wave.scheme.sha256,
        "questionnaire_sha256": wave.questionnaire.sha256,
        "verified_sha256": verified.sha256 if verified else None,
        "seals": [
            {"on": each.sealed_on.isoformat(), "n": each.n, "root": each.root}
            for each in seal.record(session, wave.slug).seals
        ],
    }


def newest_run(session: Session, wave: Wave) -> IndexRun | None:
    """The newest table of a wave."""
    query = select(IndexRun).where(IndexRun.wave_id == wave.id).order_by(IndexRun.id.desc())
    return session.scalars(query.limit(1)).one_or_none()


def last_release(session: Session, wave: Wave) -> IndexRelease | None:
    """The newest release of a wave."""
    query = select(IndexRelease).where(IndexRelease.wave_id == wave.id)
    return session.scalars(query.order_by(IndexRelease.number.desc()).limit(1)).one_or_none()


def _published(session: Session, wave: Wave) -> list[differencing.Published]:
    """Every table of the wave that readers have already."""
    query = select(IndexRelease.number, IndexRelease.full_bundle).where(
        IndexRelease.wave_id == wave.id
    )
    return [
        table
        for number, bundle in session.execute(query)
        for table in differencing.of_bundle(number, bundle)
    ]


def _frame(session: Session, wave: Wave) -> list[tuple[str, str, int]]:
    frame = waves.frame_of(session, wave.id)
    query = (
        select(Unit.code, Unit.valid_from, Dossier.field, func.count())
        .join(Unit, Unit.id == Dossier.unit_id)
        .where(Dossier.frame_id == (frame.id if frame else 0))
        .group_by(Unit.code, Unit.valid_from, Dossier.field)
    )
    return [
        (stratum_id(code, since, "").removesuffix("/"), field, n)
        for code, since, field, n in session.execute(query)
    ]


def _values(session: Session, wave: Wave, concepts: dict[str, list[str]]) -> pd.DataFrame:
    """Valid ratings of the drawn answers by the answer's key, NaN where there is none."""
    definition = definitions.of(wave.questionnaire)
    questions = [definition.question(item) for names in concepts.values() for item in names]
    rows = session.execute(
        select(Response.id, Response.answers).where(
            Response.wave_id == wave.id, Response.stream == Stream.PROBABILITY
        )
    ).all()
    rating = weighted_answers.rating
    values = [[rating(question, row.answers) for question in questions] for row in rows]
    return pd.DataFrame(
        np.array(values, dtype=float).reshape(len(rows), len(questions)),
        columns=[question.name for question in questions],
        index=[row.id for row in rows],
    )
