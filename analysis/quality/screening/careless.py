"""Sheets filled in without reading: too fast, or one value all the way down."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.quality.screening.finding import Finding, significant

TOO_FAST, STRAIGHT_LINE = "too_fast", "straight_line"
VERSION = 1
#: Fewest ratings in a line that may be called straight.
LINE = 12


def too_fast(
    seconds: NDArray[np.float64],
    unit: NDArray[np.str_],
    *,
    floor: float,
    level: float = 0.001,
) -> list[Finding]:
    """Sheets below the study's floor of seconds an item, or far below what is usual.

    Parameters
    ----------
    seconds : (n,) float
        Seconds from consent to sending for each answered item; NaN where unknown.
    floor : float
        Below it nobody has read the question (set with the study).
    level : float
        Two-sided tail of the normal at which a robust z counts; 0.001 is z < −3.09.

    Notes
    -----
    z_i = (ln t_i − median) / (1.4826 MAD) over the wave: durations are about lognormal, and
    neither many slow sheets nor some very fast ones move the median and the MAD.
    Source: van der Linden (2006), JEBS 31 (lognormal response times); Leys and others (2013),
    J. Exp. Soc. Psych. 49 (MAD); Zhang & Conrad (2014), Survey Research Methods 8 (floor).
    """
    from scipy.special import ndtr, ndtri

    known = np.isfinite(seconds) & (seconds > 0)
    z = np.full(seconds.shape, np.nan)
    if known.any():
        logs = np.log(seconds[known])
        middle = np.median(logs)
        spread = 1.4826 * np.median(np.abs(logs - middle))
        z[known] = (logs - middle) / spread if spread > 0 else 0.0
    below = known & ((seconds < floor) | (z < ndtri(level)))
    return [
        Finding(
            rule=TOO_FAST,
            version=VERSION,
            unit=str(unit[i]),
            rows=(int(i),),
            facts={
                "seconds_per_item": float(seconds[i]),
                "floor": floor,
                "z": float(z[i]),
                "tail": float(ndtr(z[i])),
            },
        )
        for i in np.flatnonzero(below)
    ]


def straight_lines(codes: NDArray[np.integer], unit: NDArray[np.str_]) -> list[Finding]:
    """Sheets with one value in all ratings, at least twelve of them.

    A content person may well mean it: the facts say how long the line is and how usual such
    lines are in the whole wave.
    Source: Johnson (2005), J. Res. Personality 39 (long string); Dunn and others (2018), J.
    Business and Psychology 33 (intra-individual response variability, 0 in a straight line).
    """
    straight = is_straight(codes)
    usual = float(straight.mean()) if len(straight) else 0.0
    return [
        Finding(
            rule=STRAIGHT_LINE,
            version=VERSION,
            unit=str(unit[i]),
            rows=(int(i),),
            facts={
                "length": int((codes[i] > 0).sum()),
                "value": int(codes[i].max()),
                "usual": usual,
            },
        )
        for i in np.flatnonzero(straight)
    ]


def is_straight(codes: NDArray[np.integer], line: int = LINE) -> NDArray[np.bool_]:
    """(n,) rows with at least ``line`` ratings that are all equal."""
    answered = codes > 0
    lowest = np.where(answered, codes, 127).min(axis=1, initial=127)
    return (answered.sum(axis=1) >= line) & (lowest == codes.max(axis=1, initial=0))


def long_string(codes: NDArray[np.integer]) -> NDArray[np.int64]:
    """(n,) longest run of equal answers in the order of the items; missing answers break none."""
    longest = np.zeros(len(codes), dtype=np.int64)
    run, last = np.zeros(len(codes), dtype=np.int64), np.zeros(len(codes), dtype=codes.dtype)
    for item in np.asarray(codes).T:
        given = item > 0
        run = np.where(given, np.where(item == last, run + 1, 1), run)
        last = np.where(given, item, last)
        longest = np.maximum(longest, run)
    return longest


def response_variability(codes: NDArray[np.integer]) -> NDArray[np.float64]:
    """(n,) standard deviation of a person's own ratings; NaN below two ratings."""
    answered = codes > 0
    n = answered.sum(axis=1)
    values = np.where(answered, codes, 0).astype(float)
    mean = values.sum(axis=1) / np.maximum(n, 1)
    squares = np.where(answered, (values - mean[:, None]) ** 2, 0.0).sum(axis=1)
    return np.where(n > 1, np.sqrt(squares / np.maximum(n - 1, 1)), np.nan)


def too_uniform(
    codes: NDArray[np.integer],
    unit: NDArray[np.str_],
    *,
    seed: int,
    level: float = 0.05,
    line: int = LINE,
) -> list[Finding]:
    """Sheets whose longest run of equal answers chance does not explain, though not straight.

    p_i is the share of the same sheet's answers shuffled over the items (499 times) with a run as
    long; a run of an honest sheet comes from neighbouring items that go together, so the
    wave's own runs are the second standard: only runs beyond its 99.5 % point are tested.
    """
    runs, straight = long_string(codes), is_straight(codes)
    usual = float(np.quantile(runs, 0.995)) if len(runs) else 0.0
    rng = np.random.default_rng(seed)
    candidates = []
    for i in np.flatnonzero(~straight & (runs >= line) & (runs > usual)):
        given = codes[i][codes[i] > 0]
        shuffled = rng.permuted(np.tile(given, (499, 1)), axis=1)
        p = (1 + (long_string(shuffled) >= runs[i]).sum()) / 500
        facts = {"run": int(runs[i]), "items": int(given.size), "usual": usual}
        candidates.append(
            Finding(
                rule="long_string",
                version=VERSION,
                unit=str(unit[i]),
                rows=(int(i),),
                p=float(p),
                facts=facts,
            )  # fmt: skip
        )
    return significant(candidates, level) if candidates else []
