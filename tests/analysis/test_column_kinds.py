"""The same figures whatever the columns are made of, and however the frame is indexed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis.design import SurveyDesign


def sample() -> pd.DataFrame:
    random = np.random.default_rng(1)
    n = 60
    return pd.DataFrame(
        {
            "w": random.random(n) * 5 + 1, "h": np.repeat(["a", "b", "c"], 20),
            "psu": np.repeat(np.arange(15), 4), "y": random.integers(1, 6, n),
            "g": np.tile(["u", "v", "w"], 20),
        }
    )  # fmt: skip


def figures(frame: pd.DataFrame) -> np.ndarray:
    table = SurveyDesign(frame, weights="w", strata="h", psu="psu").mean("y", by="g").table
    return table[["estimate", "se", "ci_low", "ci_high", "df", "n", "deff"]].to_numpy(dtype=float)


KINDS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "another index": lambda f: f.set_index(pd.Index(np.arange(60)[::-1] + 7)),
    "an index of one value": lambda f: f.set_index(pd.Index([0] * 60)),
    "another order": lambda f: f.sample(frac=1, random_state=1),
    "categories, one unused": lambda f: f.assign(
        h=f["h"].astype("category"), g=f["g"].astype(pd.CategoricalDtype(["u", "v", "w", "x"]))
    ),
    "nullable numbers": lambda f: f.assign(
        y=f["y"].astype("Int64"), psu=f["psu"].astype("Int32"), w=f["w"].astype("Float64")
    ),
    "strings": lambda f: f.assign(h=f["h"].astype("string"), g=f["g"].astype("string")),
    "text as objects": lambda f: f.assign(h=f["h"].astype(object), g=f["g"].astype(object)),
    "short numbers": lambda f: f.assign(y=f["y"].astype("int8"), psu=f["psu"].astype("uint8")),
    "unsigned long": lambda f: f.assign(y=f["y"].astype("uint64"), psu=f["psu"] + 2**40),
    "floats": lambda f: f.assign(y=f["y"].astype("float32"), psu=f["psu"] / 2),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_kind_of_column_changes_nothing(kind):
    np.testing.assert_allclose(figures(KINDS[kind](sample())), figures(sample()), rtol=1e-6)


def test_totals_may_come_as_a_series():
    frame = sample()
    design = SurveyDesign(frame, weights="w", strata="h", psu="psu")
    known = pd.Series({"u": 80.0, "v": 70.0, "w": 60.0})
    for made in (design.rake({"g": known}), design.calibrate({"g": known})):
        sums = frame.assign(w=made.weights).groupby("g")["w"].sum()
        np.testing.assert_allclose(sums, known, rtol=1e-9)
