"""Questionnaires: checked, published, compared, retired, moved to: ``flask questionnaire …``."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from forms import canonical, questionnaires, xlsform
from forms.comparison import Change, Verdict, compare
from forms.mediafiles import is_media
from forms.model import Questionnaire
from survey.cli import door
from survey.domain.calendar import local_day
from survey.errors import InvalidInput, NotFound, Problem
from survey.services import definitions
from survey.services.questionnaires import drafts, reading, register, telling, versions
from survey.services.questionnaires.reading import Checked
from survey.store import waves


@click.group()
def questionnaire() -> None:
    """Phiếu hỏi: kiểm tra, công bố, so sánh, ngừng dùng; bảng mã của các biến."""


FILES = click.Path(exists=True, path_type=Path)


@questionnaire.command("lint")
@click.argument("files", type=FILES, nargs=-1, required=True)
@door.refusals
def lint(files: tuple[Path, ...]) -> None:
    """Kiểm tra một XLSForm (.xlsx, .zip, thư mục hay các tệp CSV); in mọi lỗi kèm trang và ô."""
    checked = _checked(files)
    for each in checked.faults:
        mark = "" if each["is_error"] else " (nhắc)"
        click.echo(f"{each['sheet']}!{each['cell']}{mark}: {each['texts']['vi']}", err=True)
    if checked.definition is None:
        click.echo(f"{checked.n_faults} lỗi.", err=True)
        sys.exit(1)
    made = checked.definition
    click.echo(f"Không có lỗi: {made.form_id}, phiên bản {made.version}.", nl=False)
    click.echo(f" SHA-256 {canonical.sha256(made)}")


@questionnaire.command("publish")
@click.argument("files", type=FILES, nargs=-1, required=True)
@with_appcontext
@door.refusals
def publish(files: tuple[Path, ...]) -> None:
    """Công bố một XLSForm không lỗi: nội dung của phiên bản này không đổi được nữa."""
    checked, by, when = _checked(files), door.who(), door.now()
    with door.database().write() as session:
        number = drafts.receive(session, checked, by=by, now=when)
        seen = drafts.get(session, number)[0]
        if seen.n_errors:
            problems = [Problem(x["code"], _fault(x)) for x in checked.faults if x["is_error"]]
            raise InvalidInput("Phiếu có lỗi; chưa công bố gì.", problems)
        published = drafts.publish(session, number, seen=seen.sha256, by=by, now=when)
    click.echo(f"Đã công bố {seen.form_id}@{seen.version} (số {published}). {seen.sha256}")


@questionnaire.command("list")
@with_appcontext
@door.refusals
def list_versions() -> None:
    """Liệt kê các phiên bản đã công bố."""
    with door.database().read() as session:
        for each in register.listed(session):
            state = "ngừng dùng" if each.is_retired else "đã công bố"
            used = ", ".join(slug for slug, _ in each.waves) or "–"
            name = f"{each.form_id}@{each.version}"
            click.echo(f"{each.id}\t{name}\t{state}\t{used}\t{each.sha256[:12]}")


@questionnaire.command("diff")
@click.argument("before")
@click.argument("after")
@with_appcontext
@door.refusals
def diff(before: str, after: str) -> None:
    """Phiên bản sau đổi gì, câu nào còn so sánh được; mỗi bên là số hoặc MÃ@PHIÊN-BẢN."""
    with door.database().read() as session:
        found = compare(*(register.find(session, each)[1] for each in (before, after)))
    for change in found.whole:
        click.echo(_line(change))
    for item in found.of(*Verdict):
        if item.verdict is not Verdict.SAME:
            click.echo(f"{item.name}: {telling.VERDICTS[item.verdict]}")
        for change in item.changes:
            click.echo(f"  {_line(change)}")
    n_kept = len(found.of(Verdict.SAME, Verdict.COMPARABLE))
    click.echo(f"{n_kept} câu giống hệt hoặc so sánh được.")


@questionnaire.command("retire")
@click.argument("reference")
@click.option("--reason", required=True, help="Lý do.")
@with_appcontext
@door.refusals
def retire(reference: str, reason: str) -> None:
    """Ngừng dùng một phiên bản (số hoặc MÃ@PHIÊN-BẢN): không đợt mới nào nhận nữa."""
    with door.database().write() as session:
        found, _ = register.find(session, reference)
        register.retire(session, found.id, reason=reason, by=door.who(), now=door.now())
    click.echo(f"Đã ngừng dùng {found.form_id}@{found.version}.")


@questionnaire.command("move")
@click.argument("reference")
@door.wave_option
@click.option("--reason", required=True, help="Lý do.")
@with_appcontext
@door.refusals
def move(reference: str, wave: str, reason: str) -> None:
    """Chuyển một đợt sang phiên bản mới; ai đã bắt đầu thì trả lời tiếp phiên bản cũ."""
    with door.database().write() as session:
        found, _ = register.find(session, reference)
        versions.move(session, wave, found.id, reason=reason, by=door.who(), now=door.now())
    click.echo(f"Đợt {wave}: từ nay người mới trả lời {found.form_id}@{found.version}.")


def _checked(files: Sequence[Path]) -> Checked:
    paths = [p for each in files for p in (_in_folder(each) if each.is_dir() else [each])]
    return reading.check([(path.name, path.read_bytes()) for path in paths])


def _in_folder(folder: Path) -> list[Path]:
    """The sheets of a folder, else its one workbook; with what they may show."""
    sheets = list(folder.glob("*.csv"))
    books = [] if (folder / "survey.csv").exists() else list(folder.glob("*.xlsx"))
    shown = (path for path in folder.iterdir() if is_media(path.name))
    return sorted([*sheets, *books, *shown])


def _fault(found: Mapping[str, Any]) -> str:
    # A message of a questionnaire is filled already; a per cent sign in it is only one.
    return f"{found['sheet']}!{found['cell']}: {found['texts']['vi']}".replace("%", "%%")


def _line(change: Change) -> str:
    told = telling.told(change)
    shown = f": “{told.before}” → “{told.after}”" if told.before or told.after else ""
    return f"{told.aspect}{shown} [{telling.VERDICTS[told.verdict]}]"


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
