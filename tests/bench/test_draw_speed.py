"""How long a draw from ten million units takes beside a sort, and hashing beside a loop."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import time
from hashlib import blake2b
from unicodedata import normalize

import numpy as np
import pytest

from analysis.sampling.prn import permanent_random_keys
from analysis.sampling.probabilities import pps_probabilities
from analysis.sampling.selection import smallest_keys
from analysis.sampling.systematic import systematic

pytestmark = pytest.mark.bench
UNITS = 10**7


def seconds(work, times: int = 5) -> float:
    """Median processor time: what runs beside it on the machine does not count."""
    taken = []
    for _ in range(times):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return sorted(taken)[times // 2]


@pytest.mark.parametrize("strata", [17, 102, 3000])
def test_a_stratified_draw_from_ten_million_units(strata):
    random = np.random.default_rng(1)
    codes = random.integers(0, strata, UNITS).astype(np.int32)
    keys = random.integers(0, 2**64, UNITS, dtype=np.uint64)
    take = np.full(strata, max(10_000 // strata, 10))
    doubles = random.random(UNITS)
    ours = seconds(lambda: smallest_keys(codes, keys, take, []))
    bare = seconds(lambda: np.sort(doubles))
    print(
        f"\nstratified draw, {UNITS:.0e} units, {strata} strata: {ours:.3f} s; numpy sort of as"
        f" many doubles: {bare:.3f} s ({ours / bare:.2f} x)"
    )


def test_random_numbers_of_ten_million_ids():
    ids = [f"GL-10888-{i:07d}" for i in range(UNITS)]
    ours = seconds(lambda: permanent_random_keys("par-2026", ids), times=1)
    few = ids[: UNITS // 10]
    start = blake2b(b"par-2026\x1f", digest_size=8)

    def digest(unit: str) -> bytes:
        state = start.copy()
        state.update(normalize("NFC", unit).encode())
        return state.digest()

    one_by_one = 10 * seconds(
        lambda: np.frombuffer(b"".join(map(digest, few)), dtype=">u8").astype(np.uint64), times=1
    )
    print(
        f"\nhash-based random numbers, {UNITS:.0e} ids: {ours:.2f} s;"
        f" hashlib in a loop: {one_by_one:.2f} s ({one_by_one / ours:.2f} x)"
    )


def test_a_systematic_draw_proportional_to_size():
    sizes = np.random.default_rng(1).lognormal(0, 1, UNITS)
    chances = pps_probabilities(sizes, 10_000)
    ours = seconds(lambda: systematic(chances, 0.319132))
    summed = seconds(lambda: np.cumsum(chances))
    print(
        f"\nsystematic draw of 10000 proportional to size, {UNITS:.0e} units: {ours:.3f} s;"
        f" a bare running sum: {summed:.3f} s ({ours / summed:.1f} x)"
    )


R_SRS = """
suppressMessages(library(sampling))
n <- 1e6; d <- data.frame(h = rep(1:100, length.out = n)); d <- d[order(d$h), , drop = FALSE]
cat(system.time(strata(d, "h", rep(100, 100), "srswor"))[["elapsed"]])
"""


def test_beside_the_sampling_package_of_r():
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    made = subprocess.run(["Rscript", "-e", R_SRS], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip("R's package sampling is not installed")
    random = np.random.default_rng(1)
    codes = np.repeat(np.arange(100), 10_000)
    keys = random.integers(0, 2**64, 10**6, dtype=np.uint64)
    ours = seconds(lambda: smallest_keys(codes, keys, np.full(100, 100), []))
    theirs = float(made.stdout)
    print(
        f"\n1e6 units, 100 strata: {ours:.4f} s; R sampling: {theirs:.2f} s ({theirs / ours:.0f} x)"
    )


def test_beside_svy():
    if importlib.util.find_spec("svy") is None:
        pytest.skip("svy is not installed")
    import polars as pl
    import svy

    codes = np.repeat(np.arange(100), 10_000)
    data = pl.DataFrame({"h": codes, "id": np.arange(10**6)})
    random = np.random.default_rng(1)
    keys = random.integers(0, 2**64, 10**6, dtype=np.uint64)
    ours = seconds(lambda: smallest_keys(codes, keys, np.full(100, 100), []))
    design = svy.Design(stratum="h")
    theirs = seconds(lambda: svy.Sample(data, design).sampling.srs(n=100), times=1)
    print(f"\n1e6 units, 100 strata: {ours:.4f} s; svy: {theirs:.2f} s ({theirs / ours:.0f} x)")
