"""Which program made something: a digest of its source, the language, the packages."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[3]
_ROOMS = ("analysis", "forms", "survey")


@dataclass(frozen=True, slots=True)
class Software:
    """``source_sha256``: over one line a file, its sha256 and path, in the order of the paths."""

    source_sha256: str
    commit: str
    python: str
    platform: str
    packages: Mapping[str, str]


@cache
def version() -> Software:
    """Of this process, read once."""
    return Software(
        source_sha256=source_sha256(),
        commit=_commit(),
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        packages={
            name: installed.version
            for installed in metadata.distributions()
            if (name := installed.metadata["Name"])
        },
    )


@cache
def source_sha256() -> str:
    names = sorted(
        path.relative_to(_ROOT).as_posix()
        for room in _ROOMS
        for path in (_ROOT / room).rglob("*.py")
    )
    lines = [
        f"{hashlib.sha256((_ROOT / name).read_bytes()).hexdigest()}  {name}\n" for name in names
    ]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _commit() -> str:
    """The commit that is checked out, where the source is a git work tree; else empty."""
    git = _ROOT / ".git"
    try:
        if git.is_file():
            git = Path(git.read_text(encoding="utf-8").removeprefix("gitdir:").strip())
        head = (git / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref: "):
            return head
        shared = git / "commondir"
        base = git / shared.read_text(encoding="utf-8").strip() if shared.exists() else git
        return (base / head.removeprefix("ref: ")).read_text(encoding="utf-8").strip()
    except OSError:
        return ""
