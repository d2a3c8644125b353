"""Freeze a table with all that it was computed from into two signed files.

Imports ``analysis``: for the command line and the worker, never for a web page.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from survey.errors import Conflict
from survey.render import release_files as files
from survey.services.release import check, reading, signing, tables
from survey.services.release.gather import Gathered, last_release, newest_run
from survey.store import audit, waves
from survey.store.models import IndexRelease


@dataclass(frozen=True, slots=True)
class Made:
    """Both files of a release, checked: each gives its own table again."""

    manifest: dict[str, Any]
    changes: dict[str, Any]
    public: bytes
    full: bytes
    public_key: str
    n_cells: int


def make(gathered: Gathered, *, key: str, now: datetime) -> Made:
    """Sign both files and check both.  Raises Conflict where one does not give its table again."""
    private = signing.private_key(key)
    changes = _changes(gathered)
    public = gathered.content | {
        files.CHANGES: files.json_file(changes),
        files.DESCRIPTION: files.description(),
    }
    facts = gathered.facts | {
        "number": gathered.number,
        "released_at": now.isoformat(timespec="seconds"),
        "withheld": {name: files.digest(part) for name, part in gathered.withheld.items()},
    }
    made = {
        kind: _signed(content, facts | {"kind": kind}, private)
        for kind, content in (("public", public), ("full", public | gathered.withheld))
    }
    n_cells = 0
    for bundle in made.values():
        found = check.check(bundle, public_key=signing.public_hex(private),
                                    previous=gathered.previous)  # fmt: skip
        if not found.agrees:
            raise Conflict(
                "Không tính lại được đúng bảng đã tính: %(where)s",
                code="release.not_reproduced",
                hint="Tính lại quyền số và chỉ số (flask weigh run, flask index compute), rồi thử"
                " lại.",
                where=found.differs % dict(found.facts),
            )
        n_cells = found.n_cells
    manifest = reading.manifest_of(files.unpacked(made["public"]))
    return Made(
        manifest, changes, made["public"], made["full"], signing.public_hex(private), n_cells
    )


def store(
    session: Session, gathered: Gathered, made: Made, *, by: str, now: datetime
) -> IndexRelease:
    """Keep the release and show the results to everybody.  Raises Conflict if one came before."""
    wave = waves.get(session, gathered.slug)
    last = last_release(session, wave)
    if (last.number if last else 0) != gathered.number - 1:
        raise Conflict("Một bản khác vừa được công bố; hãy thử lại.", code="release.raced")
    if newest_run(session, wave).id != gathered.index_run_id:
        raise Conflict("Bảng vừa được tính lại; hãy thử lại.", code="release.raced")
    release = IndexRelease(
        wave_id=wave.id,
        number=gathered.number,
        index_run_id=gathered.index_run_id,
        reason=gathered.facts["reason"],
        manifest=made.manifest,
        manifest_sha256=files.digest(files.unpacked(made.public)[files.MANIFEST]),
        public_key=made.public_key,
        changes=made.changes,
        public_bundle=made.public,
        full_bundle=made.full,
        released_at=now,
        released_by=by,
    )
    session.add(release)
    session.flush()
    wave.results_public = True
    audit.append(
        session, "index.released", by=by, at=now, wave=wave.slug, number=release.number,
        manifest_sha256=release.manifest_sha256, reason=release.reason,
    )  # fmt: skip
    return release


def _changes(gathered: Gathered) -> dict[str, Any]:
    """What differs from the release before; empty for the first."""
    if gathered.previous is None:
        return {"previous": None, "inputs": [], "cells": []}
    before = reading.read(files.unpacked(gathered.previous))
    after = files.unpacked(files.packed(gathered.content))
    table = reading.read({**after, files.MANIFEST: before.content[files.MANIFEST]}).table
    cells = tables.table_changes(before.table, table)
    was = before.manifest["files"] | before.manifest["withheld"]
    made = gathered.content | gathered.withheld
    inputs = [
        name
        for name in sorted({*made, *was} - {files.CHANGES, files.DESCRIPTION})
        if was.get(name) != (files.digest(made[name]) if name in made else None)
    ]
    return {
        "previous": before.manifest["number"],
        "inputs": inputs,
        "cells": [asdict(change) for change in cells],
    }


def _signed(content: dict[str, bytes], facts: dict[str, Any], key: Any) -> bytes:
    manifest = files.json_file(
        {
            "format": files.FORMAT,
            **facts,
            "files": {name: files.digest(part) for name, part in content.items()},
        }
    )
    signature = files.json_file(
        {
            "algorithm": "Ed25519",
            "public_key": signing.public_hex(key),
            "signature": signing.sign(key, manifest),
        }
    )
    return files.packed({**content, files.MANIFEST: manifest, files.SIGNATURE: signature})
