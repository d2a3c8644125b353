"""Set up a wave from its file or form: units, questionnaire and scheme are data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from survey.domain import wave_file
from survey.domain.wave import is_surveyed
from survey.errors import InvalidInput, NotFound, Problem
from survey.services import waves
from survey.services.schemes import reading, register, writing
from survey.services.schemes.register import Scheme

SCHEMES = Path(__file__).parents[1] / "data" / "schemes"


def create(session: Session, content: bytes, *, folder: Path, by: str, now: datetime) -> str:
    """Make the wave that a TOML file describes; return its slug.

    ``scheme`` names a shipped or kept scheme (``name@day``: the one in force on a day), or a TOML
    or XLSX file beside the set-up (in ``folder``).  Raises
    InvalidInput, NotFound (a unit, the questionnaire), Conflict (the slug is taken), SchemeError.
    """
    return make(session, wave_file.read(content), folder=folder, by=by, now=now)


def make(
    session: Session,
    data: Mapping[str, Any],
    *,
    folder: Path | None = None,
    by: str,
    now: datetime,
) -> str:
    """Make the wave of a checked set-up (``survey.domain.wave_file``).  Raises as ``create``."""
    scheme, text = _scheme(session, data["scheme"], folder)
    if not is_surveyed(data.get("settings") or {}) and not _does_without(scheme):
        raise InvalidInput(
            "Bộ chỉ số “%(name)s” không cho tính năm không khảo sát (no_survey = refuse).",
            code="scheme.needs_survey",
            name=scheme.name,
        )
    setup = waves.WaveSetup(
        slug=data["slug"],
        titles=data["titles"],
        organisation=data["organisation"],
        contact=data["contact"],
        window=tuple(data["window"]),
        fieldwork=tuple(data["fieldwork"]),
        questionnaire=data["questionnaire"],
        scheme_text=text,
        unit_codes=[str(code) for code in data["units"]],
        settings=data.get("settings"),
    )
    checked = {"name": scheme.name, "valid_from": scheme.valid_from, "sha256": scheme.sha256}
    waves.create(session, setup, scheme=checked, by=by, now=now)
    return setup.slug


def _does_without(scheme: Scheme) -> bool:
    return scheme.no_survey == "rescale" or not scheme.survey_leaves


def _scheme(session: Session, name: str, folder: Path | None) -> tuple[Scheme, str]:
    """A shipped scheme, a file beside the set-up (TOML or XLSX), or one that is kept."""
    beside = [folder / name] if folder else []
    for path in (SCHEMES / f"{Path(name).name}.toml", *beside):
        if path.is_file():
            scheme = reading.read(path.read_bytes())
            shipped = path.parent == SCHEMES
            return scheme, path.read_text(encoding="utf-8") if shipped else writing.toml(scheme)
    try:
        scheme = register.find(session, name)
    except NotFound as unknown:
        raise InvalidInput(
            "Không có bộ chỉ số “%(name)s”.",
            [Problem("scheme.not_found", "Không có bộ chỉ số “%(name)s”.", {"name": name})],
            code="scheme.not_found",
            name=name,
        ) from unknown
    return scheme, writing.toml(scheme)
