"""What a ranking is worth, worded for its page and its file."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from survey.render.csv_file import SYNTHETIC
from survey.render.numbers import MISSING, number, percent, published
from survey.render.table import ResultRow, ResultTable, Text
from survey.services.results import results, shelf
from survey.services.results.listing import Listing, Wanted
from survey.store.models import IndexRun, IndexStanding

CHANNELS: Mapping[str, Text] = {
    "web": {"vi": "Tự trả lời qua mã", "en": "Own answer through a code"},
    "enumerator": {"vi": "Điều tra viên hỏi", "en": "Asked by an enumerator"},
    "paper": {"vi": "Phiếu giấy", "en": "On paper"},
}
#: What a unit's line holds, as files name it.
FIGURES = (
    "rank", "lower", "upper", "drawn_low", "drawn_high", "weights_low", "weights_high", "model",
    "model_rmse", "model_gamma",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StandingLine:
    """A unit: ranks as ``low–high``, chances by band, estimates; ``likely``: the likeliest band."""

    row: ResultRow
    name: str
    index: str
    rank: str
    ranks: str
    drawn: str
    weights: str
    bands: tuple[str, ...]
    likely: int | None
    direct: str
    model: str
    #: The unit has so few answers that the model's estimate is the better guide.
    small: bool
    synthetic: bool
    groups: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ChannelLine:
    #: As the store names it.
    id: str
    title: Text
    n: str
    share: str
    interval: str
    unweighted: str


@dataclass(frozen=True, slots=True)
class StandingPage:
    table: ResultTable
    content: Mapping[str, Any]
    listing: Listing
    lines: tuple[StandingLine, ...]
    #: Names of units that cannot be told apart, best first.
    groups: tuple[tuple[str, ...], ...]
    channels: tuple[ChannelLine, ...]


def of_run(session: Session, run: IndexRun) -> Mapping[str, Any] | None:
    """What was kept beside a run; None for runs of an earlier version."""

    def read() -> Mapping[str, Any] | None:
        stored = session.get(IndexStanding, run.id)
        return stored.content if stored else None

    return shelf.kept(session, run, "standing", read)


def page(session: Session, slug: str, language: str, wanted: Wanted) -> StandingPage | None:
    """The standing of the wanted units; None where there is none.  Raises NotFound.

    Who may see the wave has been asked before.
    """
    shown = results.shown(session, slug)
    content = shown and of_run(session, shown[0])
    if not shown or content is None:
        return None
    run, table = shown
    listing = shelf.rows(session, run, False).listing(wanted)
    names = shelf.rows(session, run, False).names
    return StandingPage(
        table=table,
        content=content,
        listing=listing,
        lines=tuple(line(row, content, language) for row in listing.rows),
        groups=tuple(
            tuple(names[unit] for unit in group) for group in content["groups"] if len(group) > 1
        ),
        channels=channels(content, language),
    )


def channels(content: Mapping[str, Any], language: str) -> tuple[ChannelLine, ...]:
    """The whole wave by the way of answering, in words."""
    return tuple(_channel(each, language) for each in content["channels"])


def line(row: ResultRow, content: Mapping[str, Any], language: str) -> StandingLine:
    """One unit's standing in words."""
    own = content["units"].get(key(row), {})
    chances = own.get("bands", [])
    model = own.get("model")
    groups = [group for group in content["groups"] if len(group) > 1]
    return StandingLine(
        row=row,
        name=row.name,
        index=published(row.index_percent, language),
        rank=number(own.get("rank"), 0, language),
        ranks=_range(own, "lower", "upper", language),
        drawn=_range(own, "drawn_low", "drawn_high", language),
        weights=_range(own, "weights_low", "weights_high", language),
        bands=tuple(percent(chance, 1, language) for chance in chances),
        likely=chances.index(max(chances)) if chances else None,
        direct=percent(row.satisfaction, 1, language),
        model=MISSING
        if model is None
        else f"{percent(model, 1, language)} ± {percent(own['model_rmse'], 1, language)}",
        small=row.satisfaction is not None and row.n_respondents < content["small"],
        synthetic=own.get("model_gamma") == 0,
        groups=tuple(i for i, group in enumerate(groups, start=1) if key(row) in group),
    )


def csv_of(session: Session, slug: str, language: str) -> bytes | None:
    """One line a unit."""
    shown = results.shown(session, slug)
    content = shown and of_run(session, shown[0])
    if not shown or content is None:
        return None
    table = shown[1]
    bands = [f"chance_{n}" for n in range(1, len(content["bands"]) + 1)]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    head = ["run_id", "data", "by", "unit_code", "valid_from", "name", *FIGURES]
    writer.writerow([*head, *bands, "tie_groups"])
    origin = SYNTHETIC[language] if table.synthetic else ""
    for row in table.rows:
        own = content["units"].get(key(row), {})
        values = [*(own.get(name) for name in FIGURES), *own.get("bands", [None] * len(bands))]
        groups = line(row, content, language).groups
        writer.writerow(
            [table.run_id, origin, content["by"], row.unit_code, row.valid_from, row.name]
            + ["" if value is None else format(value, ".10g") for value in values]
            + [" ".join(map(str, groups))]
        )
    return out.getvalue().encode("utf-8-sig")


def key(row: ResultRow) -> str:
    return f"{row.unit_code}@{row.valid_from}"


def _range(own: Mapping[str, Any], low: str, high: str, language: str) -> str:
    if own.get(low) is None:
        return MISSING
    ends = [number(own[end], 0, language) for end in (low, high)]
    return ends[0] if ends[0] == ends[1] else "–".join(ends)


def _channel(each: Mapping[str, Any], language: str) -> ChannelLine:
    ends = (percent(each[end], 1, language) for end in ("low", "high"))
    channel = each["channel"]
    return ChannelLine(
        id=channel,
        title=CHANNELS.get(channel, {"vi": channel, "en": channel}),
        n=number(each["n"], 0, language),
        share=percent(each["share"], 1, language),
        interval=" – ".join(ends),
        unweighted=percent(each["unweighted"], 1, language),
    )
