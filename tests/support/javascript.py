"""The tablet's selection rule, run by Node beside the tests."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from survey.domain.household import Entry
from tests.support.source import ROOT

SCRIPT = ROOT / "tests" / "support" / "household_twin.mjs"
RULE = ROOT / "tablet" / "src" / "household.js"


def node() -> str | None:
    """The machine's Node, or the one that ``make tablet`` took from PyPI."""
    return shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent))


def plain(listing: list[Entry]) -> list[dict]:
    return [{"number": e.number, "note": e.note, "adults": e.adults} for e in listing]


class Twin:
    """Calls to the functions of ``tablet/src/household.js``."""

    def __init__(self, process: subprocess.Popen) -> None:
        self.process = process

    def __call__(self, name: str, *given: Any) -> Any:
        self.process.stdin.write(json.dumps([name, *given]) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@contextmanager
def twin() -> Iterator[Twin]:
    command = [node(), str(SCRIPT), RULE.as_uri()]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        yield Twin(process)
        process.stdin.close()
