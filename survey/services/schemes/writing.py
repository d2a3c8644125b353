"""A scheme as a file: TOML or XLSX, each read back as the same scheme with the same digest."""

from __future__ import annotations

from datetime import date
from typing import Any

import tomli_w

from analysis.index.scheme import Scheme
from survey.render.scheme_sheets import scheme_xlsx

KINDS = ("toml", "xlsx")


def toml(scheme: Scheme) -> str:
    """The canonical form; what has its usual value or is empty is not written."""
    data = scheme.to_dict()
    data["valid_from"] = date.fromisoformat(data["valid_from"])
    return tomli_w.dumps(_ordered(data))


def written(scheme: Scheme, kind: str) -> bytes:
    """The bytes of a file of kind ``toml`` or ``xlsx``."""
    return scheme_xlsx(scheme) if kind == "xlsx" else toml(scheme).encode()


def _ordered(part: Any) -> Any:
    """Single values before tables, names first: as a person would write it."""
    if isinstance(part, list):
        return [_ordered(each) for each in part]
    if not isinstance(part, dict):
        return part
    kept = {key: value for key, value in part.items() if value not in ("", {})}
    first = {key: kept.pop(key) for key in ("id", "name", "title", "max") if key in kept}
    return {key: _ordered(value) for key, value in (first | kept).items()}
