"""All that is computed beside a table and kept with it: drivers, standing, channels, traces.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from analysis.index.unit_sums import UnitSums
from survey.render.table import ResultTable
from survey.services.composition import (
    by_channel,
    by_presence,
    few_people,
    key_drivers,
    standing,
    tracing,
)
from survey.services.composition.publish import Inputs

Sums = tuple[Sequence[UnitSums], UnitSums]


@dataclass(frozen=True, slots=True)
class WithExcluded:
    """The same table with the answers that a reviewer left out."""

    inputs: Inputs
    sums: Sums
    table: ResultTable


@dataclass(frozen=True, slots=True)
class Read:
    """What is read besides the table's own inputs."""

    rated: tuple[pd.DataFrame, str]
    channels: list[str]
    presence: list[str]
    questions: tracing.Texts


@dataclass(frozen=True, slots=True)
class Beside:
    drivers: dict[str, Any]
    standing: dict[str, Any]
    traces: Mapping[str, dict[str, Any]]


def load(session: Session, slug: str, inputs: Inputs) -> Read:
    """Raises NotFound."""
    return Read(
        key_drivers.load(session, slug, inputs),
        by_channel.load(session, inputs),
        by_presence.load(session, slug, inputs),
        tracing.questions(session, slug),
    )


def compute(
    inputs: Inputs, read: Read, sums: Sums, table: ResultTable, other: WithExcluded | None = None
) -> Beside:
    """``table`` as it will be shown: what it withholds is withheld here too."""
    stands = standing.compute(inputs, sums[0], table)
    stands["channels"] = by_channel.compute(inputs, read.channels)
    stands["officer"] = by_presence.compute(inputs, read.presence)
    traces = tracing.compute(inputs, sums, table, read.questions)
    others = {}
    if other is not None:
        others = tracing.compute(other.inputs, other.sums, other.table, read.questions)
    few_people.mark(traces, others, tracing.WHOLE, inputs.wave["min_people"])
    traces |= {unit + tracing.WITH_EXCLUDED: trace for unit, trace in others.items()}
    return Beside(key_drivers.compute(inputs, *read.rated), stands, traces)


def store(session: Session, index_run_id: int, made: Beside) -> None:
    key_drivers.store(session, index_run_id, made.drivers)
    standing.store(session, index_run_id, made.standing)
    tracing.store(session, index_run_id, made.traces)
