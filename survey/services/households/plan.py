"""The plan of a household round: what is fixed before any seed, and whether it still is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from survey.domain.household import RULE
from survey.domain.household_round import Round
from survey.errors import Conflict
from survey.store import households, waves
from survey.store.models import SamplePlan, Wave


def of_wave(session: Session, slug: str) -> Round:
    """Raises NotFound, Conflict (the wave is no household round)."""
    rules = Round.of(waves.get(session, slug).settings)
    if rules is None:
        raise Conflict(
            "Đợt “%(slug)s” không phải vòng hộ gia đình.",
            code="household.other_kind",
            hint="Đặt [settings.household] trong tệp lập đợt.",
            slug=slug,
        )
    return rules


def dossier_wave(session: Session, slug: str) -> Wave:
    """A wave that draws dossiers.  Raises NotFound, Conflict (a household round)."""
    wave = waves.get(session, slug)
    if Round.of(wave.settings) is not None:
        raise Conflict(
            "Đợt “%(slug)s” là vòng hộ gia đình: mẫu của nó đi qua các lệnh flask household.",
            code="household.own_commands",
            slug=slug,
        )
    return wave


def is_round(session: Session, slug: str) -> bool:
    """Raises NotFound."""
    return Round.of(waves.get(session, slug).settings) is not None


def definition(session: Session, wave: Wave, rules: Round, frame_sha256: str) -> dict[str, Any]:
    """All that the draws need but the seed."""
    lines = [
        [area.code, area.unit_id, area.stratum, area.households]
        for area in households.areas(session, wave.id)
    ]
    text = json.dumps(lines, ensure_ascii=False, separators=(",", ":"))
    return {
        "wave": wave.slug,
        "kind": "household",
        "rule": RULE,
        "round": asdict(rules),
        "frame_sha256": frame_sha256,
        "areas_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }


def digest(told: Mapping[str, Any]) -> str:
    """sha256 of the plan as JSON with sorted keys, no blanks, UTF-8."""
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def changed(session: Session, wave: Wave, rules: Round, planned: SamplePlan) -> bool:
    """Whether areas or choices are no longer what was planned."""
    now = definition(session, wave, rules, planned.definition["frame_sha256"])
    return digest(now) != planned.sha256


def refuse_changed(session: Session, wave: Wave, rules: Round, planned: SamplePlan) -> None:
    """Raises Conflict."""
    if changed(session, wave, rules, planned):
        raise Conflict(
            "Khu vực hoặc quy tắc đã đổi sau khi lập phương án; hãy nạp lại danh sách khu vực.",
            code="household.changed_since_plan",
        )
