"""Units' claims and their appraisal: ``flask verified form``, ``claims``, ``check``, ``settle``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
from flask.cli import with_appcontext

from survey.cli import door
from survey.cli.index import verified
from survey.services.appraisal import claim_sheet, entering, reading, settling

_DAY = click.DateTime(["%Y-%m-%d"])


@verified.command("days")
@door.wave_option
@click.option("--claim-by", type=_DAY, required=True, help="Hạn tự chấm điểm.")
@click.option("--decide-by", type=_DAY, required=True, help="Hạn thẩm định.")
@click.option("--reason", default="", help="Lý do, khi dời hạn.")
@with_appcontext
@door.refusals
def set_days(wave: str, claim_by: datetime, decide_by: datetime, reason: str) -> None:
    """Mở đợt tự chấm điểm, hoặc dời hạn."""
    with door.database().write() as session:
        entering.set_days(
            session, wave, claim_by.date(), decide_by.date(), reason, by=door.who(), now=door.now()
        )
    click.echo("Đã đặt hạn.")


@verified.command("form")
@door.wave_option
@click.option("--output", "-o", required=True, type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
@door.refusals
def form(wave: str, output: Path) -> None:
    """Ghi biểu mẫu tự chấm điểm (XLSX)."""
    with door.database().read() as session:
        output.write_bytes(claim_sheet.write(session, wave))
    click.echo(f"Đã ghi {output}.")


@verified.command("claims")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@door.wave_option
@click.option("--person", required=True, help="Ai chịu trách nhiệm ở đơn vị.")
@with_appcontext
@door.refusals
def claims(file: Path, wave: str, person: str) -> None:
    """Nạp điểm tự chấm và các tổng đơn vị tự ghi từ FILE (XLSX)."""
    with door.database().write() as session:
        made = claim_sheet.load(
            session, wave, file.read_bytes(), person=person, by=door.who(), now=door.now()
        )
    click.echo(f"Đã nạp {made.n_claims} điểm tự chấm, {made.n_sums} tổng.")


@verified.command("check")
@door.wave_option
@with_appcontext
@door.refusals
def check(wave: str) -> None:
    """Tổng không khớp, điểm không có tài liệu kiểm chứng."""
    with door.database().read() as session:
        found = [each for unit in reading.of_wave(session, wave) for each in unit.findings]
    for each in found:
        facts = each.facts
        if each.kind == "rule":
            click.echo(f"{each.unit}: mục {facts['item']} trái quy tắc tính của bộ chỉ số.")
            continue
        click.echo(
            f"{each.unit}: tổng ghi ở {facts['area']} là {facts['stated']:g}, cộng lại được "
            f"{facts['found']:g} (lệch {facts['excess']:g})."
            if each.kind == "sum"
            else f"{each.unit}: mục {facts['item']} có điểm mà chưa có tài liệu kiểm chứng."
        )
    click.echo(f"{len(found)} điều cần xem lại.")


@verified.command("settle")
@door.wave_option
@with_appcontext
@door.refusals
def settle(wave: str) -> None:
    """Chuyển mọi điểm đã thẩm định vào bảng chỉ số."""
    with door.database().write() as session:
        made = settling.settle(session, wave, by=door.who(), now=door.now())
    click.echo(f"Đã chuyển {made.n_points} điểm của {made.n_units} đơn vị.")
