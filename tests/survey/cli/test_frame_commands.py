"""Lists and units at the command line: look, map, check, load, report."""

from __future__ import annotations

import openpyxl
import pytest
from sqlalchemy import func, select

from survey.store.models import Dossier
from tests.survey.cli.test_commands import invoke

HEADINGS = ["Số hồ sơ", "Đơn vị", "Nhóm", "Ngày nhận", "Ngày trả", "Loại", "Chủ hồ sơ", "SĐT"]
ROWS = [
    [
        "A1",
        "Xã Cẩm Hưng",
        "TPHT",
        "02/05/2023",
        "03/05/2023",
        "Cá nhân",
        "Trần Thị Hoa",
        "0912345678",
    ],
    [
        "A2",
        "Xã Cẩm Hưng",
        "TPHT",
        "02/05/2022",
        "03/05/2022",
        "Cá nhân",
        "Lê Văn Nam",
        "0912345679",
    ],
    ["A3", "10897", "TPHT", "02/05/2023", "03/05/2023", "Cá nhân", "Trần Thị Hoa", "0912345678"],
]
MAPPING = """
name = "tinh-ta"
heading_row = 3
[columns]
dossier_code = "Số hồ sơ"
unit_code = "Đơn vị"
field = "Nhóm"
received_on = "Ngày nhận"
returned_on = "Ngày trả"
applicant = "Loại"
name = "Chủ hồ sơ"
phone = "SĐT"
[constants]
channel = "truc_tiep"
[values.field]
TPHT = "ho_tich"
"""


@pytest.fixture
def book(app, tmp_path):
    """A province's workbook with two titles above the headings, and the wave it is for."""
    assert invoke(app, "demo", "load", "--scale", "0.005").exit_code == 0
    made = openpyxl.Workbook()
    for row in (["SỞ NỘI VỤ"], ["Danh sách hồ sơ"], HEADINGS, *ROWS):
        made.active.append(row)
    path = tmp_path / "hồ sơ.xlsx"
    made.save(path)
    return path


@pytest.fixture
def mapping(tmp_path):
    path = tmp_path / "map.toml"
    path.write_text(MAPPING, encoding="utf-8")
    return path


def n_dossiers(app) -> int:
    with app.extensions["database"].read() as session:
        return session.scalar(select(func.count()).select_from(Dossier))


def test_a_list_is_looked_at_and_a_mapping_suggested(app, book, tmp_path):
    shown = invoke(app, "frame", "columns", str(book)).output
    assert "Tiêu đề ở dòng 3: Số hồ sơ | Đơn vị | Nhóm" in shown
    assert 'dossier_code = "Số hồ sơ"' in shown
    assert "heading_row = 3" in shown
    out = tmp_path / "goi-y.toml"
    assert invoke(app, "frame", "columns", str(book), "-o", str(out)).exit_code == 0
    assert 'unit_code = "Đơn vị"' in out.read_text(encoding="utf-8")


def test_a_list_is_checked_loaded_and_next_year_read_by_the_name_of_its_mapping(app, book, mapping):
    before = n_dossiers(app)
    checked = invoke(app, "frame", "import", str(book), "--mapping", str(mapping), "--check")
    assert checked.exit_code == 0, checked.output
    assert "Để ra ngoài 1: ngày trả ngoài khoảng của đợt" in checked.output
    assert "Được tính: 2 hồ sơ. Lỗi: 0. Chưa nạp gì." in checked.output
    assert n_dossiers(app) == before
    done = invoke(app, "frame", "import", str(book), "--mapping", "tinh-ta")
    assert done.exit_code == 0, done.output
    assert "Kết quả được trả trong khoảng ngày của đợt khảo sát." in done.output
    assert "Đã nạp 2 hồ sơ (2 có liên hệ)" in done.output
    assert n_dossiers(app) == 2
    assert "tinh-ta" in invoke(app, "frame", "mappings").output
    assert 'TPHT = "ho_tich"' in invoke(app, "frame", "mappings", "tinh-ta").output


def test_every_fault_is_written_to_a_file(app, book, mapping, tmp_path):
    mapping.write_text(MAPPING.replace("TPHT", '"tpht khác"'), encoding="utf-8")
    faults = tmp_path / "faults.csv"
    done = invoke(
        app, "frame", "import", str(book), "--mapping", str(mapping), "--faults", str(faults)
    )
    assert done.exit_code == 1
    assert "Dòng 4: ô C4 (Nhóm) – “TPHT” không có trong danh mục." in done.stderr
    lines = faults.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 4
    assert lines[1].startswith("4,C4,Nhóm,frame.unknown_value,")


def test_the_report_is_shown_and_written(app, book, mapping, tmp_path):
    invoke(app, "frame", "import", str(book), "--mapping", str(mapping))
    out = tmp_path / "quality.csv"
    shown = invoke(app, "frame", "report", "-o", str(out))
    assert shown.exit_code == 0, shown.output
    assert "Người có nhiều hồ sơ: 1 người, 2 hồ sơ" in shown.output
    assert "Không có ngày hẹn trả" in out.read_text(encoding="utf-8-sig")
    assert "0912345678" not in shown.output + out.read_text(encoding="utf-8-sig")


def test_an_unknown_mapping_names_those_that_are_known(app, book, mapping):
    invoke(app, "frame", "import", str(book), "--mapping", str(mapping))
    done = invoke(app, "frame", "import", str(book), "--mapping", "tinh-khac")
    assert done.exit_code == 1
    assert "Đã lưu: tinh-ta" in done.stderr


def test_the_register_is_shown_and_added_to(app, tmp_path):
    invoke(app, "demo", "load", "--scale", "0.005")
    shown = invoke(app, "units", "show", "10903").output
    assert "Xã Ngọc Liên  (01/01/2020 – 01/07/2025)" in shown
    assert "→ 01/07/2025  10903 Xã Cẩm Giàng (từ 01/07/2025), 100 %" in shown
    path = tmp_path / "moves.csv"
    text = (
        "from_code,from_valid_from,to_code,to_valid_from,on,share,basis\n"
        "10933,2024-12-01,10930,2025-07-01,2025-07-01,0.6,dân số\n"
        "10933,2024-12-01,10903,2025-07-01,2025-07-01,{},dân số\n"
    )
    path.write_text(text.format("0.5"), encoding="utf-8")
    refused = invoke(app, "units", "import", "--succession", str(path))
    assert refused.exit_code == 1
    assert (
        "Dòng 3: các phần của 10933 (01/12/2024) ngày 01/07/2025 cộng lại là 1,1" in refused.stderr
    )
    path.write_text(text.format("0.4"), encoding="utf-8")
    done = invoke(app, "units", "import", "--succession", str(path))
    assert "2 phần chuyển được ghi lại" in done.output
    assert "60 % theo dân số" in invoke(app, "units", "show", "10933").output
