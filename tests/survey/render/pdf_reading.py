"""Reads a PDF back as a phone and a person would."""

from __future__ import annotations

import pypdfium2
import zxingcpp


def qr_texts(pdf: bytes, page: int, dots_per_inch: int = 150) -> list[str]:
    """Every QR code on the rasterised page, top to bottom, left to right."""
    picture = pypdfium2.PdfDocument(pdf)[page].render(scale=dots_per_inch / 72).to_numpy()
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    return [code.text for code in sorted(found, key=_reading_order)]


def text(pdf: bytes, page: int) -> str:
    """The page's text with single spaces, so that line breaks do not matter."""
    return " ".join(pypdfium2.PdfDocument(pdf)[page].get_textpage().get_text_range().split())


def n_pages(pdf: bytes) -> int:
    return len(pypdfium2.PdfDocument(pdf))


def _reading_order(code: zxingcpp.Barcode) -> tuple[int, int]:
    corner = code.position.top_left
    return corner.y // 100, corner.x
