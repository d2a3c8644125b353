"""A scheme's file read and checked: TOML or XLSX, all faults at once with row and cell."""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass

from analysis.index import scheme_lint
from analysis.index.scheme import Scheme
from survey.errors import InvalidInput, Problem
from survey.services.schemes import workbook
from survey.services.schemes.faults import problems

LARGEST = 2 << 20
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Checked:
    """A file after checking; ``scheme`` is None where there are faults."""

    scheme: Scheme | None
    problems: tuple[Problem, ...]


def check(content: bytes) -> Checked:
    """Read a file, whatever its name says it is, and collect all of its faults."""
    if len(content) > LARGEST:
        return _only("scheme.too_large", "Tệp lớn hơn 2 MiB, không phải bộ chỉ số.")
    if content.startswith(_ZIP):
        return _workbook(content)
    try:
        text = unicodedata.normalize("NFC", content.decode("utf-8-sig"))
        data = tomllib.loads(text)
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        return _only("scheme.not_utf8", "Dòng %(row)s: không phải UTF-8.", row=row)
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits is a ValueError
        return _only("scheme.toml", "Không đọc được dạng TOML: %(reason)s.", reason=str(error))
    found = scheme_lint.faults(data)
    return Checked(None if found else Scheme.from_dict(data), tuple(problems(found)))


def read(content: bytes) -> Scheme:
    """The scheme of a file.  Raises InvalidInput with all faults, each with its place."""
    checked = check(content)
    if checked.scheme is None:
        raise InvalidInput(
            "Bộ chỉ số có %(n)s lỗi; chưa nạp gì.",
            checked.problems,
            code="scheme.invalid",
            n=len(checked.problems),
        )
    return checked.scheme


def _workbook(content: bytes) -> Checked:
    try:
        sheets = workbook.read(content)
    except InvalidInput as refused:
        return Checked(None, refused.problems)
    found = [*sheets.problems, *problems(scheme_lint.faults(sheets.data), sheets.places)]
    return Checked(None if found else Scheme.from_dict(sheets.data), tuple(found))


def _only(code: str, message: str, **facts: object) -> Checked:
    return Checked(None, (Problem(code, message, facts),))
