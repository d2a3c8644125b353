"""Slips: what is printed is what was meant, read back from the finished pages."""

from __future__ import annotations

import random
from datetime import date

import pytest

from survey.domain.codes import CASE_SYMBOLS, grouped, new_code
from survey.render.slips import Slip, masked_reference, slips_pdf
from tests.survey.render.pdf_reading import n_pages, qr_texts, text

COMMON = {
    "wave_title": "Điều tra mức độ hài lòng năm 2023",
    "organisation": "Phòng Nội vụ huyện Cẩm Giàng",
    "public_url": "https://khaosat.example.vn",
    "minutes": 7,
    "closes_on": date(2023, 12, 5),
    "made_on": date(2023, 11, 1),
}


def slips(*unit_names: str) -> list[Slip]:
    return [
        Slip(new_code(CASE_SYMBOLS, random.Random(i).randbytes), name, f"…{i:04d}")
        for i, name in enumerate(unit_names)
    ]


def test_each_qr_code_on_the_paper_is_the_link_of_its_slip():
    printed = slips(*["Thị trấn Cẩm Giang"] * 6)
    document = slips_pdf(printed, **COMMON, synthetic=True)
    links = [f"HTTPS://KHAOSAT.EXAMPLE.VN/P/{slip.code}" for slip in printed]
    assert qr_texts(document, 0) == links[:4]
    assert qr_texts(document, 1) == links[4:]


def test_a_slip_says_what_a_citizen_needs_in_readable_vietnamese():
    (slip,) = slips("Xã Đức Chính")
    page = text(slips_pdf([slip], **COMMON, synthetic=False), 0)
    for words in [
        "Mời ông/bà đánh giá lần giải quyết hồ sơ vừa qua",
        "Hồ sơ của ông/bà tại bộ phận một cửa Xã Đức Chính được chọn ngẫu nhiên",
        "Ông/bà tự quyết định có trả lời hay không",
        "Câu trả lời được lưu tách khỏi mã này",
        "khaosat.example.vn",
        grouped(slip.code),
        "…0000",
        "05/12/2023",
        "5 December 2023",
        "Phòng Nội vụ huyện Cẩm Giàng",
        "Điều tra mức độ hài lòng năm 2023",
    ]:
        assert words in page


@pytest.mark.parametrize("synthetic", [True, False])
def test_only_generated_data_is_marked_and_then_on_every_slip(synthetic):
    document = slips_pdf(slips(*["Xã Cẩm Vũ"] * 3), **COMMON, synthetic=synthetic)
    assert text(document, 0).count("SỐ LIỆU GIẢ LẬP (synthetic)") == (3 if synthetic else 0)


def test_a_sheet_never_mixes_two_units():
    printed = slips(*["Xã Cẩm Giang"] * 5, *["Xã Cẩm Giàng"] * 2)
    document = slips_pdf(printed, **COMMON, synthetic=False)
    assert n_pages(document) == 3
    assert [len(qr_texts(document, page)) for page in range(3)] == [4, 1, 2]
    assert "Xã Cẩm Giàng" not in text(document, 1)


def test_a_name_is_never_read_as_markup():
    name = '#panic("x") *đậm* $y$ [z] \\ "'
    page = text(slips_pdf(slips(name), **COMMON, synthetic=False), 0)
    assert name in page


def test_texts_too_long_for_the_paper_stop_the_print_run_and_name_the_unit():
    with pytest.raises(RuntimeError, match="does not fit on A6.*Xã dài"):
        slips_pdf(slips("Xã dài " * 40), **COMMON, synthetic=True)


def test_the_longest_real_names_fit():
    long_names = COMMON | {
        "organisation": "Trung tâm Phục vụ hành chính công thành phố Hải Phòng",
        "wave_title": "Điều tra xã hội học xác định Chỉ số cải cách hành chính cấp xã năm 2026",
        "public_url": "https://khaosathailong.haiphong.gov.vn",
    }
    document = slips_pdf(slips("Phường Nguyễn Bỉnh Khiêm"), **long_names, synthetic=True)
    assert n_pages(document) == 1
    assert len(qr_texts(document, 0)) == 1


def test_nothing_to_print_is_refused():
    with pytest.raises(ValueError, match="no slips"):
        slips_pdf([], **COMMON, synthetic=False)


def test_only_the_end_of_a_dossier_code_is_printed():
    assert masked_reference("H29.15-230105-0042") == "…0042"
