"""A synthetic survey for measurements: 200 communes as strata, PSUs in them, 25 items."""

from __future__ import annotations

import numpy as np
import pandas as pd

COMMUNES, ITEMS = 200, [f"q{j:02d}" for j in range(25)]
CATEGORIES = {"sex": 2, "age": 6, "job": 8, "edu": 4, "service": 5}


def survey(rows: int, seed: int = 1) -> pd.DataFrame:
    """Sorted by commune and PSU; ``cell`` crosses job, age and service in 200 domains.

    ``known`` are weights whose totals serve as known totals for calibration.
    """
    random = np.random.default_rng(seed)
    per = int(np.clip(rows // (COMMUNES * 20), 10, 250))
    psu = np.sort(random.integers(0, COMMUNES * per, rows)).astype(np.int32)
    columns = {"commune": (psu // per).astype(np.int16), "psu": psu}
    columns["w"] = random.lognormal(3, 1, rows) + 0.2
    for name, count in CATEGORIES.items():
        columns[name] = random.integers(0, count, rows).astype(np.int8)
    crossed = columns["job"].astype(np.int16) * 25 + columns["age"] % 5 * 5 + columns["service"]
    columns["cell"] = crossed.astype(np.int16)
    shift = 0.3 * (columns["age"] == 2) - 0.2 * (columns["sex"] == 1) + 0.1 * (columns["job"] > 5)
    columns["known"] = columns["w"] * (1 + shift)
    for j, name in enumerate(ITEMS):
        share = np.array([0.05, 0.1, 0.2, 0.4, 0.25])
        columns[name] = random.choice(np.arange(1, 6, dtype=np.int8), rows, p=np.roll(share, j % 2))
    return pd.DataFrame(columns)


def margins(frame: pd.DataFrame) -> dict[str, dict[int, float]]:
    """Known counts of each of the five variables."""
    return {name: counts(frame, name) for name in CATEGORIES}


def forty_totals(frame: pd.DataFrame) -> dict:
    """24 + 8 + 5 + 2 counts of categories, and the total of one item."""
    found = {("age", "edu"): counts(frame, ["age", "edu"])}
    found |= {name: counts(frame, name) for name in ("job", "service", "sex")}
    return found | {"q00": float((frame["known"] * frame["q00"]).sum())}


def counts(frame: pd.DataFrame, by) -> dict:
    return {key: float(total) for key, total in frame.groupby(by)["known"].sum().items()}
