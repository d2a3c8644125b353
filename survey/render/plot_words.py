"""The words of the caterpillar plot besides its title."""

from __future__ import annotations

from survey.render.columns import SUPPRESSED
from survey.render.finding import Finding, caution
from survey.render.numbers import count, day, percent
from survey.render.table import ResultRow, ResultTable

WORDS = {
    "vi": {
        "subtitle": "Tỷ lệ “Hài lòng” và “Rất hài lòng”, có gia quyền, khoảng tin cậy {level}",
        "estimate_interval": "ước lượng và khoảng {level}",
        "head_share": "Tỷ lệ",
        "head_interval": "Khoảng {level}",
        "head_n": "n",
        "none": "Chưa có số liệu để vẽ.",
        "unweighted": "chưa gia quyền",
        "whole": "mức chung {share}",
        "hidden": "Không công bố: {units}.",
        "made": "{organisation}, {wave}, tính ngày {day}.",
        "desc": (
            "Biểu đồ {n} đơn vị xếp từ cao xuống thấp. Cao nhất: {best}. Thấp nhất: {worst}. "
            "Số của từng đơn vị có trong bảng kết quả."
        ),
        "unit": "{name}: {share}, khoảng {level} từ {low} đến {high}, n\u00a0=\u00a0{n}",
        "unit_unweighted": ", chưa gia quyền {unweighted}",
    },
    "en": {
        "subtitle": "Share “satisfied” or “very satisfied”, weighted, {level} intervals",
        "estimate_interval": "estimate and {level} interval",
        "head_share": "Share",
        "head_interval": "{level} interval",
        "head_n": "n",
        "none": "There are no figures to draw yet.",
        "unweighted": "unweighted",
        "whole": "overall {share}",
        "hidden": "Not published: {units}.",
        "made": "{organisation}, {wave}, computed on {day}.",
        "desc": (
            "Plot of {n} units from high to low. Highest: {best}. Lowest: {worst}. "
            "The figures of each unit are in the result table."
        ),
        "unit": "{name}: {share}, {level} interval from {low} to {high}, n\u00a0=\u00a0{n}",
        "unit_unweighted": ", unweighted {unweighted}",
    },
}


def description(table: ResultTable, found: Finding, language: str) -> str:
    """The plot for who cannot see it: how many units, the two ends, where the figures are."""
    if not found.shown:
        return WORDS[language]["none"]
    return WORDS[language]["desc"].format(
        n=len(found.shown),
        best=unit_sentence(found.shown[0], table.level, language),
        worst=unit_sentence(found.shown[-1], table.level, language),
    )


def unit_sentence(row: ResultRow, level: float, language: str) -> str:
    """One unit's figures, for its tooltip and the description."""
    words = WORDS[language]
    sentence = words["unit"].format(
        name=row.name,
        share=percent(row.satisfaction, 1, language),
        level=percent(level, 0, language),
        low=percent(row.satisfaction_low, 1, language),
        high=percent(row.satisfaction_high, 1, language),
        n=count(row.n_respondents, language),
    )
    if row.unweighted is None:
        return sentence
    return sentence + words["unit_unweighted"].format(
        unweighted=percent(row.unweighted, 1, language)
    )


def notes(table: ResultTable, found: Finding, language: str) -> list[str]:
    """The paragraphs under the plot."""
    words = WORDS[language]
    made = words["made"].format(
        organisation=table.organisation,
        wave=table.wave_title[language],
        day=day(table.computed_on, language),
    )
    hidden = "; ".join(_hidden(row, language) for row in found.hidden)
    return [
        *([caution(found, language)] if found.shown and found.whole is not None else []),
        *([words["hidden"].format(units=hidden)] if hidden else []),
        made,
    ]


def _hidden(row: ResultRow, language: str) -> str:
    reason = SUPPRESSED[row.suppressed][language]
    n = count(row.n_respondents, language)
    return (
        f"{row.name} ({reason}, n\u00a0=\u00a0{n})" if reason else f"{row.name} (n\u00a0=\u00a0{n})"
    )
