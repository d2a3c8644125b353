"""Areas by units: the share of its points that each unit got, as number and as grey."""

from __future__ import annotations

from survey.render.figures.picture import FONT, INK, PAPER, QUIET, Picture, grey
from survey.render.numbers import number
from survey.render.shapes import wrapped
from survey.render.table import ResultRow, ResultTable

_LEFT, _ROW, _HEAD = 172, 26, 110
#: Shares below this are drawn darkest, full marks stay white: what was lost stands out.
_WORST = 0.5

WORDS = {
    "vi": {
        "title": "Lĩnh vực mất điểm nhiều nhất: {area}, bình quân đạt {share}% điểm tối đa",
        "subtitle": "% điểm tối đa của từng lĩnh vực; ô càng sẫm càng mất nhiều điểm. Gạch chân: "
        "dưới mức cảnh báo.",
        "note": "Chỉ các đơn vị có đủ phiếu; xếp theo chỉ số từ cao xuống thấp.",
    },
    "en": {
        "title": "Most points were lost in {area}: {share}% of the maximum on average",
        "subtitle": "% of the maximum of each area; the darker, the more was lost. Underlined: "
        "below the alert.",
        "note": "Units with enough answers only; by index, highest first.",
    },
}


def svg(table: ResultTable, language: str) -> str | None:
    """None where no unit has points by area."""
    rows = [row for row in table.rows if row.areas]
    if not rows:
        return None
    rows.sort(key=lambda row: (-(row.index_percent or 0), row.unit_code))
    ratio = {
        area.id: [s.points / s.max_points for row in rows for s in row.areas if s.id == area.id]
        for area in table.areas
    }
    areas = [area for area in table.areas if ratio[area.id]]
    means = {area.id: sum(ratio[area.id]) / len(ratio[area.id]) for area in areas}
    worst = min(areas, key=lambda area: means[area.id])
    words = WORDS[language]
    share = number(100 * means[worst.id], 1, language)
    title = words["title"].format(area=worst.title[language], share=share)
    picture = Picture(title, words["subtitle"])
    width = (picture.width - _LEFT) / len(areas)
    _heads(picture, [area.title[language] for area in areas], width)
    for row in rows:
        _row(picture, row, [area.id for area in areas], width, language)
    picture.y += 4
    picture.paragraph(words["note"], FONT - 1, fill=QUIET)
    return picture.svg()


def _heads(picture: Picture, titles: list[str], width: float) -> None:
    picture.y += _HEAD
    for i, title in enumerate(titles):
        lines = wrapped(title, width - 6, 11)[:7]
        for k, line in enumerate(lines):
            y = picture.y - 8 - 13 * (len(lines) - 1 - k)
            picture.text(_LEFT + (i + 0.5) * width, y, line, font_size=11, text_anchor="middle")


def _row(picture: Picture, row: ResultRow, areas: list[str], width: float, language: str) -> None:
    picture.fitted(0, picture.y + 18, row.name, _LEFT - 2)
    alerted = {alert.code.removeprefix("area.") for alert in row.alerts}
    scores = {score.id: score.points / score.max_points for score in row.areas}
    for i, area in enumerate(areas):
        x, y = _LEFT + i * width, picture.y
        if area not in scores:
            picture.text(x + width / 2, y + 18, "–", text_anchor="middle", fill=QUIET)
            continue
        lost = (1 - scores[area]) / (1 - _WORST)
        paper, ink = grey(lost)
        picture.rect(x + 1, y + 1, width - 2, _ROW - 2, fill=paper, stroke="#bbbbbb",
                     stroke_width=0.5)  # fmt: skip
        below = area in alerted
        picture.text(
            x + width / 2, y + 18, number(100 * scores[area], 1, language), text_anchor="middle",
            fill=ink, font_weight="bold" if below else None,
        )  # fmt: skip
        if below:
            picture.line(x + width / 2 - 18, y + 22, x + width / 2 + 18, y + 22,
                         stroke=ink if ink == PAPER else INK, stroke_width=1.6)  # fmt: skip
    picture.y += _ROW
