"""Rules that read a quantile from a weighted distribution function."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RULES = ("math", "school", "shahvaish", *(f"hf{k}" for k in range(1, 10)))


class Distribution:
    """A weighted sample in order of its values.

    Parameters
    ----------
    values, weights : (n,) float
        Weights are positive; n ≥ 1.

    Notes
    -----
    ``hf1`` … ``hf9`` are the nine definitions of Hyndman and Fan (1996), The American Statistician
    50, 361–365, for weighted data; ``math`` is hf1, ``school`` hf2; ``shahvaish`` is Shah and Vaish
    (2006).  Where the sum of weights up to a value equals p exactly, hf1 takes that value and hf2
    the middle to the next.
    """

    def __init__(self, values: NDArray[np.float64], weights: NDArray[np.float64]) -> None:
        order = np.argsort(values, kind="stable")
        # Whether p is met exactly decides between two values, and rounding decides that: R's
        # survey keeps probabilities and adds up in extended precision, and so do we.
        self.values, self.weights = values[order], 1 / (1 / weights[order])
        self._second = self.values[min(1, values.size - 1)]
        self._add_up(self.weights.astype(np.longdouble))

    @classmethod
    def of_sums(
        cls, values: NDArray[np.float64], sums: NDArray[np.longdouble], rows: NDArray
    ) -> Distribution:
        """From the different values, the sum of 1 / (1 / weight) of each, and its rows."""
        made = object.__new__(cls)
        order = np.argsort(values, kind="stable")
        made.values, made.weights = values[order], sums[order].astype(float)
        alone = values.size > 1 and rows[order[0]] == 1
        made._second = made.values[1 if alone else 0]
        made._add_up(sums[order])
        return made

    def _add_up(self, weights: NDArray[np.longdouble]) -> None:
        sums = np.cumsum(weights)
        self.sums, self.total = sums.astype(float), float(sums[-1])

    def quantile(self, p: NDArray[np.float64], rule: str) -> NDArray[np.float64]:
        """Quantiles at p (k,) in [0, 1]; NaN where p is not."""
        p = np.asarray(p, dtype=float)
        ok = (p >= 0) & (p <= 1)
        inside = np.where(ok, p, 0.5)
        if rule in ("math", "hf1", "school", "hf2"):
            found = self._steps(inside, middle=rule in ("school", "hf2"))
        elif rule == "hf3":
            found = self._even(inside)
        elif rule == "hf4":
            found = np.interp(inside, self.sums / self.total, self.values)
        elif rule == "shahvaish":
            found = self._shah_vaish(inside)
        else:
            found = np.interp(inside, self._points(rule), self.values)
        return np.where(ok, found, np.nan)

    def _below(self, p: NDArray, sums: NDArray) -> tuple[NDArray, NDArray]:
        """Place of the last value whose sum of weights is at most p, −1 for none; met exactly?"""
        shares = sums / self.total
        place = np.searchsorted(shares, p, side="right") - 1
        exact = (place >= 0) & (p == shares[np.maximum(place, 0)])
        return place, exact

    def _steps(self, p: NDArray, *, middle: bool) -> NDArray:
        place, exact = self._below(p, self.sums)
        low = self.values[np.maximum(place, 0)]
        high = self.values[np.minimum(place + 1, self.values.size - 1)]
        if not middle:
            return np.where(exact, low, high)
        first = (low + self._second) / 2
        return np.where(place < 0, first, np.where(exact, (low + high) / 2, high))

    def _even(self, p: NDArray) -> NDArray:
        values, place_of = np.unique(self.values, return_inverse=True)
        merged = np.bincount(place_of.ravel(), self.weights)
        sums = np.cumsum(merged.astype(np.longdouble)).astype(float)
        place, exact = self._below(p, sums)
        even = exact & ((place + 1) % 2 == 0)
        high = values[np.minimum(np.maximum(place, 0) + 1, values.size - 1)]
        return np.where(even, values[np.maximum(place, 0)], high)

    def _points(self, rule: str) -> NDArray:
        w, sums, total = self.weights, self.sums, self.total
        before = np.concatenate([[0.0], sums[:-1]])
        if rule == "hf5":
            return (sums - w / 2) / total
        if rule == "hf6":
            return sums / (total + w[-1])
        if rule == "hf7":
            return before / before[-1] if w.size > 1 else before
        share, more = {"hf8": (1 / 3, 1 / 3), "hf9": (3 / 8, 1 / 4)}[rule]
        return (before * share + sums * (1 - share)) / (total + w[-1] * more)

    def _shah_vaish(self, p: NDArray) -> NDArray:
        n = self.values.size
        relative = self.weights / self.weights.mean()
        points = (np.cumsum(relative) + 0.5 - self.weights / 2) / (n + 1)
        unique, place = np.unique(points, return_inverse=True)
        values = np.bincount(place.ravel(), self.values) / np.bincount(place.ravel())
        return values[np.maximum(np.searchsorted(unique, p, side="right") - 1, 0)]
