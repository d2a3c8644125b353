"""After publication: ``flask follow``, and the quarterly sheet ``flask tt01``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
from flask.cli import with_appcontext
from rich.table import Table

from survey.cli import door
from survey.services.follow_up import duties, opening, reminding
from survey.services.report import desk_sheets


@click.group()
def follow() -> None:
    """Sau công bố: phương án khắc phục, việc đột phá, báo cáo định kỳ."""


@follow.command("open")
@door.wave_option
@with_appcontext
@door.refusals
def open_duties(wave: str) -> None:
    """Mở việc theo bảng đã công bố (công bố tự làm; chạy lại không mở hai lần)."""
    with door.database().write() as session:
        made = opening.from_release(session, wave, by=door.who(), now=door.now())
    click.echo(
        f"Mở {made.n_remedies} phương án khắc phục, {made.n_breakthroughs} việc đột phá; thôi yêu "
        f"cầu {made.n_lifted}."
    )


@follow.command("schedule")
@door.wave_option
@click.option("--year", type=int, required=True)
@with_appcontext
@door.refusals
def schedule(wave: str, year: int) -> None:
    """Lên lịch báo cáo quý, sáu tháng và năm của mọi đơn vị."""
    with door.database().write() as session:
        made = opening.schedule_reports(session, wave, year, by=door.who(), now=door.now())
    click.echo(f"Mở {made.n_reports} báo cáo.")


@follow.command("ask")
@door.wave_option
@click.option("--title", required=True, help="Báo cáo về việc gì.")
@click.option("--due", type=click.DateTime(["%Y-%m-%d"]), required=True)
@with_appcontext
@door.refusals
def ask(wave: str, title: str, due: datetime) -> None:
    """Yêu cầu mọi đơn vị một báo cáo đột xuất."""
    with door.database().write() as session:
        made = opening.ask_report(session, wave, title, due.date(), by=door.who(), now=door.now())
    click.echo(f"Mở {made.n_reports} báo cáo.")


@follow.command("list")
@door.wave_option
@with_appcontext
@door.refusals
def listing(wave: str) -> None:
    """Việc của các đơn vị, quá hạn trước."""
    with door.database().read() as session:
        found = duties.of_wave(session, wave, now=door.now())
    table = Table("Số", "Đơn vị", "Việc", "Hạn", "Trạng thái")
    for each in found:
        late = " (quá hạn)" if each.overdue else ""
        table.add_row(
            str(each.id), each.unit, each.title["vi"], f"{each.due_on:%d/%m/%Y}{late}", each.state
        )
    door.console().print(table)


@follow.command("remind")
@door.wave_option
@door.output_option("Tệp CSV các lời nhắc.")
@with_appcontext
@door.refusals
def remind(wave: str, output: Path | None) -> None:
    """Ghi các lần nhắc đến hạn và in lời nhắc (tiến trình nền tự làm mỗi đêm)."""
    with door.database().write() as session:
        made = reminding.remind(session, wave, by=door.who(), now=door.now())
    if output is not None:
        output.write_bytes(reminding.csv_of(made))
    for each in made:
        click.echo(each.text)
    click.echo(f"{len(made)} lời nhắc.")


@click.group()
def tt01() -> None:
    """Phiếu chấm điểm theo quý, TT 01/2018/TT-VPCP."""


@tt01.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@door.wave_option
@click.option("--year", type=int, required=True)
@click.option("--quarter", type=int, required=True)
@with_appcontext
@door.refusals
def import_sheet(file: Path, wave: str, year: int, quarter: int) -> None:
    """Nạp điểm chín chỉ số từ FILE (CSV) và xếp loại từng đơn vị."""
    with door.database().write() as session:
        sheet = desk_sheets.import_file(
            session, wave, file.read_bytes(), year=year, quarter=quarter, name=file.name,
            by=door.who(), now=door.now(),
        )  # fmt: skip
    table = Table("Đơn vị", "Hồ sơ", *(str(i) for i in range(1, 10)), "Tổng", "Xếp loại")
    for row in sheet.rows:
        shown = desk_sheets.cells(row, "vi")
        table.add_row(
            row.unit, str(row.n_dossiers), *shown["indices"], shown["total"], shown["band"]
        )
    door.console().print(table)


@tt01.command("export")
@door.wave_option
@click.option("--year", type=int, required=True)
@click.option("--quarter", type=int, required=True)
@click.option("--output", "-o", required=True, type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
@door.refusals
def export(wave: str, year: int, quarter: int, output: Path) -> None:
    """Ghi bảng của một quý ra tệp XLSX."""
    with door.database().read() as session:
        content = desk_sheets.xlsx(session, wave, year, quarter)
    if content is None:
        raise click.UsageError("Chưa nạp quý này.")
    output.write_bytes(content)
    click.echo(f"Đã ghi {output}.")
