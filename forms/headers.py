"""Column headers of a workbook: one name for each column, whatever the author's tool calls it.

Source: pyxform ``aliases.py`` and ``parsing/sheet_headers.py`` for the other names; XLSForm
itself writes a language behind two colons, older workbooks behind one.
"""

from __future__ import annotations

from forms import dialect

#: Older workbooks say where a column goes in the XForm.
_PLACES = {"bind", "body", "control"}


def column(header: str, sheet: str) -> tuple[str, str]:
    """(column, language as written) of a header; a header of no known column is returned whole."""
    whole = _known(header, sheet)
    if whole:
        return whole, ""
    mark = "::" if "::" in header else ":"
    parts = [part.strip() for part in header.replace("jr:", "").split(mark)]
    if len(parts) > 1 and parts[0].lower() in _PLACES:
        parts = parts[1:]
    if (
        parts[0].lower() == "media"
        and _known(parts[1] if parts[1:] else "", sheet) in dialect.MEDIA
    ):
        parts = parts[1:]
    base = _known(parts[0], sheet)
    if base and len(parts) <= 2:
        return base, parts[1] if len(parts) == 2 else ""
    return header, ""


def _known(written: str, sheet: str) -> str:
    """The column that a word stands for; empty if for none."""
    if written in dialect.SUPPORTED[sheet]:
        return written
    plain = "_".join(written.split()).lower()
    plain = dialect.OTHER_NAMES.get(plain, plain)
    return plain if plain in dialect.SUPPORTED[sheet] else ""
