"""Posters: scannable, honest about the stream, one page a desk."""

from __future__ import annotations

import random
from datetime import date

import pytest

from survey.domain.codes import DESK_SYMBOLS, grouped, new_code
from survey.render.posters import Poster, posters_pdf
from tests.survey.render.pdf_reading import n_pages, qr_texts, text

COMMON = {
    "wave_title": "Điều tra mức độ hài lòng năm 2023",
    "organisation": "Phòng Nội vụ huyện Cẩm Giàng",
    "public_url": "https://khaosat.example.vn",
    "minutes": 7,
    "closes_on": date(2023, 12, 5),
    "made_on": date(2023, 11, 1),
}
POSTERS = [
    Poster(new_code(DESK_SYMBOLS, random.Random(i).randbytes), name)
    for i, name in enumerate(["Thị trấn Cẩm Giang", "Xã Định Sơn"])
]


@pytest.fixture(scope="module")
def document() -> bytes:
    return posters_pdf(POSTERS, **COMMON, synthetic=True)


def test_each_desk_has_one_page_with_its_link(document):
    assert n_pages(document) == 2
    for page, poster in enumerate(POSTERS):
        assert qr_texts(document, page, 50) == [f"HTTPS://KHAOSAT.EXAMPLE.VN/Q/{poster.code}"]


@pytest.mark.parametrize(
    "words",
    [
        "Ông/bà thấy việc phục vụ ở đây thế nào?",
        "Bộ phận một cửa Xã Định Sơn",
        "Ẩn danh",
        "Tự nguyện",
        "không tính vào điểm hài lòng chính thức",
        "Anonymous, voluntary",
        "counted separately",
        "khaosat.example.vn",
        "05/12/2023",
        grouped(POSTERS[1].code),
        "SỐ LIỆU GIẢ LẬP (synthetic)",
    ],
)
def test_a_poster_says_what_it_is(document, words):
    assert words in text(document, 1)


def test_real_posters_carry_no_mark():
    assert "GIẢ LẬP" not in text(posters_pdf(POSTERS, **COMMON, synthetic=False), 0)


def test_a_text_that_would_spill_onto_a_second_page_is_refused():
    with pytest.raises(RuntimeError, match="does not fit on A4"):
        posters_pdf([Poster("X", "Xã dài " * 200)], **COMMON, synthetic=False)


def test_nothing_to_print_is_refused():
    with pytest.raises(ValueError, match="no posters"):
        posters_pdf([], **COMMON, synthetic=False)
