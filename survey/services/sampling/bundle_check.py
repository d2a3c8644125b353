"""Check a published sample from its bundle alone: no database, no key, no dossier.

Imports ``analysis``: for the command line, never for a web page.
"""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.sampling.coordination import draw_coordinated
from survey.errors import InvalidInput, Problem
from survey.render import sample_bundle as files

#: More than any frame needs; a bundle may come from anywhere.
MOST_BYTES = 2**30


@dataclass(frozen=True, slots=True)
class Found:
    """``differs`` says in words where the bundle first contradicts itself; empty if nowhere."""

    wave: str
    drawn: bool
    n_units: int
    n_main: int
    n_reserve: int
    digests: dict[str, str]
    differs: str = ""
    facts: dict[str, Any] | None = None

    @property
    def agrees(self) -> bool:
        return not self.differs


class _Differs(Exception):
    """The first thing that is not as published: words with fields, and their facts."""

    def __init__(self, words: str, **facts: object) -> None:
        self.words, self.facts = words, facts
        super().__init__(words % facts)


def check(path: Path) -> Found:
    """Recompute everything in a bundle (zip, or the folder it was unpacked to).

    Raises InvalidInput where a file is missing, cannot be read, or has an unknown format.
    """
    content = _read(path)
    plan = _json(content, files.PLAN, "sample-plan/1")
    promised = _json(content, files.COMMITMENT, "sample-commitment/1")
    if plan.get("design") not in (files.DESIGN, files.SHIFTED):
        raise _invalid(
            "Kiểu chọn mẫu “%(design)s” không rõ; chương trình này biết %(known)s.",
            design=plan.get("design"),
            known=f"{files.DESIGN}, {files.SHIFTED}",
        )
    sizes = _sizes(plan)
    drawn = files.DRAW in content
    digests = {name: files.digest(content[name]) for name in (files.FRAME, files.PLAN)}
    units: dict[str, str] = {}
    differs, facts = "", None
    try:
        _compare_digest(digests, files.FRAME, promised["frame_sha256"])
        _compare_digest(digests, files.PLAN, promised["plan_sha256"])
        units = _units(content[files.FRAME], sizes)
        if drawn:
            digests[files.SAMPLE] = files.digest(content[files.SAMPLE])
            _compare_draw(content, units, sizes, digests, _starts(plan))
    except _Differs as found:
        differs, facts = found.words, found.facts
    return Found(
        wave=str(promised.get("wave", "")),
        drawn=drawn,
        n_units=len(units),
        n_main=sum(n for _, n, _ in sizes.values()),
        n_reserve=sum(reserve for _, _, reserve in sizes.values()),
        digests=digests,
        differs=differs,
        facts=facts,
    )


def _compare_draw(
    content: dict[str, bytes],
    units: dict[str, str],
    sizes: dict,
    digests: dict[str, str],
    starts: dict[str, float],
) -> None:
    facts = _json(content, files.DRAW, "sample-draw/1")
    counts = {stratum: (n, reserve) for stratum, (_, n, reserve) in sizes.items()}
    again = draw_coordinated(list(units), list(units.values()), counts, str(facts["seed"]), starts)
    rows = sorted(
        again[["stratum", "role", "rank", "id", "key"]].itertuples(index=False, name=None),
        key=lambda row: (row[0].encode(), row[2]),
    )
    expected = files.sample_file(
        (h, role, int(rank), name, int(key), f"{sizes[h][1]}/{sizes[h][0]}")
        for h, role, rank, name, key in rows
    )
    if expected != content[files.SAMPLE]:
        ours, theirs = (_lines(files.SAMPLE, part) for part in (expected, content[files.SAMPLE]))
        row = next((i for i, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), None)
        row = min(len(ours), len(theirs)) if row is None else row
        raise _Differs(
            "%(file)s, dòng %(row)s: có “%(found)s”, rút lại được “%(expected)s”.",
            file=files.SAMPLE,
            row=row + 1,
            found=theirs[row] if row < len(theirs) else "",
            expected=ours[row] if row < len(ours) else "",
        )
    _compare_digest(digests, files.SAMPLE, facts["sample_sha256"])


def _units(content: bytes, sizes: dict[str, tuple[int, int, int]]) -> dict[str, str]:
    """Stratum of each pseudonym, once the frame has the strata that the plan says."""
    lines = _lines(files.FRAME, content)
    if not lines or lines[0] != files.FRAME_HEAD:
        raise _Differs("%(file)s, dòng 1: không có tiêu đề “%(head)s”.",
                       file=files.FRAME, head=files.FRAME_HEAD)  # fmt: skip
    units: dict[str, str] = {}
    for row, line in enumerate(lines[1:], start=2):
        name, comma, stratum = line.partition(",")
        if not comma or not name or stratum not in sizes or name in units:
            raise _Differs(
                "%(file)s, dòng %(row)s: “%(line)s” trùng bí danh hoặc không thuộc tầng nào.",
                file=files.FRAME,
                row=row,
                line=line,
            )
        units[name] = stratum
    held = Counter(units.values())
    for stratum, (population, _, _) in sizes.items():
        if held[stratum] != population:
            raise _Differs(
                "Tầng %(stratum)s: phương án ghi %(population)s hồ sơ, danh sách có %(held)s.",
                stratum=stratum,
                population=population,
                held=held[stratum],
            )
    return units


def _sizes(plan: dict[str, Any]) -> dict[str, tuple[int, int, int]]:
    """Population, main and reserve cases of each stratum."""
    found = {}
    for place, stratum in enumerate(plan.get("strata", ()), start=1):
        try:
            name = stratum["stratum"]
            counts = tuple(int(stratum[part]) for part in ("population", "n", "reserve"))
        except (KeyError, TypeError, ValueError):
            raise _invalid("%(file)s: tầng thứ %(place)s viết không đúng mẫu.",
                           file=files.PLAN, place=place) from None  # fmt: skip
        if name in found or min(counts) < 0 or counts[1] + counts[2] > counts[0] or not counts[1]:
            raise _invalid(
                "%(file)s: tầng %(stratum)s ghi hai lần hoặc không thể rút được.",
                file=files.PLAN,
                stratum=name,
            )
        found[name] = counts
    if not found:
        raise _invalid("%(file)s không có tầng nào.", file=files.PLAN)
    return found


def _starts(plan: dict[str, Any]) -> dict[str, float]:
    """Where the keys of each stratum are counted from, in [0, 1)."""
    found = {}
    for stratum in plan["strata"]:
        try:
            shift = int(stratum.get("shift", 0))
        except (TypeError, ValueError):
            shift = -1
        if not 0 <= shift < 2**64:
            raise _invalid(
                "%(file)s: tầng %(stratum)s có shift không hợp lệ.",
                file=files.PLAN,
                stratum=stratum["stratum"],
            )
        found[stratum["stratum"]] = shift / 2**64
    return found


def _compare_digest(digests: dict[str, str], name: str, published: object) -> None:
    if digests[name] != published:
        raise _Differs(
            "%(file)s: sha256 là %(found)s, đã công bố %(published)s.",
            file=name,
            found=digests[name],
            published=published,
        )


def _lines(name: str, content: bytes) -> list[str]:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise _Differs(
            "%(file)s không phải UTF-8 (byte %(at)s).", file=name, at=fault.start
        ) from None
    return text.removesuffix("\n").split("\n")


def _json(content: dict[str, bytes], name: str, form: str) -> dict[str, Any]:
    try:
        found = json.loads(content[name])
    except ValueError:
        raise _invalid("%(file)s không phải JSON.", file=name) from None
    if not isinstance(found, dict) or found.get("format") != form:
        raise _invalid("%(file)s không có dạng %(form)s.", file=name, form=form)
    return found


def _read(path: Path) -> dict[str, bytes]:
    needed, more = (files.FRAME, files.PLAN, files.COMMITMENT), (files.DRAW, files.SAMPLE)
    try:
        if path.is_dir():
            names = {item.name for item in path.iterdir()}
            found = {n: (path / n).read_bytes() for n in (*needed, *more) if n in names}
        else:
            with zipfile.ZipFile(path) as archive:
                inside = {item.filename: item for item in archive.infolist()}
                if sum(item.file_size for item in inside.values()) > MOST_BYTES:
                    raise _invalid("Tệp lớn quá %(most)s byte.", most=MOST_BYTES)
                found = {n: archive.read(n) for n in (*needed, *more) if n in inside}
    except (OSError, zipfile.BadZipFile) as fault:
        raise _invalid("Không đọc được %(path)s: %(fault)s", path=path, fault=fault) from None
    wanted = (*needed, *more) if files.DRAW in found or files.SAMPLE in found else needed
    for name in wanted:
        if name not in found:
            raise _invalid("Thiếu tệp %(file)s.", file=name)
    return found


def _invalid(words: str, **facts: object) -> InvalidInput:
    return InvalidInput(
        "Không kiểm tra được tệp này.",
        [Problem("bundle.unreadable", words, facts)],
        code="bundle.unreadable",
    )
