"""A frame in memory, read block by block."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.engines.protocol import Chunk, Kernel, Keys, Sums, as_numbers, refuse_many

#: Rows of a block.
BLOCK = 2_000_000


class MemoryEngine:
    """A frame; the sums of one pass may take an eighth of ``memory`` bytes."""

    def __init__(self, frame: pd.DataFrame, *, memory: int = 4 << 30) -> None:
        self._frame, self.budget = frame, memory // 8
        self._keys: dict[tuple[str, ...], Keys] = {}

    def kinds(self) -> dict[str, str]:
        return {
            name: dtype.kind if dtype.kind in "biuf" else "O"
            for name, dtype in self._frame.dtypes.items()
        }

    def peek(self, names: Sequence[str], rows: int) -> pd.DataFrame:
        return self._frame[list(names)].head(rows)

    def keys(self, names: Sequence[str]) -> Keys:
        wanted = tuple(dict.fromkeys(names))
        if wanted not in self._keys:
            self._keys[wanted] = self._made(list(wanted))
        return self._keys[wanted]

    def _made(self, names: list[str]) -> Keys:
        if not names:
            n = len(self._frame)
            whole = np.zeros(n, dtype=np.int32)
            return Keys((), pd.DataFrame(index=range(1)), np.array([n]), whole)
        grouped = self._frame.groupby(names, sort=True, dropna=False, observed=True)
        refuse_many(names, grouped.ngroups)
        code = grouped.ngroup().to_numpy()
        first = np.zeros(grouped.ngroups, dtype=np.int64)
        first[code[::-1]] = np.arange(len(code))[::-1]
        table = self._frame[names].iloc[first].reset_index(drop=True)
        rows = np.bincount(code, minlength=grouped.ngroups)
        return Keys(tuple(names), table, rows, code.astype(np.int32))

    def fold(
        self,
        keys: Sequence[Keys],
        numbers: Sequence[str],
        kernel: Kernel,
        span: tuple[int, int] | None = None,
    ) -> Sums:
        sums = kernel.start()
        arrays = {name: as_numbers(self._frame[name]) for name in dict.fromkeys(numbers)}
        for first in range(0, len(self._frame), BLOCK):
            here = slice(first, first + BLOCK)
            codes = tuple(one.handle[here] for one in keys)
            if span is not None and not ((codes[0] >= span[0]) & (codes[0] <= span[1])).any():
                continue
            kernel.add(sums, Chunk(codes, {name: a[here] for name, a in arrays.items()}))
        return sums

    def close(self) -> None:
        """Nothing is held open."""
