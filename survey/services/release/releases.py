"""What has been released of a wave: the list, the files, what each correction changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.cell_differences import TABLE, WHOLE
from survey.errors import NotFound
from survey.render import release_files as files
from survey.render.columns import Kind, columns
from survey.render.numbers import MISSING, number, percent
from survey.render.table import ResultTable
from survey.services.release import signing
from survey.store import audit, waves
from survey.store.models import IndexRelease, IndexRun, Wave

Text = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CellChange:
    """One cell of the table before and after a correction, as its readers write it."""

    name: str
    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ReleaseView:
    number: int
    released_at: datetime
    released_by: str
    reason: str
    manifest_sha256: str
    public_key: str
    manifest: Mapping[str, Any]
    #: Files whose content differs from the release before, and the changed cells of the table.
    inputs: tuple[str, ...]
    cells: tuple[CellChange, ...]
    #: Further cells in which the releases differ, shown in the file alone.
    n_more: int


@dataclass(frozen=True, slots=True)
class Releases:
    """Newest first; ``is_newer``: a table was computed after the newest release."""

    slug: str
    titles: Text
    synthetic: bool
    state: str
    has_table: bool
    is_newer: bool
    releases: tuple[ReleaseView, ...]

    @property
    def newest(self) -> ReleaseView | None:
        return self.releases[0] if self.releases else None


def of_wave(session: Session, slug: str, language: str) -> Releases:
    """Every release of a wave.  Raises NotFound."""
    wave = waves.get(session, slug)
    found = list(session.scalars(_newest_first(wave)))
    run = session.scalars(
        select(IndexRun).where(IndexRun.wave_id == wave.id).order_by(IndexRun.id.desc()).limit(1)
    ).one_or_none()
    return Releases(
        slug=wave.slug,
        titles=wave.titles,
        synthetic=wave.synthetic,
        state=wave.state,
        has_table=run is not None,
        is_newer=run is not None and (not found or found[0].index_run_id != run.id),
        releases=tuple(_view(session, release, language) for release in found),
    )


def exists(session: Session, wave: Wave) -> bool:
    """Whether anything of a wave has been released."""
    return session.scalar(_newest_first(wave).with_only_columns(IndexRelease.id)) is not None


def newest_number(session: Session, slug: str) -> int | None:
    """The number of a wave's newest release.  Raises NotFound."""
    query = _newest_first(waves.get(session, slug)).with_only_columns(IndexRelease.number)
    return session.scalar(query.limit(1))


def bundle(session: Session, slug: str, number: int | None = None) -> tuple[int, bytes]:
    """The public file of a release, or of the newest, and its number.  Raises NotFound."""
    found = _one(session, slug, number)
    return found.number, found.public_bundle


def full_bundle(
    session: Session, slug: str, number: int | None, *, reason: str, by: str, now: datetime
) -> tuple[int, bytes]:
    """The file with the answers, for the auditor; who took it and why is written down."""
    found = _one(session, slug, number)
    audit.append(
        session, "index.full_bundle_taken", by=by, at=now, wave=slug, number=found.number,
        reason=reason,
    )  # fmt: skip
    return found.number, found.full_bundle


def published_key(session: Session, slug: str, release_key: str) -> str:
    """The key of a wave's newest release; before the first, the one that will sign it."""
    wave = waves.get(session, slug)
    found = session.scalars(_newest_first(wave).limit(1)).one_or_none()
    return found.public_key if found else signing.public_hex(signing.private_key(release_key))


def _one(session: Session, slug: str, number: int | None) -> IndexRelease:
    wave = waves.get(session, slug)
    query = _newest_first(wave).limit(1)
    if number is not None:
        query = query.where(IndexRelease.number == number)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(
            "Đợt “%(slug)s” chưa công bố bản nào như vậy.",
            code="release.not_found",
            hint="Chạy: flask index release --wave %(slug)s",
            slug=slug,
        )
    return found


def _newest_first(wave: Wave):
    return (
        select(IndexRelease)
        .where(IndexRelease.wave_id == wave.id)
        .order_by(IndexRelease.number.desc())
    )


def _view(session: Session, release: IndexRelease, language: str) -> ReleaseView:
    run = session.get_one(IndexRun, release.index_run_id)
    shown, n_more = _cells(release.changes["cells"], ResultTable.from_dict(run.table), language)
    return ReleaseView(
        number=release.number,
        released_at=release.released_at,
        released_by=release.released_by,
        reason=release.reason,
        manifest_sha256=release.manifest_sha256,
        public_key=release.public_key,
        manifest=release.manifest,
        inputs=tuple(name for name in release.changes["inputs"] if name in _INPUTS),
        cells=shown,
        n_more=n_more,
    )


#: Files that say why a table differs; the others follow from them.
_INPUTS = (
    files.ANSWERS, files.SCHEME, files.VERIFIED, files.UNITS, files.FRAME, files.STRATA,
    files.WEIGHTS, files.QUESTIONNAIRE, files.EARLIER, files.SOFTWARE,
)  # fmt: skip


def _cells(
    changed: list[Mapping[str, Any]], table: ResultTable, language: str
) -> tuple[tuple[CellChange, ...], int]:
    """The cells that the page's table has, in its words."""
    titles = {column.key: column for column in columns(table)}
    found = []
    for cell in changed:
        key = "band" if cell["column"] == f"band.{language}" else cell["column"]
        column = titles.get(key)
        if column is None or cell["row"] == TABLE:
            continue
        whole = {"vi": "Toàn đợt", "en": "Whole wave"}[language]
        name = whole if cell["row"] == WHOLE else cell["name"]
        before, after = (_text(column.kind, cell[side], language) for side in ("before", "after"))
        found.append(CellChange(name, column.title[language], before, after))
    return tuple(found), len(changed) - len(found)


def _text(kind: Kind, value: Any, language: str) -> str:
    if value is None or value == "":
        return MISSING
    if isinstance(value, str):
        return value
    if kind is Kind.SHARE:
        return percent(value, 2, language)
    return number(value, 0 if kind is Kind.COUNT else 3, language)
