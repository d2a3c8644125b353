"""The demonstration: ``flask demo load``, ``flask demo respond``, ``flask demo truth``."""

from __future__ import annotations

from contextlib import ExitStack
from urllib.error import URLError
from urllib.request import urlopen

import click
from flask import current_app
from flask.cli import with_appcontext

from survey import jobs
from survey.cli import door, server
from survey.store import migrate

#: Servers that are started for simulated respondents where none is running.
SERVERS = 2


@click.group()
def demo() -> None:
    """Đợt minh hoạ với số liệu giả lập (synthetic)."""


@demo.command("load")
@click.option("--scale", type=float, default=1.0, help="Thu nhỏ danh sách hồ sơ (để thử nhanh).")
@click.option("--draw/--no-draw", default=False, help="Lập phương án và rút mẫu luôn.")
@with_appcontext
@door.refusals
def load(scale: float, draw: bool) -> None:
    """Nạp đợt minh hoạ: đơn vị, phiếu hỏi, bộ chỉ số mẫu, hồ sơ và điểm thẩm định giả lập."""
    from survey.services.demo import load as service

    migrate.upgrade(door.settings().database_url)
    with door.database().write() as session:
        made = service.load(
            session,
            contact_key=door.settings().contact_key,
            by=door.who(),
            now=door.now(),
            scale=scale,
        )
        if draw:
            service.draw(session, by=door.who(), now=door.now())
    click.echo(f"Đợt {service.SLUG}: {made.n_dossiers} hồ sơ giả lập ({made.name}).")


@demo.command("respond")
@door.wave_option
@click.option("--url", help="Máy chủ (mặc định: PUBLIC_URL nếu đang chạy, không thì tự mở một).")
@click.option("--workers", type=click.IntRange(1, 16), default=4, show_default=True)
@with_appcontext
@door.refusals
def respond(wave: str, url: str | None, workers: int) -> None:
    """Cho người trả lời giả lập đi qua các trang công khai, bằng HTTP."""
    app, running = current_app._get_current_object(), url or _running()
    with ExitStack() as servers, door.progress_bar("Người trả lời giả lập") as report:
        # Answering pages is nearly all of the work: one process for each of two cores.
        urls = [
            servers.enter_context(server.somewhere(app, running))
            for _ in range(1 if running else SERVERS)
        ]
        walked = jobs.run_here(app, "demo.respond", report, wave=wave, urls=urls, workers=workers)
    click.echo(
        f"{walked.n_invited} hồ sơ được mời: {walked.n_submitted} đã gửi phiếu, "
        f"{walked.n_refused} từ chối, còn lại im lặng."
    )


@demo.command("truth")
@door.wave_option
@with_appcontext
@door.refusals
def truth(wave: str) -> None:
    """Mức hài lòng thật của quần thể giả lập, để đối chiếu với khoảng tin cậy đã công bố."""
    from survey.services.demo import truth as service

    with door.database().read() as session:
        population = service.load(session, wave)
    with door.progress_bar("Quần thể giả lập") as report:
        for name, share in service.compute(population, report).items():
            click.echo(f"{name}\t{100 * share:.2f} %")


def _running() -> str | None:
    """PUBLIC_URL, if a server answers there."""
    url = door.settings().public_url
    try:
        with urlopen(f"{url}/healthz", timeout=2) as reply:
            return url if reply.status == 200 else None
    except (URLError, OSError, ValueError):
        return None
