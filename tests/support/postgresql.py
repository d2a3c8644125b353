"""A PostgreSQL cluster of our own for the length of one test run."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

START_SECONDS = 60

#: A test cluster may lose everything in a power cut; it need not wait for the disk.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")
#: As it comes: a commit is on the disk before it is answered.
DURABLE = ("fsync=on", "synchronous_commit=on", "max_connections=200")


@contextmanager
def own_cluster(programs: Path, options: tuple[str, ...] = FAST) -> Iterator[str]:
    """Make a cluster in a temporary folder, serve it on a free port, yield its address.

    It is stopped and deleted when the block ends, however it ends.
    """
    account = _account()
    with _folder(account) as folder:
        password = secrets.token_hex(16)
        _make(programs, folder, password, account)
        server, port = _start(programs, folder, password, account, options)
        try:
            yield f"postgresql+psycopg://survey:{password}@127.0.0.1:{port}/postgres"
        finally:
            _stop(server)


@contextmanager
def restartable(
    programs: Path, options: tuple[str, ...] = DURABLE
) -> Iterator[tuple[str, Callable[[], None]]]:
    """A cluster, and what crashes it and starts it again at the same address."""
    account = _account()
    with _folder(account) as folder:
        password = secrets.token_hex(16)
        _make(programs, folder, password, account)
        running = list(_start(programs, folder, password, account, options))

        def restart() -> None:
            running[0].send_signal(signal.SIGQUIT)  # at once: nobody is asked to finish
            running[0].wait(timeout=30)
            running[0] = _start(programs, folder, password, account, options, running[1])[0]

        try:
            yield f"postgresql+psycopg://survey:{password}@127.0.0.1:{running[1]}/postgres", restart
        finally:
            _stop(running[0])


def _account() -> pwd.struct_passwd | None:
    """Whom to run the server as: PostgreSQL refuses root.  None: as ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL refuses root, and neither user postgres nor nobody exists")


@contextmanager
def _folder(account: pwd.struct_passwd | None) -> Iterator[Path]:
    # As root TMPDIR may lie where the other account cannot go; /tmp is everybody's.
    made = tempfile.mkdtemp(prefix="survey-postgresql-", dir="/tmp" if account else None)
    try:
        if account:
            os.chown(made, account.pw_uid, account.pw_gid)
        yield Path(made)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _identity(account: pwd.struct_passwd | None, folder: Path) -> dict:
    if account is None:
        return {"cwd": folder}
    return {
        "cwd": folder,
        "user": account.pw_uid,
        "group": account.pw_gid,
        "extra_groups": [],
        "env": {**os.environ, "HOME": str(folder), "USER": account.pw_name},
    }


def _make(programs: Path, folder: Path, password: str, account: pwd.struct_passwd | None) -> None:
    secret = folder / "password"
    secret.touch(mode=0o600)
    secret.write_text(password, encoding="ascii")
    if account:
        os.chown(secret, account.pw_uid, account.pw_gid)
    done = subprocess.run(
        [programs / "initdb", "--pgdata", folder / "data", "--username=survey", "--no-sync"]
        + ["--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--no-locale"],
        capture_output=True,
        text=True,
        check=False,
        **_identity(account, folder),
    )
    if done.returncode:
        raise RuntimeError(f"initdb failed:\n{done.stdout}{done.stderr}")


def _start(
    programs: Path,
    folder: Path,
    password: str,
    account: pwd.struct_passwd | None,
    chosen: tuple[str, ...],
    wanted_port: int | None = None,
) -> tuple[subprocess.Popen, int]:
    log = folder / "log"
    for _attempt in range(3):  # another program may take the free port before the server does
        port = wanted_port or _free_port()
        options = (
            *chosen,
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            f"port={port}",
        )
        with log.open("ab") as output:
            server = subprocess.Popen(
                [programs / "postgres", "-D", folder / "data"]
                + [word for option in options for word in ("-c", option)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # Ctrl-C reaches the tests first; then we stop the server.
                start_new_session=True,
                **_identity(account, folder),
            )
        if _answers(server, port, password):
            return server, port
        _stop(server)
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')[-3000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _answers(server: subprocess.Popen, port: int, password: str) -> bool:
    end = time.monotonic() + START_SECONDS
    address = f"host=127.0.0.1 port={port} user=survey password={password} dbname=postgres"
    while time.monotonic() < end and server.poll() is None:
        try:
            psycopg.connect(address, connect_timeout=5).close()
            return True
        except psycopg.OperationalError:
            time.sleep(0.1)
    return False


def _stop(server: subprocess.Popen) -> None:
    for polite in (signal.SIGINT, signal.SIGQUIT):  # fast shutdown, then immediate shutdown
        if server.poll() is not None:
            return
        server.send_signal(polite)
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            continue
    server.kill()
    server.wait()
