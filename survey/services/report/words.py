"""Sentences of the report, each true of its table; Vietnamese, as the report is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from survey.render.figures.importance import Point
from survey.render.figures.trend import Year
from survey.render.numbers import count, number, percent, published
from survey.render.table import ResultRow, ResultTable

_VI = "vi"

RECIPIENTS = ("Thường trực Huyện ủy, HĐND (để b/c);", "Chủ tịch, các PCT UBND (để b/c);",
              "UBND các xã, thị trấn;")  # fmt: skip

LIMITS = (
    "Khoảng tin cậy chỉ nói về sai số do chọn mẫu. Người không trả lời có thể nghĩ khác người trả "
    "lời theo cách danh sách hồ sơ không cho biết; hồ sơ không có trong danh sách không được đại "
    "diện.",
    "Hai đơn vị có khoảng tin cậy chồng lên nhau chưa chắc đã hơn kém nhau: thứ tự giữa họ không "
    "phải là kết luận.",
)


def bases(table: ResultTable | None) -> tuple[str, ...]:
    """The documents that the table names, as a document's opening has them."""
    return tuple(f"Căn cứ {_named(text[_VI])};" for text in (table.sources if table else ()))


def _named(text: str) -> str:
    return text.rstrip(".; ")


def summary(table: ResultTable) -> list[str]:
    """What was asked, what came back, how satisfied people are, who is in which band."""
    whole = table.whole
    said = [
        f"Đợt điều tra lấy ý kiến về {len(table.rows)} đơn vị: phát ra {_n(whole.n_issued)} phiếu "
        f"cho hồ sơ rút ngẫu nhiên từ {_n(whole.n_population)} hồ sơ, thu về "
        f"{_n(whole.n_respondents)} phiếu trả lời"
        + (f" ({percent(whole.response_rate, 1, _VI)})." if whole.response_rate else ".")
    ]
    if whole.satisfaction is not None:
        said.append(
            f"Tỷ lệ hài lòng chung là {percent(whole.satisfaction, 1, _VI)} (khoảng tin cậy "
            f"{percent(table.level, 0, _VI)}: từ {percent(whole.satisfaction_low, 1, _VI)} đến "
            f"{percent(whole.satisfaction_high, 1, _VI)})."
        )
    ranked = sorted(
        (row for row in table.rows if row.index_percent is not None),
        key=lambda row: (-row.index_percent, row.unit_code),
    )
    if ranked:
        said.append(_bands(ranked))
    hidden = sum(bool(row.suppressed) for row in table.rows)
    if hidden:
        said.append(
            f"{hidden} đơn vị không công bố số liệu ước lượng vì quá ít phiếu, hoặc để không suy "
            "ra được đơn vị khác."
        )
    return said


def _bands(ranked: Sequence[ResultRow]) -> str:
    groups = Counter(row.band[_VI] for row in ranked if row.band)
    shares = "; ".join(f"{n} đơn vị xếp loại “{band}”" for band, n in groups.items())
    first, last = ranked[0], ranked[-1]
    return (
        f"{shares}. Chỉ số cao nhất: {first.name} ({published(first.index_percent, _VI)}%), thấp "
        f"nhất: {last.name} ({published(last.index_percent, _VI)}%)."
    )


def rates(table: ResultTable) -> str:
    rows = [row for row in table.rows if row.response_rate is not None]
    low = min(rows, key=lambda row: row.response_rate, default=None)
    return (
        "Chưa có phiếu phát ra."
        if low is None
        else f"Tỷ lệ trả lời thấp nhất: {low.name}, {percent(low.response_rate, 1, _VI)}."
    )


def losses(table: ResultTable) -> str:
    """In which areas points were lost, over all units that have points by area."""
    lost: Counter[str] = Counter()
    for row in table.rows:
        for score in row.areas:
            lost[score.id] += score.max_points - score.points
    total = sum(lost.values())
    if total <= 0:
        return "Chưa có điểm theo lĩnh vực, hoặc không đơn vị nào mất điểm."
    titles = {area.id: area.title[_VI] for area in table.areas}
    parts = [
        f"{titles[area]} ({percent(points / total, 0, _VI)})"
        for area, points in lost.most_common(3)
    ]
    return f"Trong số điểm bị mất của các đơn vị, nhiều nhất là ở: {'; '.join(parts)}."


def drivers(points: Sequence[Point]) -> str:
    """What goes with overall satisfaction, without saying that it causes it."""
    if not points:
        return (
            "Chưa đủ số liệu để đo điều gì đi cùng với hài lòng chung (phiếu không hỏi mức hài "
            "lòng chung, hoặc quá ít phiếu)."
        )
    best = max(points, key=lambda point: point.importance)
    said = (
        f"Gắn chặt nhất với hài lòng chung là “{best.title[_VI]}” (tương quan "
        f"{number(best.importance, 2, _VI)}, khoảng {number(best.importance_low, 2, _VI)} đến "
        f"{number(best.importance_high, 2, _VI)})."
    )
    first = [point for point in points if point.priority]
    if not first:
        return f"{said} Không nội dung nào vừa quan trọng hơn vừa được đánh giá thấp hơn mức giữa."
    names = ", ".join(f"“{point.title[_VI]}”" for point in first)
    doubt = "" if all(point.sure for point in first) else (
        " Khoảng tin cậy còn chạm mức giữa, nên đây là gợi ý chứ chưa phải kết luận."
    )  # fmt: skip
    return f"{said} Vừa quan trọng hơn vừa được đánh giá thấp hơn mức giữa: {names}.{doubt}"


def trend(years: Sequence[Year], table: ResultTable) -> str:
    if len(years) < 2:
        return "Chưa có đợt trước nào có kết quả công khai trên cùng địa bàn để so sánh."
    before, after = years[-2], years[-1]
    said = (
        f"Tỷ lệ hài lòng chung {before.label}: {percent(before.share, 1, _VI)}; {after.label}: "
        f"{percent(after.share, 1, _VI)}."
    )
    if table.before is None:
        return said
    changed = [row.name for row in table.before.rows if row.is_change]
    if not changed:
        return f"{said} Chưa đơn vị nào thay đổi vượt quá sai số của hai đợt."
    return f"{said} Thay đổi vượt quá sai số ở: {', '.join(changed)}."


def _n(value: int) -> str:
    return count(value, _VI)
