"""Check a release from its file alone: signature, digests, and the whole table once more.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.errors import AnalysisError
from survey.errors import InvalidInput, Problem, SurveyError
from survey.render import release_files as files
from survey.render.release_files import Unreadable
from survey.services import unsurveyed, weigh
from survey.services.composition import publish
from survey.services.composition.beside_table import Sums
from survey.services.release import beside, reading, signing, tables
from survey.services.release import content as release_content
from survey.services.release import software as programs
from survey.services.release.beside import Again
from survey.services.release.differing import Differs, compare_cells
from survey.services.release.reading import Release


@dataclass(frozen=True, slots=True)
class Found:
    """``differs`` says in words where the release first contradicts itself; empty if nowhere."""

    wave: str = ""
    number: int = 0
    #: Whether the answers themselves were there, or only their sums.
    full: bool = False
    public_key: str = ""
    manifest_sha256: str = ""
    n_cells: int = 0
    same_program: bool = True
    #: What made the table in another version than is here: name, its version, this one's.
    versions: tuple[tuple[str, str, str], ...] = ()
    differs: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def agrees(self) -> bool:
        return not self.differs


def check(
    source: Path | bytes, *, public_key: str = "", previous: Path | bytes | None = None
) -> Found:
    """Recompute a release's table from its files; a second one, the release before, if given.

    ``public_key``: the published key, against which the file's own is held.  Raises InvalidInput
    where the archive cannot be read at all.
    """
    try:
        content = files.unpacked(source)
        manifest = reading.manifest_of(content)
    except Unreadable as fault:
        raise _invalid(fault) from None
    known = {
        "wave": str(manifest.get("wave", "")),
        "number": manifest.get("number") or 0,
        "full": files.ANSWERS in content,
        "manifest_sha256": files.digest(content[files.MANIFEST]),
    }
    try:
        known["public_key"] = _compare_signature(content, public_key)
        _compare_files(content, manifest)
        release = reading.read(content)
        _compare_plan(release)
        known["same_program"] = _is_same_program(release)
        known["versions"] = _other_versions(release)
        known["n_cells"] = _compare_table(release)
        if previous is not None:
            _compare_previous(release, previous)
    except (Differs, Unreadable) as found:
        return Found(**known, differs=found.words, facts=found.facts)
    except (AnalysisError, SurveyError, KeyError, ValueError, TypeError, IndexError) as fault:
        # A file that was changed and signed again may be anything.
        words = "Không tính lại được bảng từ các tệp: %(fault)s."
        return Found(**known, differs=words, facts={"fault": f"{type(fault).__name__}: {fault}"})
    return Found(**known)


def _compare_signature(content: Mapping[str, bytes], expected: str) -> str:
    try:
        signed = json.loads(content[files.SIGNATURE])
        key, signature = str(signed["public_key"]), str(signed["signature"])
    except (KeyError, ValueError, TypeError):
        raise Differs("%(file)s: không có chữ ký đọc được.", file=files.SIGNATURE) from None
    if expected and key.lower() != expected.strip().lower():
        raise Differs(
            "%(file)s: ký bằng khoá %(found)s, khoá đã công khai là %(expected)s.",
            file=files.SIGNATURE, found=key, expected=expected,
        )  # fmt: skip
    if not signing.is_signed(content[files.MANIFEST], signature, key):
        raise Differs("%(file)s: chữ ký không khớp.", file=files.MANIFEST)
    return key


def _compare_files(content: Mapping[str, bytes], manifest: Mapping[str, Any]) -> None:
    listed = manifest["files"]
    for name in sorted({*listed, *content} - {files.MANIFEST, files.SIGNATURE}):
        if name not in listed:
            raise Differs("%(file)s: không có trong danh sách đã ký.", file=name)
        if name not in content:
            raise Differs("%(file)s: thiếu trong tệp nén.", file=name)
        if files.digest(content[name]) != listed[name]:
            raise Differs(
                "%(file)s: sha256 là %(found)s, đã ký %(published)s.",
                file=name, found=files.digest(content[name]), published=listed[name],
            )  # fmt: skip


def _is_same_program(release: Release) -> bool:
    made_by = release.json(files.SOFTWARE)
    return made_by.get("source_sha256") == programs.source_sha256()


def _other_versions(release: Release) -> tuple[tuple[str, str, str], ...]:
    """Language and packages that the table was made with and that are others here."""
    made_by, here = release.json(files.SOFTWARE), programs.version()
    was = {"python": str(made_by.get("python", "")), **made_by.get("packages", {})}
    now = {"python": here.python, **here.packages}
    return tuple((name, was[name], now.get(name, "")) for name in was if was[name] != now.get(name))


def _compare_table(release: Release) -> int:
    """Number of cells that were computed again and found as published.  Raises Differs."""
    published = dict(release.table)
    other = published.pop("with_excluded", None)
    tables.compare_csv(release.content, published)
    if release.is_full:
        main, whole = _from_answers(release)
    else:
        main, whole = _from_sums(release, published), None
    strict = _is_same_program(release)
    n = compare_cells(files.TABLE, published, main.table, strict=strict)
    if whole is not None:
        name = f"{files.TABLE} (with_excluded)"
        n += compare_cells(name, other or {}, whole.table, strict=strict)
    elif release.is_full and other is not None:
        raise Differs("%(file)s: có bảng thứ hai mà không phiếu nào bị loại.", file=files.TABLE)
    return n + beside.compare(release, main, whole)


def _from_sums(release: Release, published: Mapping[str, Any]) -> Again:
    """The table from the sums by unit, with the units withheld that the table withholds."""
    _compare_counts(release)
    weights = release.json(files.WEIGHTS)["main"]
    sums = reading.unit_sums(release)
    withheld = frozenset(
        f"{row['unit_code']}@{row['valid_from']}"
        for row in published["rows"]
        if row["suppressed"] == "secondary"
    )
    inputs = reading.inputs(release, pd.DataFrame(), weights)
    table = publish.composed(inputs, *sums, now=release.computed_at, withheld=withheld)
    return Again(inputs, sums, table)


def _from_answers(release: Release) -> tuple[Again, Again | None]:
    """Weights, sums and both tables from the answers themselves."""
    _compare_counts(release)
    rules = release.json(files.WEIGHTS)
    main = _weighted(release, rules["main"], with_excluded=False)
    sums = publish.sums(main)
    _compare_sums(release, sums)
    table = publish.composed(main, *sums, now=release.computed_at)
    if rules["with_excluded"] is None:
        return Again(main, sums, table), None
    everybody = _weighted(release, rules["with_excluded"], with_excluded=True)
    counts = reading.unit_counts(release, with_excluded=True)
    everybody = tables.without_exclusions(everybody, counts)
    all_sums = publish.sums(everybody)
    whole = publish.composed(everybody, *all_sums, now=release.computed_at)
    table, whole = publish.alike(main, everybody, table, whole)
    return Again(main, sums, table), Again(everybody, all_sums, whole)


def _weighted(release: Release, run: Mapping[str, Any], *, with_excluded: bool) -> publish.Inputs:
    """The answers with weights computed anew, which must be those of the run."""
    answers, values = reading.weigh_inputs(release, with_excluded=with_excluded)
    kind = weigh if release.facts.get("surveyed", True) else unsurveyed
    made = kind.compute(answers)
    again = {"populations": made.populations, "steps": made.steps}
    was = {"populations": run["populations"], "steps": run["steps"]}
    compare_cells(files.WEIGHTS, was, again)
    rows = made.responses.set_index("id")
    respondents = values.loc[rows.index].assign(
        unit=[cell.partition("/")[0] for cell in rows["cell"]],
        cell=rows["cell"],
        weight=rows["nonresponse"],
    )
    return reading.inputs(release, respondents.reset_index(drop=True), run)


def _compare_sums(release: Release, made: Sums) -> None:
    """The published sums are those of the answers."""
    sums, whole = made
    totals = {row["unit"] for row in files.csv_rows(files.TOTALS, release.content[files.TOTALS])}
    shown = [each for each in (*sums, whole) if each.unit in totals]
    for name, again in release_content.sums(shown).items():
        was, made = (_by_place(name, part) for part in (release.content[name], again))
        compare_cells(name, was, made)
    counted = {each.unit: each.n for each in sums}
    compare_cells(files.UNITS, {"n_answered": release.n_answered}, {"n_answered": counted})


def _by_place(name: str, content: bytes) -> dict[str, Any]:
    """Lines of a file by what they are about, figures as numbers."""
    found = {}
    for row in files.csv_rows(name, content):
        place = " ".join(row.pop(key) for key in _PLACES if key in row)
        found[place] = {key: float(text) if text else None for key, text in row.items()}
    return found


_PLACES = ("unit", "concept", "concept_a", "concept_b")


def _compare_counts(release: Release) -> None:
    """Dossiers, cases and forms of the units are those of their strata, and of the answers."""
    for column, expected in reading.unit_counts(release).items():
        for unit in release.units:
            if getattr(unit, column) != expected.get(unit.key, 0):
                raise Differs(
                    "%(file)s: %(unit)s có %(column)s là %(found)s, cộng lại được %(expected)s.",
                    file=files.UNITS, unit=unit.key, column=column, found=getattr(unit, column),
                    expected=expected.get(unit.key, 0),
                )  # fmt: skip


def _compare_plan(release: Release) -> None:
    """The plan is the one that was committed to, and its strata have the frame's dossiers."""
    committed = release.manifest.get("commitment")
    if not committed:
        return
    found = files.digest(release.content.get(files.PLAN, b""))
    if found != committed["plan_sha256"]:
        raise Differs(
            "%(file)s: sha256 là %(found)s, đã cam kết %(published)s.",
            file=files.PLAN, found=found, published=committed["plan_sha256"],
        )  # fmt: skip
    planned = {row["stratum"]: row["population"] for row in release.json(files.PLAN)["strata"]}
    compare_cells(files.FRAME, planned, reading.frame_strata(release))


def _compare_previous(release: Release, previous: Path | bytes) -> None:
    """The release before is the one that is named, and the changes are those from it."""
    try:
        content = files.unpacked(previous)
    except Unreadable as fault:
        raise _invalid(fault) from None
    named = release.manifest.get("previous") or {}
    _compare_signature(content, "")
    if files.digest(content[files.MANIFEST]) != named.get("manifest_sha256"):
        raise Differs("%(file)s: không nối tiếp bản trước đã đưa.", file=files.MANIFEST)
    before = reading.read(content)
    made = [asdict(change) for change in tables.changes(before, release)]
    if release.json(files.CHANGES).get("cells") != made:
        raise Differs("%(file)s: không phải các thay đổi so với bản trước.", file=files.CHANGES)


def _invalid(fault: Unreadable) -> InvalidInput:
    return InvalidInput(
        "Không kiểm tra được tệp này.",
        [Problem("release.unreadable", fault.words, fault.facts)],
        code="release.unreadable",
    )
