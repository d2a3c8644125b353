"""Serve: the embedded server, the worker beside it, and what a newcomer needs to see."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import structlog
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import func, select
from waitress.server import create_server

from forms.faces import xform
from survey.cli import door
from survey.config import Settings
from survey.errors import SurveyError
from survey.jobs import make_ready
from survey.services import accounts, invite, jobs
from survey.services.results import results
from survey.store import migrate, waves
from survey.store.models import Wave

log = structlog.get_logger(__name__)

#: This program's own commands, in another process.
FLASK = (sys.executable, "-m", "flask", "--app", "wsgi")
ROOT = Path(__file__).parents[2]


@click.group()
def database() -> None:
    """Cơ sở dữ liệu."""


@database.command("upgrade")
@with_appcontext
def upgrade() -> None:
    """Tạo hoặc nâng cấp cơ sở dữ liệu."""
    migrate.upgrade(door.settings().database_url)
    click.echo("Cơ sở dữ liệu đã ở phiên bản mới nhất.")


@click.command()
@click.option("--beside", type=int, hidden=True, help="Dừng khi tiến trình mẹ không còn.")
@with_appcontext
def worker(beside: int | None) -> None:
    """Chạy tiến trình nền: tính quyền số, chỉ số, dữ liệu minh hoạ."""
    app = current_app._get_current_object()
    if beside is not None:
        threading.Thread(target=_end_without, args=(beside,), daemon=True).start()
    with door.database().write() as session:
        waiting = jobs.recover(session, now=door.now())
    make_ready(app.extensions["huey"])
    for job_id in waiting:
        app.extensions["queue_job"](job_id)
    consumer = app.extensions["huey"].create_consumer(
        workers=1, periodic=True, initial_delay=0.1, max_delay=1.0
    )
    consumer.run()


@click.command()
@click.option("--demo/--no-demo", default=True, help="Nạp đợt minh hoạ nếu cơ sở dữ liệu trống.")
@with_appcontext
@door.refusals
def serve(demo: bool) -> None:
    """Chuẩn bị, in các đường dẫn, rồi phục vụ cho đến khi bấm Ctrl-C."""
    app = current_app._get_current_object()
    settings = door.settings()
    settings.instance_dir.mkdir(parents=True, exist_ok=True)
    migrate.upgrade(settings.database_url)
    server = _listen(app, settings)
    password = _first_password()
    if demo:
        _load_demonstration()
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _interrupt)
    links = _links()
    if demo:
        _request_filling()
    child = subprocess.Popen(
        [*FLASK, "worker", "--beside", str(os.getpid())],
        stdin=subprocess.DEVNULL,
        # Ctrl-C goes to the whole group: the worker is told by us, after the server has stopped.
        start_new_session=True,
    )
    try:
        # Only now: who sees the links may press Ctrl-C at once.
        _print(links, password)
        # Meanwhile: the first tablet that asks for its forms does not wait for their compiler.
        threading.Thread(target=xform.load_compiler, daemon=True).start()
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()
        _stop(child)
        click.echo("\nĐã dừng. Dữ liệu còn nguyên; chạy lại: make run")


@click.command(hidden=True)
@with_appcontext
def pages() -> None:
    """Serve on a free port of this machine, say which, and end with standard input."""
    server = create_server(current_app._get_current_object(), host="127.0.0.1", port=0, threads=4)
    click.echo(server.effective_port)
    sys.stdout.flush()
    threading.Thread(target=server.run, daemon=True).start()
    # Whoever started this holds the other end: even killed, it lets go, and this ends too.
    sys.stdin.read()


@contextmanager
def somewhere(app: Flask, url: str | None) -> Iterator[str]:
    """The address of a running server; without one, serve from a process of its own meanwhile.

    A second process uses the second core: visitors and pages do not wait for each other.
    """
    if url:
        yield url
        return
    quiet = {"LOG_LEVEL": "WARNING"}
    environment = os.environ | app.extensions["settings"].environment() | quiet
    child = subprocess.Popen(
        [*FLASK, "pages"], cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        port = child.stdout.readline().decode().strip()
        if not port:
            raise SurveyError("Không mở được máy chủ tạm.", code="server.not_started")
        yield f"http://127.0.0.1:{port}"
    finally:
        child.stdin.close()
        _stop(child)


def _listen(app: Flask, settings: Settings):
    """Take the port before any long work: a newcomer learns at once that it is taken."""
    try:
        return create_server(
            app, host=settings.host, port=settings.port, threads=settings.threads, ident=None
        )
    except OSError as taken:
        raise click.ClickException(
            f"Không mở được {settings.host}:{settings.port} ({taken.strerror}). "
            f"Chọn cổng khác: PORT={settings.port + 1} make run"
        ) from taken


def _end_without(parent: int) -> None:
    """A worker whose server was killed would stay, and the next run would start another."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _stop(child: subprocess.Popen) -> None:
    child.terminate()
    try:
        child.wait(timeout=10)
    except subprocess.TimeoutExpired:
        child.kill()


def _first_password() -> str | None:
    with door.database().write() as session:
        return accounts.ensure_admin(session, now=door.now())


def _load_demonstration() -> None:
    """The whole way up to open desks, once: frame, plan, draw."""
    with door.database().read() as session:
        if session.scalar(select(func.count()).select_from(Wave)):
            return
    click.echo("Cơ sở dữ liệu trống: nạp đợt minh hoạ (số liệu giả lập, synthetic) …")
    # In a process of its own: this one serves pages and never loads numpy, scipy or pandas.
    subprocess.run([*FLASK, "demo", "load", "--draw"], check=True)


def _request_filling() -> None:
    """Let the synthetic respondents come, or come again if they were cut off half way."""
    with door.database().write() as session:
        jobs.recover(session, now=door.now())
        for wave in results.waves(session, include_private=True):
            before = jobs.last(session, "demo.fill", wave.slug)
            wanted = wave.computed_at is None if before is None else before.state == "failed"
            if wave.synthetic and wanted:
                params = {"wave": wave.slug, "url": _local_url()}
                jobs.request(session, "demo.fill", params, by="system", now=door.now())


def _local_url() -> str:
    """Where this machine reaches its own server, whatever address the public uses."""
    settings = door.settings()
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    return f"http://{host}:{settings.port}"


def _links() -> list[tuple[str, str]]:
    """What each link is for, and the link; the demonstration's desks and code are made here."""
    url, settings = door.settings().public_url, door.settings()
    lines = [("Văn phòng (quản lý đợt khảo sát, số liệu trực tiếp)", f"{url}/van-phong/")]
    lines.append(("Kết quả (bảng chỉ số, biểu đồ, tải về)", f"{url}/ket-qua/"))
    with door.database().write() as session:
        wave = next((w for w in waves.all_newest_first(session) if w.synthetic), None)
        if wave is not None:
            desks = invite.make_desks(session, wave.slug)
            made = invite.demonstration_code(
                session, wave.slug, code_key=settings.code_key_bytes, now=door.now()
            )
            lines.insert(
                0, ("Áp phích tại quầy (luồng mở, chỉ để theo dõi)", f"{url}/q/{desks[0].code}")
            )
            if made is not None:
                place = made.case.unit.name
                lines.insert(
                    0, (f"Phiếu một lần của một hồ sơ tại {place}", f"{url}/p/{made.code}")
                )
    return lines


def _print(links: list[tuple[str, str]], password: str | None) -> None:
    settings = door.settings()
    click.echo("")
    for meaning, link in links:
        click.echo(f"  {meaning}:\n      {link}")
    if password:
        click.echo(f"\n  Tài khoản văn phòng: admin   mật khẩu (chỉ in một lần): {password}")
    click.echo(f"\n  Đang phục vụ tại http://{settings.host}:{settings.port} – Ctrl-C để dừng.\n")
    sys.stdout.flush()
