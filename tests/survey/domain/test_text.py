"""Cleaning: equal words become equal, nothing that can be seen is lost."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.domain.text import clean_block, clean_line


def test_composed_and_decomposed_spellings_become_equal():
    assert clean_line("Ti\u00ea\u0301ng Vi\u0065\u0323\u0302t") == "Tiếng Việt"


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("\ufeffmã hồ sơ", "mã hồ sơ"),
        ("  Cẩm\u00a0 Giàng \t", "Cẩm Giàng"),
        ("a\u200bb\u202ec\u0000", "abc"),
        ("một\r\nhai", "một hai"),
        ("≠ ½ ₫ ✓ 😀", "≠ ½ ₫ ✓ 😀"),
        ("", ""),
    ],
)
def test_one_line(raw, clean):
    assert clean_line(raw) == clean


def test_lines_and_one_empty_line_stay_in_a_block():
    assert clean_block("\n một  \r\n\r\n\r\n\r\nhai\u2028ba \n") == "một\n\nhai\nba"


@given(st.text())
def test_cleaning_twice_is_cleaning_once_and_gives_nfc(text):
    for clean in (clean_line, clean_block):
        once = clean(text)
        assert clean(once) == once
        assert unicodedata.is_normalized("NFC", once)
