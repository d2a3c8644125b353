"""JavaRosa, the engine of ODK Collect, as it comes with pyxform: fills forms for tests."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PROGRAM = Path(__file__).parent / "Engine.java"


def missing() -> str:
    """Why the engine cannot run here; empty if it can."""
    if shutil.which("java") is None:
        return "JavaRosa was not run: there is no Java on this machine"
    modules = subprocess.run(
        ["java", "--list-modules"], capture_output=True, text=True, check=False
    ).stdout
    return "" if "jdk.compiler" in modules else "JavaRosa was not run: Java has no compiler here"


@dataclass(frozen=True)
class Filled:
    """What the engine refused by question, and the instance that it would send."""

    refused: dict[str, str]
    xml: bytes


class EngineError(RuntimeError):
    """The engine could not do what was asked."""


class Engine:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def fill(
        self, form: Path, texts: Mapping[str, str], hidden: Mapping[str, str] | None = None
    ) -> Filled:
        """Go through a form as an interviewer does."""
        given = {**{f"hidden:{k}": v for k, v in (hidden or {}).items()}, **texts}
        pairs = [f"{name}={_escape(text)}" for name, text in given.items()]
        refused, xml = self._ask("fill", str(form), *pairs)
        pieces = (each.split(":") for each in refused.split(",") if each)
        return Filled(dict(pieces), xml.encode())

    def value(self, form: Path, name: str) -> str:
        """The text of a node right after the form was opened."""
        return self._ask("value", str(form), name)[0]

    def _ask(self, *words: str) -> list[str]:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write("\t".join(words) + "\n")
        self._process.stdin.flush()
        status, *fields = self._process.stdout.readline().rstrip("\n").split("\t")
        if status != "ok":
            raise EngineError(_unescape(fields[0]) if fields else "the engine ended")
        return [_unescape(each) for each in fields]


@contextmanager
def engine() -> Iterator[Engine]:
    """A running engine; its clock stands in Vietnam's zone."""
    from pyxform.validators.odk_validate import ODK_VALIDATE_PATH

    process = subprocess.Popen(
        ["java", "-Duser.timezone=Asia/Ho_Chi_Minh", "-cp", ODK_VALIDATE_PATH, str(_PROGRAM)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    )
    try:
        yield Engine(process)
    finally:
        process.stdin.close()
        process.wait(timeout=20)


def _escape(text: str) -> str:
    for plain, mark in (("\\", "\\\\"), ("\t", "\\t"), ("\r", "\\r"), ("\n", "\\n")):
        text = text.replace(plain, mark)
    return text


def _unescape(text: str) -> str:
    marks = {"t": "\t", "n": "\n", "r": "\r"}
    rest = iter(text)
    return "".join(
        marks.get(after, after) if each == "\\" and (after := next(rest, "")) else each
        for each in rest
    )
