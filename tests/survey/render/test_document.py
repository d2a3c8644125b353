"""PDF making: the same data is the same file, with the shipped fonts only."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time

import pypdfium2
import pytest

from survey.render.document import FONTS

SCRIPT = """
import hashlib, sys
from datetime import date
from survey.render.posters import Poster, posters_pdf
pdf = posters_pdf(
    [Poster("ZNS3MT2", "Xã Lương Điền")], wave_title="Đợt 1", organisation="Phòng Nội vụ",
    public_url="https://e.vn", minutes=5, closes_on=date(2026, 1, 2), synthetic=True,
    made_on=date(2026, 1, 1) if sys.argv[1] == "dated" else None,
)
sys.stdout.buffer.write(pdf)
"""


def made_in_a_new_process(dated: str = "dated") -> bytes:
    command = [sys.executable, "-c", SCRIPT, dated]
    return subprocess.run(command, check=True, capture_output=True).stdout


@pytest.mark.parametrize("dated", ["dated", "undated"])
def test_two_processes_at_two_times_make_the_same_bytes(dated):
    first = hashlib.sha256(made_in_a_new_process(dated)).hexdigest()
    time.sleep(1.1)  # a clock in seconds must not show
    assert hashlib.sha256(made_in_a_new_process(dated)).hexdigest() == first


def test_an_undated_document_has_no_date():
    document = pypdfium2.PdfDocument(made_in_a_new_process("undated"))
    assert document.get_metadata_value("CreationDate") == ""


def test_only_the_shipped_font_is_in_the_file():
    pdf = made_in_a_new_process()
    document = pypdfium2.PdfDocument(pdf)
    assert document.get_metadata_value("CreationDate").startswith("D:20260101000000")
    names = {
        obj.get_font().get_base_name()
        for obj in document[0].get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT], max_depth=9)
    }
    assert names
    assert all("BeVietnamPro" in name for name in names)
    assert (FONTS / "BeVietnamPro-Regular.ttf").exists()
