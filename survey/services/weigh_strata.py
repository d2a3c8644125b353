"""The strata of a draw as weighting sees them: who is in the field, and with what chance.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from analysis.weighting.reserves import released_probability
from survey.domain.disposition import MEANINGS
from survey.services.cells import Cells
from survey.store.models import Case, Dossier, Unit

_INELIGIBLE = [code for code, meaning in MEANINGS.items() if meaning.category == "NE"]


def load(session: Session, draw_id: int, frame_id: int, cells: Cells) -> pd.DataFrame:
    """One row a stratum that has cases in the field, thin ones merged as answers are stored.

    ``n_issued`` counts main cases and released reserves, replaced cases included; ``probability``
    is that of the enlarged sample; ``enlarged`` its ratio to the draw's; ``n_ineligible`` the
    cases that fieldwork found not to belong to the sample.
    """
    population = session.execute(
        select(Dossier.unit_id, Dossier.field, func.count())
        .where(Dossier.frame_id == frame_id)
        .group_by(Dossier.unit_id, Dossier.field)
    )
    issued = session.execute(
        select(
            Case.unit_id,
            Case.stratum,
            func.count(),
            func.count().filter(Case.role == "main"),
            func.count().filter(Case.disposition.in_(_INELIGIBLE)),
            func.min(Case.inclusion_probability),
        )
        .where(Case.draw_id == draw_id, Case.issued)
        .group_by(Case.unit_id, Case.stratum)
    )
    columns = ["unit_id", "field", "n_issued", "n_main", "n_ineligible", "drawn"]
    left = pd.DataFrame(population.all(), columns=["unit_id", "field", "population"])
    right = pd.DataFrame(issued.all(), columns=columns)
    table = left.merge(right, on=["unit_id", "field"], how="inner", validate="one_to_one")
    table = _merged(table, cells)
    table["probability"] = released_probability(table["drawn"], table["n_main"], table["n_issued"])
    table["enlarged"] = table["n_issued"] / table["n_main"]
    units = {
        unit.id: f"{unit.code}@{unit.valid_from}" for unit in session.scalars(select(Unit)).all()
    }
    table["unit"] = table["unit_id"].map(units)
    return table.sort_values(["unit", "field"], ignore_index=True)


def placed(responses: pd.DataFrame, strata: pd.DataFrame, cells: Cells) -> pd.DataFrame:
    """Answers under their stored cells, with the chance that released reserves gave them.

    An answer keeps the chance it was drawn with; released reserves made the sample larger.
    """
    keys = zip(responses["unit_id"], responses["stratum"], strict=True)
    labels = [cells[key].label if key in cells else key[1] for key in keys]
    enlarged = strata.set_index(["unit_id", "field"])["enlarged"].to_dict()
    ratio = [enlarged[key] for key in zip(responses["unit_id"], labels, strict=True)]
    return responses.assign(stratum=labels, probability=responses["probability"] * ratio)


def _merged(table: pd.DataFrame, cells: Cells) -> pd.DataFrame:
    """The strata as answers name them; a merged one's ``drawn`` is cases drawn over dossiers."""
    keys = zip(table["unit_id"], table["field"], strict=True)
    labels = [cells[key].label if key in cells else key[1] for key in keys]
    if labels == list(table["field"]):
        return table
    table = table.assign(field=labels, dossiers=table["n_main"] / table["drawn"])
    joined = table.groupby(["unit_id", "field"], as_index=False).agg(
        population=("population", "sum"),
        n_issued=("n_issued", "sum"),
        n_main=("n_main", "sum"),
        n_ineligible=("n_ineligible", "sum"),
        lowest=("drawn", "min"),
        dossiers=("dossiers", "sum"),
        n=("drawn", "size"),
    )
    joined["drawn"] = joined["lowest"].where(
        joined["n"] == 1, joined["n_main"] / joined["dossiers"]
    )
    return joined.drop(columns=["lowest", "dossiers", "n"])


def reserves_step(strata: pd.DataFrame) -> dict[str, Any]:
    """What the record of a run says of released reserves."""
    # A simulated sample may come without main counts: then nothing was released.
    main = strata["n_main"] if "n_main" in strata else strata["n_issued"]
    released = strata["n_issued"] - main
    # An empty frame would take the rows of what is assigned to it.
    shown = strata.assign(n_main=main, released=released)[released > 0]
    return {
        "name": "reserves",
        "title": "Mẫu dự phòng",
        "summary": (
            f"đã thả {int(released.sum())} hồ sơ dự phòng ở {len(shown)} tầng; "
            "π = số hồ sơ đã đưa ra / số hồ sơ của tầng"
        ),
        "n_released": int(released.sum()),
        "n_main": int(main.sum()),
        "strata": [
            {
                "unit": row.unit,
                "field": row.field,
                "n_main": int(row.n_main),
                "n": int(row.released),
            }
            for row in shown.itertuples(index=False)
        ],
    }
