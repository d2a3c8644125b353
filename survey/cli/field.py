"""Fieldwork: ``flask field attempt``, ``import``, ``release``, ``verify``, ``rates`` …"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from flask.cli import with_appcontext
from rich.table import Table

from survey.cli import door
from survey.domain import contact
from survey.domain.contact_file import parse_time
from survey.services.fieldwork import attempt_file, attempts, record, reserves
from survey.services.fieldwork import rates as fieldwork_rates

RESULTS = "; ".join(f"{code}: {titles['vi']}" for code, titles in contact.RESULT_TITLES.items())


@click.group()
def field() -> None:
    """Thực địa: ghi lần liên hệ, thả dự phòng, tỷ lệ AAPOR."""


@field.command("attempt", epilog=RESULTS)
@door.wave_option
@click.option("--case", "reference", required=True, help="Mã hồ sơ hoặc số thứ tự trong mẫu.")
@click.option("--mode", type=click.Choice([mode.value for mode in contact.Mode]), required=True)
@click.option(
    "--result", type=click.Choice([str(code) for code in contact.MODES_OF]), required=True
)
@click.option("--at", "at", help="Thời điểm, ví dụ “31/12/2023 18:30” (mặc định: bây giờ).")
@click.option("--note", default="", help="Ghi chú, không có thông tin cá nhân.")
@with_appcontext
@door.refusals
def attempt(wave: str, reference: str, mode: str, result: str, at: str | None, note: str) -> None:
    """Ghi một lần liên hệ với một hồ sơ trong mẫu."""
    moment = parse_time(at) if at else door.now()
    if moment is None:
        raise click.BadParameter(f"“{at}” không phải ngày giờ.", param_hint="--at")
    with door.database().write() as session:
        line = attempts.log_attempt(
            session,
            wave,
            reference,
            at=moment,
            mode=mode,
            result=result,
            note=note,
            by=door.who(),
            now=door.now(),
        )
        case = attempts.view(session, wave, line.case_id)
    click.echo(f"Đã ghi lần liên hệ {case.effort.attempts} với hồ sơ {case.dossier_code}.")
    if case.ends_as:
        click.echo(f"Hồ sơ này kết thúc với mã {case.ends_as}; có thể thả dự phòng.")


@field.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@door.wave_option
@with_appcontext
@door.refusals
def import_file(file: Path, wave: str) -> None:
    """Ghi các lần liên hệ từ FILE (CSV, UTF-8); báo mọi lỗi, không ghi dở dang."""
    with door.database().write() as session:
        made = attempt_file.import_file(
            session, wave, file.read_bytes(), name=file.name, by=door.who(), now=door.now()
        )
    click.echo(f"Đã ghi {made.n_attempts} lần liên hệ với {made.n_cases} hồ sơ.")


@field.command("release")
@door.wave_option
@click.option("--case", "references", multiple=True, help="Hồ sơ cần thay (lặp lại được).")
@click.option("--reason", default="", help="Lý do (bắt buộc khi thả).")
@with_appcontext
@door.refusals
def release(wave: str, references: tuple[str, ...], reason: str) -> None:
    """Thả dự phòng thay cho hồ sơ đã kết thúc; không có --case thì liệt kê hồ sơ thay được."""
    if not references:
        with door.database().read() as session:
            waiting = reserves.replaceable(session, wave)
        for row in waiting:
            click.echo(
                f"{row.dossier_code}  {row.code} {row.title['vi']}  {row.unit_name} – {row.field}  "
                f"dự phòng còn {row.reserves_left}"
            )
        click.echo(f"{len(waiting)} hồ sơ có thể thay. Thả: --case MÃ --reason “…”.")
        return
    with door.database().write() as session:
        made = reserves.release(
            session, wave, references, reason=reason, by=door.who(), now=door.now()
        )
    for row in made:
        click.echo(f"{row.replaced} ({row.code}) → {row.reserve}")
    click.echo(f"Đã thả {len(made)} hồ sơ dự phòng. In phiếu mời: flask slips print")


@field.command("verify")
@door.wave_option
@with_appcontext
@door.refusals
def verify(wave: str) -> None:
    """Đối chiếu hồ sơ dự phòng đã đưa ra với sổ thả và thứ tự đã rút."""
    with door.database().read() as session:
        faults = record.faults(session, wave)
        n = sum(row.n_released for row in record.strata(session, wave))
    if not faults:
        click.echo(f"Đúng: {n} hồ sơ dự phòng đã thả, theo thứ tự, mỗi hồ sơ một dòng trong sổ.")
        return
    for fault in faults:
        click.echo(str(fault), err=True)
    sys.exit(1)


@field.command("rates")
@door.wave_option
@click.option("--by", type=click.Choice(["unit", "stratum"]), default="unit", show_default=True)
@click.option("--weighted", is_flag=True, help="Tính theo quyền số cơ sở.")
@click.option("--e", "e", type=float, help="Tỷ lệ thuộc đối tượng trong số chưa rõ (0–1).")
@with_appcontext
@door.refusals
def rates(wave: str, by: str, weighted: bool, e: float | None) -> None:
    """Tỷ lệ trả lời, hợp tác, từ chối, tiếp xúc theo AAPOR."""
    with door.database().read() as session:
        found = fieldwork_rates.table(session, wave, e=e, weighted=weighted)
    rows = found.units if by == "unit" else found.strata
    rows = (*rows, found.whole)
    counts = [
        [str(row.issued), *(str(row.counts[x]) for x in fieldwork_rates.LETTERS)] for row in rows
    ]
    _print(rows, ["n", *fieldwork_rates.LETTERS], counts)
    for family in ("RR", "COOP", "REF", "CON"):
        names = [name for name in fieldwork_rates.RATES if name.startswith(family)]
        _print(rows, names, [[_percent(row.rates[name].value) for name in names] for row in rows])
    for name, text in fieldwork_rates.formulae():
        click.echo(f"{name} = {text}")
    how = "cho trước" if found.e_given else "ước lượng theo CASRO trên cả đợt"
    value = "–" if found.e.value is None else f"{found.e.value:.3f}"
    click.echo(f"e = {value} ({how}); – là chưa tính được vì mẫu số bằng 0 hoặc chưa có e.")


@field.command("interviewers")
@door.wave_option
@with_appcontext
@door.refusals
def interviewers(wave: str) -> None:
    """Phần phương sai của mỗi câu nằm giữa các điều tra viên (ICC) và hệ số thiết kế của nó."""
    from survey.services.supervision import interviewer

    with door.database().read() as session:
        found = interviewer.effects(session, wave)
    table = Table("Câu hỏi", "n", "Điều tra viên", "ICC", "deff", "F, p")
    for each in found:
        icc = each.found
        if icc is None:
            table.add_row(each.item, str(each.n), "–", f"– ({each.missing})", "–", "–")
            continue
        test = f"{icc.f:.2f}, {icc.p:.3f}"
        row = (each.item, str(icc.n), str(icc.groups), f"{icc.anova:.3f}", f"{icc.deff:.2f}", test)
        table.add_row(*row)
    door.console().print(table)


def _print(
    rows: Sequence[fieldwork_rates.RateRow], names: list[str], cells: list[list[str]]
) -> None:
    table = Table("Đơn vị")
    for name in names:
        table.add_column(name, justify="right")
    for row, shown in zip(rows, cells, strict=True):
        table.add_row(" – ".join(filter(None, (row.unit_name, row.field))) or "Tổng", *shown)
    door.console().print(table)


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}"
