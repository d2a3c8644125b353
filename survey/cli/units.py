"""The register of units: ``flask units``."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from survey.cli import door
from survey.services import units as service

READABLE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def units() -> None:
    """Sổ đơn vị hành chính qua các năm: ngày hiệu lực, đơn vị kế tục."""


@units.command("show")
@click.argument("code", required=False)
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Chỉ đơn vị có vào ngày này.")
@with_appcontext
@door.refusals
def show(code: str | None, on) -> None:
    """Các đơn vị, hoặc một mã CODE, cùng đơn vị trước và sau."""
    with door.database().read() as session:
        found = service.find(session, code=code, on=on.date() if on else None)
    for unit in found:
        until = f"{unit.valid_to:%d/%m/%Y}" if unit.valid_to else "nay"
        click.echo(f"{unit.code}  {unit.name}  ({unit.valid_from:%d/%m/%Y} – {until})")
        for arrow, moves in (("←", unit.before), ("→", unit.after)):
            for on_day, other, name, since, share, basis in moves:
                click.echo(
                    f"    {arrow} {on_day:%d/%m/%Y}  {other} {name} (từ {since:%d/%m/%Y}), "
                    f"{_share(share, basis)}"
                )
    if not found:
        click.echo("Không có đơn vị nào.")


@units.command("import")
@click.option("--units", "units_csv", type=READABLE, help="Tệp CSV các đơn vị.")
@click.option("--succession", "moves_csv", type=READABLE, help="Tệp CSV đơn vị kế tục.")
@with_appcontext
@door.refusals
def import_register(units_csv: Path | None, moves_csv: Path | None) -> None:
    """Thêm đơn vị, ngày hết hiệu lực, đơn vị kế tục và phần chuyển; báo mọi lỗi theo dòng."""
    if units_csv is None and moves_csv is None:
        raise click.UsageError("Cần --units hoặc --succession.")
    with door.database().write() as session:
        made = service.import_register(
            session,
            units_csv=units_csv.read_bytes() if units_csv else None,
            moves_csv=moves_csv.read_bytes() if moves_csv else None,
            by=door.who(),
            now=door.now(),
        )
    click.echo(
        f"Thêm {made.n_units} đơn vị, {made.n_moves} kế tục; "
        f"{made.n_ended} đơn vị hết hiệu lực, {made.n_shares} phần chuyển được ghi lại."
    )


@units.command("boundaries")
@click.argument("file", type=READABLE)
@click.option("--source", required=True, help="Ranh giới lấy từ đâu; in dưới bản đồ.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Đơn vị của ngày nào.")
@click.option("--code", "code_name", default="", help="Tên thuộc tính giữ mã đơn vị.")
@with_appcontext
@door.refusals
def boundaries(file: Path, source: str, on, code_name: str) -> None:
    """Nạp ranh giới đơn vị từ tệp GeoJSON, cho bản đồ trong báo cáo."""
    from survey.services import boundaries as outlines

    with door.database().write() as session:
        made = outlines.import_file(
            session, file.read_bytes(), source=source, on=on.date(), code_name=code_name,
            by=door.who(), now=door.now(),
        )  # fmt: skip
    click.echo(f"Đã nạp ranh giới của {made.n_units} đơn vị.")
    if made.unknown:
        click.echo(f"{len(made.unknown)} mã trong tệp không có đơn vị nào vào ngày đó.")


def _share(share: float | None, basis: str) -> str:
    if share is None:
        return "một phần, chưa biết bao nhiêu"
    text = f"{100 * share:.2f}".rstrip("0").rstrip(".").replace(".", ",")
    return f"{text} %" + (f" theo {basis}" if basis else "")
