"""What analysts get beside the rows: how options stood for each respondent, sensitive shares."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from forms import technique
from survey.services.microdata.source import Source, orders


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
    if not (source.run_id and is_veiled):
        return
    # It loads pandas and scipy: an export pays for what it writes.
    from survey.services import sensitive

    found = sensitive.estimate(session, source.slug)
    if not found:
        return
    names = [each.name for each in fields(sensitive.SensitiveShare)]
    path = folder / "sensitive.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([_cell(getattr(each, name)) for name in names] for each in found)
    yield path


def _cell(value: Any) -> str:
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)
