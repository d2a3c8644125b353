"""What all commands share: the database, the person at the keyboard, refusals in plain words."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from typing import Any

import click
from flask import current_app
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from survey.config import Settings
from survey.errors import InvalidInput, SurveyError
from survey.store.session import Database


def settings() -> Settings:
    return current_app.extensions["settings"]


def database() -> Database:
    return current_app.extensions["database"]


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
    """Print a broken rule as its message and end with status 1, without a traceback."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
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
    return click.option(
        "--wave", callback=_the_wave, help="Mã đợt khảo sát (bỏ trống nếu chỉ có một đợt)."
    )(command)


def _the_wave(_context: click.Context, _option: click.Parameter, slug: str | None) -> str:
    if slug:
        return slug
    from survey.store import waves

    with database().read() as session:
        known = [wave.slug for wave in waves.all_newest_first(session)]
    if len(known) == 1:
        return known[0]
    if not known:
        raise click.UsageError("Chưa có đợt khảo sát nào. Thử: flask demo load")
    raise click.UsageError(f"Hãy chọn đợt bằng --wave: {', '.join(known)}")


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
