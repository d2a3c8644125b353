"""10,000 communes × 3 groups × 30 items composed, with 1,000 bootstrap ranks.  Only prints.

A process of its own with two threads, so that its largest memory is its own.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.source import ROOT

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

PROGRAM = """
import os, re, sys, time
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
import numpy as np
from analysis.index.many import Block, compose_many
from analysis.index.redraws import draw, rank_draws
from analysis.index.scheme import Scheme

UNITS, GROUPS, ITEMS, DRAWS = 10_000, 3, 30, 1_000

def scheme():
    title = {"vi": "x", "en": "x"}
    def leaf(i, **more):
        return {"id": i, "title": title, "max": 1.0, **more}
    areas = [{"id": f"v{a}", "title": title, "criterion": [{"id": f"v{a}c", "title": title,
        "leaf": [leaf(f"v{a}.{k}", source="verified") for k in range(8)]}]} for a in range(7)]
    for g, group in enumerate(("citizen", "enterprise", "official")):
        leaves = []
        for k in range(ITEMS):
            rule = {"kind": "share"}
            if k % 10 == 9:
                rule = {"kind": "tiers", "tiers": [{"from": 90, "points": 1.0},
                    {"from": 70, "points": 0.5}, {"from": 0, "points": 0.0}]}
            leaves.append(leaf(f"g{g}.{k}", source="survey", concept=f"c{k}", group=group,
                rule=rule))
        areas.append({"id": f"g{g}", "title": title, "criterion": [
            {"id": f"g{g}c{j}", "title": title, "leaf": leaves[10 * j : 10 * j + 10]}
            for j in range(3)]})
    bands = [{"id": f"b{m}", "title": title, "min_index": m, "area_floor": max(m - 10, 0)}
        for m in (90, 80, 70)] + [{"id": "b0", "title": title, "min_index": 0}]
    return Scheme.from_dict({"name": "bench", "title": title, "valid_from": "2024-01-01",
        "legal_source": "bench", "band": bands, "area": areas})

made = scheme()
random = np.random.default_rng(1)
given = {leaf.id: random.uniform(0.5, 1, UNITS) for leaf in made.leaves if leaf.source != "survey"}
blocks = []
for g in range(GROUPS):
    names = tuple(leaf.id for leaf in made.survey_leaves if leaf.id.startswith(f"g{g}."))
    shares = random.uniform(0.5, 0.98, (UNITS, ITEMS))
    covariance = np.empty((UNITS, ITEMS, ITEMS), dtype=np.float32)
    for start in range(0, UNITS, 500):
        root = random.normal(0, 0.05, (500, ITEMS, 40)).astype(np.float32)
        covariance[start : start + 500] = root @ root.transpose(0, 2, 1) / 40
    blocks.append(Block(names, shares, covariance))
started = time.perf_counter()
found = compose_many(made, given, blocks)
composed = time.perf_counter()
drawn = draw(found, draws=DRAWS)
drew = time.perf_counter()
ranks = rank_draws(drawn.index_percent)
ranks.sort(axis=1)
low, high = ranks[:, 24], ranks[:, 974]
ended = time.perf_counter()
peak = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024
print(f"composed {composed - started:.1f} s, {DRAWS} draws {drew - composed:.1f} s, "
      f"ranks {ended - drew:.1f} s: {ended - started:.1f} s in all (wanted: 20), "
      f"peak {peak:.0f} MiB (wanted: 2048)")
print(f"mean width of 95 % of ranks: {(high - low).mean():.0f} of {UNITS}")
"""


def test_a_country_is_composed():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    print("\n" + done.stdout)
