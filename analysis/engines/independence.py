"""Tests of independence from sums of rows that are read elsewhere."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.engines.estimating import linear
from analysis.engines.readings import ReadShares
from analysis.engines.store import Store
from analysis.engines.summing import summed
from analysis.errors import EstimationError
from analysis.estimation.tables import Independence, check_statistic, decide


def independence(store: Store, row: str, col: str, statistic: str) -> Independence:
    """See `analysis.estimation.tables.independence`."""
    check_statistic(statistic)
    store.require([row, col])
    keys = store.engine.keys(list(dict.fromkeys([*store.masked, row, col])))
    inside = store.inside(keys)
    codes, levels = [], []
    for name in (row, col):
        code, found = pd.factorize(keys.table[name].where(inside), sort=True)
        if len(found) < 2:
            raise EstimationError(
                "chisq.one_category", f"Column {name!r} has fewer than two categories.", column=name
            )
        codes.append(code)
        levels.append(list(found))
    both = (codes[0] >= 0) & (codes[1] >= 0)
    cell = np.maximum(codes[0], 0) * len(levels[1]) + np.maximum(codes[1], 0)
    reading = ReadShares(cell, len(levels[0]) * len(levels[1]))
    found = summed(store, store.place(keys, inside & both, []), reading)
    totals, everyone = linear(found, total=True), found
    if (inside & ~both).any():
        nothing = ReadShares(np.zeros(len(keys), dtype=np.int64), 1)
        everyone = summed(store, store.place(keys, inside, []), nothing)
    df = totals.df if everyone is found else linear(everyone, total=True).df
    return decide(
        statistic, totals, lambda: linear(found), (levels[0], levels[1]),
        n=int(everyone.sums.n[0, 0]), df=float(df[0, 0]),
    )  # fmt: skip
