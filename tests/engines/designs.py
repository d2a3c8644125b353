"""Designs and estimators that every engine must give alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

Design = dict[str, object]
Change = Callable[[object], object]


def people(n: int = 3000, seed: int = 7) -> pd.DataFrame:
    """Synthetic rows: four communes, eight villages in each, households in them."""
    random = np.random.default_rng(seed)
    commune, village = random.integers(0, 4, n), random.integers(0, 8, n)
    household = random.integers(0, 12, n)
    frame = pd.DataFrame(
        {
            "commune": np.array([*"ABCD"])[commune],
            "village": village,
            "household": household,
            "villages": 20 + commune,
            "households": 40 + village,
            "commune_rows": 5000 + 100 * commune,
            "w": random.lognormal(2, 0.7, n),
            "q1": random.integers(1, 6, n),
            "q2": np.where(random.random(n) < 0.1, np.nan, random.normal(3, 1, n)),
            "q3": np.where(random.random(n) < 0.2, np.nan, random.integers(1, 6, n)),
            "income": random.lognormal(2, 0.5, n),
            "answer": np.array(["có", "không", "khác"])[random.integers(0, 3, n)],
            "sex": random.integers(0, 2, n),
            "service": np.array(["đất đai", "hộ tịch"])[random.integers(0, 2, n)],
            "urban": random.random(n) < 0.4,
            "age": random.integers(18, 80, n),
            "all_of_one": 1,
        }
    )
    frame["said"] = frame["answer"].where(random.random(n) > 0.05)
    return frame


def write(frame: pd.DataFrame, folder: Path, parts: int = 1) -> list[Path]:
    """Parquet files that hold the rows."""
    held, made = duckdb.connect(), []
    for k in range(parts):
        held.register("part", frame.iloc[k::parts])
        made.append(folder / f"part-{k}.parquet")
        held.execute(f"COPY part TO '{made[-1]}' (FORMAT parquet)")
    held.close()
    return made


CLUSTERED = {"weights": "w", "strata": "commune", "psu": "village", "fpc": "villages", "nest": True}

MARGINS = {
    "sex": {0: 21000.0, 1: 19000.0},
    "answer": {"có": 14000.0, "không": 12500.0, "khác": 13500.0},
}


SERVICES = {
    ("đất đai", True): 8000.0,
    ("đất đai", False): 12000.0,
    ("hộ tịch", True): 9000.0,
    ("hộ tịch", False): 11000.0,
}


@dataclass(frozen=True)
class Case:
    """How a design is made, and what is done to it before anything is estimated."""

    made: Design
    change: Change = lambda d: d
    #: What `where` takes of a frame, and what of files.
    mask: Callable[[pd.DataFrame], np.ndarray] | None = None
    conditions: tuple = field(default=())


CASES = {
    "clustered, fpc": Case(CLUSTERED),
    "stratified rows": Case({"weights": "w", "strata": "commune", "fpc": "commune_rows"}),
    "rows": Case({"weights": "w"}),
    "two stages, fpc gives the weights": Case(
        {
            "strata": "commune",
            "psu": ["village", "household"],
            "fpc": ["villages", "households"],
            "nest": True,
        }
    ),
    "post-stratified": Case(CLUSTERED, lambda d: d.poststratify(["sex"], {0: 21000.0, 1: 19000.0})),
    "raked": Case(CLUSTERED, lambda d: d.rake(MARGINS)),
    "rows, raked": Case({"weights": "w", "strata": "commune"}, lambda d: d.rake(MARGINS)),
    "calibrated within bounds": Case(
        CLUSTERED,
        lambda d: d.calibrate(
            {"age": 1_950_000.0, "sex": {0: 21000.0, 1: 19000.0}},
            distance="logit",
            bounds=(0.3, 3.0),
        ),
    ),
    "calibrated twice, trimmed": Case(
        CLUSTERED,
        lambda d: (
            d.poststratify("sex", {0: 21000.0, 1: 19000.0})
            .calibrate({("service", "urban"): SERVICES})
            .trim(lower=2.0, upper=60.0)
        ),
    ),
    "jackknife": Case(CLUSTERED, lambda d: d.replicates("JKn")),
    "bootstrap of a raked design": Case(
        CLUSTERED, lambda d: d.rake(MARGINS).replicates("bootstrap", n=20, seed=3)
    ),
    "domain, calibrated inside it": Case(
        CLUSTERED,
        lambda d: d.poststratify("answer", MARGINS["answer"]),
        mask=lambda f: (f["urban"] & f["service"].isin(["hộ tịch"])).to_numpy(),
        conditions=("urban", ("service", ["hộ tịch"])),
    ),
}

ESTIMATES = {
    "mean": lambda d, by: d.mean(["q1", "income"], by=by),
    "mean, missing dropped": lambda d, by: d.mean(["q1", "q2", "q3"], by=by, na="drop", deff="wr"),
    "mean of one, missing dropped": lambda d, by: d.mean("q3", by=by, na="drop", level=0.9),
    "mean, listwise": lambda d, by: d.mean(["q1", "q2", "q3"], by=by, na="listwise"),
    "total": lambda d, by: d.total(["q1", "income"], by=by),
    "total, missing dropped": lambda d, by: d.total(["q1", "q2"], by=by, na="drop"),
    "ratio": lambda d, by: d.ratio("income", "q1", by=by),
    "ratio, missing dropped": lambda d, by: d.ratio(
        ["q2", "q3"], ["income", "q2"], by=by, na="drop"
    ),
    "variance": lambda d, by: d.variance("income", by=by),
    "variance, missing dropped": lambda d, by: d.variance("q2", by=by, na="drop"),
    "proportion": lambda d, by: d.proportion("answer", by=by),
    "proportion, missing dropped": lambda d, by: d.proportion(
        "said", by=by, na="drop", method="beta"
    ),
    "quantile": lambda d, by: d.quantile("q1", [0.25, 0.5, 0.9], by=by, rule="school"),
    "quantile of many values": lambda d, by: d.quantile(
        "q2", 0.5, by=by, na="drop", interval="xlogit"
    ),
}
