"""A picture that is written from top to bottom: title that says the finding, marks, notes."""

from __future__ import annotations

import math

from survey.render import shapes

WIDTH = 720
FONT = 14
INK, QUIET, PAPER = "#000000", "#555555", "#ffffff"


class Picture:
    """Markup and the height so far; ``y`` is where the next part goes."""

    def __init__(self, title: str, subtitle: str, *, width: int = WIDTH) -> None:
        self.title, self.width = title, width
        self.parts: list[str] = []
        self.y = 0.0
        self.paragraph(title, 18, font_weight="bold")
        self.y += 3
        self.paragraph(subtitle, FONT, fill=QUIET)
        self.y += 12

    def paragraph(self, words: str, font: float = FONT, **attributes: object) -> None:
        for line in shapes.wrapped(words, self.width, font):
            self.y += round(font * 1.35)
            self.text(0, self.y, line, font_size=font, **attributes)

    def text(self, x: float, y: float, words: str, **attributes: object) -> None:
        self.parts.append(shapes.text(x, y, words, **attributes))

    def fitted(self, x: float, y: float, words: str, room: float, **attributes: object) -> None:
        """A line that is cut with an ellipsis where it does not fit."""
        font = attributes.get("font_size", FONT)
        self.text(x, y, shapes.shortened(words, room, font), **attributes)

    def line(self, x1: float, y1: float, x2: float, y2: float, **attributes: object) -> None:
        styled = {"stroke": INK, "stroke_width": 1} | attributes
        self.parts.append(shapes.element("line", x1=x1, y1=y1, x2=x2, y2=y2, **styled))

    def rect(self, x: float, y: float, width: float, height: float, **attributes: object) -> None:
        self.parts.append(
            shapes.element("rect", x=x, y=y, width=width, height=height, **attributes)
        )

    def circle(self, x: float, y: float, r: float, **attributes: object) -> None:
        self.parts.append(shapes.element("circle", cx=x, cy=y, r=r, **attributes))

    def path(self, d: str, **attributes: object) -> None:
        self.parts.append(shapes.element("path", d=d, **attributes))

    def svg(self) -> str:
        """The whole picture on white paper."""
        height = math.ceil(self.y + 8)
        return shapes.element(
            "svg",
            shapes.element("title", shapes.plain(self.title)),
            shapes.element("rect", x=0, y=0, width=self.width, height=height, fill=PAPER),
            *self.parts,
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {self.width} {height}",
            class_="figure",
            role="img",
            font_family="Be Vietnam Pro, sans-serif",
            font_size=FONT,
            fill=INK,
        )


def grey(share: float) -> tuple[str, str]:
    """Paper for a share in [0, 1], darker for more, and an ink that can be read on it."""
    level = round(255 - 175 * min(max(share, 0.0), 1.0))
    return f"#{level:02x}{level:02x}{level:02x}", (INK if level > 118 else PAPER)


def scale(low: float, high: float, left: float, right: float):
    """Where a value lies between two edges."""
    span = (high - low) or 1.0
    return lambda value: left + (value - low) / span * (right - left)


def ticks(low: float, high: float, n: int = 5) -> list[float]:
    """Round numbers between two limits, about ``n`` of them."""
    raw = (high - low) / max(n, 1) or 1.0
    power = 10 ** math.floor(math.log10(raw))
    step = next(k * power for k in (1, 2, 2.5, 5, 10) if k * power >= raw * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]
