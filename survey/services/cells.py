"""Under which cell an answer of a stratum is stored, and with what inclusion probability."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.cells import JOINT, storage_cells
from survey.store.models import Case

#: (unit id, stratum) -> its cell.
Cells = Mapping[tuple[int, str], "StorageCell"]


@dataclass(frozen=True, slots=True)
class StorageCell:
    """``probability``: the cell's drawn cases over its dossiers."""

    label: str
    probability: float


#: Cells by database and draw: what a draw has drawn never changes.
_KNOWN: dict[tuple[str, int, int], Cells] = {}


def of_draw(session: Session, draw_id: int, settings: Mapping[str, Any]) -> Cells:
    """The cells of a draw.  Main cases count: they are fixed, reserves come and go."""
    k = int(settings["min_cell"])
    key = (str(session.get_bind().url), draw_id, k)
    known = _KNOWN.get(key)
    if known is None:
        known = _KNOWN[key] = _read(session, draw_id, k, settings)
    return known


def order(fields: list[str], cells: Cells) -> list[str]:
    """The study's order of fields, with merged cells at the place of their first field."""
    labels = {cell.label for cell in cells.values()} | set(fields)
    rank = {name: position for position, name in enumerate(fields)}
    return sorted(labels, key=lambda x: (rank.get(x.split(JOINT)[0], len(rank)), len(x), x))


def _read(session: Session, draw_id: int, k: int, settings: Mapping[str, Any]) -> Cells:
    rows = session.execute(
        select(Case.unit_id, Case.stratum, func.count(), func.min(Case.inclusion_probability))
        .where(Case.draw_id == draw_id, Case.role == "main")
        .group_by(Case.unit_id, Case.stratum)
    )
    units: dict[int, dict[str, tuple[int, float]]] = defaultdict(dict)
    for unit_id, stratum, n, probability in rows:
        units[unit_id][stratum] = (n, probability)
    found: dict[tuple[int, str], StorageCell] = {}
    for unit_id, strata in units.items():
        sizes = {stratum: n for stratum, (n, _) in strata.items()}
        label_of = storage_cells(sizes, k, list(settings["fields"]))
        drawn: dict[str, float] = defaultdict(float)
        dossiers: dict[str, float] = defaultdict(float)
        for stratum, (n, probability) in strata.items():
            drawn[label_of[stratum]] += n
            dossiers[label_of[stratum]] += n / probability
        for stratum, label in label_of.items():
            one = len(label.split(JOINT)) == 1
            share = strata[stratum][1] if one else drawn[label] / dossiers[label]
            found[unit_id, stratum] = StorageCell(label, share)
    return found
