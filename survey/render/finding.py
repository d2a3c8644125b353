"""What the plot of a wave shows, in one sentence that its figures support."""

from __future__ import annotations

from dataclasses import dataclass

from survey.render.numbers import number, percent
from survey.render.table import ResultRow, ResultTable


@dataclass(frozen=True, slots=True)
class Finding:
    """Units in order of their estimate, and which of them stand apart from the whole wave."""

    shown: tuple[ResultRow, ...]
    hidden: tuple[ResultRow, ...]
    above: frozenset[str]
    below: frozenset[str]
    whole: float | None
    level: float


def finding(table: ResultTable) -> Finding:
    """Sort the units and compare each interval with the estimate of the whole wave.

    A unit stands apart when its whole interval lies on one side.  An interval without width does
    not count: it comes from answers that are all alike, which is no proof of precision.
    """
    shown = [row for row in table.rows if row.satisfaction is not None]
    shown.sort(key=lambda row: (-row.satisfaction, row.unit_code))
    whole = table.whole.satisfaction
    return Finding(
        shown=tuple(shown),
        hidden=tuple(row for row in table.rows if row.satisfaction is None),
        above=frozenset(key(row) for row in shown if _has_width(row) and _is_above(row, whole)),
        below=frozenset(key(row) for row in shown if _has_width(row) and _is_below(row, whole)),
        whole=whole,
        level=table.level,
    )


def key(row: ResultRow) -> str:
    """A unit is its code and the date from which the code is valid."""
    return f"{row.unit_code} {row.valid_from}"


def headline(found: Finding, language: str) -> str:
    """The title of the plot."""
    n, n_above, n_below = len(found.shown), len(found.above), len(found.below)
    share = percent(found.whole, 1, language)
    if not n:
        form = "nothing"
    elif found.whole is None:
        form = "no_whole"
    else:
        form = {
            (False, False): "neither",
            (True, False): "above",
            (False, True): "below",
            (True, True): "both",
        }[bool(n_above), bool(n_below)]
    return _HEADLINES[language][form].format(n=n, above=n_above, below=n_below, share=share)


def caution(found: Finding, language: str) -> str:
    """What "clearly" means, and how often chance alone does the same."""
    n = len(found.shown)
    by_chance = number(n * (1 - found.level), 1, language)
    level = percent(found.level, 0, language)
    return _CAUTION[language].format(n=n, by_chance=by_chance, level=level)


_HEADLINES = {
    "vi": {
        "nothing": "Chưa đơn vị nào đủ phiếu để công bố",
        "no_whole": "Tỷ lệ hài lòng của {n} đơn vị",
        "neither": "Chưa đơn vị nào khác rõ mức chung {share}",
        "above": "{above}/{n} đơn vị cao hơn rõ mức chung {share}, không đơn vị nào thấp hơn rõ",
        "below": "{below}/{n} đơn vị thấp hơn rõ mức chung {share}, không đơn vị nào cao hơn rõ",
        "both": "{above} đơn vị cao hơn rõ, {below} đơn vị thấp hơn rõ mức chung {share}",
    },
    "en": {
        "nothing": "No unit has enough answers to be published",
        "no_whole": "Satisfaction in {n} units",
        "neither": "No unit clearly differs from the overall {share}",
        "above": "{above} of {n} units clearly above the overall {share}, none clearly below",
        "below": "{below} of {n} units clearly below the overall {share}, none clearly above",
        "both": "{above} of {n} units clearly above, {below} clearly below the overall {share}",
    },
}
_CAUTION = {
    "vi": (
        "“Rõ” nghĩa là cả khoảng tin cậy {level} của đơn vị nằm về một phía của mức chung. Nếu mọi "
        "đơn vị giống nhau thì do ngẫu nhiên vẫn có khoảng {by_chance} trong {n} đơn vị như vậy. "
        "Hai khoảng chồng lên nhau thì không nên xếp hơn kém."
    ),
    "en": (
        "“Clearly” means that the unit's whole {level} interval lies on one side of the overall "
        "share. Were all units alike, chance alone would put about {by_chance} of {n} there. Do "
        "not rank units whose intervals overlap."
    ),
}


def _has_width(row: ResultRow) -> bool:
    low, high = row.satisfaction_low, row.satisfaction_high
    return low is not None and high is not None and low < high


def _is_above(row: ResultRow, whole: float | None) -> bool:
    return whole is not None and row.satisfaction_low > whole


def _is_below(row: ResultRow, whole: float | None) -> bool:
    return whole is not None and row.satisfaction_high < whole
