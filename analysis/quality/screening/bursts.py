"""Many sheets of one desk within minutes: a scan over the day."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.errors import EstimationError
from analysis.quality.screening.finding import Finding, significant

RULE, VERSION = "burst", 1
#: Lengths of the window that slides over the day, in bins.
WINDOWS = (1, 2, 3, 6)
#: Fewer sheets in a day cannot make a burst.
FEWEST = 10


def bursts(
    counts: NDArray[np.integer],
    unit: NDArray[np.str_],
    day: NDArray[np.str_],
    *,
    bin_minutes: int,
    seed: int,
    level: float = 0.05,
    draws: int = 1999,
) -> list[Finding]:
    """Desk days on which sheets came in a heap.

    Parameters
    ----------
    counts : (d, b) int
        Sheets that arrived at a unit on a day, by bin of the day; no answer is named.
    unit, day : (d,) str
        Whose row it is.
    draws : int
        Days simulated for each row.

    Raises
    ------
    EstimationError
        ``burst.counts``: negative, or not one row for each unit and day.

    Notes
    -----
    Given the day's total, arrivals of an honest day fall over its bins like those of all *other*
    units (Poisson arrivals given their number are multinomial).  The scan statistic is the
    largest −log p of a Poisson count over all windows of 1, 2, 3 and 6 bins; its own null is
    simulated, so that looking everywhere is paid for.  Heaps with a known reason (a queue, a day
    when results are given out) look the same: evidence, not a verdict.
    Source: Naus (1965), JASA 60; Kulldorff (2001), JRSS A 164 (prospective space-time scan).
    """
    counts = np.asarray(counts)
    if counts.ndim != 2 or len(unit) != len(counts) or len(day) != len(counts):
        raise EstimationError("burst.counts", "One row of counts for each unit and day.")
    if (counts < 0).any():
        raise EstimationError("burst.counts", "Counts are not negative.")
    rng = np.random.default_rng(seed)
    candidates = []
    for i in np.flatnonzero(counts.sum(axis=1) >= FEWEST):
        profile = _profile(counts, unit == unit[i])
        total = int(counts[i].sum())
        simulated = rng.multinomial(total, profile, size=draws)
        null = _scan(simulated, total * profile)[0]
        score, start, length = (each[0] for each in _scan(counts[[i]], total * profile))
        inside = counts[i][start : start + length].sum()
        facts = {
            "n": int(inside),
            "expected": float(total * profile[start : start + length].sum()),
            "day_total": total,
            "from_minute": int(start) * bin_minutes,
            "minutes": int(length) * bin_minutes,
        }
        candidates.append(
            Finding(
                rule=RULE,
                version=VERSION,
                unit=str(unit[i]),
                subject=str(day[i]),
                p=float((1 + (null >= score - 1e-12).sum()) / (1 + draws)),
                facts=facts,
            )  # fmt: skip
        )
    return significant(candidates, level) if candidates else []


def _profile(counts: NDArray[np.integer], own: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Share of a day's arrivals in each bin, from the other units; smoothed over half an hour."""
    n_bins = counts.shape[1]
    # Each unit and day counts the same (square root): one heap elsewhere is not the usual day.
    others = np.sqrt(counts[~own]).sum(axis=0) if (~own).any() else np.zeros(n_bins)
    smooth = np.convolve(np.concatenate([others[-2:], others, others[:2]]), np.ones(5), "valid")
    weights = smooth + 0.1 * max(smooth.mean(), 1.0)
    return weights / weights.sum()


def _scan(
    counts: NDArray[np.integer], expected: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.intp]]:
    """Best score of each row, and where and how long its window is."""
    best = np.full(len(counts), -1.0)
    start, length = np.zeros(len(counts), dtype=np.intp), np.ones(len(counts), dtype=np.intp)
    sums = np.concatenate([np.zeros((len(counts), 1)), counts.cumsum(axis=1)], axis=1)
    means = np.concatenate([[0.0], expected.cumsum()])
    for width in (w for w in WINDOWS if w <= counts.shape[1]):
        seen, mean = sums[:, width:] - sums[:, :-width], means[width:] - means[:-width]
        # Kulldorff's likelihood ratio for more than expected.
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(seen > mean, seen * np.log(seen / mean) - (seen - mean), 0.0)
        at = ratio.argmax(axis=1)
        top = ratio[np.arange(len(at)), at]
        better = top > best
        best[better], start[better], length[better] = top[better], at[better], width
    return best, start, length
