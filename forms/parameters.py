"""The cell ``parameters``: what may stand in it for each type, and what it says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from forms import dialect
from forms.layout import Layout
from forms.model import Kind
from forms.sheets import Row

#: Parameters that name something, whose case counts.
_AS_WRITTEN = frozenset({"counts", *dialect.OF_FILE})


def read_parameters(
    row: Row, layout: Layout, kind: Kind, *, from_file: bool = False
) -> dict[str, str]:
    """The parameters of a row, apart by blanks, commas or semicolons; faults go to the layout."""
    known = dict(dialect.PARAMETERS.get(kind, {}))
    known |= dict.fromkeys(dialect.OF_FILE, dialect.COLUMN) if from_file else {}
    cell = layout.cells(row, "survey").get("parameters", row.start)
    found: dict[str, str] = {}
    written = re.sub(r"\s*=\s*", "=", layout.get(row, "survey", "parameters"))
    for parameter in filter(None, re.split(r"[,;\s]+", written)):
        key, _, value = parameter.partition("=")
        key = key.lower()
        if key == "seed" and "$" in value:
            layout.fault("row.seed", cell, value=value)
        elif key not in known or re.fullmatch(known[key], value.lower()) is None:
            layout.fault("row.parameter_unknown", cell, name=parameter)
        else:
            found[key] = value if key in _AS_WRITTEN else value.lower()
    if "seed" in found and found.get("randomize") != "true":
        layout.fault("row.seed_alone", cell)
    if kind is Kind.RANGE:
        found = {**dialect.RANGE, **found}
        if not range_steps(found):
            layout.fault("row.range", cell, **found)
    return found


def range_steps(parameters: Mapping[str, str]) -> int:
    """How many steps a range has; 0 if start, end and step do not fit together."""
    start, end, step = (Decimal(parameters[key]) for key in ("start", "end", "step"))
    if step <= 0 or end <= start:
        return 0
    whole, left = divmod(end - start, step)
    return 0 if left else int(whole)
