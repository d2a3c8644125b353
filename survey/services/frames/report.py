"""The stored report on a frame, in words: for the page, the command line and a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from survey.domain.frame_eligibility import REASON_TITLES, Eligibility
from survey.domain.frame_quality import PHONE_DOSSIERS, TITLES, Sign
from survey.store import waves
from survey.store.models import Frame, Wave

#: A spreadsheet takes a cell that starts so for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
HEADINGS = ("phan", "don_vi", "ten", "noi_dung", "so_luong", "ty_trong", "nam_truoc", "ghi_chu")


@dataclass(frozen=True, slots=True)
class FrameReport:
    wave: str
    titles: Mapping[str, str]
    synthetic: bool
    name: str
    sha256: str
    content_sha256: str
    imported_at: datetime
    imported_by: str
    n_rows: int
    n_dossiers: int
    layout: str
    rule: Eligibility
    excluded: Mapping[str, int]
    quality: Mapping[str, Any]

    @property
    def signs(self) -> list[dict[str, Any]]:
        """Each sign with its title and its share of the dossiers."""
        return [
            {
                **sign,
                "title": TITLES[Sign[sign["sign"]]][1],
                "share": sign["n"] / self.n_dossiers if self.n_dossiers else 0.0,
            }
            for sign in self.quality.get("signs", ())
        ]

    @property
    def units(self) -> Sequence[Mapping[str, Any]]:
        return self.quality.get("units", ())

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Why rows were left out, in the order of the rule."""
        return reasons(self.excluded)


def reasons(excluded: Mapping[str, int]) -> list[tuple[str, int]]:
    return [
        (title, excluded[reason]) for reason, title in REASON_TITLES.items() if reason in excluded
    ]


def rule(session: Session, slug: str) -> Eligibility:
    """The rule of a wave as it stands.  Raises NotFound."""
    return Eligibility.of(waves.get(session, slug).settings)


def of(session: Session, slug: str) -> FrameReport | None:
    """None for a wave without a frame.  Raises NotFound."""
    wave: Wave = waves.get(session, slug)
    frame: Frame | None = waves.frame_of(session, wave.id)
    if frame is None:
        return None
    stated = {"eligibility": frame.eligibility.get("rule", {})}
    return FrameReport(
        wave=slug,
        titles=wave.titles,
        synthetic=wave.synthetic,
        name=frame.name,
        sha256=frame.sha256,
        content_sha256=frame.content_sha256,
        imported_at=frame.imported_at,
        imported_by=frame.imported_by,
        n_rows=frame.n_rows,
        n_dossiers=frame.n_dossiers,
        layout=frame.layout.get("name", ""),
        rule=Eligibility.of(dict(wave.settings) | stated),
        excluded=frame.eligibility.get("excluded", {}),
        quality=frame.quality,
    )


def lines(found: FrameReport) -> Iterator[str]:
    """The report for a terminal."""
    for sign in found.signs:
        if sign["n"]:
            rows = ", ".join(f"{code} (dòng {row})" for row, code in sign["examples"][:3])
            yield f"  {sign['title']}: {sign['n']} ({100 * sign['share']:.1f} %), ví dụ {rows}"
    phones, persons = found.quality.get("phones", {}), found.quality.get("persons", {})
    if phones.get("n"):
        yield (
            f"  Số điện thoại có trên {PHONE_DOSSIERS} hồ sơ trở lên: {phones['n']} số, "
            f"{phones['n_dossiers']} hồ sơ"
        )
    if persons.get("n"):
        yield f"  Người có nhiều hồ sơ: {persons['n']} người, {persons['n_dossiers']} hồ sơ"
    for unit in found.units:
        notes = list(unit_notes(unit))
        if notes:
            yield f"  {unit['name']} ({unit['code']}): {'; '.join(notes)}"


def unit_notes(unit: Mapping[str, Any]) -> Iterator[str]:
    if not unit["n"]:
        yield "không có hồ sơ nào"
    if unit["jump"]:
        yield (
            f"tỷ trọng {100 * unit['share']:.1f} %, năm trước {100 * unit['share_before']:.1f} %"
        )
    if unit["one_day"]:
        yield f"{unit['n_on_day']} hồ sơ cùng trả ngày {unit['busiest_day']}"


def csv_bytes(found: FrameReport) -> bytes:
    """One finding a line, UTF-8 with a byte order mark."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    for row in _rows(found):
        writer.writerow([_safe(value) for value in row])
    return text.getvalue().encode("utf-8-sig")


def _rows(found: FrameReport) -> Iterator[tuple[Any, ...]]:
    origin = "số liệu giả lập (synthetic)" if found.synthetic else ""
    yield ("danh_sach", "", found.name, "dòng đã đọc", found.n_rows, "", "", origin)
    yield ("danh_sach", "", found.name, "hồ sơ được tính", found.n_dossiers, "", "", origin)
    for title, n in found.reasons:
        yield ("de_ra_ngoai", "", "", title, n, "", "", "")
    for sign in found.signs:
        examples = "; ".join(f"{code} (dòng {row})" for row, code in sign["examples"])
        yield (sign["kind"], "", "", sign["title"], sign["n"], sign["share"], "", examples)
    for part, title in (("phones", "một số điện thoại"), ("persons", "một người")):
        for each in found.quality.get(part, {}).get("most", ()):
            examples = "; ".join(f"{code} (dòng {row})" for row, code in each["examples"])
            yield (part, "", "", f"hồ sơ của {title}", each["n"], "", "", examples)
    for unit in found.units:
        notes = "; ".join(unit_notes(unit))
        share_before = "" if unit["share_before"] is None else unit["share_before"]
        key = f"{unit['code']}@{unit['valid_from']}"
        yield ("don_vi", key, unit["name"], "hồ sơ", unit["n"], unit["share"], share_before, notes)
        for name, n in unit["signs"].items():
            if n:
                yield ("don_vi", key, unit["name"], TITLES[Sign[name]][1], n, "", "", "")


def _safe(value: Any) -> Any:
    if isinstance(value, str):
        return "'" + value if value.startswith(_FORMULA_STARTS) else value
    return format(value, ".6g") if isinstance(value, float) else value
