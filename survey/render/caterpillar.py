"""Caterpillar plot of a wave as SVG text: each unit's share with its interval, best on top.

Everything is drawn in ``currentColor``, so the plot follows the page's light or dark text and
prints in black; classes (``plot-…``) let the stylesheet add colour.  Marks differ in shape, not
only in colour: a disc is the estimate, a hollow triangle the unweighted share, a thick bar the
interval of a unit that stands apart.
"""

from __future__ import annotations

import math

from survey.render import plot_marks as marks
from survey.render import shapes
from survey.render.finding import finding, headline, key
from survey.render.numbers import count, percent
from survey.render.plot_frame import NARROW, WIDE, Axis, Layout
from survey.render.plot_words import WORDS, description, notes, unit_sentence
from survey.render.table import ResultRow, ResultTable
from survey.render.workbook import WARNING


def svg(table: ResultTable, language: str, *, narrow: bool = False) -> str:
    """The plot as one ``<svg>`` element for a page or a file."""
    return _Plot(table, language, NARROW if narrow else WIDE).drawn()


class _Plot:
    """One plot, laid out from top to bottom; ``y`` is where the next part goes."""

    def __init__(self, table: ResultTable, language: str, layout: Layout) -> None:
        self.table, self.language, self.layout = table, language, layout
        self.words = WORDS[language]
        self.found = finding(table)
        self.axis = Axis.of(self.found, layout.left, layout.right)
        self.parts: list[str] = []
        self.y = 0.0

    def drawn(self) -> str:
        self._headings()
        if self.found.shown:
            self._key()
            self._reference_label()
            self._ticks()
            self._column_heads()
            for row in self.found.shown:
                self._row(row)
            self._ticks()
        self._notes()
        return self._document()

    # Text

    def _paragraph(self, words: str, font: float, **attributes: object) -> None:
        for line in shapes.wrapped(words, self.layout.width, font):
            self.y += round(font * 1.35)
            self._text(0, line, font_size=font, **attributes)

    def _text(self, x: float, words: str, **attributes: object) -> None:
        self.parts.append(shapes.text(x, self.y, words, **attributes))

    def _headings(self) -> None:
        font = self.layout.font
        title = headline(self.found, self.language)
        self._paragraph(title, self.layout.title_font, font_weight="bold", class_="plot-title")
        self.y += 4
        subtitle = self.words["subtitle"].format(level=self._level())
        self._paragraph(subtitle, font, class_="plot-subtitle")
        if self.table.synthetic:
            mark = WARNING[self.language]
            self._paragraph(mark, font, font_weight="bold", class_="plot-synthetic")
        self.y += 10

    def _notes(self) -> None:
        self.y += 8
        for paragraph in notes(self.table, self.found, self.language):
            self._paragraph(paragraph, self.layout.font - 1, class_="plot-note")
            self.y += 4
        self.y += 4

    def _level(self) -> str:
        return percent(self.table.level, 0, self.language)

    # Key, axis, reference

    def _key(self) -> None:
        """The marks and their names in one line, or two where it is narrow."""
        entries = [
            (marks.interval(0, 28, 0, thick=False) + marks.estimate(14, 0), "estimate_interval"),
            (marks.unweighted(14, -9), "unweighted"),
        ]
        self.y += 16
        x = 0.0
        for mark, word in entries:
            words = self.words[word].format(level=self._level())
            needed = 36 + shapes.width_of(words, self.layout.font - 1) + 22
            if x and x + needed > self.layout.width:
                x = 0.0
                self.y += 20
            self.parts.append(
                shapes.element("g", mark, transform=f"translate({x:.0f} {self.y - 5:.0f})")
            )
            self._text(x + 36, words, font_size=self.layout.font - 1, class_="plot-key")
            x += needed
        self.y += 8

    def _reference_label(self) -> None:
        if self.found.whole is None:
            return
        words = self.words["whole"].format(share=percent(self.found.whole, 1, self.language))
        self.y += 18
        self._text(
            self._inside(self.axis.x(self.found.whole), words, self.layout.font - 1),
            words,
            text_anchor="middle",
            font_size=self.layout.font - 1,
            font_weight="bold",
            class_="plot-reference-label",
        )

    def _ticks(self) -> None:
        self.y += 18
        font = self.layout.font - 2
        for share in self.axis.ticks():
            words = percent(share, 0, self.language)
            self._text(
                self._inside(self.axis.x(share), words, font),
                words,
                text_anchor="middle",
                font_size=font,
                class_="plot-tick",
            )
        self.y += 6

    def _inside(self, x: float, words: str, font: float) -> float:
        """Where words centred on ``x`` must stand so that the picture's edge does not cut them."""
        half = shapes.width_of(words, font) / 2
        return min(max(x, half), self.layout.width - half)

    def _column_heads(self) -> None:
        """Names of the figures at the right, on the line of the tick labels."""
        if not self.layout.columns:
            return
        self.y -= 6
        names = ("share", "interval", "n")
        for x, name in zip(self.layout.columns, names, strict=True):
            words = self.words["head_" + name].format(level=self._level())
            self._text(
                x, words, text_anchor="end", font_size=self.layout.font - 2, class_="plot-tick"
            )
        self.y += 6

    def _guides(self) -> str:
        """Grid and reference behind one row; rows that touch make unbroken lines."""
        top = self.y + self.layout.marks_at - self.layout.strip / 2
        bottom = top + self.layout.strip
        grid = [
            marks.upright(
                self.axis.x(share), top, bottom, class_="plot-grid", stroke_opacity="0.15"
            )
            for share in self.axis.ticks()
        ]
        return "".join(grid) + self._reference(top, bottom)

    def _reference(self, top: float, bottom: float) -> str:
        whole = self.table.whole
        if whole.satisfaction is None:
            return ""
        line = marks.upright(
            self.axis.x(whole.satisfaction),
            top,
            bottom,
            class_="plot-reference",
            stroke_width="1.5",
            stroke_dasharray="4 3.5",
        )
        if whole.satisfaction_low is None or whole.satisfaction_high is None:
            return line
        left = max(self.axis.x(whole.satisfaction_low), self.axis.left)
        right = min(self.axis.x(whole.satisfaction_high), self.axis.right)
        band = shapes.element(
            "rect",
            x=left,
            y=top,
            width=right - left,
            height=bottom - top,
            fill_opacity="0.08",
            class_="plot-reference-band",
        )
        return band + line

    # Rows

    def _row(self, row: ResultRow) -> None:
        found = self.found
        side = "above" if key(row) in found.above else "below" if key(row) in found.below else ""
        content = [
            shapes.element(
                "title", shapes.plain(unit_sentence(row, self.table.level, self.language))
            ),
            self._guides(),
            self._row_text(row, bold=bool(side)),
            self._marks(row, thick=bool(side)),
        ]
        name = f"plot-row plot-row--{side}" if side else "plot-row"
        self.parts.append(shapes.element("g", *content, class_=name))
        self.y += self.layout.row_height

    def _row_text(self, row: ResultRow, *, bold: bool) -> str:
        layout, language = self.layout, self.language
        y = self.y + layout.text_at
        weight = "bold" if bold else None
        n = count(row.n_respondents, language)
        if not layout.columns:
            figures = f"{percent(row.satisfaction, 1, language)} (n\u00a0=\u00a0{n})"
            room = layout.width - shapes.width_of(figures, layout.font) - 8
            name = shapes.shortened(row.name, room, layout.font)
            return shapes.text(0, y, name, font_weight=weight, class_="plot-name") + shapes.text(
                layout.width, y, figures, text_anchor="end", font_weight=weight, class_="plot-value"
            )
        name = shapes.shortened(row.name, layout.left - 20, layout.font)
        low, high = (
            percent(share, 1, language).removesuffix("%")
            for share in (row.satisfaction_low, row.satisfaction_high)
        )
        figures = (percent(row.satisfaction, 1, language), f"{low}–{high}", n)
        return shapes.text(0, y, name, font_weight=weight, class_="plot-name") + "".join(
            shapes.text(x, y, words, text_anchor="end", font_weight=w, class_="plot-value")
            for x, words, w in zip(layout.columns, figures, (weight, None, None), strict=True)
        )

    def _marks(self, row: ResultRow, *, thick: bool) -> str:
        y = self.y + self.layout.marks_at
        drawn = ""
        if row.satisfaction_low is not None and row.satisfaction_high is not None:
            left, right = self.axis.x(row.satisfaction_low), self.axis.x(row.satisfaction_high)
            drawn += marks.interval(left, right, y, thick=thick)
        if row.unweighted is not None:
            drawn += marks.unweighted(self.axis.x(row.unweighted), y)
        return drawn + marks.estimate(self.axis.x(row.satisfaction), y)

    def _document(self) -> str:
        name = f"plot-{self.layout.name}"
        title = shapes.plain(headline(self.found, self.language))
        desc = shapes.plain(description(self.table, self.found, self.language))
        return shapes.element(
            "svg",
            shapes.element("title", title, id=f"{name}-title"),
            shapes.element("desc", desc, id=f"{name}-desc"),
            *self.parts,
            xmlns="http://www.w3.org/2000/svg",
            class_=f"plot plot--{self.layout.name}",
            viewBox=f"0 0 {self.layout.width} {math.ceil(self.y)}",
            role="img",
            lang=self.language,
            aria_labelledby=f"{name}-title",
            aria_describedby=f"{name}-desc",
            font_family="system-ui, sans-serif",
            font_size=self.layout.font,
            fill="currentColor",
        )
