"""Load the demonstration wave: units, questionnaire, scheme, frame, verified points."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.index.scheme import Scheme
from survey.domain.calendar import local_day
from survey.services import frame, units, verified, waves
from survey.services.demo import population
from survey.services.demo.chance import uniform
from survey.services.sampling import commitment, sample
from survey.services.sampling import draw as sample_draw
from survey.store import units as unit_store
from survey.store.models import Unit

SLUG = "cam-giang-2023"
WINDOW = (date(2023, 1, 1), date(2023, 12, 31))
SCHEME = Path(__file__).parents[2] / "data" / "schemes" / "mau-2023.toml"
DISTRICT = "295"
SEED = "minh-hoa-synthetic-2023"
SEED_SOURCE = "số minh hoạ, không phải kết quả xổ số thật"
#: Of invented dossiers: nothing to protect, and the same draw everywhere.
PSEUDONYM_KEY = bytes(range(32))
#: Days for which the demonstration takes answers.
OPEN_DAYS = 365


def load(
    session: Session, *, contact_key: str, by: str, now: datetime, scale: float = 1.0
) -> frame.Imported:
    """Set up the synthetic wave up to its frame; ``scale`` shrinks the frame for tests.

    Raises Conflict if it is there already.
    """
    units.load_register(session)
    codes = communes(session)
    text = SCHEME.read_text(encoding="utf-8")
    scheme = Scheme.from_toml(text)
    today = local_day(now)
    setup = waves.WaveSetup(
        slug=SLUG,
        titles={
            "vi": "Chỉ số CCHC Cẩm Giàng 2023 – số liệu giả lập (synthetic)",
            "en": "PAR index of Cẩm Giàng 2023 – synthetic data",
        },
        organisation="Phòng Nội vụ (minh hoạ, synthetic)",
        contact="Bản minh hoạ: không có đơn vị nào đứng sau và không ai nhận câu trả lời.",
        window=WINDOW,
        fieldwork=(today - timedelta(days=1), today + timedelta(days=OPEN_DAYS)),
        questionnaire="c1-citizen",
        scheme_text=text,
        unit_codes=codes,
        synthetic=True,
        live_results=True,
        # Simulated respondents need no time to read; without this every one would be flagged.
        settings={"seconds_per_question": 0.0},
    )
    waves.create(session, setup, scheme=_checked(scheme), by=by, now=now)
    made = frame.import_file(
        session,
        SLUG,
        population.frame_csv(codes, WINDOW, scale=scale),
        name="synthetic-cam-giang-2023.csv",
        contact_key=contact_key,
        by=by,
        now=now,
    )
    verified.import_file(
        session,
        SLUG,
        verified_csv(codes, scheme),
        name="synthetic-verified-2023.csv",
        by=by,
        now=now,
    )
    return made


def draw(session: Session, *, by: str, now: datetime) -> sample_draw.DrawView:
    """Plan, commit and draw the demonstration's sample, as if the days between had gone by."""
    week = timedelta(days=7)
    sample.plan(session, SLUG, sample.PlanRequest(), by=by, now=now - week)
    commitment.commit(
        session,
        SLUG,
        seed_source=SEED_SOURCE,
        seed_on=local_day(now),
        key=PSEUDONYM_KEY,
        by=by,
        now=now - week,
    )
    return sample_draw.draw_sample(session, SLUG, SEED, by=by, now=now)


def communes(session: Session) -> list[str]:
    """Codes of the units under the district in 2023."""
    district = unit_store.valid_on(session, DISTRICT, WINDOW[1])
    return sorted(
        session.scalars(
            select(Unit.code).where(
                Unit.parent_id == district.id,
                Unit.valid_from <= WINDOW[0],
                Unit.valid_to > WINDOW[1],
            )
        )
    )


def verified_csv(codes: list[str], scheme: Scheme) -> bytes:
    """Made-up appraised points: most leaves near their maximum, each unit with its weak ones."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(verified.COLUMNS)
    for unit in codes:
        level = 0.70 + 0.28 * uniform(unit, "verified")
        for leaf, maximum in scheme.verified_maxima().items():
            share = min(1.0, level + 0.24 * (uniform(unit, leaf) - 0.5))
            writer.writerow((unit, leaf, round(4 * maximum * share) / 4))
    return out.getvalue().encode()


def _checked(scheme: Scheme) -> dict[str, object]:
    return {"name": scheme.name, "valid_from": scheme.valid_from, "sha256": scheme.sha256}
