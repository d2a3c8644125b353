"""Weights: ``flask weigh run``."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import with_appcontext

from survey import jobs
from survey.cli import door


@click.group()
def weigh() -> None:
    """Quyền số."""


@weigh.command("run")
@door.wave_option
@with_appcontext
@door.refusals
def run(wave: str) -> None:
    """Quyền số cơ sở, hiệu chỉnh không trả lời, hậu phân tầng; lưu từng bước."""
    door.database()
    with door.progress_bar("Tính quyền số") as report:
        run_id, weights = jobs.run_here(current_app, "weigh", report, wave=wave)
    for step in weights.steps:
        click.echo(f"· {step['title']}: {step['summary']}")
    click.echo(f"Lần tính quyền số số {run_id}: {len(weights.responses)} phiếu.")
