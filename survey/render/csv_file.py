"""The result table as CSV for programs: RFC 4180, UTF-8 with a byte order mark.

Comma between fields, point in decimals, ISO dates, shares in [0, 1] and stable column names, so
that R, pandas and every spreadsheet import read the same values without settings.  Readers who
want a formatted table with Vietnamese headings take the workbook.
"""

from __future__ import annotations

import csv
import io
from datetime import date

from survey.render.columns import Value, columns
from survey.render.table import ResultTable

SYNTHETIC = {"vi": "số liệu giả lập (synthetic)", "en": "synthetic data"}

#: A spreadsheet takes a cell that starts so for a formula, the full-width forms included.
_FORMULA_STARTS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def result_csv(table: ResultTable, language: str) -> bytes:
    """One line a unit, the whole wave last; ``language`` is that of bands and alerts.

    Every line names wave, run and origin, so that a copied line still says what it is.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    chosen = columns(table)
    writer.writerow(["wave", "data", "run_id", *(column.key for column in chosen)])
    origin = SYNTHETIC[language] if table.synthetic else ""
    for row in (*table.rows, table.whole):
        values = [column.value(row, language) for column in chosen]
        writer.writerow([_field(v) for v in (table.wave_slug, origin, table.run_id, *values)])
    return text.getvalue().encode("utf-8-sig")


def _field(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return "'" + value if value.startswith(_FORMULA_STARTS) else value
    if isinstance(value, date):
        return value.isoformat()
    # Ten figures: more than any estimate has, fewer than the noise of binary fractions.
    return str(value) if isinstance(value, int) else format(value, ".10g")
