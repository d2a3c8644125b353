"""What a change between two waves must be to be seen, and how many answers show it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import floor

from scipy.optimize import brentq

from analysis.errors import SamplingError
from analysis.sampling.change import Waves, change_se, power
from analysis.sampling.planning import quantile

#: More answers than any register holds: beyond it a change counts as out of reach.
_LARGEST = 10**10


def detectable_change(waves: Waves, *, wanted: float = 0.8, level: float = 0.95) -> float:
    """The smallest rise (as a fraction) that is seen with probability ``wanted``.

    Parameters
    ----------
    waves : Waves
    wanted : float
        Power, between 1 − level and 1.
    level : float
        Confidence level of the test.

    Raises
    ------
    SamplingError
        ``change.power``, ``sampling.level``; ``change.out_of_reach`` where even a rise to one
        would not be seen.

    Source: Bloom (1995), Minimum detectable effects, solved for the variance under the change.
    """
    _check_power(wanted, level)
    top = _widest(waves)

    def short(change: float) -> float:
        return power(waves, change, level=level) - wanted

    if short(top) < 0:
        raise SamplingError(
            "change.out_of_reach",
            f"Even a change of {top:.3f} would be seen with a probability of only"
            f" {short(top) + wanted:.2f}.",
            hint="Ask more people, or keep more of last wave's cases.",
            largest=top,
            power=short(top) + wanted,
        )
    if short(0.0) >= 0:
        return 0.0
    return float(brentq(short, 0.0, top, xtol=1e-12))


def answers_for_change(
    change: float, waves: Waves, *, wanted: float = 0.8, level: float = 0.95, both: bool = False
) -> int:
    """The fewest answers of this wave that show ``change`` with probability ``wanted``.

    Parameters
    ----------
    change : float
        As in `change_se`; not zero.
    waves : Waves
        ``n_now`` is not used.  A given overlap stays the same share of this wave's answers, as
        far as the earlier wave has that many.
    both : bool
        Both waves are still to come and get the same size; ``n_before`` is not used either.

    Raises
    ------
    SamplingError
        ``change.zero``, ``change.power``, ``change.out_of_reach`` (facts: the largest power).

    Source: Lachin (1981) for the size; found by bisection, exact for the formula of `change_se`.
    """
    _check_power(wanted, level)
    if change == 0:
        raise SamplingError("change.zero", "A change of nothing cannot be seen.")

    def reached(n: int) -> float:
        return power(_sized(waves, n, both=both), change, level=level)

    turns = _turns(waves, both=both)
    for start, end in zip(turns, turns[1:], strict=False):
        if reached(start) >= wanted:
            return start
        if reached(end) >= wanted:
            return _first(lambda n: reached(n) >= wanted, start, end)
    best = max(reached(n) for n in turns)
    raise SamplingError(
        "change.out_of_reach",
        f"A change of {change:+.3f} is seen with a probability of {best:.2f} at most.",
        hint="Last wave's answers are too few for it: look for a larger change.",
        change=change,
        power=best,
    )


def _turns(waves: Waves, *, both: bool) -> list[int]:
    """Sizes between which the power only rises or only falls: the overlap reaches a limit."""
    most = waves.population or _LARGEST
    turns = {1, most}
    if waves.overlap is not None:
        kept, before = waves.overlap, waves.n_before
        at = []
        if kept > 0 and not both:
            at.append(before / kept)
        if waves.population is not None:
            left = 2 - kept if both else 1 - kept
            at += [(most - (0 if both else before)) / left] if left > 0 else []
        turns |= {n for x in at for n in (floor(x), floor(x) + 1) if 1 < n < most}
    return sorted(turns)


def _sized(waves: Waves, n: int, *, both: bool) -> Waves:
    if both:
        overlap = waves.overlap
        if overlap is not None and waves.population is not None:
            overlap = max(overlap, (2 * n - waves.population) / n)
        return replace(waves, n_before=n, n_now=n, overlap=overlap)
    if waves.overlap is None:
        return replace(waves, n_now=n)
    common = min(waves.overlap * n, waves.n_before)
    if waves.population is not None:
        common = max(common, waves.n_before + n - waves.population)
    return replace(waves, n_now=n, overlap=min(common / n, 1.0))


def _first(enough: Callable[[int], bool], low: int, high: int) -> int:
    """The smallest n in (low, high] that is enough, for a condition that stays true."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _widest(waves: Waves) -> float:
    if waves.sd is None:
        return 1 - waves.before
    # A change of this size is seen for certain: twenty standard errors.
    return 20 * change_se(waves, 0.0) or waves.sd


def _check_power(wanted: float, level: float) -> None:
    quantile(level)
    if not 1 - level < wanted < 1:
        raise SamplingError(
            "change.power",
            f"The power must lie between {1 - level:g} and 1.",
            hint="Write 80 % as 0.8.",
            power=wanted,
        )
