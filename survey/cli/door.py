"""What all commands share: the database, the person at the keyboard, refusals in plain words."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any

import click
from flask import current_app
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from survey.config import Settings
from survey.errors import Conflict, InvalidInput, NotFound, SurveyError
from survey.services import readiness
from survey.store import waves
from survey.store.session import Database


def settings() -> Settings:
    return current_app.extensions["settings"]


def database() -> Database:
    """The store, at the newest schema.  Raises Conflict with the command that brings it there."""
    found: Database = current_app.extensions["database"]
    fault = readiness.fault(found)
    if fault == "unreachable":
        raise Conflict(
            "Không kết nối được cơ sở dữ liệu; hãy kiểm tra DATABASE_URL.",
            code="database.unreachable",
        )
    if fault:
        raise Conflict(
            "Cơ sở dữ liệu chưa được tạo hoặc chưa nâng cấp.",
            code="database.not_migrated",
            hint="Chạy: flask database upgrade",
        )
    return found


def now() -> datetime:
    return current_app.extensions["clock"]()


def who() -> str:
    """Name of the account at the keyboard, for the record."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        return "cli"


def console() -> Console:
    return Console(highlight=False, soft_wrap=True)


def refusals(command: Callable[..., Any]) -> Callable[..., Any]:
    """Print a broken rule as its message and end with status 1, without a traceback.

    A ``wave`` that was not named is the only one there is.
    """

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            if "wave" in kwargs:
                kwargs["wave"] = kwargs["wave"] or the_wave()
            return command(*args, **kwargs)
        except InvalidInput as refused:
            for problem in refused.problems:
                click.echo(str(problem), err=True)
            click.echo(str(refused), err=True)
        except SurveyError as refused:
            click.echo(str(refused), err=True)
        except ValueError as refused:
            # Errors of the rooms below carry a code and facts; anything else is a fault of ours.
            if not hasattr(refused, "code"):
                raise
            click.echo(str(refused), err=True)
        sys.exit(1)

    return run


def wave_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--wave``; may be left out where there is only one wave."""
    return click.option("--wave", help="Mã đợt khảo sát (bỏ trống nếu chỉ có một đợt).")(command)


def output_option(text: str) -> Callable[..., Any]:
    """``--output``, a file to write."""
    return click.option(
        "--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help=text
    )


def the_wave() -> str:
    """The only wave there is.  Raises NotFound, Conflict."""
    with database().read() as session:
        known = [wave.slug for wave in waves.all_newest_first(session)]
    if len(known) == 1:
        return known[0]
    if not known:
        raise NotFound("Chưa có đợt khảo sát nào.", code="wave.none", hint="Thử: flask demo load")
    raise Conflict(
        "Hãy chọn đợt bằng --wave: %(waves)s", code="wave.several", waves=", ".join(known)
    )


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int, str], None]]:
    """A bar on the terminal; takes (done, total, message)."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=None)

        def report(done: int, total: int, message: str = "") -> None:
            bar.update(task, completed=done, total=total, description=message or title)

        yield report
