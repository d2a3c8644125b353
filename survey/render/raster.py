"""An SVG picture as PNG, for documents that cannot hold SVG."""

from __future__ import annotations

import json

import typst

from survey.render.document import FONTS, TEMPLATES


def png(svg: str, *, width_mm: float, ppi: float = 220) -> bytes:
    """The picture on white, as wide as that on paper."""
    return typst.compile(
        TEMPLATES / "figure.typ",
        root=TEMPLATES,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps({"svg": svg, "width": width_mm})},
        format="png",
        ppi=ppi,
    )
