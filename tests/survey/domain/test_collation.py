"""Vietnamese order against ICU, and inside SQLite."""

from __future__ import annotations

import random
import sqlite3
import unicodedata

import pytest

from survey.domain.collation import compare, sort_key

#: In the order of ICU 78 (CLDR, locale vi), made with JavaScript's Intl.Collator("vi").
ICU_ORDER = [
    "ba (1)", "ba 10", "ba 2", "ba ba", "ba bà", "bà ba", "ba-ba", "baba", "da", "dạ", "đa",
    "đá", "e", "é", "ê", "ề", "ế", "facade", "façade", "jô", "ma", "Ma", "mà", "mả", "mã", "má",
    "MÁ", "mạ", "mă", "mắ", "mâ", "mấ", "o", "ò", "ô", "ồ", "ơ", "ờ", "Phường An Cựu",
    "Phường Ắc Mô", "Phường Âu Cơ", "Thị trấn Cẩm Giang", "Thị trấn Lai Cách", "u", "ụ", "ư",
    "ự", "wật", "Xã Cao An", "Xã Cẩm Điền", "Xã Cẩm Định", "Xã Cẩm Đoài", "Xã Cẩm Đông",
    "Xã Cẩm Giang", "Xã Cẩm Giàng", "Xã Cẩm Văn", "Xã Cẩm Vũ", "Xã Định Sơn", "Xã Đức Chính",
    "Xã Lương Điền", "Xã Ngọc Liên", "Xã Tân Trương", "Xã Tân Trường", "Xã Thạch Lỗi", "y", "ý",
    "zê ta", "Ω",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
def test_any_shuffle_sorts_into_the_order_of_icu(seed):
    shuffled = random.Random(seed).sample(ICU_ORDER, len(ICU_ORDER))
    assert sorted(shuffled, key=sort_key) == ICU_ORDER


def test_the_tones_follow_the_school_order():
    assert sorted(["mạ", "má", "mã", "mả", "mà", "ma"], key=sort_key) == [
        "ma", "mà", "mả", "mã", "má", "mạ",
    ]  # fmt: skip


def test_decomposed_text_sorts_as_composed_text():
    for text in ICU_ORDER:
        assert sort_key(unicodedata.normalize("NFD", text)) == sort_key(text)


def test_cam_giang_and_cam_giàng_are_two_places_and_never_equal():
    assert compare("Cẩm Giang", "Cẩm Giàng") == -1
    assert compare("Cẩm Giàng", "Cẩm Giang") == 1
    assert compare("Cẩm Giàng", "Cẩm Giàng") == 0


def test_sqlite_orders_a_column_with_it():
    with sqlite3.connect(":memory:") as db:
        db.create_collation("vietnamese", compare)
        db.execute("CREATE TABLE unit (name TEXT)")
        db.executemany("INSERT INTO unit VALUES (?)", [(name,) for name in reversed(ICU_ORDER)])
        rows = db.execute("SELECT name FROM unit ORDER BY name COLLATE vietnamese").fetchall()
    assert [name for (name,) in rows] == ICU_ORDER
