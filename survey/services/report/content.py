"""A report of the newest released table: its words, tables and figures.

Without a release it is a draft of the newest table, and says so on every page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.errors import Conflict
from survey.render import caterpillar
from survey.render.figures import choropleth, heat_map, importance, response_rates, trend
from survey.render.figures.importance import Point
from survey.render.figures.trend import Year
from survey.render.finding import finding, headline
from survey.render.plot_words import description
from survey.render.report import About, Block, Figure, Heading, Items, Paragraph, Report, Table
from survey.render.table import ResultTable
from survey.services import boundaries
from survey.services.report import annexes, tables, words
from survey.services.results import results
from survey.store import waves
from survey.store.models import IndexDrivers, IndexRelease, IndexRun, IndexStanding, Wave

LANGUAGE = "vi"


@dataclass(frozen=True, slots=True)
class Material:
    """All that a report is made of."""

    run_id: int
    table: ResultTable
    years: tuple[Year, ...]
    points: tuple[Point, ...]
    outlines: dict[str, Any]
    outline_source: str
    #: Ranks, chances, models, channels; empty for tables of an earlier version.
    standing: Mapping[str, Any]
    #: The table from all answers, where a reviewer left some out.
    with_excluded: ResultTable | None
    number: int | None
    manifest_sha256: str
    public_key: str


def load(session: Session, slug: str) -> Material:
    """Read the released table, or the newest one.  Raises NotFound, Conflict without any."""
    wave = waves.get(session, slug)
    table = results.table(session, slug, include_private=True)
    if table is None:
        raise Conflict(
            "Đợt “%(slug)s” chưa có bảng chỉ số.",
            code="release.no_table",
            hint="Chạy: flask index compute --wave %(slug)s",
            slug=slug,
        )
    run_id, release = _source(session, wave)
    outlines, source = boundaries.of_wave(session, wave.id)
    stored = session.get(IndexStanding, run_id)
    whole = results.table(session, slug, include_private=True, with_excluded=True)
    return Material(
        run_id=run_id,
        table=table,
        years=_years(session, wave, table),
        points=_points(session, run_id),
        outlines=outlines,
        outline_source=source,
        standing=stored.content if stored else {},
        with_excluded=whole if table.n_excluded else None,
        number=release.number if release else None,
        manifest_sha256=release.manifest_sha256 if release else "",
        public_key=release.public_key if release else "",
    )


def about_of(session: Session, slug: str, given: About) -> About:
    """What the office said, with what the wave knows where it said nothing."""
    wave = waves.get(session, slug)
    legal = wave.scheme.definition and results.table(session, slug, include_private=True)
    bases = given.bases or words.bases(legal)
    return replace(
        given,
        organisation=given.organisation or wave.organisation,
        bases=bases,
        recipients=given.recipients or words.RECIPIENTS,
        signer_title=given.signer_title or "Trưởng phòng",
    )


def compose(material: Material, about: About, *, made_on: date) -> Report:
    """Words, tables and figures in their order."""
    table = material.table
    return Report(
        about=about,
        title=about.subject or f"Kết quả {_lower(table.wave_title[LANGUAGE])}",
        synthetic=table.synthetic,
        draft=material.number is None,
        blocks=tuple(_body(material)),
        annexes=tuple(_annexes(material)),
        made_on=made_on,
    )


def _body(material: Material) -> Iterator[Block]:
    table = material.table
    yield Heading("I. KẾT QUẢ CHUNG")
    yield from (Paragraph(text) for text in words.summary(table))
    yield Heading("II. PHƯƠNG PHÁP")
    yield Items(tuple(text[LANGUAGE] for text in table.method))
    yield Heading("III. KẾT QUẢ CỤ THỂ")
    yield from _figures(material)
    yield Heading("IV. ĐƠN VỊ PHẢI CÓ PHƯƠNG ÁN KHẮC PHỤC")
    yield from tables.alerts(table)
    yield Heading("V. NHỮNG ĐIỀU CẦN BIẾT KHI ĐỌC SỐ LIỆU")
    yield Items(tuple(text[LANGUAGE] for text in table.notes) + words.LIMITS)


def _figures(material: Material) -> Iterator[Block]:
    table = material.table
    numbered = iter(range(1, 20))

    def figure(svg: str | None, name: str, alt: str) -> Iterator[Block]:
        if svg:
            yield Figure(svg, f"Hình {next(numbered)}. {name}", alt)

    yield Heading("1. Tỷ lệ trả lời", 2)
    yield from figure(response_rates.svg(table, LANGUAGE), "Tỷ lệ trả lời theo đơn vị",
                      words.rates(table))  # fmt: skip
    yield Heading("2. Mức độ hài lòng", 2)
    found = finding(table)
    yield Paragraph(headline(found, LANGUAGE) + ".")
    yield from figure(
        _printed(caterpillar.svg(table, LANGUAGE)),
        "Tỷ lệ hài lòng và khoảng tin cậy theo đơn vị",
        description(table, found, LANGUAGE),
    )
    yield Heading("3. Chỉ số và xếp loại", 2)
    yield tables.index(table)
    yield Heading("4. Điểm theo lĩnh vực", 2)
    yield Paragraph(words.losses(table))
    yield from figure(heat_map.svg(table, LANGUAGE), "Điểm đạt theo lĩnh vực",
                      words.losses(table))  # fmt: skip
    yield Heading("5. Điều gì đi cùng với hài lòng chung", 2)
    yield Paragraph(words.drivers(material.points))
    yield from figure(importance.svg(list(material.points), table.level, LANGUAGE),
                      "Bản đồ quan trọng – thực hiện",
                      words.drivers(material.points))  # fmt: skip
    yield Heading("6. So với các đợt trước", 2)
    yield Paragraph(words.trend(material.years, table))
    yield from figure(trend.svg(material.years, table.level, LANGUAGE),
                      "Tỷ lệ hài lòng qua các đợt",
                      words.trend(material.years, table))  # fmt: skip
    mapped = choropleth.svg(table, material.outlines, material.outline_source, LANGUAGE)
    if mapped:
        yield Heading("7. Bản đồ", 2)
        yield from figure(mapped, "Chỉ số theo địa bàn", words.summary(table)[0])


def _annexes(material: Material) -> Iterator[Block]:
    table = material.table
    yield Heading("PHỤ LỤC")
    yield tables.responses(table)
    yield tables.satisfaction(table)
    yield tables.areas(table)
    if material.points:
        yield tables.drivers(material.points, table)
    number = 5 if material.points else 4
    for found in _how_sure(material):
        made = found(number)
        if made is not None:
            yield made
            number += 1
    yield tables.check(
        table, material.number, material.manifest_sha256, material.public_key, number
    )


def _how_sure(material: Material) -> Iterator[Callable[[int], Table | None]]:
    """What says how sure the figures are, each as an annex of the number that it gets."""
    table, standing = material.table, material.standing
    if standing:
        yield partial(annexes.ranking, table, standing)
        yield partial(annexes.models, table, standing)
        yield partial(annexes.channels, table, standing)
    yield partial(annexes.excluded, table, material.with_excluded)
    yield partial(annexes.changes, table)


def _source(session: Session, wave: Wave) -> tuple[int, IndexRelease | None]:
    release = session.scalars(
        select(IndexRelease)
        .where(IndexRelease.wave_id == wave.id)
        .order_by(IndexRelease.number.desc())
        .limit(1)
    ).one_or_none()
    if release is not None:
        return release.index_run_id, release
    query = select(IndexRun.id).where(IndexRun.wave_id == wave.id).order_by(IndexRun.id.desc())
    return session.scalars(query.limit(1)).one(), None


def _years(session: Session, wave: Wave, table: ResultTable) -> tuple[Year, ...]:
    """This wave and the earlier ones that share a unit, if their results are public."""
    own = {row.unit_code for row in table.rows}
    found = [(wave.window_to, table)]
    for other in waves.all_newest_first(session):
        before = other.window_to < wave.window_to and other.synthetic == wave.synthetic
        if before and other.results_public:
            earlier = results.table(session, other.slug, include_private=False)
            if earlier is not None and own & {row.unit_code for row in earlier.rows}:
                found.append((other.window_to, earlier))
    found.sort(key=lambda each: each[0])
    several = len({day.year for day, _ in found}) < len(found)
    return tuple(
        Year(
            f"{day:%m/%Y}" if several else str(day.year),
            whole.satisfaction, whole.satisfaction_se, whole.satisfaction_low,
            whole.satisfaction_high, whole.n_respondents,
        )
        for day, each in found
        for whole in [each.whole]
        if whole.satisfaction is not None
    )  # fmt: skip


def _points(session: Session, run_id: int) -> tuple[Point, ...]:
    stored = session.get(IndexDrivers, run_id)
    if stored is None or len(stored.content["drivers"]) < 2:
        return ()
    drivers = [d for d in stored.content["drivers"] if d["performance"] is not None]
    if len(drivers) < 2:
        return ()
    across = sum(d["performance"] for d in drivers) / len(drivers)
    up = sum(d["correlation"] for d in drivers) / len(drivers)
    return tuple(
        Point(
            number=i,
            title=d["title"],
            importance=d["correlation"],
            importance_low=d["low"],
            importance_high=d["high"],
            performance=d["performance"],
            performance_low=d["performance_low"],
            performance_high=d["performance_high"],
            priority=d["correlation"] > up and d["performance"] < across,
            sure=d["low"] > up and d["performance_high"] < across,
            beta=d["beta"],
            beta_se=d["beta_se"],
            leaf=d.get("leaf", ""),
        )
        for i, d in enumerate(drivers, start=1)
    )


def _printed(svg: str) -> str:
    """A picture of the page as paper shows it."""
    return svg.replace("currentColor", "#000000").replace(
        "system-ui, sans-serif", "Be Vietnam Pro, sans-serif"
    )


def _lower(text: str) -> str:
    """A title within a sentence; one that begins with an abbreviation stays."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]
