"""The public bundle of a sample: a few plain files that anybody can check.

Their exact form is part of the promise; `survey/data/verify-a-sample.md` describes it.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

FRAME, PLAN, COMMITMENT, DRAW, SAMPLE = (
    "frame.csv",
    "plan.json",
    "commitment.json",
    "draw.json",
    "sample.csv",
)
#: How many reserves went into the field in each stratum, and why; changes during the fieldwork.
RESERVES = "reserves.csv"
DESCRIPTION = "verify-a-sample.md"
#: The designs that a bundle of this version holds; in the second, keys are turned by ``shift``.
DESIGN, SHIFTED = "stratified-srs/1", "stratified-srs-shifted/1"
FRAME_HEAD = "pseudonym,stratum"
SAMPLE_HEAD = "stratum,role,rank,pseudonym,key,inclusion_probability"
#: A file in a zip needs a date; this one says nothing.
_NO_DATE = (1980, 1, 1, 0, 0, 0)


def frame_file(units: Iterable[tuple[str, str]]) -> bytes:
    """``frame.csv`` from pairs of pseudonym and stratum, sorted: the order tells nothing."""
    lines = sorted(f"{name},{stratum}" for name, stratum in units)
    return "".join(f"{line}\n" for line in [FRAME_HEAD, *lines]).encode()


def plan_file(
    facts: Mapping[str, Any],
    strata: Iterable[Mapping[str, Any]],
    starts: Mapping[str, float] | None = None,
) -> bytes:
    """``plan.json``: what was decided before the draw; ``starts`` turn the keys of strata."""
    kept = ("stratum", "population", "n", "reserve")
    rows = [{name: stratum[name] for name in kept} for stratum in strata]
    if starts is not None:
        # Text: not every language reads whole numbers of 64 bits from JSON.
        rows = [row | {"shift": str(shift_of(starts.get(row["stratum"], 0.0)))} for row in rows]
    return json_file(
        {
            "format": "sample-plan/1",
            "design": DESIGN if starts is None else SHIFTED,
            **facts,
            "strata": rows,
        }
    )


def shift_of(start: float) -> int:
    """⌊start · 2**64⌋, exactly."""
    return int(Fraction(start) * 2**64)


def sample_file(rows: Iterable[tuple[str, str, int, str, int, str]]) -> bytes:
    """``sample.csv`` from (stratum, role, rank, pseudonym, key, probability), in their order."""
    lines = (
        f"{stratum},{role},{rank},{name},{key:016x},{probability}\n"
        for stratum, role, rank, name, key, probability in rows
    )
    return "".join([f"{SAMPLE_HEAD}\n", *lines]).encode()


def json_file(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def digest(content: bytes) -> str:
    """What ``sha256sum`` prints for the file."""
    return sha256(content).hexdigest()


def packed(files: Mapping[str, bytes]) -> bytes:
    """The files and their description as one zip; the same files make the same bytes."""
    text = Path(__file__).parents[1] / "data" / DESCRIPTION
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**files, DESCRIPTION: text.read_bytes()}.items():
            archive.writestr(zipfile.ZipInfo(name, _NO_DATE), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def unpacked(bundle: bytes) -> dict[str, bytes]:
    """The files of a bundle that we made ourselves."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != DESCRIPTION}
