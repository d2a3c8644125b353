"""Frames: ``flask frame import``, and what comes before and after it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from survey import jobs
from survey.cli import door
from survey.domain.frame_eligibility import REASON_TITLES, Eligibility
from survey.domain.frame_layout import Layout
from survey.domain.timeliness import Timeliness
from survey.errors import NotFound
from survey.services.frames import layouts, preview, timeliness
from survey.services.frames import report as reports

READABLE = click.Path(exists=True, dir_okay=False, path_type=Path)
WRITABLE = click.Path(dir_okay=False, path_type=Path)


TIMES = {
    Timeliness.EARLY: "trước hạn",
    Timeliness.ON_TIME: "đúng hạn",
    Timeliness.LATE: "trễ hạn",
    Timeliness.UNCLASSIFIED: "chưa rõ (không ghi hẹn)",
}


@click.group()
def frame() -> None:
    """Danh sách hồ sơ (dàn mẫu): nạp, ghép cột, kiểm tra chất lượng."""


@frame.command("import")
@click.argument("file", type=READABLE)
@click.option("--mapping", help="Bảng ghép cột: tên đã lưu, hoặc tệp TOML (được lưu theo tên).")
@click.option("--check", "only_check", is_flag=True, help="Chỉ kiểm tra, không nạp.")
@click.option("--faults", type=WRITABLE, help="Ghi mọi lỗi, từng ô, vào tệp CSV này.")
@door.wave_option
@with_appcontext
@door.refusals
def import_file(
    file: Path, mapping: str | None, only_check: bool, faults: Path | None, wave: str
) -> None:
    """Nạp danh sách hồ sơ một cửa từ FILE (CSV hoặc XLSX); báo mọi lỗi, không nạp dở dang."""
    layout = _layout(mapping)
    with ExitStack() as open_files:
        report = open_files.enter_context(door.progress_bar("Nạp danh sách hồ sơ"))
        faults_file = (
            open_files.enter_context(faults.open("w", encoding="utf-8-sig", newline=""))
            if faults
            else None
        )
        made = jobs.run_here(
            current_app,
            "frame.file",
            report,
            wave=wave,
            path=file,
            name=file.name,
            layout=layout,
            by=door.who(),
            faults_file=faults_file,
            only_check=only_check,
        )
    with door.database().read() as session:
        rule = reports.rule(session, wave)
    _tell_rule(rule, made.n_rows, made.excluded)
    if only_check:
        for problem in made.faults:
            click.echo(str(problem), err=True)
        click.echo(f"Được tính: {made.n_frame} hồ sơ. Lỗi: {made.n_faults}. Chưa nạp gì.")
        raise SystemExit(1 if made.n_faults else 0)
    click.echo(
        f"Đã nạp {made.n_dossiers} hồ sơ ({made.n_contacts} có liên hệ) từ {made.name}.\n"
        f"sha256 của tệp:     {made.sha256}\n"
        f"sha256 của nội dung: {made.content_sha256} (không phụ thuộc thứ tự dòng)\n"
        f"Báo cáo chất lượng: flask frame report --wave {wave}"
    )


@frame.command("columns")
@click.argument("file", type=READABLE)
@click.option("--sheet", default="", help="Trang tính của tệp XLSX (mặc định: trang đầu).")
@click.option("--heading-row", type=click.IntRange(min=1), help="Dòng chứa tiêu đề cột.")
@click.option("-o", "--output", type=WRITABLE, help="Ghi bảng ghép cột gợi ý vào tệp TOML này.")
@with_appcontext
@door.refusals
def columns(file: Path, sheet: str, heading_row: int | None, output: Path | None) -> None:
    """Xem tiêu đề và vài dòng đầu của FILE, cùng bảng ghép cột gợi ý."""
    seen = preview.of(file, sheet=sheet, heading_row=heading_row)
    if len(seen.sheets) > 1:
        click.echo(f"Trang tính: {', '.join(seen.sheets)}")
    click.echo(f"Tiêu đề ở dòng {seen.heading_row}: {' | '.join(seen.headings)}")
    for number, cells in seen.rows:
        click.echo(f"{number:>6}: {' | '.join(cells)}")
    text = preview.layout(seen).to_toml()
    if output:
        output.write_text(text, encoding="utf-8")
        click.echo(f"Đã ghi {output}; đặt tên (name), sửa rồi dùng với --mapping {output}")
    else:
        click.echo(f"\n{text}", nl=False)


@frame.command("mappings")
@click.argument("name", required=False)
@with_appcontext
@door.refusals
def mappings(name: str | None) -> None:
    """Các bảng ghép cột đã lưu; với NAME thì in bảng đó dạng TOML."""
    with door.database().read() as session:
        if name:
            click.echo(layouts.get(session, name).to_toml(), nl=False)
            return
        for saved in layouts.every(session):
            click.echo(f"{saved.layout.name}\t{saved.saved_at:%Y-%m-%d}\t{saved.sha256}")


@frame.command("report")
@click.option("-o", "--output", type=WRITABLE, help="Ghi báo cáo dạng CSV vào tệp này.")
@door.wave_option
@with_appcontext
@door.refusals
def report(output: Path | None, wave: str) -> None:
    """Chất lượng danh sách hồ sơ: thiếu, cũ, đáng ngờ; tỷ trọng từng đơn vị so với năm trước."""
    with door.database().read() as session:
        found = reports.of(session, wave)
        if found is None:
            raise NotFound(
                "Đợt “%(slug)s” chưa có danh sách hồ sơ.", code="frame.not_found", slug=wave
            )
        _tell_rule(found.rule, found.n_rows, found.excluded)
        click.echo(f"Được tính: {found.n_dossiers} hồ sơ.")
        for line in reports.lines(found):
            click.echo(line)
        if times := timeliness.of(session, wave):
            whole = times[-1].counted
            told = (f"{TIMES[k]} {n} ({100 * whole.share(k):.1f} %)" for k, n in whole.of.items())
            click.echo(f"  Đúng hẹn: {', '.join(told)}")
        if output:
            output.write_bytes(reports.csv_bytes(found))
            click.echo(f"Đã ghi {output}.")


def _layout(mapping: str | None) -> Layout:
    """A layout by its name, or from a file, which is saved under its name."""
    if mapping is None:
        return Layout()
    path = Path(mapping)
    if path.suffix != ".toml":
        with door.database().read() as session:
            return layouts.get(session, mapping)
    if not path.is_file():
        raise NotFound("Không có tệp “%(path)s”.", code="layout.no_file", path=mapping)
    layout = Layout.from_toml(path.read_bytes())
    if layout.name:
        with door.database().write() as session:
            layouts.save(session, layout, by=door.who(), now=door.now())
    return layout


def _tell_rule(rule: Eligibility, n_rows: int, excluded: Mapping[str, int]) -> None:
    click.echo("Quy tắc chọn hồ sơ:")
    for sentence in rule.sentences():
        click.echo(f"  – {sentence}")
    click.echo(f"Đọc {n_rows} dòng.")
    for reason, title in REASON_TITLES.items():
        if excluded.get(reason):
            click.echo(f"  Để ra ngoài {excluded[reason]}: {title}")
