"""A wave beside the one before it, on the units of the later one, and in words that say so."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from math import erfc, sqrt
from typing import Any

from survey.render import numbers

Text = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An old unit, or the share of it, that a new unit was made of."""

    unit_code: str
    valid_from: date
    name: str
    #: None: part of it, nobody has said how much.
    share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonRow:
    """One unit of this wave.  None: there is no such figure; ``missing`` says why."""

    unit_code: str
    valid_from: date
    name: str
    parts: tuple[Part, ...]
    #: Whether the figure of the earlier wave was worked out anew for this territory.
    recast: bool
    now: float | None
    before: float | None = None
    before_se: float | None = None
    difference: float | None = None
    difference_se: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None
    #: "unknown_share", "no_unit", "withheld" (before), "withheld_now" or "".
    missing: str = ""

    @property
    def is_change(self) -> bool:
        """Whether the interval of the difference leaves zero out."""
        return self.difference_low is not None and (
            self.difference_low > 0 or self.difference_high < 0
        )

    @property
    def p_value(self) -> float | None:
        """Of the two-sided normal test that nothing changed; None without a standard error."""
        if self.difference is None or not self.difference_se:
            return None
        return erfc(abs(self.difference / self.difference_se) / sqrt(2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    wave_slug: str
    wave_title: Text
    run_id: str
    #: The day whose units are meant: the last of this wave's window.
    units_on: date
    level: float
    rows: tuple[ComparisonRow, ...]

    @property
    def recast(self) -> bool:
        return any(row.recast for row in self.rows)

    def adjusted(self) -> dict[tuple[str, date], float]:
        """Unit -> p-value that counts that all units were looked at.

        Source: Holm (1979), Scand. J. Stat. 6.
        """
        found = [((r.unit_code, r.valid_from), r.p_value) for r in self.rows]
        known = sorted(((p, unit) for unit, p in found if p is not None), key=lambda pair: pair[0])
        least, adjusted = 0.0, {}
        for i, (p, unit) in enumerate(known):
            least = max(least, min(p * (len(known) - i), 1.0))
            adjusted[unit] = least
        return adjusted

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Comparison:
        values = {f.name: data[f.name] for f in fields(cls)}
        values["units_on"] = date.fromisoformat(data["units_on"])
        values["rows"] = tuple(_row(row) for row in data["rows"])
        return cls(**values)


def statement(found: Comparison, language: str) -> str:
    """What a reader must know before any figure of the comparison."""
    title = found.wave_title[language]
    day = numbers.day(found.units_on, language)
    if not found.recast:
        if language == "vi":
            return f"So với “{title}”. Đơn vị hành chính hai đợt như nhau."
        return f"Compared with “{title}”. The units of both waves are the same."
    if language == "vi":
        return (
            f"Kết quả của “{title}” được tính lại theo đơn vị hành chính ngày {day}: mỗi đơn vị "
            "mới lấy kết quả của các đơn vị cũ hợp thành, theo số hồ sơ của từng phần. Phần tách "
            "ra được coi như có mức hài lòng của cả đơn vị cũ."
        )
    return (
        f"The results of “{title}” are recast on the units of {day}: each new unit has the results "
        "of the old units it was made of, by the dossiers of each part. A part that was split off "
        "is taken to be as satisfied as its whole old unit."
    )


_MISSING: dict[str, Text] = {
    "unknown_share": {
        "vi": "không tính lại được: chưa biết phần nào của {units} thuộc đơn vị này",
        "en": "not recast: nobody has said which share of {units} belongs to this unit",
    },
    "no_unit": {
        "vi": "đợt trước không có đơn vị nào của địa bàn này",
        "en": "no unit of the earlier wave lay here",
    },
    "withheld": {
        "vi": "không có số: kết quả đợt trước của một phần không được công bố",
        "en": "no figure: the earlier result of a part is withheld",
    },
    "withheld_now": {
        "vi": "không có số của đợt này",
        "en": "no figure in this wave",
    },
    "": {"vi": "", "en": ""},
}
_RECAST: Text = {
    "vi": "tính lại theo đơn vị {name} từ: {parts}",
    "en": "recast on the unit {name} from: {parts}",
}


def note(row: ComparisonRow, language: str) -> str:
    """What the earlier figure of a unit was made of, and why there is none where there is none."""
    unknown = ", ".join(part.name for part in row.parts if part.share is None)
    said = []
    if row.recast and row.missing not in ("unknown_share", "no_unit"):
        parts = ", ".join(_part(part, language) for part in row.parts)
        said.append(_RECAST[language].format(name=row.name, parts=parts))
    if row.missing:
        said.append(_MISSING[row.missing][language].format(units=unknown))
    return "; ".join(said)


def _part(part: Part, language: str) -> str:
    if part.share is None or part.share > 1 - 1e-9:
        return part.name
    return f"{part.name} ({numbers.percent(part.share, 1, language)})"


HEADINGS: dict[str, Text] = {
    "name": {"vi": "Đơn vị", "en": "Unit"},
    "before": {"vi": "Đợt trước", "en": "Earlier wave"},
    "now": {"vi": "Đợt này", "en": "This wave"},
    "difference": {"vi": "Thay đổi (điểm phần trăm)", "en": "Change (points)"},
    "interval": {"vi": "Khoảng tin cậy của thay đổi", "en": "Interval of the change"},
    "p_value": {"vi": "p (đã hiệu chỉnh Holm)", "en": "p (Holm-adjusted)"},
    "note": {"vi": "Đợt trước gồm", "en": "The earlier figure"},
}


def cells(
    row: ComparisonRow, language: str, adjusted: Mapping[tuple[str, date], float] | None = None
) -> dict[str, str]:
    """A row's figures as a page shows them; ``adjusted`` as `Comparison.adjusted` gives it."""
    interval = numbers.MISSING
    if row.difference_low is not None:
        ends = (points(end, language) for end in (row.difference_low, row.difference_high))
        interval = " … ".join(ends)
    return {
        "name": row.name,
        "before": numbers.percent(row.before, 1, language),
        "now": numbers.percent(row.now, 1, language),
        "difference": points(row.difference, language),
        "interval": interval,
        "p_value": p_value(row.p_value, language),
        "p_holm": p_value((adjusted or {}).get((row.unit_code, row.valid_from)), language),
        "note": note(row, language),
    }


def p_value(value: float | None, language: str) -> str:
    """A p-value with three decimals, "< 0,001" below them."""
    if value is not None and value < 0.001:
        return "< " + numbers.number(0.001, 3, language)
    return numbers.number(value, 3, language)


def points(value: float | None, language: str) -> str:
    """A difference of shares in points of percent, with its sign."""
    if value is None:
        return numbers.MISSING
    text = numbers.number(100 * value, 1, language)
    return text if text[0] == "\N{MINUS SIGN}" or set(text) <= set("0.,") else "+" + text


def comparison_csv(found: Comparison, language: str, *, origin: str) -> bytes:
    """One line a unit; every line says which wave was recast on the units of which day."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    figures = ("now", "before", "before_se", "difference", "difference_se")
    figures += ("difference_low", "difference_high")
    writer.writerow(
        ["before_wave", "before_run_id", "data", "units_on", "recast"]
        + ["unit_code", "valid_from", "name", *figures, "p_value", "p_holm", "missing", "note"]
    )
    adjusted = found.adjusted()
    for row in found.rows:
        values = [getattr(row, name) for name in (*figures, "p_value")]
        values.append(adjusted.get((row.unit_code, row.valid_from)))
        writer.writerow(
            [found.wave_slug, found.run_id, origin, found.units_on.isoformat(), int(row.recast)]
            + [row.unit_code, row.valid_from.isoformat(), row.name]
            + ["" if value is None else format(value, ".10g") for value in values]
            + [row.missing, note(row, language)]
        )
    return text.getvalue().encode("utf-8-sig")


def _row(data: Mapping[str, Any]) -> ComparisonRow:
    known = {f.name: data[f.name] for f in fields(ComparisonRow) if f.name in data}
    known["valid_from"] = date.fromisoformat(data["valid_from"])
    known["parts"] = tuple(
        Part(**(part | {"valid_from": date.fromisoformat(part["valid_from"])}))
        for part in data["parts"]
    )
    return ComparisonRow(**known)
