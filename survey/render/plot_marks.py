"""The marks of the caterpillar plot; they differ in shape, so colour is never needed."""

from __future__ import annotations

from survey.render.shapes import element


def upright(x: float, top: float, bottom: float, **attributes: object) -> str:
    """A vertical guide line."""
    return element("line", x1=x, x2=x, y1=top, y2=bottom, stroke="currentColor", **attributes)


def interval(left: float, right: float, y: float, *, thick: bool) -> str:
    return element(
        "line",
        x1=left,
        x2=right,
        y1=y,
        y2=y,
        stroke="currentColor",
        stroke_width="5" if thick else "2",
        class_="plot-interval",
    )


def estimate(x: float, y: float) -> str:
    return element("circle", cx=x, cy=y, r=5, class_="plot-estimate")


def unweighted(x: float, y: float) -> str:
    """A hollow triangle under the line, so that an equal estimate does not cover it."""
    return element(
        "path",
        d=f"M{x:.1f} {y + 5:.1f}l4.5 7.5h-9z",
        fill="none",
        stroke="currentColor",
        stroke_width="1.3",
        class_="plot-unweighted",
    )
