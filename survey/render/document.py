"""PDF documents from typst templates.

Data goes in as one JSON input, never into the source, so no text can act as markup.  Fonts come
from a package, never from the machine: the same data gives the same bytes everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import fontpkg_be_vietnam_pro
import typst

TEMPLATES = Path(__file__).parent / "typst"
FONTS = Path(fontpkg_be_vietnam_pro.ROOT) / "files"


def pdf(
    template: str, data: Mapping[str, Any], *, made_on: date | None, tagged: bool = True
) -> bytes:
    """The template filled with ``data``, dated midnight UTC of ``made_on`` or not dated.

    ``tagged`` adds the structure that screen readers use.  Print runs leave it out: it makes two
    thirds of the file.  Raises RuntimeError with typst's message when a text does not fit.
    """
    return typst.compile(
        TEMPLATES / template,
        root=TEMPLATES,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        sys_inputs={
            "data": json.dumps(data, ensure_ascii=False),
            "dated": "yes" if made_on else "no",
        },
        timestamp=_midnight(made_on) if made_on else None,
        pdf_tags=tagged,
    )


def pictures(template: str, data: Mapping[str, Any], *, ppi: float) -> list[bytes]:
    """The pages of the same document as PNG pictures."""
    made = typst.compile(
        TEMPLATES / template,
        root=TEMPLATES,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False), "dated": "no"},
        format="png",
        ppi=ppi,
    )
    return made if isinstance(made, list) else [made]


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), tzinfo=UTC).timestamp())
