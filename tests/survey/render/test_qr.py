"""The QR picture: the right symbol, small and scannable."""

from __future__ import annotations

import re

import numpy as np
import pytest
import zxingcpp

from survey.domain.links import case_link, desk_link, typed_address
from survey.render import qr

LINK = "HTTPS://KHAOSAT.EXAMPLE.VN/P/BX1Q1984RVZ6BT"


def decoded(rows: list[list[bool]]) -> zxingcpp.Barcode:
    picture = np.where(np.array(rows), 0, 255).astype(np.uint8).repeat(4, axis=0).repeat(4, axis=1)
    (code,) = zxingcpp.read_barcodes(picture)
    return code


def test_the_matrix_holds_the_link_at_level_q():
    code = decoded(qr.matrix(LINK))
    assert code.text == LINK
    assert code.ec_level == "Q"


def test_the_symbol_survives_a_blot_over_a_tenth_of_it():
    rows = np.array(qr.matrix(LINK))
    side = len(rows)
    blot = slice(side // 2, side // 2 + int(0.3 * (side - 8)))
    rows[blot, blot] = True
    assert decoded(rows.tolist()).text == LINK


def test_capitals_need_a_smaller_symbol_than_small_letters():
    assert len(qr.matrix(LINK)) < len(qr.matrix(LINK.lower()))


def test_the_svg_path_draws_the_matrix_and_nothing_else():
    rows = np.array(qr.matrix(LINK))
    drawn = np.zeros_like(rows)
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", qr.svg(LINK)):
        drawn[int(y), int(x) : int(x) + int(width)] = True
    assert (drawn == rows).all()
    assert not rows[: qr.QUIET_ZONE].any()
    assert "style" not in qr.svg(LINK)


@pytest.mark.parametrize(
    ("public_url", "link", "typed"),
    [
        ("https://khaosat.example.vn", "HTTPS://KHAOSAT.EXAMPLE.VN/P/X", "khaosat.example.vn"),
        ("http://127.0.0.1:8000/", "HTTP://127.0.0.1:8000/P/X", "127.0.0.1:8000"),
        # A path may be case-sensitive and is left alone.
        ("https://e.vn/khao-sat", "HTTPS://E.VN/khao-sat/P/X", "e.vn/khao-sat"),
    ],
)
def test_links_are_capitals_where_case_means_nothing(public_url, link, typed):
    assert case_link(public_url, "X") == link
    assert desk_link(public_url, "X") == link.replace("/P/", "/Q/")
    assert typed_address(public_url) == typed
