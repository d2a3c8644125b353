"""A report as data: what stands around it, and its headings, paragraphs, tables and figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The parts of an official document that the office decides; empty ones stay open.

    Source of the layout: Nghị định 30/2020/NĐ-CP, annex I (văn bản hành chính).
    """

    #: Cơ quan chủ quản: the body above the one that issues.
    parent: str = ""
    organisation: str = ""
    number: str = ""
    symbol: str = "BC"
    place: str = ""
    on: date | None = None
    subject: str = ""
    bases: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    signer_title: str = ""
    signer_name: str = ""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> About:
        """From JSON or TOML data; unknown names are refused with ValueError."""
        known = {f.name for f in fields(cls)}
        unknown = sorted(set(data) - known)
        if unknown:
            raise ValueError(f"không có mục “{unknown[0]}”")
        values = dict(data)
        on = values.get("on")
        values["on"] = date.fromisoformat(on) if isinstance(on, str) and on else on or None
        for name in ("bases", "recipients"):
            values[name] = tuple(values.get(name, ()))
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        data = asdict(self)
        return data | {"on": self.on.isoformat() if self.on else None}


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list with dashes, as official documents have it."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """``align`` has l, c or r for each column; ``source`` says where the figures come from.

    ``values`` are the same cells as numbers, for a workbook; None: the texts are all there is.
    """

    caption: str
    head: tuple[str, ...]
    align: str
    rows: tuple[tuple[str, ...], ...]
    source: str = ""
    #: Widths of the columns, relative to each other.
    widths: tuple[float, ...] = ()
    landscape: bool = False
    values: tuple[tuple[Any, ...], ...] | None = None
    #: Number formats of a workbook by column, "" for texts.
    formats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """``alt`` says in words what the picture shows."""

    svg: str
    caption: str
    alt: str


Block = Heading | Paragraph | Items | Table | Figure


@dataclass(frozen=True, slots=True)
class Report:
    about: About
    title: str
    synthetic: bool
    #: Not released yet: every page says so.
    draft: bool
    blocks: tuple[Block, ...]
    annexes: tuple[Block, ...] = field(default_factory=tuple)
    made_on: date | None = None


Kind = Literal["docx", "pdf", "xlsx"]


def day_line(about: About) -> str:
    """“Cẩm Giàng, ngày 05 tháng 02 năm 2024”: days and the first two months with two digits."""
    place = about.place or "…………"
    if about.on is None:
        return f"{place}, ngày … tháng … năm ……"
    month = f"{about.on.month:02d}" if about.on.month < 3 else str(about.on.month)
    return f"{place}, ngày {about.on.day:02d} tháng {month} năm {about.on.year}"


def number_line(about: About) -> str:
    """“Số: 12/BC-UBND”; without a number its place stays open."""
    return f"Số: {about.number or '……'}/{about.symbol}"


def all_tables(report: Report) -> Sequence[Table]:
    return [block for block in (*report.blocks, *report.annexes) if isinstance(block, Table)]
