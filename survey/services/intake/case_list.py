"""What a field client downloads: the forms of an enumerator's waves, and the list of their cases.

A form begins with the choice of a case from a CSV file beside it, which every ODK client reads.
The form's own bytes are the same for everybody and for ever, so that its digest is; whose cases it
offers stands in that file alone.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import md5
from threading import Lock

from sqlalchemy import Row
from sqlalchemy.orm import Session

from forms.faces import xform
from forms.faces.xform import XForm
from survey.domain.calendar import local_day
from survey.domain.disposition import is_final
from survey.domain.wave import WaveState
from survey.services import definitions
from survey.services.questionnaires import media
from survey.services.questionnaires.media import Beside
from survey.store import field as store

#: The file with the cases, and the row of the form that chooses one of them.
CASE_FILE = "cases.csv"
#: A form takes most of a second to make, once a process; whoever asks meanwhile waits for it
#: instead of making it too.
_MAKING = Lock()


@dataclass(frozen=True)
class FieldForm:
    """A form with the cases of one enumerator; ``id`` is its place under the address."""

    id: int
    made: XForm
    cases: Sequence[Row]
    #: Pictures and sounds that it shows.
    files: Sequence[Beside] = ()

    @cached_property
    def case_csv(self) -> bytes:
        """Columns ``name`` (the case's number), ``label`` and one for each hidden row."""
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["name", "label", "unit_name", "case_field", "case_channel"])
        for row in self.cases:
            writer.writerow([row.id, label(row), row.unit_name, row.stratum, row.channel])
        return out.getvalue().encode()

    @property
    def case_md5(self) -> str:
        return f"md5:{md5(self.case_csv, usedforsecurity=False).hexdigest()}"


def forms(session: Session, account_id: int, *, now: datetime) -> list[FieldForm]:
    """The forms that an enumerator may fill today, without their cases."""
    found = {
        row.questionnaire_id: row.sha256
        for row in store.questionnaires_of(session, account_id)
        if _takes_answers(row, now)
    }
    return [
        FieldForm(id_, _made(session, id_, sha256), (), _files(session, id_, sha256))
        for id_, sha256 in found.items()
    ]


def form(session: Session, account_id: int, id_: int, *, now: datetime) -> FieldForm | None:
    """One of them with the cases."""
    rows = [
        row
        for row in store.cases_of(session, account_id)
        if row.questionnaire_id == id_ and _takes_answers(row, now)
    ]
    if not rows:
        return None
    sha256 = rows[0].sha256
    return FieldForm(id_, _made(session, id_, sha256), rows, _files(session, id_, sha256))


def _files(session: Session, id_: int, sha256: str) -> Sequence[Beside]:
    return media.beside(session, definitions.of_digest(session, id_, sha256))


def _made(session: Session, id_: int, sha256: str) -> XForm:
    definition = definitions.of_digest(session, id_, sha256)
    with _MAKING:
        return xform.build(definition, case_file=CASE_FILE)


def label(row: Row) -> str:
    """How a case is called on the device: no person's name, and a mark once it is over."""
    done = "✓ " if row.answered or is_final(row.standing) else ""
    return f"{done}{row.code} · {row.unit_name} · {field_titles(row)['vi']}"


def field_titles(row: Row) -> dict[str, str]:
    """What the wave calls a case's field; the bare code where it has no title."""
    return {"vi": row.stratum, **((row.fields or {}).get(row.stratum) or {})}


def _takes_answers(row: Row, now: datetime) -> bool:
    """Until the office closes the wave: what was filled on the last day needs its form."""
    return row.state == WaveState.OPEN and row.opens_on <= local_day(now)
