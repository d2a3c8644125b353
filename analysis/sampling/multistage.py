"""Two and more stages: commune, village, household, adult; every stage by seed and names alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.errors import SamplingError
from analysis.sampling.designs import draw_design
from analysis.sampling.prn import permanent_random_keys

#: Keeps the names of a path apart.
PATH = "\x1f"
_ADULT = "adult" + PATH


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of the selection.

    Attributes
    ----------
    column : str
        Column that names the units of this stage; names need only differ within their parent.
    take : int or str
        Units to draw from each parent; a text names the column that holds the number.
    design : str
        One of `DESIGNS`.
    measure : str
        Column with the measure of size, for unequal probabilities.
    order : tuple of str
        Columns that a systematic list is sorted by.
    reserve : int
        Reserve units for each parent; of the last stage only.
    at_most : bool
        Where a parent has fewer units than ``take``, all are taken; otherwise that is an error.
    """

    column: str
    take: int | str
    design: str = "srs"
    measure: str | None = None
    order: tuple[str, ...] = ()
    reserve: int = 0
    at_most: bool = False


def draw_stages(
    frame: pd.DataFrame, stages: Sequence[Stage], seed: str, *, stratum: str | None = None
) -> pd.DataFrame:
    """Draw a sample in stages.

    Parameters
    ----------
    frame : DataFrame
        One row a unit of the last stage, with the columns that the stages name.
    stages : sequence of Stage
        The first stage first.
    seed : str
        Public seed.
    stratum : str
        Column with the stratum of the first stage; without it the frame is one stratum.

    Returns
    -------
    DataFrame
        One row a drawn unit of the last stage: the columns of the frame, ``role``, ``rank`` and
        ``prn`` in its parent, ``probability_<column>`` of each stage given the stages before,
        and ``inclusion_probability``, their product.  Sorted by path, then rank.

    Raises
    ------
    SamplingError
        ``stages.none``, ``stages.column`` (missing), ``stages.text`` (a name that is no text; row),
        ``stages.differs`` (one unit with two values of measure, order or take),
        ``stages.reserve`` (before the last stage), ``stages.too_few`` (names the parent), and
        those of `draw_design`.

    Notes
    -----
    The id whose hash decides is the path from the first stage on, with the byte 0x1F between the
    names; the stratum of a later stage is the path of the parent.
    Source: Särndal, Swensson and Wretman (1992), secs. 4.3 and 4.4.
    """
    _check(frame, stages, stratum)
    left = frame.copy()
    left["_parent"] = "" if stratum is None else frame[stratum]
    left["_path"] = ""
    left["_row"] = np.arange(len(frame))
    left["inclusion_probability"] = 1.0
    for stage in stages:
        own = left[stage.column]
        left["_path"] = own if stage is stages[0] else left["_path"] + PATH + own
        drawn = _draw_stage(left, stage, seed)
        left = left.merge(drawn, how="inner", left_on="_path", right_on="id").drop(columns="id")
        left["inclusion_probability"] *= left[f"probability_{stage.column}"]
        left["_parent"] = left["_path"]
        if stage is not stages[-1]:
            left = left.drop(columns=["role", "rank", "prn"])
    by = left["_path"].str.rpartition(PATH)[0]
    left = left.assign(_by=by).sort_values(["_by", "rank"], kind="stable", ignore_index=True)
    return left.drop(columns=["_parent", "_path", "_row", "_by"])


def adult_number(seed: str, households: Sequence[str], adults: ArrayLike) -> NDArray[np.int64]:
    """Which adult of a household to ask, where the list of adults is made at the door.

    Parameters
    ----------
    seed : str
        Public seed.
    households : (N,) str
        Ids of the households.
    adults : (N,) int
        Adults of each household, at least one and below 2**31.

    Returns
    -------
    (N,) int64
        1 to k, counted from the oldest adult to the youngest: each with probability 1 / k.

    Raises
    ------
    SamplingError
        ``stages.adults`` (names the row), ``prn.id``.

    Notes
    -----
    1 + ⌊h k / 2**32⌋ with h the upper 32 bits of the key of the text "adult", the byte 0x1F and
    the household's id.  It can be printed as a table for the door before k is known.
    Source: Kish (1949), A procedure for objective respondent selection within the household, with
    hash numbers in place of the printed tables, which give some adults no exact 1 / k.
    """
    given = np.asarray(adults, dtype=float)
    bad = np.flatnonzero(~((given >= 1) & (given < 2**31) & (given == np.floor(given))))
    if bad.size:
        row = int(bad[0])
        raise SamplingError(
            "stages.adults",
            f"Row {row}: a household of {given[row]:g} adults has nobody to ask.",
            row=row,
            household=households[row],
        )
    keys = permanent_random_keys(seed, [_ADULT + household for household in households])
    upper = keys >> np.uint64(32)
    return 1 + ((upper * given.astype(np.uint64)) >> np.uint64(32)).astype(np.int64)


def two_stage_joint(
    first: NDArray[np.float64], within: Sequence[NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Joint probabilities of the units of a two-stage sample.

    Parameters
    ----------
    first : (M, M) float
        Joint probabilities of the first stage, π_i on the diagonal.
    within : sequence of (N_i, N_i) float
        Joint probabilities within each first-stage unit, given that it is drawn.

    Returns
    -------
    (N, N) float
        π_i π_kl|i within a first-stage unit, π_ij π_k|i π_l|j between two.

    Source: Särndal, Swensson and Wretman (1992), sec. 4.3.1.
    """
    unit = np.repeat(np.arange(len(within)), [block.shape[0] for block in within])
    own = np.concatenate([np.diag(block) for block in within])
    joint = first[np.ix_(unit, unit)] * np.outer(own, own)
    start = 0
    for i, block in enumerate(within):
        stop = start + block.shape[0]
        joint[start:stop, start:stop] = first[i, i] * block
        start = stop
    return joint


def _draw_stage(left: pd.DataFrame, stage: Stage, seed: str) -> pd.DataFrame:
    units = left.drop_duplicates("_path")
    _check_same(left, "_path", stage.column, [stage.measure, *stage.order])
    if isinstance(stage.take, str):
        _check_same(left, "_parent", stage.column, [stage.take])
    sizes = {}
    for parent, of_parent in units.groupby("_parent", sort=True):
        wanted = stage.take if isinstance(stage.take, int) else of_parent[stage.take].iloc[0]
        sizes[parent] = _sizes(str(parent), stage, wanted, len(of_parent))
    try:
        drawn = draw_design(
            units["_path"].tolist(),
            units["_parent"].tolist(),
            sizes,
            seed,
            design=stage.design,
            measure=None if stage.measure is None else units[stage.measure].to_numpy(),
            order=[units[column].tolist() for column in stage.order],
        )
    except SamplingError as refused:
        raise _placed(refused, units, stage) from None
    kept = drawn[["id", "role", "rank", "prn"]].copy()
    kept[f"probability_{stage.column}"] = drawn["inclusion_probability"]
    return kept


def _placed(refused: SamplingError, units: pd.DataFrame, stage: Stage) -> SamplingError:
    """The same refusal with the row of the frame and the names of the path."""
    facts = {
        name: value.replace(PATH, " / ") if isinstance(value, str) else value
        for name, value in refused.facts.items()
    }
    message = refused.message
    if isinstance(row := facts.get("row"), int):
        facts["row"] = int(units["_row"].iloc[row])
        message = message.replace(f"ow {row}", f"ow {facts['row']}", 1)
    return SamplingError(
        refused.code,
        f"Stage {stage.column!r}: {message}".replace(PATH, " / ").replace("\\x1f", " / "),
        hint=refused.hint,
        **facts | {"stage": stage.column},
    )


def _sizes(parent: str, stage: Stage, wanted: float, available: int) -> tuple[int, int]:
    if wanted <= available:
        return int(wanted), min(stage.reserve, available - int(wanted))
    if stage.at_most:
        return available, 0
    name = parent.replace(PATH, " / ")
    raise SamplingError(
        "stages.too_few",
        f"{name or 'The frame'} has {available} units of {stage.column!r}; {wanted:g} are wanted.",
        hint="Take fewer, or say that all may be taken where there are fewer.",
        parent=name,
        stage=stage.column,
        available=available,
        wanted=float(wanted),
    )


def _check(frame: pd.DataFrame, stages: Sequence[Stage], stratum: str | None) -> None:
    if not stages or frame.empty:
        raise SamplingError("stages.none", "There is no stage, or nothing to draw from.")
    if any(stage.reserve for stage in stages[:-1]):
        raise SamplingError("stages.reserve", "Only the last stage can have reserve units.")
    names = [stage.column for stage in stages] + ([] if stratum is None else [stratum])
    others = [c for stage in stages for c in (stage.measure, *stage.order) if c is not None]
    others += [stage.take for stage in stages if isinstance(stage.take, str)]
    for column in [*names, *others]:
        if column not in frame:
            raise SamplingError(
                "stages.column", f"The frame has no column {column!r}.", column=column
            )
    for column in names:
        for row, name in enumerate(frame[column]):
            if not isinstance(name, str) or not name or PATH in name:
                raise SamplingError(
                    "stages.text",
                    f"Row {row}, {column!r}: {name!r} is no name.",
                    row=row,
                    column=column,
                )
    _check_rows(frame, [stage.column for stage in stages])


def _check_rows(frame: pd.DataFrame, columns: list[str]) -> None:
    twice = np.flatnonzero(frame.duplicated(columns))
    if twice.size:
        row = int(twice[0])
        unit = " / ".join(frame.iloc[row][columns])
        raise SamplingError(
            "draw.duplicate_id", f"Row {row}: {unit} is in the frame twice.", id=unit, row=row
        )


def _check_same(left: pd.DataFrame, key: str, stage: str, columns: list[str | None]) -> None:
    for column in columns:
        if column is None:
            continue
        values = left.groupby(key, sort=True)[column].nunique(dropna=False)
        bad = values[values > 1]
        if not bad.empty:
            name = str(bad.index[0]).replace(PATH, " / ")
            raise SamplingError(
                "stages.differs",
                f"{name}: {column!r} differs between its rows.",
                unit=name,
                column=column,
                stage=stage,
            )
