"""Verified points and the index: ``flask verified import``, ``flask index compute``."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from rich.table import Table

from survey import jobs
from survey.cli import door, release
from survey.services.results import results


@click.group()
def verified() -> None:
    """Điểm thẩm định."""


@verified.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@door.wave_option
@with_appcontext
@door.refusals
def import_points(file: Path, wave: str) -> None:
    """Nạp điểm thẩm định từ FILE (CSV: unit_code, leaf, points)."""
    from survey.services import verified as service

    with door.database().write() as session:
        made = service.import_file(
            session, wave, file.read_bytes(), name=file.name, by=door.who(), now=door.now()
        )
    click.echo(f"Đã nạp {made.n_points} điểm của {made.n_units} đơn vị.")


@click.group()
def index() -> None:
    """Chỉ số CCHC."""


@index.command("compute")
@door.wave_option
@with_appcontext
@door.refusals
def compute(wave: str) -> None:
    """Ước lượng mức hài lòng và tổng hợp chỉ số của từng đơn vị."""
    door.database()
    with door.progress_bar("Tính chỉ số") as report:
        table = jobs.run_here(current_app, "index", report, wave=wave)
    door.console().print(_summary(table))
    click.echo(f"Lần tính {table.run_id}; xem trang /ket-qua/{wave}")


@index.command("export")
@door.wave_option
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--language", type=click.Choice(["vi", "en"]), default="vi")
@with_appcontext
@door.refusals
def export(wave: str, output: Path, language: str) -> None:
    """Ghi bảng chỉ số ra tệp .xlsx hoặc .csv."""
    makers = {".xlsx": results.xlsx, ".csv": results.csv}
    if output.suffix not in makers:
        raise click.UsageError("Tên tệp phải kết thúc bằng .xlsx hoặc .csv")
    with door.database().read() as session:
        content = makers[output.suffix](session, wave, language, include_private=True)
    if content is None:
        raise click.UsageError("Chưa có bảng chỉ số. Chạy: flask index compute")
    output.write_bytes(content)
    click.echo(f"Đã ghi {output} ({len(content)} byte).")


#: Missing shares in words; another reason is an analysis code.
_TOO_FEW = "quá ít phiếu"


@index.command("sensitive")
@door.wave_option
@with_appcontext
@door.refusals
def sensitive(wave: str) -> None:
    """Ước lượng các câu nhạy cảm hỏi bằng câu trả lời ngẫu nhiên hoá hay thí nghiệm danh sách."""
    from survey.services import sensitive as service

    with door.database().read() as session:
        found = service.estimate(session, wave)
    if not found:
        click.echo("Phiếu hỏi của đợt không có câu nào như vậy, hoặc chưa có phiếu nào.")
        return
    shown = Table("Câu hỏi", "Kỹ thuật", "n", "Tỷ lệ %", "± SE", "KTC 95 %", "Kiểm định")
    for each in found:
        if each.share is None:
            why = _TOO_FEW if each.missing == "small_n" else each.missing
            shown.add_row(each.item, each.technique, str(each.n), f"– ({why})", "–", "–", "–")
            continue
        shown.add_row(
            each.item,
            each.technique,
            str(each.n),
            f"{100 * each.share:.1f}",
            f"{100 * each.se:.1f}",
            f"{100 * each.low:.1f} – {100 * each.high:.1f}",
            "–" if each.p_value is None else f"p = {each.p_value:.3f}",
        )
    door.console().print(shown)
    click.echo("Ước lượng không chệch nên có thể ra ngoài 0–100 khi mẫu nhỏ; khoảng thì không.")
    if any(each.p_value is not None and each.p_value < 0.05 for each in found):
        click.echo("p < 0,05: câu nhạy cảm đã làm đổi cách đếm các việc khác; đừng dùng kết quả.")


def _summary(table) -> Table:
    shown = Table("Đơn vị", "n", "Hài lòng %", "± SE", "KTC 95 %", "Điểm", "Chỉ số %", "Xếp loại")
    for row in table.rows:
        if row.satisfaction is None:
            shown.add_row(row.name, str(row.n_respondents), "–", "–", "–", "–", "–", "–")
            continue
        shown.add_row(
            row.name,
            str(row.n_respondents),
            f"{100 * row.satisfaction:.1f}",
            f"{100 * row.satisfaction_se:.1f}" if row.satisfaction_se is not None else "–",
            f"{100 * row.satisfaction_low:.1f} – {100 * row.satisfaction_high:.1f}",
            "–" if row.total is None else f"{row.total:.2f}",
            "–" if row.index_percent is None else f"{row.index_percent:.2f}",
            "–" if row.band is None else row.band["vi"],
        )
    return shown


release.add_to(index)
