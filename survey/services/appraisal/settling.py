"""Decided points become the wave's verified points, by the same check as an imported file."""

from __future__ import annotations

import csv
import io
from datetime import datetime

from sqlalchemy.orm import Session

from survey.errors import InvalidInput, Problem
from survey.services import verified
from survey.services.appraisal import reading
from survey.services.verified import Imported


def settle(session: Session, slug: str, *, by: str, now: datetime) -> Imported:
    """Hand every decided point to the table.  Raises NotFound, InvalidInput: what is undecided."""
    rows = reading.of_wave(session, slug)
    undecided = [
        Problem(
            "appraisal.undecided",
            "%(unit)s – %(item)s: chưa thẩm định.",
            {"unit": unit.name, "item": item.name},
        )
        for unit in rows
        for item in unit.items
        if not item.standing.decided
    ]
    if undecided:
        raise InvalidInput(
            "Còn %(n)s mục chưa thẩm định; chưa chuyển điểm nào vào bảng.", undecided,
            code="appraisal.undecided", n=len(undecided),
        )  # fmt: skip
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(verified.COLUMNS)
    for unit in rows:
        for item in unit.items:
            points = item.standing.points
            writer.writerow((unit.code, item.name, "NA" if points is None else repr(points)))
    content = made.getvalue().encode()
    return verified.import_file(session, slug, content, name=f"{slug}.csv", by=by, now=now)
