"""What the tests need from the machine besides Python packages, and how to get it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

OLDEST_POSTGRESQL, OLDEST_JAVA = 15, 17


@dataclass(frozen=True, slots=True)
class Need:
    """One thing outside Python: what for, how to find it, which Debian package brings it."""

    name: str
    purpose: str
    package: str
    find: Callable[[], Path | None]


def chromium() -> Path | None:
    """The browser that the tests drive; CHROMIUM names another one."""
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    return next((Path(p) for n in names if n and (p := shutil.which(n))), None)


def postgresql() -> Path | None:
    """The folder of a PostgreSQL server's programs, the newest that is new enough."""
    found = {}
    beside_path = shutil.which("initdb")
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    for folder in [*folders, *([Path(beside_path).parent] if beside_path else [])]:
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            text = subprocess.run(
                [folder / "postgres", "--version"], capture_output=True, text=True, check=False
            ).stdout
            if version := re.search(r"(\d+)", text):
                found.setdefault(int(version[1]), folder)
    newest = max(found, default=0)
    return found[newest] if newest >= OLDEST_POSTGRESQL else None


def nginx() -> Path | None:
    """The proxy of a real installation; Debian keeps it off the path of plain users."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    return Path(found) if found else None


def vietnamese_font() -> Path | None:
    """A font with Vietnamese letters, without which every screenshot shows boxes."""
    if not shutil.which("fc-match"):
        return None
    listed = subprocess.run(
        ["fc-list", ":lang=vi", "file"], capture_output=True, text=True, check=False
    ).stdout.splitlines()
    return Path(listed[0].rstrip(": ")) if listed else None


def java() -> Path | None:
    """A Java that is new enough for Spark; JAVA_HOME names another one."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin" if home else None)
    if not found:
        return None
    said = subprocess.run([found, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', said)
    return Path(found) if version and int(version[1]) >= OLDEST_JAVA else None


NEEDS = (
    Need("PostgreSQL 15+", "tests on the second database", "postgresql", postgresql),
    Need("nginx", "tests of slow phones behind a proxy", "nginx-light", nginx),
    Need("Chromium", "tests in a browser", "chromium", chromium),
    Need("Java 17+", "tests on a Spark cluster", "default-jre-headless", java),
    Need("Vietnamese fonts", "screenshots", "fonts-noto-core fontconfig", vietnamese_font),
)


def prepare() -> None:
    """Install what is missing where that is allowed; say what is missing where it is not."""
    lacking = [need for need in NEEDS if need.find() is None]
    if lacking and _may_install():
        _apt("update", "-q")
        for need in lacking:
            print(f"Installing {need.name} ({need.purpose}) …", flush=True)
            _apt("install", "-q", "-y", "--no-install-recommends", *need.package.split())
    for need in lacking:
        if need.find() is None:
            print(
                f"Missing: {need.name}, for {need.purpose}. "
                f"On Debian, as root: apt-get install {need.package}",
                flush=True,
            )


def _may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None and "NO_APT" not in os.environ


def _apt(*words: str) -> None:
    done = subprocess.run(
        ["apt-get", *words],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print("\n".join((done.stdout + done.stderr).splitlines()[-15:]), flush=True)
