"""Keys are those of hashlib, whatever the ids; the selection is that of a full sort."""

from __future__ import annotations

import random
import unicodedata
from hashlib import blake2b

import numpy as np
import pandas as pd
import pytest

from analysis.errors import SamplingError
from analysis.sampling import frame, prn, selection

#: Plain, composed, decomposed, Hangul that composes, a sign outside the basic plane, separators.
ALPHABET = "abcđ0129ạậẬ\u0301\u0302\u0323\u0309一😀\u1100\u1161\u11a8"


def by_hashlib(seed: str, unit: str) -> int:
    text = b"\x1f".join(unicodedata.normalize("NFC", part).encode() for part in (seed, unit))
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big")


@pytest.mark.parametrize("extra", ["", "\0", "\0\n", "\0\n\x1e\x1c\x01\x02"])
@pytest.mark.parametrize("count", [0, 1, 40, 1500])
def test_keys_are_those_of_hashlib_for_any_text(extra, count):
    chance = random.Random(count)
    ids = [
        "".join(chance.choices(ALPHABET + extra, k=chance.choice([0, 1, 2, 5, 16, 40, 130, 700])))
        for _ in range(count)
    ]
    assert prn.permanent_random_keys("xổ số", ids).tolist() == [by_hashlib("xổ số", i) for i in ids]


def test_many_chunks_and_any_column_give_the_same_keys():
    ids = [f"GL-10888-{i}" for i in range(70_000)]
    keys = prn.permanent_random_keys("par-2026", ids)
    for row in (0, 4095, 4096, 69_999):
        assert int(keys[row]) == by_hashlib("par-2026", ids[row])
    for column in (np.array(ids), pd.Series(ids), tuple(ids)):
        assert (prn.permanent_random_keys("par-2026", column) == keys).all()


@pytest.mark.parametrize(
    ("ids", "row"), [(["a", 3], 1), (["a"] * 700 + [None], 700), (["\ud800"], 0)]
)
def test_what_is_no_text_is_refused_with_its_row(ids, row):
    with pytest.raises(SamplingError) as refused:
        prn.permanent_random_keys("s", ids)
    assert (refused.value.code, refused.value.facts["row"]) == ("prn.id", row)


def test_a_unit_listed_twice_is_named_with_both_rows():
    with pytest.raises(SamplingError) as refused:
        frame.unit_keys("s", ["x", "C\u1ea9m", "y", "C\u0061\u0302\u0309m"])
    assert refused.value.code == "draw.duplicate_id"
    assert refused.value.facts["rows"] == (1, 3)


@pytest.mark.parametrize("seed", range(4))
def test_the_selection_is_that_of_a_full_sort(seed):
    chance = np.random.default_rng(seed)
    count, strata = 20_000, 30
    codes = np.minimum(chance.integers(0, strata, count), chance.integers(0, strata, count))
    keys = chance.integers(0, 2**64, count, dtype=np.uint64)
    size = np.bincount(codes, minlength=strata)
    take = np.minimum(chance.integers(0, 60, strata), size)
    take[:2] = size[:2]
    found = selection.smallest_keys(codes, keys, take, [])
    order = np.lexsort((keys, codes))
    rank = np.arange(count) - np.searchsorted(codes[order], codes[order])
    expected = order[rank < take[codes[order]]]
    assert found.rows.tolist() == expected.tolist()
    assert (found.rank == rank[rank < take[codes[order]]] + 1).all()


def test_keys_that_crowd_together_are_found_all_the_same():
    # All keys far above what uniform numbers promise: the limit has to widen to the top.
    keys = np.uint64(2**64 - 1) - np.arange(5000, dtype=np.uint64)
    found = selection.smallest_keys(np.zeros(5000, int), keys, np.array([3]), [])
    assert found.rows.tolist() == [4999, 4998, 4997]


def test_equal_keys_are_ordered_by_the_bytes_of_the_ids():
    keys = np.array([7, 7, 5, 7, 9], dtype=np.uint64)
    ids = ["đ", "z", "y", "a", "b"]
    found = selection.smallest_keys(np.zeros(5, int), keys, np.array([4]), ids)
    assert [ids[row] for row in found.rows] == ["y", "a", "z", "đ"]
    two = selection.smallest_keys(np.zeros(5, int), keys, np.array([2]), ids)
    assert [ids[row] for row in two.rows] == ["y", "a"]


@pytest.mark.parametrize(
    ("ids", "strata", "sizes", "code"),
    [
        (["a", "b"], ["s"], {"s": (1, 0)}, "draw.shape"),
        (["a", "b"], ["s", None], {"s": (1, 0)}, "draw.stratum"),
        (["a", "b"], ["s", 3], {"s": (1, 0)}, "draw.stratum"),
        (["a", "b"], ["s", "s"], {"s": (1.5, 0)}, "draw.not_whole"),
        (["a", "b"], ["s", "s"], {"s": (float("nan"), 0)}, "draw.not_whole"),
    ],
)
def test_frames_that_cannot_be_read_are_refused_by_name(ids, strata, sizes, code):
    with pytest.raises(SamplingError) as refused:
        frame.code_strata(ids, strata, sizes)
    assert refused.value.code == code
