"""Where rows wait between reading and storing: a SQLite file of its own that ends with the import.

Repeated codes and persons are found here, so that a million rows need no more memory than a
thousand, and the survey's own database is not held while a file is read.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Mapping
from operator import itemgetter
from pathlib import Path
from typing import Any

from survey.domain.frame_eligibility import Reason
from survey.services.frames.checking import Staged

BATCH = 5_000
#: Pages that SQLite may keep in memory, in KiB.
CACHE_KIB = 32_768
_MAKE = """
CREATE TABLE row (
    n INTEGER PRIMARY KEY, code TEXT, reason TEXT, unit INTEGER, field TEXT, channel TEXT,
    received TEXT, due TEXT, returned TEXT, applicant TEXT,
    person INTEGER, phone INTEGER, contact BLOB, signs INTEGER
)
"""
REASON = 2
UNIT_AND_SIGNS, UNIT_AND_DAY = itemgetter(3, 13), itemgetter(3, 8)
_ADD = f"INSERT INTO row VALUES ({', '.join('?' * 14)})"
#: The rows of the frame in the order of their codes' UTF-8 bytes; `person` is the first row of a
#: person who has several, else NULL; the line is what the content's digest is made of.
_FRAME = """
SELECT r.code, r.unit, r.field, r.channel, r.received, r.due, r.returned, r.applicant, p.first,
       r.contact,
       r.code || char(31) || u.key || char(31) || r.field || char(31) || r.channel || char(31) ||
       r.received || char(31) || coalesce(r.due, '') || char(31) || r.returned || char(31) ||
       r.applicant || char(10)
FROM row AS r CROSS JOIN unit AS u ON u.id = r.unit LEFT JOIN person AS p ON p.who = r.person
WHERE r.reason = '' ORDER BY r.code
"""


class Scratch:
    """Use as a context manager: the file is gone when the block ends, however it ends."""

    def __init__(self, folder: Path | None = None) -> None:
        # Contacts are sealed before they come here; the file is private all the same.
        handle, name = tempfile.mkstemp(prefix="frame-", suffix=".scratch", dir=folder)
        os.close(handle)
        self.path = Path(name)
        self.db = sqlite3.connect(self.path, isolation_level=None)
        for pragma in (
            "journal_mode=OFF",
            "synchronous=OFF",
            "locking_mode=EXCLUSIVE",
            f"cache_size=-{CACHE_KIB}",
            "temp_store=FILE",
        ):
            self.db.execute(f"PRAGMA {pragma}")
        self.db.execute(_MAKE)
        self._waiting: list[Staged] = []
        #: Rows that count, by unit and signs and by unit and day: few kinds, however many rows.
        self.by_signs: Counter[tuple[int, int]] = Counter()
        self.by_day: Counter[tuple[int, str]] = Counter()

    def __enter__(self) -> Scratch:
        return self

    def __exit__(self, *_error: object) -> None:
        self.db.close()
        self.path.unlink(missing_ok=True)

    def add(self, row: Staged) -> None:
        self._waiting.append(row)
        if len(self._waiting) >= BATCH:
            self.flush()

    def flush(self) -> None:
        counted = [row for row in self._waiting if not row[REASON]]
        self.by_signs.update(map(UNIT_AND_SIGNS, counted))
        self.by_day.update(map(UNIT_AND_DAY, counted))
        self.db.execute("BEGIN")
        self.db.executemany(_ADD, self._waiting)
        self.db.execute("COMMIT")
        self._waiting.clear()

    def close_reading(self) -> None:
        """Make what the questions below need: order by code, and who comes more than once."""
        self.flush()
        self.db.execute("CREATE INDEX by_code ON row (code) WHERE reason = ''")
        self.db.execute("DROP TABLE IF EXISTS person")
        self.db.execute("CREATE TABLE person (who INTEGER PRIMARY KEY, first INTEGER, n INTEGER)")
        self.db.execute(
            "INSERT INTO person SELECT person, min(n), count(*) FROM row NOT INDEXED "
            "WHERE reason = '' AND person IS NOT NULL GROUP BY person HAVING count(*) > 1"
        )

    def repeated_codes(self) -> sqlite3.Cursor:
        """(row, code, first row with that code) for every further row of a code."""
        return self.db.execute(
            "SELECT r.n, r.code, f.first FROM row AS r JOIN ("
            "  SELECT code, min(n) AS first FROM row WHERE reason = '' AND code <> ''"
            "  GROUP BY code HAVING count(*) > 1"
            ") AS f ON f.code = r.code WHERE r.reason = '' AND r.n <> f.first ORDER BY r.n"
        )

    def drop_repeated(self) -> None:
        """Of the rows with one code only the first counts."""
        for number, _code, _first in self.repeated_codes().fetchall():
            unit, day, signs = self.db.execute(
                "SELECT unit, returned, signs FROM row WHERE n = ?", (number,)
            ).fetchone()
            self.by_signs[unit, signs] -= 1
            self.by_day[unit, day] -= 1
            self.db.execute(
                "UPDATE row SET reason = ? WHERE n = ?", (Reason.REPEATED.value, number)
            )

    def excluded(self) -> dict[str, int]:
        """Reason -> rows."""
        return dict(
            self.db.execute("SELECT reason, count(*) FROM row WHERE reason <> '' GROUP BY reason")
        )

    def n_frame(self) -> int:
        return self.by_signs.total()

    def one(self, query: str, *values: Any) -> Any:
        return self.db.execute(query, values).fetchone()[0]

    def all(self, query: str, *values: Any) -> list[tuple]:
        return self.db.execute(query, values).fetchall()

    def frame(self, unit_keys: Mapping[int, str]) -> sqlite3.Cursor:
        """The rows that count, in the order of their codes, with sealed contact and line."""
        self.db.execute("CREATE TABLE IF NOT EXISTS unit (id INTEGER PRIMARY KEY, key TEXT)")
        self.db.executemany("INSERT OR REPLACE INTO unit VALUES (?, ?)", unit_keys.items())
        return self.db.execute(_FRAME)
