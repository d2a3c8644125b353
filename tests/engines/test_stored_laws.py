"""Laws of rows that are added up elsewhere: neither their order nor their files matter."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.design import SurveyDesign
from analysis.engines.kernel import BLOCK
from analysis.engines.memory import MemoryEngine
from analysis.engines.stored import StoredDesign
from tests.engines.comparing import in_memory, same, stored
from tests.engines.designs import CASES, CLUSTERED, ESTIMATES, MARGINS, people, write

FRAME = people(800, seed=11)
TRIED = ("clustered, fpc", "stratified rows", "raked", "bootstrap of a raked design")
ASKED = ("mean, missing dropped", "total", "variance", "proportion", "quantile of many values")


@pytest.mark.property
@settings(max_examples=8)
@given(
    seed=st.integers(0, 2**32 - 1),
    cuts=st.lists(st.integers(1, 799), max_size=4, unique=True),
    name=st.sampled_from(TRIED),
    engine=st.sampled_from(["duckdb", "memory"]),
)
def test_the_order_of_rows_and_their_partition_into_files_do_not_matter(seed, cuts, name, engine):
    case = CASES[name]
    mixed = FRAME.sample(frac=1, random_state=seed)
    with tempfile.TemporaryDirectory() as folder:
        edges = [0, *sorted(cuts), len(mixed)]
        files = []
        for k, (first, last) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
            place = Path(folder, str(k))
            place.mkdir()
            files += write(mixed.iloc[first:last], place)
        found = stored(files[::-1], engine, case)
        wanted = in_memory(FRAME, case)
        for what in ASKED:
            same(ESTIMATES[what](found, "sex"), ESTIMATES[what](wanted, "sex"))
        found.close()


@pytest.mark.property
@settings(max_examples=8)
@given(budget=st.integers(1, 40), by=st.sampled_from([None, "commune", ["sex", "answer"]]))
def test_how_much_fits_at_once_does_not_matter(budget, by):
    """From one stratum at a time to all at once."""
    wanted = StoredDesign(FRAME, engine="memory", **CLUSTERED)
    little = StoredDesign(FRAME, engine="memory", memory=budget << 13, **CLUSTERED)
    for made in (wanted, little):
        assert isinstance(made._store.engine, MemoryEngine)
    for change in (lambda d: d, lambda d: d.rake(MARGINS)):
        one, other = change(little), change(wanted)
        same(one.mean(["q1", "income"], by=by), other.mean(["q1", "income"], by=by))


def test_more_rows_than_a_block_holds(tmp_path):
    """Rows in no order, so that a block touches clusters everywhere."""
    frame = people(3 * BLOCK + 17, seed=5).sample(frac=1, random_state=1)
    case = CASES["clustered, fpc"]
    wanted = ESTIMATES["mean, missing dropped"](in_memory(frame, case), ["sex", "service"])
    files = write(frame, tmp_path, parts=5)
    for engine, rows, little in (("memory", frame, 256 << 10), ("duckdb", files, 64 << 20)):
        for memory in (4 << 30, little):
            with stored(rows, engine, case, memory=memory) as made:
                same(ESTIMATES["mean, missing dropped"](made, ["sex", "service"]), wanted)


def test_the_spread_of_large_numbers_keeps_its_digits():
    far = FRAME.assign(income=FRAME["income"] + 1e6)
    near = far.assign(income=far["income"] - 1e6)  # exact: what is left of the digits
    wanted = SurveyDesign(near, **CLUSTERED).mean("income", by="commune").table
    found = StoredDesign(far, engine="memory", **CLUSTERED).mean("income", by="commune").table
    np.testing.assert_allclose(found["se"], wanted["se"], rtol=1e-10)


def test_keys_of_several_kinds_are_told_apart(tmp_path):
    """Words with quotes, numbers, dates, true and false, and missing values outside the domain."""
    n = len(FRAME)
    frame = FRAME.assign(
        **{
            'odd "name"': np.where(np.arange(n) % 2, "a'b", 'c"d'),
            "day": pd.to_datetime("2024-01-01") + pd.to_timedelta(np.arange(n) % 3, unit="D"),
            "size": (np.arange(n) % 4) / 4,
        }
    )
    frame["part"] = frame["said"].where(frame["sex"] == 1)
    case = replace(CASES["clustered, fpc"], conditions=(("sex", 1), {"said": ["có", "khác"]}))
    for by in (['odd "name"', "day"], ["size", "urban"]):
        mask = ((frame["sex"] == 1) & frame["said"].isin(["có", "khác"])).to_numpy()
        frame["said"] = frame["said"].fillna("không")
        wanted = SurveyDesign(frame, **CLUSTERED).where(mask).mean("income", by=by)
        for engine, rows in (("memory", frame), ("duckdb", write(frame, tmp_path))):
            with stored(rows, engine, case) as made:
                same(made.mean("income", by=by), wanted)
