"""A province's way to write its list of dossiers: which column is which, which word means what.

A layout is kept by its name for next year.  As a file it is TOML:

    name = "mot-cua-hai-duong"
    heading_row = 4                       # titles may stand above the headings
    date_order = "dmy"
    repeated = "refuse"                   # or "first": of rows with one code, the first counts
    official_phones = ["0220 3786 123"]   # numbers that reach an officer, not an applicant

    [columns]                             # field = heading, or "@G" for column G
    dossier_code = "Số hồ sơ"

    [constants]                           # field = one value for the whole file
    channel = "truc_tiep"

    [values.field]                        # word of the file = code
    "Tư pháp - Hộ tịch" = "ho_tich"
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from survey.domain.frame_fields import BY_NAME, REQUIRED, index_of, letters, suggest
from survey.domain.text import clean_line
from survey.errors import InvalidInput, Problem

DATE_ORDERS = ("dmy", "mdy")
REPEATED = ("refuse", "first")
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
COLUMN_LETTERS = re.compile(r"@[A-Z]{1,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where each field stands in a file.  Empty ``columns``: the headings speak for themselves."""

    name: str = ""
    sheet: str = ""
    heading_row: int = 1
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    date_order: str = "dmy"
    repeated: str = "refuse"
    official_phones: Sequence[str] = ()

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"official_phones": list(self.official_phones)}

    @property
    def sha256(self) -> str:
        """Digest of the layout as JSON with sorted keys, no blanks, UTF-8."""
        text = json.dumps(self.to_dict(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Layout:
        """Raises InvalidInput with all faults, each naming its entry."""
        faults = list(_faults(data))
        if faults:
            raise _invalid(faults)
        known = dict(data)
        known["columns"] = {name: clean_line(text) for name, text in data["columns"].items()}
        known["values"] = {
            name: {clean_line(word): code for word, code in words.items()}
            for name, words in data.get("values", {}).items()
        }
        known["official_phones"] = tuple(data.get("official_phones", ()))
        return cls(**known)

    @classmethod
    def from_toml(cls, content: bytes) -> Layout:
        """Raises InvalidInput with all faults."""
        try:
            data = tomllib.loads(content.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            fault = _problem("toml", "Tệp không đọc được dạng TOML: %(reason)s", reason=str(error))
            raise _invalid([fault]) from error
        return cls.from_dict({"columns": {}} | data)

    def to_toml(self) -> str:
        """The layout as a file that ``from_toml`` reads back equal."""
        data = self.to_dict()
        tables = {key: data.pop(key) for key in ("columns", "constants")}
        tables |= {f"values.{name}": words for name, words in data.pop("values").items()}
        lines = [f"{key} = {_toml(value)}" for key, value in data.items()]
        for table, entries in tables.items():
            if entries:
                lines += ["", f"[{table}]"]
                lines += [f"{_toml_key(key)} = {_toml(value)}" for key, value in entries.items()]
        return "\n".join(lines) + "\n"

    def places(self, headings: Sequence[str]) -> tuple[dict[str, int], list[Problem]]:
        """Field -> column of these headings, and what does not fit, as problems."""
        cleaned = [clean_line(heading) for heading in headings]
        wanted = dict(self.columns) or suggest(headings)
        places: dict[str, int] = {}
        problems = []
        for name, heading in wanted.items():
            found = _found(heading, cleaned)
            if len(found) == 1:
                places[name] = found[0]
            elif found:
                problems.append(self._twice(name, heading, found))
            else:
                problems.append(self._missing(name, heading))
        for name in REQUIRED:
            if name not in wanted and name not in self.constants:
                problems.append(self._missing(name, BY_NAME[name].aliases[0]))
        return places, problems

    def _twice(self, name: str, heading: str, found: Sequence[int]) -> Problem:
        return Problem(
            "frame.column_twice",
            "Dòng %(row)s: tiêu đề “%(heading)s” có ở nhiều cột (%(cells)s); "
            "hãy chỉ rõ cột cho “%(column)s”.",
            {
                "row": self.heading_row,
                "column": name,
                "heading": heading,
                "cells": ", ".join(letters(place) for place in found),
            },
        )

    def _missing(self, name: str, heading: str) -> Problem:
        return Problem(
            "frame.missing_column",
            "Dòng %(row)s: thiếu cột “%(column)s” (tìm tiêu đề “%(heading)s”).",
            {"row": self.heading_row, "column": name, "heading": heading},
        )


def _invalid(faults: Sequence[Problem]) -> InvalidInput:
    return InvalidInput(
        "Bảng ghép cột có %(n)s lỗi; chưa lưu, chưa nạp gì.",
        faults,
        code="layout.invalid",
        n=len(faults),
    )


def _found(heading: str, cleaned: Sequence[str]) -> list[int]:
    if COLUMN_LETTERS.fullmatch(heading):
        place = index_of(heading[1:])
        return [place] if place < len(cleaned) else []
    return [i for i, text in enumerate(cleaned) if text.casefold() == heading.casefold()]


_TYPES: dict[str, type] = {
    "name": str,
    "sheet": str,
    "heading_row": int,
    "columns": dict,
    "constants": dict,
    "values": dict,
    "date_order": str,
    "repeated": str,
    "official_phones": list,
}


def _faults(data: Mapping[str, Any]) -> Iterator[Problem]:
    for key, value in data.items():
        wanted = _TYPES.get(key)
        if wanted is None:
            yield _problem("unknown", "Không có mục nào tên “%(key)s”.", key=key)
        elif not isinstance(value, wanted | tuple) or isinstance(value, bool):
            yield _problem("type", "Mục “%(key)s” không đúng dạng.", key=key)
    if any(not isinstance(data.get(key, {}), dict) for key in ("columns", "constants", "values")):
        return
    if data.get("name") and not NAME.fullmatch(str(data["name"])):
        yield _problem(
            "name",
            "Tên “%(name)s” chỉ gồm chữ thường không dấu, số và gạch nối.",
            name=data["name"],
        )
    for key, allowed in (("date_order", DATE_ORDERS), ("repeated", REPEATED)):
        if data.get(key, allowed[0]) not in allowed:
            yield _problem(
                "choice",
                "Mục “%(key)s” chỉ nhận: %(allowed)s.",
                key=key,
                allowed=", ".join(allowed),
            )
    if not isinstance(data.get("heading_row", 1), int) or data.get("heading_row", 1) < 1:
        yield _problem("heading_row", "Dòng tiêu đề phải là số từ 1 trở lên.")
    yield from _field_faults(data)


def _field_faults(data: Mapping[str, Any]) -> Iterator[Problem]:
    for table in ("columns", "constants", "values"):
        for name in data.get(table, {}):
            known = BY_NAME.get(name)
            fits = known and (
                table == "columns" or (known.constant if table == "constants" else known.words)
            )
            if not fits:
                yield _problem(
                    "field", "Mục “%(table)s” không có trường “%(name)s”.", table=table, name=name
                )
    for table in ("columns", "constants"):
        for name, value in data.get(table, {}).items():
            if not isinstance(value, str) or not clean_line(value):
                yield _problem("empty", "“%(table)s.%(name)s” để trống.", table=table, name=name)
    for name in set(data.get("columns", {})) & set(data.get("constants", {})):
        yield _problem("both", "“%(name)s” vừa có cột vừa có giá trị chung.", name=name)
    for name, words in data.get("values", {}).items():
        if not isinstance(words, dict) or not all(isinstance(c, str) for c in words.values()):
            yield _problem("values", "“values.%(name)s” phải là bảng từ = mã.", name=name)


def _problem(code: str, message: str, **facts: object) -> Problem:
    return Problem(f"layout.{code}", message, facts)


def _toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _toml_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)
