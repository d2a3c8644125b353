"""The report: official layout, figures that a copier keeps, annex tables without formulas."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import UTC, date, datetime
from xml.etree import ElementTree

import docx
import openpyxl
import pytest
from PIL import Image

from survey import jobs
from survey.errors import Conflict, InvalidInput
from survey.render import raster
from survey.render.figures import choropleth, heat_map, importance, trend
from survey.render.figures.trend import Year
from survey.render.report import About, Figure, Table, day_line, number_line
from survey.services import boundaries
from survey.services.report import content as report_content
from survey.services.report import reports
from survey.store import units, waves
from survey.store.models import IndexStanding
from tests.support import released
from tests.survey.render import pdf_reading

NOW = datetime(2024, 2, 5, 3, tzinfo=UTC)
ABOUT = {
    "parent": "UBND huyện Cẩm Giàng",
    "organisation": "Phòng Nội vụ",
    "number": "12",
    "symbol": "BC-PNV",
    "place": "Cẩm Giàng",
    "on": "2024-02-05",
    "signer_title": "Trưởng phòng",
    "signer_name": "Nguyễn Văn Đễ",
}


@pytest.fixture
def database_kind() -> str:
    """What a report says does not depend on the kind of database."""
    return "sqlite"


@pytest.fixture
def wave(app):
    return released.answered(app)


@pytest.fixture
def gathered(wave):
    with wave.database.write() as session:
        boundaries.import_file(
            session, outlines(session, wave.slug), source="bản đồ thử", on=date(2023, 6, 1),
            by="lan", now=NOW,
        )  # fmt: skip
    with wave.database.read() as session:
        return reports.gather(session, wave.slug, ABOUT)


def text_of(pdf: bytes) -> str:
    return " ".join(pdf_reading.text(pdf, i) for i in range(pdf_reading.n_pages(pdf)))


def outlines(session, slug: str) -> bytes:
    """Each unit of the wave a square of its own."""
    found = []
    for i, unit in enumerate(units.of_wave(session, waves.get(session, slug).id)):
        x, y = 106.1 + i % 5 * 0.04, 20.9 + i // 5 * 0.04
        ring = [[x, y], [x + 0.04, y], [x + 0.04, y + 0.04], [x, y + 0.04], [x, y]]
        found.append(
            {"type": "Feature", "properties": {"code": unit.code},
             "geometry": {"type": "Polygon", "coordinates": [ring]}}
        )  # fmt: skip
    return json.dumps({"type": "FeatureCollection", "features": found}).encode()


def test_the_layout_is_that_of_official_documents(gathered):
    made = reports.make(gathered, "docx", now=NOW)
    assert made == reports.make(gathered, "docx", now=NOW), "the clock changes nothing"
    document = docx.Document(io.BytesIO(made))
    head = "\n".join(cell.text for cell in document.tables[0].rows[0].cells)
    assert "UBND HUYỆN CẨM GIÀNG" in head
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in head
    assert "Số: 12/BC-PNV" in head
    assert "Cẩm Giàng, ngày 05 tháng 02 năm 2024" in head
    words = [p.text for p in document.paragraphs]
    assert "BÁO CÁO" in words
    order = [i for i, text in enumerate(words) if text.startswith(("Căn cứ", "I. ", "V. "))]
    assert order == sorted(order)
    foot = "\n".join(c.text for table in document.tables for row in table.rows for c in row.cells)
    assert "Nơi nhận:" in foot
    assert "Nguyễn Văn Đễ" in foot
    assert "Lưu: VT." in foot
    assert document.styles["Normal"].font.name == "Times New Roman"
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.left_margin.mm)) == (210, 30)
    assert {s.orientation for s in document.sections} == {0, 1}, "the widest table lies across"


def test_every_figure_says_in_words_what_it_shows(gathered):
    report = report_content.compose(gathered.material, gathered.about, made_on=date(2024, 2, 5))
    figures = [block for block in report.blocks if isinstance(block, Figure)]
    assert len(figures) == 5
    assert all(len(figure.alt) > 20 for figure in figures)
    with zipfile.ZipFile(io.BytesIO(reports.make(gathered, "docx", now=NOW))) as archive:
        body = archive.read("word/document.xml").decode()
        pictures = [n for n in archive.namelist() if n.startswith("word/media/")]
    assert len(re.findall(r'descr="[^"]{20,}"', body)) == len(pictures) == 5


def test_figures_are_black_white_and_grey(gathered):
    report = report_content.compose(gathered.material, gathered.about, made_on=None)
    for figure in (block for block in report.blocks if isinstance(block, Figure)):
        ElementTree.fromstring(figure.svg)
        colours = re.findall(r"#[0-9a-f]{6}", figure.svg)
        assert colours
        assert all(c[1:3] == c[3:5] == c[5:7] for c in colours), figure.caption
        assert "currentColor" not in figure.svg
        picture = Image.open(io.BytesIO(raster.png(figure.svg, width_mm=60, ppi=60)))
        assert picture.convert("L").getextrema()[0] < 80, "something is drawn"


def test_the_pdf_says_the_same_and_the_draft_says_what_it_is(wave, gathered):
    words = text_of(reports.make(gathered, "pdf", now=NOW))
    for expected in ("Độc lập - Tự do - Hạnh phúc", "Số: 12/BC-PNV", "PHỤ LỤC", "DỰ THẢO",
                     "SỐ LIỆU GIẢ LẬP", "Nơi nhận:", "bản đồ thử"):  # fmt: skip
        assert expected in words, expected
    assert text_of(reports.make(gathered, "pdf", now=NOW)) == words
    wave.release()
    with wave.database.read() as session:
        final = reports.gather(session, wave.slug, ABOUT)
    words = text_of(reports.make(final, "pdf", now=NOW))
    assert "DỰ THẢO" not in words
    assert final.material.manifest_sha256[:16] in words.replace(" ", "")


def test_the_annex_has_numbers_no_formulas_and_its_source_on_every_sheet(gathered):
    table = gathered.material.table
    book = openpyxl.load_workbook(io.BytesIO(reports.make(gathered, "xlsx", now=NOW)))
    assert len(book.worksheets) == 10
    for sheet in book.worksheets:
        cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert not [c.coordinate for c in cells if c.data_type == "f"]
        assert str(cells[-1].value).startswith("Nguồn: ")
        assert table.run_id in cells[-1].value
    index = next(s for s in book.worksheets if "Chỉ số" in s.title)
    figures = {row[0].value: row[6].value for row in index.iter_rows(min_row=6)}
    for row in table.rows:
        assert figures[row.name] == pytest.approx(row.index_percent)


def test_a_name_that_looks_like_a_formula_stays_a_name(wave):
    with wave.database.read() as session:
        evil = reports.gather(session, wave.slug, ABOUT | {"organisation": "=1+1"})
    book = openpyxl.load_workbook(io.BytesIO(reports.make(evil, "xlsx", now=NOW)))
    assert book.worksheets[0]["A1"].value == "=1+1"
    assert book.worksheets[0]["A1"].data_type == "s"
    assert reports.make(evil, "pdf", now=NOW).startswith(b"%PDF")


def test_open_places_of_the_frame_stay_open():
    assert number_line(About()) == "Số: ……/BC"
    assert day_line(About(place="Mao Điền", on=date(2024, 11, 3))) == (
        "Mao Điền, ngày 03 tháng 11 năm 2024"
    )
    with pytest.raises(InvalidInput, match="signet"):
        reports.given({"signet": "x"})


def test_before_any_table_there_is_no_report(app):
    from tests.support.waves import make

    wave = make(app, scale=0.005)
    with wave.database.read() as session, pytest.raises(Conflict, match="chưa có bảng"):
        reports.gather(session, wave.slug, {})


def test_what_cannot_be_drawn_is_left_out(gathered):
    table = gathered.material.table
    assert trend.svg([Year("2023", 0.8, 0.01, 0.78, 0.82, 900)], 0.95, "vi") is None
    assert importance.svg([], 0.95, "vi") is None
    assert choropleth.svg(table, {}, "", "vi") is None
    assert heat_map.svg(table, "en").count("<text") > 17 * 8


@pytest.mark.parametrize(
    ("share", "words"), [(0.90, "tăng"), (0.70, "giảm"), (0.81, "chưa đủ cơ sở")]
)
def test_the_trend_says_only_what_two_samples_show(share, words):
    years = [
        Year("2022", 0.80, 0.015, 0.77, 0.83, 900),
        Year("2023", share, 0.015, share - 0.03, share + 0.03, 900),
    ]
    assert words in trend.svg(years, 0.95, "vi")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{}", "GeoJSON"),
        (b'{"type": "FeatureCollection", "features": [{"properties": {}}]}', "không có mã"),
        (
            b'{"type": "FeatureCollection", "features": [{"properties": {"code": "10888"},'
            b'"geometry": {"type": "Polygon", "coordinates": [[[500000, 2300000],[1,1],[2,2],'
            b"[1,1]]]}}]}",
            "WGS 84",
        ),
    ],
)
def test_faulty_boundaries_are_refused_with_the_feature(db, content, said):
    with pytest.raises(InvalidInput) as refused:
        boundaries.import_file(db, content, source="x", on=date(2023, 6, 1), by="lan", now=NOW)
    assert said in " ".join([str(refused.value), *map(str, refused.value.problems)])


def test_the_annex_has_interval_ends_as_numbers_and_no_formula(wave):
    with wave.database.write() as session:
        released.exclude(session, wave.slug, n=9)
    wave.compute()
    with wave.database.read() as session:
        found = reports.gather(session, wave.slug, ABOUT)
    content = reports.make(found, "xlsx", now=NOW)
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    sheet = book.worksheets[0]
    head = {cell.value: cell.column - 1 for cell in sheet[5]}
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=6)]
    shown = [row for row in rows if isinstance(row[head["Tổng điểm"]], float)]
    assert len(shown) > 10
    for row in shown:
        low, high = row[head["Cận dưới 95%"]], row[head["Cận trên 95%"]]
        assert low < row[head["Tổng điểm"]] < high
    titles = " ".join(str(sheet["A2"].value) for sheet in book)
    for words in ("Thứ hạng", "khu vực nhỏ", "cách trả lời", "phiếu bị loại", "Kiểm tra lại"):
        assert words in titles
    for sheet in book:
        said = [row[0].value for row in sheet.iter_rows() if str(row[0].value).startswith("Nguồn:")]
        assert len(said) == 1 and f"/ket-qua/{wave.slug}/can-cu" in said[0]
    with wave.database.read() as session:
        standing = session.get(IndexStanding, found.material.run_id).content
    ranks = next(sheet for sheet in book if "Thứ hạng" in str(sheet["A2"].value))
    written = [[cell.value for cell in row] for row in ranks.iter_rows(min_row=6, max_col=4)]
    of_name = {row.name: f"{row.unit_code}@{row.valid_from}" for row in found.material.table.rows}
    checked = 0
    for row in written:
        if row[0] in of_name:
            own = standing["units"][of_name[row[0]]]
            assert row[1:] == [own["rank"], own["lower"], own["upper"]]
            checked += 1
    assert checked > 10


def test_tables_of_the_report_have_as_many_cells_as_heads(gathered):
    report = report_content.compose(gathered.material, gathered.about, made_on=None)
    for table in (b for b in (*report.blocks, *report.annexes) if isinstance(b, Table)):
        assert len(table.head) == len(table.align) == len(table.widths)
        assert {len(row) for row in table.rows} == {len(table.head)}


def test_from_the_office_s_form_to_the_files(app, wave, tmp_path):
    from tests.support.waves import send
    from tests.survey.web.test_releases import Role, logged_in

    client = logged_in(app, wave.database, Role.ANALYST)
    place = f"/van-phong/dot/{wave.slug}/bao-cao"
    assert "Làm báo cáo mới" in client.get(place).text
    assert send(client, place, **ABOUT).status_code == 422
    assert send(client, place, on="5/2/2024", kind="pdf").status_code == 422
    sent = send(client, place, **ABOUT, kind=["pdf", "docx"])
    assert sent.status_code == 303
    jobs.run_queued(app, int(sent.location.rsplit("/", 1)[1]))
    page = client.get(place).text
    assert "Nguyễn Văn Đễ" in page, "what was typed once stays"
    links = re.findall(rf"{place}/\d+", page)
    assert len(links) == 2
    kinds = {client.get(link).data[:4] for link in links}
    assert kinds == {b"%PDF", b"PK\x03\x04"}
    assert app.test_client().get(links[0]).status_code == 303
    file = tmp_path / "bao-cao.xlsx"
    done = app.test_cli_runner().invoke(args=["report", "make", "-o", str(file)])
    assert done.exit_code == 0, done.output + done.stderr
    assert openpyxl.load_workbook(file).sheetnames[0].startswith("1. Chỉ số")
