"""What follows from a questionnaire alone: ``flask questionnaire codebook``."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from forms import questionnaires, xlsform
from forms.model import Questionnaire
from survey.cli import door
from survey.domain.calendar import local_day
from survey.errors import NotFound
from survey.services import definitions
from survey.store import waves


@click.group()
def questionnaire() -> None:
    """Phiếu hỏi: bảng mã của các biến."""


@questionnaire.command("codebook")
@click.argument("source")
@click.option(
    "--output",
    "-o",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("codebook"),
    show_default=True,
    help="Thư mục.",
)
@with_appcontext
@door.refusals
def codebook(source: str, output: Path) -> None:
    """Bảng mã (CSV, DDI 2.5) và nhãn SPSS, Stata của một phiếu.

    SOURCE là mã đợt, tên phiếu có sẵn, tệp .xlsx hay thư mục CSV của XLSForm.
    """
    from survey.services.microdata import codebooks

    asked, producer = _read(source)
    output.mkdir(parents=True, exist_ok=True)
    for name, content in codebooks.of_questionnaire(
        asked, on=local_day(door.now()), producer=producer
    ):
        (output / name).write_bytes(content)
        click.echo(f"{output / name} ({len(content)} byte)")


def _read(source: str) -> tuple[Questionnaire, str]:
    """The questionnaire and who asks.  Raises NotFound."""
    if source in questionnaires.names():
        return questionnaires.load(source), source
    if Path(source).exists():
        return xlsform.read(Path(source)), source
    try:
        with door.database().read() as session:
            wave = waves.get(session, source)
            return definitions.of(wave.questionnaire), wave.organisation
    except NotFound:
        raise NotFound(
            "Không có đợt, phiếu hay tệp “%(source)s”; các phiếu có sẵn: %(known)s.",
            code="questionnaire.not_found",
            source=source,
            known=", ".join(questionnaires.names()),
        ) from None
