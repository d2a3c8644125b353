"""The sums of a frame in memory."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.engines.protocol import (
    FIRST,
    ITEM_ROWS,
    ITEM_WEIGHT,
    ROWS,
    SECOND,
    WEIGHT,
    Item,
    Request,
)
from analysis.estimation.sums import add_up


class MemoryEngine:
    """A frame, summed by one sparse product an item."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def columns(self) -> set[str]:
        return set(self._frame.columns)

    def profile(self, request: Request) -> dict[str, float]:
        w = self._numbers(request.weights)
        found = {
            "rows": float(len(w)),
            "bad_weights": float((~(np.isfinite(w) & (w > 0))).sum()),
        }
        for i, name in enumerate(request.keys):
            found[f"key_{i}"] = float(self._frame[name].isna().sum())
        for j, item in enumerate(request.items):
            values = self._numbers(item.name)[self._counts(item)]
            found[f"centre_{j}"] = float(values.mean()) if values.size else float("nan")
        return found

    def cells(self, request: Request, centres: list[float]) -> pd.DataFrame:
        grouped = self._frame.groupby(list(request.keys), observed=True, sort=False)
        cell = grouped.ngroup().to_numpy()
        first = np.unique(cell, return_index=True)[1]
        keys = self._frame[list(request.keys)].iloc[first].reset_index(drop=True)
        keys.columns = [f"key_{i}" for i in range(len(request.keys))]
        w = self._numbers(request.weights)
        sums = {
            ROWS: np.bincount(cell, minlength=len(first)),
            WEIGHT: np.bincount(cell, w, minlength=len(first)),
        }
        for j, (item, centre) in enumerate(zip(request.items, centres, strict=True)):
            counts = self._counts(item)
            off = np.where(counts, self._numbers(item.name) - centre, 0.0)
            held = counts.astype(float)
            moments = np.column_stack([held, off, off * off])
            added = add_up(cell, moments, len(first), w)
            sums[f"{ITEM_ROWS}{j}"] = np.bincount(cell, held, minlength=len(first))
            for kind, column in zip((ITEM_WEIGHT, FIRST, SECOND), added.T, strict=True):
                sums[f"{kind}{j}"] = column
        return pd.concat([keys, pd.DataFrame(sums)], axis=1)

    def _numbers(self, name: str) -> np.ndarray:
        return self._frame[name].to_numpy(dtype=float, na_value=np.nan)

    def _counts(self, item: Item) -> np.ndarray:
        return self._frame[list(item.needs)].notna().all(axis=1).to_numpy()
