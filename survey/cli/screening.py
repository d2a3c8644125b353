"""Screening: ``flask screening run``, ``flask screening forget``."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import click
from flask import current_app
from flask.cli import with_appcontext

from survey import jobs
from survey.cli import door
from survey.services import paradata


@click.group()
def screening() -> None:
    """Sàng lọc phiếu: dấu hiệu để người rà soát quyết định, không phải kết luận."""


@screening.command("run")
@door.wave_option
@with_appcontext
@door.refusals
def run(wave: str) -> None:
    """Áp mọi quy tắc lên các phiếu của đợt và lưu dấu hiệu; không phiếu nào bị xoá hay sửa."""
    door.database()
    with door.progress_bar("Sàng lọc phiếu") as report:
        found = jobs.run_here(current_app, "screen", report, wave=wave)
    for rule, n in Counter(each.rule for each in found).most_common():
        click.echo(f"· {rule}: {n}")
    click.echo(f"{len(found)} dấu hiệu; người rà soát quyết định ở trang Sàng lọc phiếu.")


@screening.command("forget")
@with_appcontext
@door.refusals
def forget() -> None:
    """Quên muối và nhãn thiết bị của những ngày đã qua (worker cũng làm việc này mỗi đêm)."""
    with door.database().write() as session:
        n = paradata.fold(session, now=datetime.now(UTC))
    click.echo(f"Đã xét {n} phiếu còn nhãn thiết bị của ngày cũ.")
