"""Annexes that say how sure the figures are: ranks, models, channels, excluded answers, changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from survey.render import numbers
from survey.render.report import Table
from survey.render.table import ResultTable
from survey.services.report.tables import COUNT, INDEX, SHARE, TEXT, made, name, origin

_VI = "vi"
_P = "0.000"


def ranking(table: ResultTable, standing: Mapping[str, Any], annex: int) -> Table | None:
    """Ranks that a unit may hold, under redraws and other weights; the chance of its own band."""
    columns = [("Đơn vị", TEXT, 2.0), ("Hạng", COUNT, 0.7), ("Hạng có thể giữ, từ", COUNT, 0.9),
               ("đến", COUNT, 0.7), ("Hạng khi rút lại, từ", COUNT, 0.9), ("đến", COUNT, 0.7),
               ("Hạng khi đổi trọng số, từ", COUNT, 1.0), ("đến", COUNT, 0.7)]  # fmt: skip
    bands = standing["bands"]
    columns += [(f"Xác suất “{band[_VI]}”", SHARE, 1.1) for band in bands]
    keys = ("rank", "lower", "upper", "drawn_low", "drawn_high", "weights_low", "weights_high")
    rows = []
    for row in table.rows:
        own = standing["units"].get(f"{row.unit_code}@{row.valid_from}", {})
        if "rank" in own:
            chances = own.get("bands") or [None] * len(bands)
            rows.append((row.name, *(own.get(key) for key in keys), *chances))
    if not rows:
        return None
    rows.sort(key=lambda each: each[1])
    caption = f"Phụ lục {annex}. Thứ hạng chắc đến đâu"
    return made(caption, columns, rows, origin(table), landscape=True)


def models(table: ResultTable, standing: Mapping[str, Any], annex: int) -> Table | None:
    """Fay–Herriot estimates beside the direct ones; they give no points."""
    columns = [("Đơn vị", TEXT, 2.0), ("Số phiếu", COUNT, 0.8), ("Trực tiếp", SHARE, 1.0),
               ("Sai số chuẩn", SHARE, 1.0), ("Mô hình Fay–Herriot", SHARE, 1.1),
               ("RMSE", SHARE, 0.9), ("Phần của số trực tiếp", SHARE, 1.1)]  # fmt: skip
    rows = []
    for row in table.rows:
        own = standing["units"].get(f"{row.unit_code}@{row.valid_from}", {})
        if own.get("model") is not None:
            figures = (own["model"], own["model_rmse"], own["model_gamma"])
            rows.append((row.name, row.n_respondents, row.satisfaction, row.satisfaction_se)
                        + figures)  # fmt: skip
    caption = f"Phụ lục {annex}. Ước lượng khu vực nhỏ, cân chỉnh, không dùng để tính điểm"
    return made(caption, columns, rows, origin(table)) if rows else None


def channels(table: ResultTable, standing: Mapping[str, Any], annex: int) -> Table | None:
    """The whole wave by the way of answering, weighted and not."""
    level = numbers.percent(table.level, 0, _VI)
    titles = {"web": "Tự trả lời qua mã", "enumerator": "Điều tra viên hỏi", "paper": "Phiếu giấy"}
    columns = [("Cách trả lời", TEXT, 2.0), ("Số phiếu", COUNT, 0.9),
               ("Tỷ lệ hài lòng", SHARE, 1.0), ("Sai số chuẩn", SHARE, 1.0),
               (f"Cận dưới {level}", SHARE, 1.0),
               (f"Cận trên {level}", SHARE, 1.0), ("Chưa gia quyền", SHARE, 1.0)]  # fmt: skip
    keys = ("n", "share", "se", "low", "high", "unweighted")
    rows = [
        (titles.get(each["channel"], each["channel"]), *(each[key] for key in keys))
        for each in standing.get("channels", ())
    ]
    caption = f"Phụ lục {annex}. Kết quả theo cách trả lời"
    return made(caption, columns, rows, origin(table)) if rows else None


def excluded(table: ResultTable, other: ResultTable | None, annex: int) -> Table | None:
    """Shares and indices without and with the answers that a reviewer left out."""
    if other is None:
        return None
    columns = [("Đơn vị", TEXT, 2.0), ("Số phiếu", COUNT, 0.8),
               ("Tính cả phiếu bị loại", COUNT, 1.0), ("Tỷ lệ hài lòng", SHARE, 1.0),
               ("Tính cả phiếu bị loại", SHARE, 1.0),
               ("Chỉ số (%)", INDEX, 0.9), ("Tính cả phiếu bị loại", INDEX, 1.0)]  # fmt: skip
    of_key = {(row.unit_code, row.valid_from): row for row in (*other.rows, other.whole)}
    rows = [
        (name(row), row.n_respondents, same.n_respondents, row.satisfaction, same.satisfaction,
         row.index_percent, same.index_percent)
        for row in (*table.rows, table.whole)
        for same in [of_key[row.unit_code, row.valid_from]]
    ]  # fmt: skip
    caption = f"Phụ lục {annex}. Kết quả không có và có phiếu bị loại khi rà soát"
    return made(caption, columns, rows, origin(table))


def changes(table: ResultTable, annex: int) -> Table | None:
    """Against the wave before, each with its test."""
    if table.before is None:
        return None
    columns = [("Đơn vị", TEXT, 2.0), ("Đợt trước", SHARE, 1.0), ("Đợt này", SHARE, 1.0),
               ("Thay đổi", SHARE, 0.9), ("Sai số chuẩn", SHARE, 0.9), ("Cận dưới", SHARE, 0.9),
               ("Cận trên", SHARE, 0.9), ("p", _P, 0.8), ("p (Holm)", _P, 0.9)]  # fmt: skip
    adjusted = table.before.adjusted()
    rows = [
        (row.name, row.before, row.now, row.difference, row.difference_se, row.difference_low,
         row.difference_high, row.p_value, adjusted.get((row.unit_code, row.valid_from)))
        for row in table.before.rows
    ]  # fmt: skip
    caption = f"Phụ lục {annex}. Thay đổi so với đợt trước, theo đơn vị hành chính của đợt này"
    return made(caption, columns, rows, origin(table), landscape=True)
