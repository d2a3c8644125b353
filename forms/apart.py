"""A workbook read, and a form compiled, in a process of its own, with limits of time and memory.

Whatever a stranger's file does to the libraries that read it, the process that asked lives on; and
it never loads those libraries.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from forms import canonical, messages
from forms.faults import Fault, fault
from forms.model import Cell, Questionnaire

#: Seconds of processor time, and bytes of memory beyond what the libraries take that read it: many
#: times what the largest questionnaire needs.
SECONDS, MEMORY = 10, 256 << 20


def check(
    source: Path | Sequence[Path], *, seconds: int = SECONDS, memory: int = MEMORY
) -> tuple[Questionnaire | None, list[Fault]]:
    """As ``forms.xlsform.check``; a questionnaire comes back only where there is no error.

    A file that takes more than the limits, or breaks its reader, is one fault
    (``file.too_heavy``).
    """
    paths = [source] if isinstance(source, Path) else list(source)
    found = _asked("check", seconds, memory, *map(str, paths))
    if found is None:
        return None, [fault("file.too_heavy", Cell(paths[0].name, 1, 1))]
    faults = [Fault(**{**each, "cell": Cell(**each["cell"])}) for each in found["faults"]]
    return found["definition"] and canonical.from_json(found["definition"]), faults


def xform_fault(q: Questionnaire, *, seconds: int = 2 * SECONDS, memory: int = MEMORY) -> str:
    """Why a questionnaire cannot be an XForm; empty if it can.  pyxform is loaded elsewhere only.

    What takes more than the limits is no form that a telephone could open.
    """
    found = _asked("xform", seconds, memory, text=canonical.to_json(q))
    return messages.MESSAGES["xform.too_heavy"][0] if found is None else found


def _asked(what: str, seconds: int, memory: int, *paths: str, text: str = "") -> Any:
    """The answer of a process of its own; None where it takes too much or breaks."""
    command = [sys.executable, "-m", "forms.apart", what, f"{seconds}", f"{memory}", *paths]
    # One thread each: numeric libraries reserve memory for every processor of a large machine.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            command,
            cwd=Path(__file__).parents[1],
            env=environment,
            input=text.encode(),
            capture_output=True,
            timeout=3 * seconds + 5,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    return None if done.returncode else json.loads(done.stdout)


def _main(what: str, seconds: str, memory: str, *paths: str) -> None:
    # What the libraries take is no fault of the file.
    if what == "check":
        import openpyxl  # noqa: F401

        from forms import xlsform  # noqa: F401
    else:
        from forms.faces import xform

        xform.load_compiler()

    _limit(resource.RLIMIT_CPU, int(seconds))
    _limit(resource.RLIMIT_AS, _taken() + int(memory))
    json.dump(_checked(paths) if what == "check" else _compiled(), sys.stdout, default=str)


def _compiled() -> str:
    from forms.faces import xform

    try:
        xform.build(canonical.from_json(sys.stdin.read()))
    except xform.XFormError as refused:
        return str(refused)
    return ""


def _checked(paths: Sequence[str]) -> dict[str, Any]:
    from forms import xlsform

    q, faults = xlsform.check(paths if len(paths) > 1 else paths[0])
    sound = q is not None and not any(each.is_error for each in faults)
    return {
        "definition": canonical.to_json(q) if sound else None,
        "faults": [asdict(each) for each in faults],
    }


def _taken() -> int:
    """Bytes of memory that this process has reserved."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def _limit(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (allowed, allowed))


if __name__ == "__main__":
    _main(*sys.argv[1:])
