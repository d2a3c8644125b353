"""A questionnaire for other programs: the XForm that ODK clients fill."""

from __future__ import annotations

from pathlib import Path

import click

from forms import questionnaires, xlsform
from forms.faces import xform
from forms.model import Questionnaire


@click.group()
def form() -> None:
    """Phiếu hỏi: từ XLSForm ra các dạng khác."""


@form.command("xform")
@click.argument("source")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--cases", default="", help="Tên tệp CSV các ca, đặt câu chọn ca ở đầu phiếu.")
def to_xform(source: str, output: Path, cases: str) -> None:
    """Viết XForm của một phiếu có sẵn (tên) hay một XLSForm (tệp .xlsx, thư mục CSV)."""
    try:
        made = xform.build(_questionnaire(source), case_file=cases)
    except (xlsform.XlsformError, xform.XFormError) as error:
        raise click.ClickException(str(error)) from None
    output.write_bytes(made.xml)
    click.echo(f"{output}: {made.form_id}, phiên bản {made.version}, {made.md5}")
    for name in made.media:
        click.echo(f"  cần kèm tệp {name}")
    for warning in made.warnings:
        click.echo(f"  {warning}", err=True)


def _questionnaire(source: str) -> Questionnaire:
    if source in questionnaires.names():
        return questionnaires.load(source)
    if not Path(source).exists():
        known = ", ".join(questionnaires.names())
        raise click.UsageError(f"Không có phiếu “{source}”; các phiếu có sẵn: {known}.")
    return xlsform.read(source)
