"""A report as PDF."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from survey.render.document import pdf
from survey.render.report import Block, Report, day_line, number_line

#: Only what the page shows: a workbook's numbers stay out.
_OF_A_WORKBOOK = ("values", "formats")


def report_pdf(report: Report) -> bytes:
    """The report on A4, wide tables on pages turned."""
    data = {
        "about": report.about.to_dict(),
        "title": report.title,
        "synthetic": report.synthetic,
        "draft": report.draft,
        "number_line": number_line(report.about),
        "day_line": day_line(report.about),
        "blocks": [_plain(block) for block in report.blocks],
        "annexes": [_plain(block) for block in report.annexes],
    }
    return pdf("report.typ", data, made_on=report.made_on)


def _plain(block: Block) -> dict[str, Any]:
    data = {name: part for name, part in asdict(block).items() if name not in _OF_A_WORKBOOK}
    return {"kind": type(block).__name__.lower(), **data}
