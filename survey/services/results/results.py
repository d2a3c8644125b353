"""The computed table as pages and files show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.domain.wave import is_surveyed
from survey.render import caterpillar, comparison, csv_file, workbook
from survey.render.columns import PageTable
from survey.render.comparison import ComparisonRow
from survey.render.table import ResultRow, ResultTable
from survey.services import boundaries
from survey.services.results import shelf
from survey.services.results.listing import EVERYTHING, Listing, Wanted
from survey.store import waves as wave_store
from survey.store.models import IndexRelease, IndexRun, IndexStanding, Wave


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveSummary:
    slug: str
    titles: Mapping[str, str]
    synthetic: bool
    public: bool
    state: str
    computed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultPage:
    """One wave's result, worded and formatted for a page in one language.

    ``other``: the same figures with the excluded answers where ``table`` is without them, and the
    other way round; None where no answer is excluded.
    """

    table: ResultTable
    other: PageTable | None
    with_excluded: bool
    n_excluded: int
    #: Which rows are shown; ``cells`` and ``other`` hold these and the whole.
    listing: Listing
    cells: PageTable
    plot_wide: str
    plot_narrow: str
    computed_at: datetime
    provisional: bool
    #: What must be said before the comparison, and its rows as (row, cells); None without one.
    before: tuple[str, list[tuple[ComparisonRow, dict[str, str]]]] | None
    #: Whether list and plan were published before the seed was known.
    committed: bool = False
    #: Whether there is a page that says how sure the ranking is.
    stands: bool = False
    #: False in a year in which nobody was asked: there is no share to draw.
    surveyed: bool = True
    #: Whether outlines of its units are loaded, so that there is a map.
    mapped: bool = False


def waves(session: Session, *, include_private: bool) -> list[WaveSummary]:
    return [
        _summary(session, wave, _latest(session, wave))
        for wave in wave_store.all_newest_first(session)
        if include_private or wave.results_public
    ]


def summary(session: Session, slug: str, *, include_private: bool) -> WaveSummary | None:
    """A wave whose results may be seen; None for one that is withheld.  Raises NotFound."""
    wave = wave_store.get(session, slug)
    if not (include_private or wave.results_public):
        return None
    return _summary(session, wave, _latest(session, wave))


def table(
    session: Session, slug: str, *, include_private: bool, with_excluded: bool = False
) -> ResultTable | None:
    """The newest table of a wave; None if there is none yet, or none to show.  Raises NotFound.

    ``with_excluded``: computed from all answers, those included that a reviewer left out.
    """
    wave = wave_store.get(session, slug)
    run = _latest(session, wave) if include_private or wave.results_public else None
    return _shown(session, shelf.table(session, run, with_excluded)) if run else None


def shown(session: Session, slug: str) -> tuple[IndexRun, ResultTable] | None:
    """The run that a wave shows and its table; None if there is none.  Raises NotFound.

    Who may see the wave has been asked before.
    """
    run = _latest(session, wave_store.get(session, slug))
    return (run, _shown(session, shelf.table(session, run))) if run else None


def page(
    session: Session,
    slug: str,
    language: str,
    *,
    include_private: bool,
    with_excluded: bool = False,
    wanted: Wanted = EVERYTHING,
) -> ResultPage | None:
    """The newest table, its wanted rows, with plots and words; None as in `table`.

    Raises NotFound.
    """
    wave = wave_store.get(session, slug)
    run = _latest(session, wave) if include_private or wave.results_public else None
    if run is None:
        return None
    found = _shown(session, shelf.table(session, run, with_excluded))
    chosen = shelf.rows(session, run, with_excluded).listing(wanted)
    other = None
    if shelf.has_excluded(session, run):
        other = shelf.cells(session, run, not with_excluded, language).of(chosen.rows)
    wide, narrow = _plots(session, run, found, chosen, with_excluded, language)
    return ResultPage(
        table=found,
        other=other,
        with_excluded=with_excluded,
        n_excluded=shelf.table(session, run).n_excluded,
        listing=chosen,
        cells=shelf.cells(session, run, with_excluded, language).of(chosen.rows),
        plot_wide=wide,
        plot_narrow=narrow,
        computed_at=shelf.computed_at(session, run),
        provisional=wave.state != "closed",
        before=_before(session, run, found, chosen.rows, language),
        committed=wave_store.commitment_of(session, wave.id) is not None,
        mapped=bool(boundaries.stamp(session, wave.id)),
        stands=session.scalar(select(IndexStanding.index_run_id).filter_by(index_run_id=run.id))
        is not None,
        surveyed=is_surveyed(wave.settings),
    )


def _plots(
    session: Session,
    run: IndexRun,
    found: ResultTable,
    chosen: Listing,
    with_excluded: bool,
    language: str,
) -> tuple[str, str]:
    """The plot of the rows shown, for wide and for narrow screens."""

    def draw() -> tuple[str, str]:
        part = replace(found, rows=chosen.rows)
        return caterpillar.svg(part, language), caterpillar.svg(part, language, narrow=True)

    kind = ("plots", with_excluded, language, chosen.wanted)
    return shelf.kept_small(session, run, kind, draw)


def csv(
    session: Session,
    slug: str,
    language: str,
    *,
    include_private: bool,
    with_excluded: bool = False,
) -> bytes | None:
    wave = wave_store.get(session, slug)
    run = _latest(session, wave) if include_private or wave.results_public else None
    if run is None:
        return None
    found = shelf.table(session, run, with_excluded)
    kind = ("csv", language, with_excluded)
    return shelf.kept(session, run, kind, lambda: csv_file.result_csv(found, language))


def xlsx(session: Session, slug: str, language: str, *, include_private: bool) -> bytes | None:
    """Both tables, without the excluded answers and with them; and how sure the ranking is."""
    found = table(session, slug, include_private=include_private)
    if found is None:
        return None
    whole = table(session, slug, include_private=include_private, with_excluded=True)
    stored = session.get(IndexStanding, _latest(session, wave_store.get(session, slug)).id)
    return workbook.result_xlsx(
        found, language, with_excluded=whole, standing=stored.content if stored else None
    )


def comparison_csv(
    session: Session, slug: str, language: str, *, include_private: bool
) -> bytes | None:
    """The wave before on this wave's units; None where there is none to compare with."""
    found = table(session, slug, include_private=include_private)
    if found is None or found.before is None:
        return None
    origin = csv_file.SYNTHETIC[language] if found.synthetic else ""
    return comparison.comparison_csv(found.before, language, origin=origin)


def _shown(session: Session, found: ResultTable) -> ResultTable:
    """A table as it may be shown: without an earlier wave whose results are withheld."""
    if found.before and not wave_store.get(session, found.before.wave_slug).results_public:
        return replace(found, before=None)
    return found


def _before(
    session: Session,
    run: IndexRun,
    found: ResultTable,
    shown: tuple[ResultRow, ...],
    language: str,
):
    if found.before is None:
        return None
    of_key, adjusted = shelf.compared(session, run, found.before)
    rows = [of_key[row.unit_code, row.valid_from] for row in shown]
    made = [(row, comparison.cells(row, language, adjusted)) for row in rows]
    return comparison.statement(found.before, language), made


def _summary(session: Session, wave: Wave, run: IndexRun | None) -> WaveSummary:
    return WaveSummary(
        slug=wave.slug,
        titles=wave.titles,
        synthetic=wave.synthetic,
        public=wave.results_public,
        state=wave.state,
        computed_at=shelf.computed_at(session, run) if run else None,
    )


def _latest(session: Session, wave: Wave) -> IndexRun | None:
    """The released table; before the first release the newest one."""
    released = (
        select(IndexRelease.index_run_id)
        .where(IndexRelease.wave_id == wave.id)
        .order_by(IndexRelease.number.desc())
        .limit(1)
    )
    run = session.scalar(released)
    query = select(IndexRun).where(IndexRun.wave_id == wave.id).order_by(IndexRun.id.desc())
    if run is not None:
        return session.get_one(IndexRun, run)
    return session.scalars(query.limit(1)).one_or_none()
