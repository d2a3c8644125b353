"""Paper forms: ``flask paper print``, ``flask paper void``, ``flask paper preview``."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from forms import questionnaires, xlsform
from survey.cli import door
from survey.services import paper_forms as service
from survey.services.paper_entry import spoiled


@click.group()
def paper() -> None:
    """Phiếu hỏi trên giấy."""


_LANGUAGE = click.option("--language", default="vi", show_default=True, help="vi hoặc en.")


@paper.command("print")
@click.argument("wave")
@click.option("--count", type=click.IntRange(1, service.MOST), required=True, help="Số bản.")
@_LANGUAGE
@click.option("--unit", default="", help="Mã đơn vị, để in tên đơn vị vào câu hỏi.")
@door.output_option("Tệp PDF (mặc định: trong thư mục instance).")
@with_appcontext
@door.refusals
def print_forms(wave: str, count: int, language: str, unit: str, output: Path | None) -> None:
    """In phiếu giấy của đợt WAVE, mỗi bản một số và một mã QR để nhập về sau."""
    with door.database().write() as session:
        made = service.print_forms(
            session,
            wave,
            count=count,
            language=language,
            unit_code=unit,
            by=door.who(),
            now=door.now(),
        )
        # Written before the commit: a number that is on no paper must not exist.
        name = f"phieu-giay-{wave}-{made.first}.pdf"
        output = output or door.settings().instance_dir / name
        output.write_bytes(made.pdf)
    click.echo(f"Đã in {made.n} phiếu, số {made.first} đến {made.last}, vào {output}.")


@paper.command("void")
@click.argument("wave")
@click.argument("first")
@click.argument("last", default="")
@click.option("--reason", required=True, help="Vì sao: hỏng, mất, in lỗi …")
@with_appcontext
@door.refusals
def void(wave: str, first: str, last: str, reason: str) -> None:
    """Huỷ phiếu giấy số FIRST (đến LAST) của đợt WAVE, khi chưa nhận về."""
    with door.database().write() as session:
        n = spoiled.void(session, wave, first, last, reason=reason, by=door.who(), now=door.now())
    click.echo(f"Đã huỷ {n} phiếu.")


@paper.command("preview")
@click.argument("source")
@_LANGUAGE
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), required=True)
@door.refusals
def preview(source: str, language: str, output: Path) -> None:
    """Xem trước bản giấy của một phiếu có sẵn (tên) hay một XLSForm (tệp, thư mục)."""
    known = source in questionnaires.names()
    if not known and not Path(source).exists():
        raise click.UsageError(f"Không có phiếu hay tệp “{source}”.")
    q = questionnaires.load(source) if known else xlsform.read(Path(source))
    output.write_bytes(service.preview(q, language))
    click.echo(f"Đã ghi {output}.")
