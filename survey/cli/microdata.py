"""Files for analysts: ``flask microdata export``."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from survey import jobs
from survey.cli import door

FORMATS = ("csv", "xlsx", "sav", "zsav", "dta", "parquet")


@click.group()
def microdata() -> None:
    """Số liệu từng phiếu cho người phân tích."""


@microdata.command("export")
@click.argument("wave")
@click.option(
    "--format",
    "formats",
    type=click.Choice(FORMATS),
    multiple=True,
    help="Định dạng; lặp lại để có nhiều tệp (mặc định: csv).",
)
@click.option(
    "--replicates",
    type=click.Choice(["jackknife", "bootstrap"]),
    default=None,
    help="Thêm quyền số lặp.",
)
@click.option("--replicate-count", type=click.IntRange(2, 2000), default=500, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Hạt giống của bootstrap.")
@click.option("--script", type=click.Choice(["r"]), default=None, help="Kèm tệp lệnh R.")
@click.option("--language", type=click.Choice(["vi", "en"]), default="vi", show_default=True)
@click.option("--with-excluded", is_flag=True, help="Quyền số tính cả phiếu bị loại.")
@click.option(
    "--public",
    type=click.IntRange(2, 100),
    default=None,
    help="Bản cho mọi người: mỗi tổ hợp đặc điểm có ít nhất chừng này phiếu.",
)
@click.option("--leave-out", multiple=True, help="Tên câu bỏ trống trong bản cho mọi người.")
@click.option("--no-texts", is_flag=True, help="Bỏ trống câu trả lời bằng chữ.")
@door.output_option("Gói .zip, hoặc một tệp dữ liệu (mặc định: WAVE-microdata.zip).")
@with_appcontext
@door.refusals
def export(
    wave: str,
    formats: tuple[str, ...],
    replicates: str | None,
    replicate_count: int,
    seed: int,
    script: str | None,
    language: str,
    with_excluded: bool,
    no_texts: bool,
    public: int | None,
    leave_out: tuple[str, ...],
    output: Path | None,
) -> None:
    """Ghi phiếu trả lời của đợt WAVE: mã, nhãn, lý do thiếu, thiết kế mẫu và quyền số.

    Không có số hồ sơ, thứ tự hay thời điểm nào chi tiết hơn ngày gửi. Tệp chỉ hiện ra khi đã xong.
    """
    output = output or Path(f"{wave}-microdata.zip")
    kind = output.suffix.lstrip(".").lower()
    chosen = formats or ((kind,) if kind in FORMATS else ("csv",))
    if kind != "zip" and chosen != (kind,):
        raise click.UsageError("Nhiều tệp cần một gói .zip; một tệp mang đuôi của định dạng.")
    if kind != "zip" and script:
        raise click.UsageError("Tệp lệnh R đi cùng dữ liệu trong gói .zip.")
    if leave_out and not public:
        raise click.UsageError("--leave-out đi cùng --public.")
    door.database()
    with door.progress_bar("Xuất số liệu") as report:
        made = jobs.run_here(
            current_app,
            "microdata.file",
            report,
            wave=wave,
            path=output.resolve(),
            by=door.who(),
            order={
                "formats": list(chosen),
                "language": language,
                "replicates": replicates or "",
                "n_replicates": replicate_count,
                "seed": seed,
                "script": bool(script),
                "with_excluded": with_excluded,
                "texts": not no_texts,
                "public": public or 0,
                "leave_out": list(leave_out),
            },
        )
    click.echo(f"{output}: {made.n_rows} phiếu, {made.n_columns} cột, sha256 {made.sha256}")
