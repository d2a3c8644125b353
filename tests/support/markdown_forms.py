"""Forms that stand as tables of text in the source of tests, written out as workbooks."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from pathlib import Path

import openpyxl


def found(folder: Path) -> Iterator[tuple[str, str]]:
    """("file.py:line", table) of each text constant below a folder that draws a survey sheet."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = textwrap.dedent(node.value).strip()
                if text.lower().startswith("| survey") and "{" not in text.replace("${", ""):
                    yield f"{path.name}:{node.lineno}", text
    for path in sorted(folder.rglob("*.md")):
        yield path.name, path.read_text("utf-8")


def sheets(text: str) -> dict[str, list[list[str]]]:
    """Rows by sheet of a table as pyxform's tests draw it; a sheet's name stands alone."""
    drawn: dict[str, list[list[str]]] = {}
    for line in text.splitlines():
        cells = [cell.strip().replace("\\|", "|") for cell in _cells(line)]
        if not any(cells) or not line.strip().startswith("|") or set("".join(cells)) <= set("-: "):
            continue
        if cells[0]:
            drawn[cells[0]] = []
        elif drawn:
            drawn[list(drawn)[-1]].append(cells[1:])
    return drawn


def workbook(text: str, path: Path) -> Path:
    """A table as a workbook; its content is text, as in a CSV file."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets(text).items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append([cell or None for cell in row])
        for row in sheet.iter_rows():
            for cell in row:
                cell.data_type = "s" if cell.value is not None else cell.data_type
    book.save(path)
    return path


def _cells(line: str) -> list[str]:
    return (
        line.strip()
        .strip("|")
        .replace("\\|", "\0")
        .replace("|", "\1")
        .replace("\0", "\\|")
        .split("\1")
    )
