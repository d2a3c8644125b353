"""Names are found with their marks, with some of them, and without."""

from __future__ import annotations

import unicodedata

import pytest

from survey.domain.name_search import Names

NAMES = ["Xã Tân Trường", "Xã Tấn Tài", "Xã Cẩm Đoài", "Xã Hòa Bình", "Phường Đông Ba", "Xã Tan Hà"]


def found(typed: str) -> list[str]:
    places = Names([(name, "10888") for name in NAMES]).search(typed)
    return NAMES if places is None else [NAMES[place] for place in sorted(places)]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("tan truong", ["Xã Tân Trường"]),
        ("TÂN TRƯỜNG", ["Xã Tân Trường"]),
        ("truong tan", ["Xã Tân Trường"]),
        ("tân truo", ["Xã Tân Trường"]),
        ("tan", ["Xã Tân Trường", "Xã Tấn Tài", "Xã Tan Hà"]),
        ("tấn", ["Xã Tấn Tài"]),
        ("tân", ["Xã Tân Trường", "Xã Tấn Tài"]),
        ("trưởng", []),
        ("doai", ["Xã Cẩm Đoài"]),
        ("đong", ["Phường Đông Ba"]),
        ("hoà", ["Xã Hòa Bình"]),
        ("hòa", ["Xã Hòa Bình"]),
        ("ruong", []),
        ("10888", NAMES),
        ("  ", NAMES),
        ("", NAMES),
        ("%_'", []),
    ],
)
def test_what_was_typed_finds_these(typed, names):
    assert found(typed) == names


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKD"])
def test_however_the_keyboard_writes_the_marks(form):
    assert found(unicodedata.normalize(form, "Cẩm Đoài")) == ["Xã Cẩm Đoài"]
