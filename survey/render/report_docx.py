"""A report as a Word document that an office can go on writing in: real styles, tables, headers."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime, time

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table as DocxTable
from docx.table import _Cell
from docx.text.paragraph import Paragraph as DocxParagraph

from survey.render import clockless
from survey.render.raster import png
from survey.render.report import (
    Block,
    Figure,
    Heading,
    Items,
    Paragraph,
    Report,
    Table,
    day_line,
    number_line,
)

_FONT = "Times New Roman"
_ALIGN = {
    "l": WD_ALIGN_PARAGRAPH.LEFT,
    "c": WD_ALIGN_PARAGRAPH.CENTER,
    "r": WD_ALIGN_PARAGRAPH.RIGHT,
}
_TEXT_MM = 162.0
_CENTRE = WD_ALIGN_PARAGRAPH.CENTER


def report_docx(report: Report) -> bytes:
    """The report on A4 in the layout of official documents, wide tables on sections turned."""
    document = docx.Document()
    _styles(document)
    _page(document, report)
    _properties(document, report)
    _head(document, report)
    for basis in report.about.bases:
        document.add_paragraph(style="Body Text").add_run(basis).italic = True
    for block in report.blocks:
        _block(document, block)
    _foot(document, report)
    if report.annexes:
        document.add_page_break()
    for block in report.annexes:
        _block(document, block)
    out = io.BytesIO()
    document.save(out)
    return clockless.repacked(out.getvalue())


def _styles(document: Document) -> None:
    for name in ("Normal", "Body Text", "Heading 1", "Heading 2", "Heading 3", "Caption"):
        style = document.styles[name]
        style.font.name = _FONT
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for attribute in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
            fonts.set(qn(attribute), _FONT)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(theme), None)
        style.font.size = Pt(13)
        style.font.color.rgb = docx.shared.RGBColor(0, 0, 0)
    for level in (1, 2, 3):
        heading = document.styles[f"Heading {level}"]
        heading.font.bold, heading.font.italic = True, level == 3
        heading.paragraph_format.space_before = Pt(10)
        heading.paragraph_format.space_after = Pt(4)
    body = document.styles["Body Text"].paragraph_format
    body.first_line_indent, body.space_after = Mm(10), Pt(6)
    body.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    document.styles["Caption"].font.size = Pt(11)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "vi-VN")
    document.styles["Normal"].element.get_or_add_rPr().append(language)


def _page(document: Document, report: Report) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(30), Mm(18)
    section.top_margin, section.bottom_margin = Mm(22), Mm(20)
    # Decree 30: the number stands in the middle above, not on the first page.
    section.different_first_page_header_footer = True
    _number(section.header.paragraphs[0])
    marks = [
        *(["DỰ THẢO, chưa công bố"] if report.draft else []),
        *(["SỐ LIỆU GIẢ LẬP (synthetic)"] if report.synthetic else []),
    ]
    for header in (section.first_page_header, section.header):
        if marks:
            line = header.add_paragraph()
            line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            run = line.add_run(" · ".join(marks))
            run.bold, run.font.size = True, Pt(9)


def _number(paragraph: DocxParagraph) -> None:
    paragraph.alignment = _CENTRE
    run = paragraph.add_run()
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        part.text = text or None
        run._r.append(part)


def _properties(document: Document, report: Report) -> None:
    known = document.core_properties
    known.title, known.author = report.title, report.about.organisation
    known.language, known.comments = "vi-VN", ""
    if report.made_on is not None:
        # Else the clock decides, and one report makes two different files.
        known.created = known.modified = datetime.combine(report.made_on, time())


def _head(document: Document, report: Report) -> None:
    about = report.about
    table = document.add_table(rows=1, cols=2)
    table.autofit = False
    left, right = table.rows[0].cells
    _set_widths(table, (Mm(62), Mm(100)))
    if about.parent:
        _line(left, about.parent.upper(), size=12)
    _line(left, about.organisation.upper(), size=12, bold=True, underline=True)
    _line(left, number_line(about), size=13)
    _line(right, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", size=12, bold=True)
    _line(right, "Độc lập - Tự do - Hạnh phúc", size=13, bold=True, underline=True)
    _line(right, day_line(about), size=13, italic=True)
    for text in ("", "BÁO CÁO", report.title):
        paragraph = document.add_paragraph()
        paragraph.alignment = _CENTRE
        paragraph.paragraph_format.space_after = Pt(2)
        run = paragraph.add_run(text)
        run.bold, run.font.size = True, Pt(14)
    _rule(document.paragraphs[-1], 45)
    document.add_paragraph()


def _line(
    cell: _Cell, text: str, *, size: int, bold: bool = False, italic: bool = False,
    underline: bool = False,
) -> None:  # fmt: skip
    empty = len(cell.paragraphs) == 1 and not cell.paragraphs[0].text
    paragraph = cell.paragraphs[0] if empty else cell.add_paragraph()
    paragraph.alignment = _CENTRE
    paragraph.paragraph_format.space_after = Pt(3)
    run = paragraph.add_run(text)
    run.bold, run.italic, run.font.size = bold, italic, Pt(size)
    if underline:
        _rule(paragraph, 18)


def _rule(paragraph: DocxParagraph, indent_mm: float) -> None:
    """A line under the words, shorter than the column."""
    after = paragraph.insert_paragraph_before("")
    paragraph._p.addprevious(after._p)
    paragraph._p.addnext(after._p)
    shape = after.paragraph_format
    shape.left_indent = shape.right_indent = Mm(indent_mm)
    shape.space_after, shape.line_spacing = Pt(4), Pt(3)
    border = OxmlElement("w:pBdr")
    top = OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        top.set(qn(f"w:{name}"), value)
    border.append(top)
    after._p.get_or_add_pPr().append(border)


def _block(document: Document, block: Block) -> None:
    match block:
        case Heading():
            document.add_heading(block.text, level=block.level)
        case Paragraph():
            document.add_paragraph(block.text, style="Body Text")
        case Items():
            for text in block.texts:
                document.add_paragraph(f"- {text}", style="Body Text")
        case Figure():
            _figure(document, block)
        case Table():
            _turned(document, block) if block.landscape else _table(document, block, _TEXT_MM)


def _figure(document: Document, figure: Figure) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = _CENTRE
    paragraph.paragraph_format.keep_with_next = True
    picture = paragraph.add_run().add_picture(
        io.BytesIO(png(figure.svg, width_mm=_TEXT_MM)), width=Mm(_TEXT_MM)
    )
    picture._inline.docPr.set("descr", figure.alt)
    caption = document.add_paragraph(style="Caption")
    caption.alignment = _CENTRE
    run = caption.add_run(figure.caption)
    run.italic, run.bold = True, False


def _turned(document: Document, table: Table) -> None:
    """A section across the page for one wide table, and back."""
    section = document.add_section()
    _orient(section, WD_ORIENT.LANDSCAPE)
    _table(document, table, 259.0)
    _orient(document.add_section(), WD_ORIENT.PORTRAIT)


def _orient(section, orientation) -> None:
    section.orientation = orientation
    section.different_first_page_header_footer = False
    across = orientation == WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = (Mm(297), Mm(210)) if across else (Mm(210), Mm(297))
    section.left_margin, section.right_margin = (Mm(20), Mm(18)) if across else (Mm(30), Mm(18))


def _table(document: Document, table: Table, width_mm: float) -> None:
    caption = document.add_paragraph(style="Caption")
    caption.paragraph_format.keep_with_next = True
    caption.add_run(table.caption).bold = True
    made = document.add_table(rows=1, cols=len(table.head), style="Table Grid")
    made.alignment, made.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    shares = table.widths or (1.0,) * len(table.head)
    widths = [Mm(width_mm * share / sum(shares)) for share in shares]
    _set_widths(made, widths)
    size = 10.5 if len(table.head) < 8 else 9.5 if len(table.head) == 8 else 8
    _fill(made.rows[0].cells, table.head, "c" * len(table.head), widths, size, bold=True)
    repeat = OxmlElement("w:tblHeader")
    repeat.set(qn("w:val"), "true")
    made.rows[0]._tr.get_or_add_trPr().append(repeat)
    for row in table.rows:
        line = made.add_row()
        _fill(line.cells, row, table.align, widths, size)
        # A unit's line is read at once: it goes to the next page whole.
        line._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    if table.source:
        source = document.add_paragraph()
        run = source.add_run(f"Nguồn: {table.source}")
        run.italic, run.font.size = True, Pt(9.5)


def _set_widths(table: DocxTable, widths: Sequence[Mm]) -> None:
    """On the grid and on the cells: programs differ in which of the two they believe."""
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
        for cell in column.cells:
            cell.width = width


def _fill(
    cells: Sequence[_Cell], texts: Sequence[str], align: str, widths: Sequence[Mm], size: float,
    *, bold: bool = False,
) -> None:  # fmt: skip
    for cell, text, side, width in zip(cells, texts, align, widths, strict=True):
        cell.width = width
        paragraph = cell.paragraphs[0]
        paragraph.alignment = _ALIGN[side]
        paragraph.paragraph_format.space_after = Pt(0)
        run = paragraph.add_run(text)
        run.bold, run.font.size = bold, Pt(size)


def _foot(document: Document, report: Report) -> None:
    document.add_paragraph()
    table = document.add_table(rows=1, cols=2)
    left, right = table.rows[0].cells
    paragraph = left.paragraphs[0]
    run = paragraph.add_run("Nơi nhận:")
    run.bold, run.italic, run.font.size = True, True, Pt(12)
    for who in (*report.about.recipients, "Lưu: VT."):
        line = left.add_paragraph()
        line.paragraph_format.space_after = Pt(0)
        line.add_run(f"- {who}").font.size = Pt(11)
    _line(right, report.about.signer_title.upper(), size=13, bold=True)
    for text in ("", "", "", report.about.signer_name):
        paragraph = right.add_paragraph()
        paragraph.alignment = _CENTRE
        run = paragraph.add_run(text)
        run.bold, run.font.size = True, Pt(13)
