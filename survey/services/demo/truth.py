"""The truth of the synthetic population: what a census of all dossiers would find."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms import routing
from forms.model import Questionnaire
from survey.services import definitions
from survey.services.demo import persona
from survey.services.demo.population import Dossier
from survey.store import waves
from survey.store.models import Dossier as StoredDossier
from survey.store.models import Unit

#: Answers that count as satisfied (F1).
SATISFIED = frozenset({"4", "5"})


@dataclass(frozen=True, slots=True)
class Population:
    definition: Questionnaire
    #: (unit name, dossier, channel)
    dossiers: list[tuple[str, Dossier, str]]


def load(session: Session, slug: str) -> Population:
    """The whole frame of a wave.  Raises NotFound."""
    wave = waves.get(session, slug)
    frame = waves.frame_of(session, wave.id)
    rows = session.execute(
        select(Unit.name, StoredDossier.code, Unit.code, StoredDossier.field, StoredDossier.channel)
        .join(Unit, Unit.id == StoredDossier.unit_id)
        .where(StoredDossier.frame_id == frame.id)
    )
    return Population(
        definitions.of(wave.questionnaire),
        [(name, Dossier(code, unit, field), channel) for name, code, unit, field, channel in rows],
    )


def compute(
    population: Population,
    progress: Callable[[int, int, str], None] = lambda done, total, message: None,
) -> dict[str, float]:
    """Pooled satisfaction share (F1) of each unit, and of all under the empty name."""
    satisfied: dict[str, int] = defaultdict(int)
    valid: dict[str, int] = defaultdict(int)
    definition = population.definition
    for n, (unit, dossier, channel) in enumerate(population.dossiers, start=1):
        context = {
            "unit_name": unit,
            "case_field": dossier.field,
            "case_channel": channel,
            "today": "",
        }
        given = persona.answers(definition, dossier, context)
        if routing.is_eligible(definition, given, context):
            yes, all_valid = _counts(definition, given)
            for name in (unit, ""):
                satisfied[name] += yes
                valid[name] += all_valid
        if n % 500 == 0:
            progress(n, len(population.dossiers), "")
    return {name: satisfied[name] / valid[name] for name in sorted(valid)}


def _counts(definition: Questionnaire, given: dict) -> tuple[int, int]:
    ratings: Iterable = (
        given[q.name]
        for q in definition
        if q.is_rating and q.name in given and not q.missing_reason(given[q.name])
    )
    values = list(ratings)
    return sum(value in SATISFIED for value in values), len(values)
