"""What analysts get beside the rows: how options stood for each respondent, sensitive shares."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from forms import technique
from survey.services import sensitive
from survey.services.microdata.source import Source, orders
from survey.services.sensitive import SensitiveShare


def lay_down(session: Session, source: Source, folder: Path, *, by_cell: bool) -> list[Path]:
    """Write ``option-orders.csv`` and ``sensitive.csv``, each where there is something to tell."""
    return [*_orders(session, source, folder, by_cell), *_shares(session, source, folder)]


def _orders(session: Session, source: Source, folder: Path, by_cell: bool) -> Iterator[Path]:
    """Row number (``psu``; at home ``household``), question, its options as they stood."""
    if not any(each.is_arranged for q in source.versions.values() for each in q):
        return
    path = folder / "option-orders.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["household" if source.areas else "psu", "variable", "order"])
        for number, stood in enumerate(orders(session, source, by_cell=by_cell), 1):
            for name, options in (stood or {}).items():
                writer.writerow([number, name, " ".join(options)])
    yield path


def _shares(session: Session, source: Source, folder: Path) -> Iterator[Path]:
    q = source.definition
    is_veiled = technique.randomised_responses(q) or technique.list_experiments(q)
    found = sensitive.estimate(session, source.slug) if source.run_id and is_veiled else []
    if not found:
        return
    path, names = folder / "sensitive.csv", [each.name for each in fields(SensitiveShare)]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([_cell(getattr(each, name)) for name in names] for each in found)
    yield path


def _cell(value: Any) -> str:
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)
