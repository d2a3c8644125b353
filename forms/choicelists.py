"""Sheets of choices: lists of options, and the reasons why some are no substantive answer."""

from __future__ import annotations

from forms.layout import Layout
from forms.mediafiles import MediaFiles
from forms.model import Choice
from forms.sheets import Sheet


def read(sheet: Sheet, layout: Layout, media: MediaFiles) -> dict[str, tuple[Choice, ...]]:
    """Choices by list, in the order of the sheet; faulty rows are reported and left out."""
    lists: dict[str, dict[str, Choice]] = {}
    # A header that is no column here is a fault of its own.
    own, known = layout.own_columns(sheet.name), layout.headers[sheet.name]
    for row in sheet.rows:
        list_name = layout.get(row, sheet.name, "list_name")
        name = layout.get(row, sheet.name, "name")
        cells = layout.cells(row, sheet.name)
        for column, text in (("list_name", list_name), ("name", name)):
            if not text:
                layout.fault("row.name_missing", cells[column])
        if not list_name or not name:
            continue
        if " " in name:
            layout.fault("choice.name_blank", cells["name"], name=name)
        group = lists.setdefault(list_name, {})
        if name in group:
            layout.fault("choice.duplicate", cells["name"], name=name, list=list_name)
            continue
        group[name] = Choice(
            name=name,
            labels=layout.texts(row, sheet.name, "label", needed=True),
            missing=layout.get(row, sheet.name, "missing"),
            media=media.of_row(row, sheet.name),
            columns={h: text for h, text in row.texts.items() if h in known and h not in own},
            cells=cells,
        )
    return {name: tuple(group.values()) for name, group in lists.items()}
