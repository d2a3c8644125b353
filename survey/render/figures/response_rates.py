"""Response rates by unit: how many of those asked answered, as bars with their counts."""

from __future__ import annotations

from survey.render.figures.picture import FONT, INK, QUIET, Picture, scale
from survey.render.numbers import count, percent
from survey.render.table import ResultTable

_LEFT, _RIGHT, _ROW = 172, 560, 24

WORDS = {
    "vi": {
        "title": "Cứ 100 phiếu phát ra có {n} phiếu trả lời; thấp nhất {low}, cao nhất {high}",
        "subtitle": "Phiếu trả lời trên phiếu phát ra, trừ hồ sơ ngoài diện. Nét đứt: toàn đợt.",
        "note": "Đơn vị dưới nét đứt cần xem lại việc tiếp cận người trả lời: người không "
        "trả lời có thể nghĩ khác.",
    },
    "en": {
        "title": "Of 100 forms handed out {n} came back; lowest unit {low}, highest {high}",
        "subtitle": "Answers over forms handed out, ineligible dossiers left out. Dashed: whole.",
        "note": "Units below the dashed line: check how people were reached; who is silent may "
        "think otherwise.",
    },
}  # fmt: skip


def svg(table: ResultTable, language: str) -> str | None:
    """None where nobody was asked."""
    rows = [row for row in table.rows if row.response_rate is not None]
    whole = table.whole.response_rate
    if not rows or whole is None:
        return None
    rows.sort(key=lambda row: (-row.response_rate, row.unit_code))
    words = WORDS[language]
    title = words["title"].format(
        n=count(round(100 * whole), language),
        low=percent(rows[-1].response_rate, 0, language),
        high=percent(rows[0].response_rate, 0, language),
    )
    picture = Picture(title, words["subtitle"])
    x = scale(0.0, 1.0, _LEFT, _RIGHT)
    top = picture.y + 4
    for row in rows:
        picture.fitted(0, picture.y + 17, row.name, _LEFT - 2)
        picture.rect(_LEFT, picture.y + 5, x(row.response_rate) - _LEFT, _ROW - 9, fill="#999999",
                     stroke=INK, stroke_width=0.6)  # fmt: skip
        picture.text(_RIGHT + 60, picture.y + 17, percent(row.response_rate, 1, language),
                     text_anchor="end", font_weight="bold")  # fmt: skip
        picture.text(
            picture.width, picture.y + 17,
            f"{count(row.n_respondents, language)} / {count(row.n_issued, language)}",
            text_anchor="end",
        )  # fmt: skip
        picture.y += _ROW
    picture.line(x(whole), top, x(whole), picture.y, stroke_dasharray="5 4", stroke_width=1.5)
    picture.line(_LEFT, picture.y + 2, _RIGHT, picture.y + 2, stroke="#888888")
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        picture.text(x(share), picture.y + 18, percent(share, 0, language), text_anchor="middle",
                     font_size=12)  # fmt: skip
    picture.y += 24
    picture.paragraph(words["note"], FONT - 1, fill=QUIET)
    return picture.svg()
