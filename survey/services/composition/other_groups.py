"""A table's inputs with what other groups say: each group is asked by a wave of its own.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from analysis.index.satisfaction import unit_sums
from analysis.index.unit_sums import silent
from survey.errors import Conflict
from survey.services.composition import publish
from survey.services.composition.publish import GroupSums, Inputs
from survey.store import waves


def load(session: Session, slug: str, *, run_id: int | None = None) -> Inputs:
    """As `publish.load`, with the sums of the waves that ask other groups for the same table."""
    inputs = publish.load(session, slug, run_id=run_id)
    companions = waves.get(session, slug).settings.get("companions", ())
    return replace(inputs, others=tuple(_other(session, inputs, each) for each in companions))


def _other(session: Session, inputs: Inputs, slug: str) -> GroupSums:
    """One group's sums; a unit of which too few of the group spoke is silent."""
    asked = publish.load(session, slug, scheme=inputs.scheme)
    group = asked.wave["group"]
    if group == inputs.wave["group"]:
        raise Conflict(
            "Đợt “%(slug)s” hỏi cùng nhóm “%(group)s” với đợt này; đợt kèm phải hỏi nhóm khác.",
            code="index.same_group",
            slug=slug,
            group=group,
        )
    keys = [unit.key for unit in inputs.units]
    found, whole = unit_sums(
        asked.respondents,
        asked.concepts,
        asked.populations,
        units=keys,
        scores=inputs.scheme.concept_scores(),
    )
    least = asked.wave["min_shown"]
    shown = [each if each.n >= least else silent(each.unit, each.names) for each in found]
    return GroupSums(group, slug, len(asked.respondents), tuple(shown), whole)
