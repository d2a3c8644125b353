"""The way the product is served for real: nginx in front, gunicorn behind, PostgreSQL below."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support import machine
from tests.support.source import ROOT

START_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def gunicorn(
    folder: Path, environment: Mapping[str, str], *, application: str = "wsgi:app"
) -> Iterator[tuple[subprocess.Popen, Path]]:
    """The shipped configuration of gunicorn on a socket in ``folder``: (arbiter, socket)."""
    place = folder / f"web-{free_port()}.sock"
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"]
    with (folder / "gunicorn.log").open("ab") as log:
        arbiter = subprocess.Popen(
            [*command, application],
            cwd=ROOT,
            env={**os.environ, **environment, "BIND": f"unix:{place}"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_for(lambda: place.exists() and _listens(socket.AF_UNIX, str(place)), arbiter)
        # Only root may open a fresh socket; nginx's workers are somebody else.
        place.chmod(0o777)
        yield arbiter, place
    finally:
        arbiter.terminate()
        try:
            arbiter.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(arbiter.pid, signal.SIGKILL)
            arbiter.wait()


@contextmanager
def nginx(folder: Path, upstream: Path) -> Iterator[str]:
    """The shipped configuration of nginx before ``upstream``: the address to open.

    Only what a test machine lacks is changed: the certificate, the port, the folders.
    """
    port = free_port()
    site = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    site = re.sub(r"server \{\n    listen 80;.*?\n\}\n", "", site, flags=re.DOTALL)
    site = re.sub(r"    ssl_certificate\w*\s.*\n", "", site)
    site = site.replace("listen 443 ssl http2;", f"listen 127.0.0.1:{port};")
    site = site.replace("unix:/run/survey/web.sock", f"unix:{upstream}")
    site = site.replace("/srv/survey/static/", f"{ROOT}/static/")
    site = site.replace("/var/log/nginx/", f"{folder}/")
    whole = folder / "nginx.conf"
    whole.write_text(
        f"worker_processes auto;\npid {folder}/nginx.pid;\nerror_log {folder}/nginx.log;\n"
        + ("user root;\n" if os.geteuid() == 0 else "")
        + "events { worker_connections 1024; }\n"
        + "http {\ninclude /etc/nginx/mime.types;\n"
        + "".join(
            f"{kind}_temp_path {folder}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        + site
        + "\n}\n",
        encoding="utf-8",
    )
    server = subprocess.Popen(
        [str(machine.nginx()), "-c", str(whole), "-p", str(folder), "-g", "daemon off;"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(lambda: _listens(socket.AF_INET, ("127.0.0.1", port)), server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=15)


def memory_mb(process: int) -> float:
    """Megabytes of a process and of those it started; what they share is counted once."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    rolled = [Path(f"/proc/{p}/smaps_rollup").read_text() for p in (process, *children)]
    return sum(int(re.search(r"^Pss: +([0-9]+) kB", each, re.M)[1]) for each in rolled) / 1e3


def _listens(family: int, address: object) -> bool:
    with socket.socket(family) as probe:
        return probe.connect_ex(address) == 0


def _wait_for(ready, process: subprocess.Popen) -> None:
    end = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"{process.args} did not start")
        time.sleep(0.05)


def cpu_seconds(process: int) -> float:
    """Processor time of a process and of those it started, so far."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    ticks = 0
    for each in (str(process), *children):
        after_name = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        ticks += int(after_name[11]) + int(after_name[12])
    return ticks / os.sysconf("SC_CLK_TCK")
