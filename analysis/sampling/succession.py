"""Which part of each old unit becomes part of which new unit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from analysis.errors import SamplingError

_ROUND = 1e-9
#: (old unit, new unit, share of the old unit); None where the share is not known.
Link = tuple[str, str, float | None]


@dataclass(frozen=True, eq=False, slots=True)
class Succession:
    """Many-to-many succession of units.

    Attributes
    ----------
    old, new : tuple of str
    shares : (O, N) float
        Share of the old unit (of its cases, or its people) that goes to the new one; a row sums
        to at most one, less where a part is known to go nowhere.
    assumed : tuple of (old, new)
        Links whose share was not known and was set equal, on the caller's word.
    """

    old: tuple[str, ...]
    new: tuple[str, ...]
    shares: NDArray[np.float64]
    assumed: tuple[tuple[str, str], ...] = ()

    @classmethod
    def between(
        cls,
        old: Sequence[str],
        new: Sequence[str],
        links: Iterable[Link],
        *,
        unknown: str = "refuse",
    ) -> Self:
        """Follow the links from the units of one day to those of a later day.

        Parameters
        ----------
        old, new : sequence of str
            Keys of the units that are valid on the earlier and on the later day.  A unit in both
            goes on as itself.
        links : iterable of (str, str, float or None)
            Direct successions; a share of None is not known.
        unknown : str
            ``refuse``, or ``equal``: what is left of the old unit is shared out equally among its
            links of unknown share, which `assumed` then names.

        Returns
        -------
        Succession
            An old unit that no link leads on from has a row of zeros.

        Raises
        ------
        SamplingError
            ``succession.unknown`` (facts ``links``), ``succession.share`` (outside (0, 1], or
            more than one in all), ``succession.twice``, ``succession.circle``.

        Notes
        -----
        Shares along a path are multiplied, those of several paths added.
        """
        last = {unit: j for j, unit in enumerate(new)}
        followed = _reachable(old, last, links)
        steps, assumed = _steps(followed, unknown)
        shares = np.zeros((len(old), len(last)))
        for i, unit in enumerate(old):
            _follow(unit, 1.0, steps, last, shares[i], ())
        return cls(tuple(old), tuple(new), shares, assumed)

    @property
    def ended(self) -> tuple[str, ...]:
        """Old units no part of which is known to go on."""
        return tuple(self.old[i] for i in np.flatnonzero(self.shares.sum(axis=1) == 0))

    @property
    def split(self) -> tuple[str, ...]:
        """Old units that go to more than one new unit."""
        return tuple(self.old[i] for i in np.flatnonzero((self.shares > 0).sum(axis=1) > 1))

    @property
    def unchanged(self) -> tuple[str, ...]:
        """Old units that go on whole and alone, under their own key or another."""
        alone = (self.shares > 0).sum(axis=0) == 1
        whole = (self.shares > 1 - _ROUND) & alone
        return tuple(self.old[i] for i in np.flatnonzero(whole.any(axis=1)))


def _reachable(old: Sequence[str], last: Mapping[str, int], links: Iterable[Link]) -> list[Link]:
    """The links on the way from the old units; others may be incomplete without harm."""
    leaving: dict[str, list[Link]] = {}
    for link in links:
        leaving.setdefault(link[0], []).append(link)
    found, waiting, seen = [], list(dict.fromkeys(old)), set()
    while waiting:
        unit = waiting.pop(0)
        if unit in seen or unit in last:
            continue
        seen.add(unit)
        found += leaving.get(unit, [])
        waiting += [b for _, b, _ in leaving.get(unit, [])]
    return found


def _steps(
    links: Sequence[Link], unknown: str
) -> tuple[dict[str, dict[str, float]], tuple[tuple[str, str], ...]]:
    """Shares of each old unit, those that are not known set equal where that is allowed."""
    missing = tuple((a, b) for a, b, share in links if share is None)
    if missing and unknown != "equal":
        raise SamplingError(
            "succession.unknown",
            f"The share of {missing[0][0]!r} that goes to {missing[0][1]!r} is not known.",
            hint="Enter the shares, or say that they are to be set equal.",
            links=missing,
        )
    steps: dict[str, dict[str, float]] = {}
    for a, b, share in links:
        if b in steps.setdefault(a, {}):
            raise SamplingError("succession.twice", f"{a!r} goes to {b!r} twice.", old=a, new=b)
        if share is not None and not 0 < share <= 1:
            raise SamplingError(
                "succession.share", f"{a!r} to {b!r}: {share} is no share.", old=a, new=b
            )
        steps[a][b] = 0.0 if share is None else float(share)
    for a, parts in steps.items():
        known, open_ = sum(parts.values()), [b for c, b in missing if c == a]
        if known > 1 + _ROUND or (open_ and known > 1 - _ROUND):
            raise SamplingError(
                "succession.share",
                f"The parts of {a!r} sum to {known:g}"
                + (", which leaves nothing for the others." if open_ else "."),
                old=a,
                sum=known,
            )
        parts |= {b: (1 - known) / len(open_) for b in open_}
    return steps, missing


def _follow(
    unit: str,
    share: float,
    steps: Mapping[str, Mapping[str, float]],
    last: Mapping[str, int],
    row: NDArray[np.float64],
    path: tuple[str, ...],
) -> None:
    if unit in last:
        row[last[unit]] += share
        return
    if unit in path:
        raise SamplingError(
            "succession.circle", f"{unit!r} comes back to itself.", units=(*path, unit)
        )
    for successor, part in steps.get(unit, {}).items():
        _follow(successor, share * part, steps, last, row, (*path, unit))
