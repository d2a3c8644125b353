"""Labels as commands for SPSS and Stata, for whoever reads the CSV file there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from forms.faces.codebook import MISSING_RANGE, Code, Storage
from forms.faces.described import Entry
from forms.model import Text

#: Longest line of a command file that every SPSS reads, in bytes, with room for what is around.
_LINE = 160


def spss(entries: Sequence[Entry], language: str) -> bytes:
    """Variable and value labels, ranges of missing codes, and measures (.sps, UTF-8)."""
    lines = ["* Encoding: UTF-8."]
    for entry in entries:
        lines.append(f"VARIABLE LABELS {entry.name}")
        lines.append(_spss_text(_of(entry.labels, language), 255) + ".")
    for entry in entries:
        codes = _labelled(entry, language)
        if codes:
            lines.append(f"VALUE LABELS {entry.name}")
            lines += [f"  {value}\n{_spss_text(label, 120)}" for value, label in codes.items()]
            lines[-1] += "."
    for entry in entries:
        if entry.missing:
            low, high = _range(entry)
            lines.append(f"MISSING VALUES {entry.name} ({low} THRU {high}).")
    scales = [entry.name for entry in entries if entry.is_scale]
    lines += [f"VARIABLE LEVEL {name} (SCALE)." for name in scales]
    return ("\n".join([*lines, "EXECUTE."]) + "\n").encode()


def stata(entries: Sequence[Entry], language: str) -> bytes:
    """Labels, and the codes of missing answers as .a to .z (.do, UTF-8)."""
    lines = ["version 14", "* unicode: this file is UTF-8"]
    for entry in entries:
        lines.append(f"label variable {entry.name} {_stata_text(_of(entry.labels, language), 80)}")
        if entry.missing:
            rules = " \\ ".join(f"{value}=.{letter}" for value, letter in entry.letters.items())
            lines.append(f"mvdecode {entry.name}, mv({rules})")
        codes = _labelled(entry, language)
        if codes:
            letters = entry.letters
            name = f"{entry.name[:30]}_l"
            for value, label in codes.items():
                shown = f".{letters[value]}" if value in letters else str(value)
                lines.append(f"label define {name} {shown} {_stata_text(label, 1000)}, add")
            lines.append(f"label values {entry.name} {name}")
    return ("\n".join(lines) + "\n").encode()


def _labelled(entry: Entry, language: str) -> dict[int, str]:
    if entry.storage not in (Storage.CODE, Storage.NUMBER):
        return {}
    return dict(_first(entry.codes, language)) | dict(_first(entry.missing, language))


def _first(codes: Iterable[Code], language: str) -> Iterator[tuple[int, str]]:
    """Several options may give one reason; the first names it."""
    seen: set[int] = set()
    for code in codes:
        if code.value not in seen:
            seen.add(code.value)
            yield code.value, _of(code.labels, language)


def _range(entry: Entry) -> tuple[int, int]:
    shift = entry.missing[0].value - MISSING_RANGE[0]
    return MISSING_RANGE[0] + shift, MISSING_RANGE[1] + shift


def _of(texts: Text | Mapping[str, str], language: str) -> str:
    return " ".join((texts.get(language) or next(iter(texts.values()), "")).split())


def _spss_text(text: str, most: int) -> str:
    """A quoted text of at most ``most`` bytes, on as many lines as it needs."""
    text = _shortened(text, most)
    pieces, rest = [], text
    while rest:
        size = len(rest.encode()[:_LINE].decode(errors="ignore"))
        pieces.append("    '" + rest[:size].replace("'", "''") + "'")
        rest = rest[size:]
    return " +\n".join(pieces or ["    ''"])


def _stata_text(text: str, most: int) -> str:
    """A text in compound quotes; what Stata would fill in is written with look-alikes."""
    safe = text.replace("`", "ˋ").replace("$", "＄").replace('"', "”")
    return '`"' + _shortened(safe, most) + "\"'"


def _shortened(text: str, most: int) -> str:
    if len(text.encode()) <= most:
        return text
    return text.encode()[: most - 3].decode(errors="ignore").rstrip() + "…"
