"""Which units one evaluator of a group inside is asked about: a random few, never the own one.

The choice follows from the draft's random name, which is destroyed when the answer is sent:
from the units that an answer speaks of nobody can find its case.  Every other unit has the same
chance, so that all are assessed about equally often.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

#: Hidden rows of a questionnaire with these names and a number hold the names of assessed units.
SLOT = "dv_"
#: Where a wave's settings hold the units: id, code, day of validity, name.
SETTING = "assessed"


def slots(hidden: Sequence[str]) -> tuple[str, ...]:
    """The rows for assessed units among a questionnaire's hidden rows, in order."""
    numbers = sorted(int(n) for n in (x.removeprefix(SLOT) for x in hidden) if n.isdecimal())
    return tuple(name for n in numbers if (name := f"{SLOT}{n}") in hidden)


def chosen(
    settings: Mapping[str, Any], names: Sequence[str], *, own: int, seed: str
) -> dict[str, Mapping[str, Any]]:
    """Slot -> unit, for as many slots as there are other units."""
    others = [unit for unit in settings.get(SETTING, ()) if unit["id"] != own]
    others.sort(key=lambda unit: hashlib.sha256(f"{seed}/{unit['id']}".encode()).digest())
    return dict(zip(names, others, strict=False))


def key(unit: Mapping[str, Any]) -> str:
    """How an answer names a unit: the day is part of it because codes are used again."""
    return f"{unit['code']}@{unit['valid_from']}"


def aspect(name: str) -> str:
    """What a line of a matrix asks about, whichever unit it is for: ``d1_3`` -> ``d1``."""
    return name.rpartition("_")[0] or name


def line(aspect: str, slot: str) -> str:
    """The row of an aspect for a slot: ``d1``, ``dv_3`` -> ``d1_3``."""
    return f"{aspect}_{slot.removeprefix(SLOT)}"
