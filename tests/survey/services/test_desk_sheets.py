"""The quarterly sheet of TT 01/2018: rounding, limits that belong to the upper class, faults."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import openpyxl
import pytest

from survey.domain.roles import Role
from survey.errors import InvalidInput
from survey.services.report import desk_sheets
from tests.support.waves import make, send
from tests.survey.web.test_releases import logged_in

NOW = datetime.now(UTC)
HEAD = "unit_code,dossier_code,i1,i2,i3,i4,i5,i6,i7,i8,i9,satisfaction\n"


@pytest.fixture
def wave(app):
    return make(app, scale=0.005)


def load(wave, content: str, quarter: int = 1):
    with wave.database.write() as session:
        return desk_sheets.import_file(
            session, wave.slug, content.encode(), year=2023, quarter=quarter, name="q.csv",
            by="lan", now=NOW,
        )  # fmt: skip


def rows(*dossiers: str, unit: str = "10888") -> str:
    return "".join(f"{unit},HS{i},{points}\n" for i, points in enumerate(dossiers))


@pytest.mark.parametrize(
    ("dossiers", "total", "band"),
    [
        # 1.7 × 6 + 1.6 × 3 = 15.0, exactly the limit: the upper class.
        (["2,2,2,2,2,2,2,2,2,"] * 7 + ["1,1,1,1,1,1,1,1,1,"] * 2 + ["1,1,1,1,1,1,0,0,0,"], 15.0,
         "Xuất sắc"),
        (["2,2,2,2,2,2,2,2,2,"] * 6 + ["1,1,1,1,1,1,1,1,1,"] * 4, 14.4, "Tốt"),
        (["2,2,2,1,1,1,1,1,1,"], 12.0, "Tốt"),
        (["1,1,1,1,1,1,1,1,1,"], 9.0, "Khá"),
        (["1,1,1,1,1,1,0,0,0,"], 6.0, "Trung bình"),
        (["1,1,1,1,1,0,0,0,0,"], 5.0, "Yếu"),
    ],
)  # fmt: skip
def test_the_sum_of_nine_rounded_indices_gives_the_class(wave, dossiers, total, band):
    (row,) = load(wave, HEAD + rows(*dossiers)).rows
    assert (row.total, row.band) == (pytest.approx(total), band)


def test_an_index_is_the_points_over_the_dossiers_scored_on_it_half_up(wave):
    # 1, 1, 1, 2 -> 1.25 -> 1.3; dossiers without a score on an index are not in its denominator.
    dossiers = ["1,2,2,2,,,2,,,3", "1,2,2,2,,,2,,,3", "1,2,2,2,,,2,,,2", "2,,,,,,,,,1"]
    content = HEAD + rows(*dossiers) + "10888,,,,,,2,2,,1,0,\n"
    (row,) = load(wave, content).rows
    assert row.indices == (1.3, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 1.0, 0.0)
    assert row.n_dossiers == 4
    assert row.counts[0] == (0, 3, 1)
    assert row.levels == (1, 1, 2)
    assert desk_sheets.cells(row, "vi")["levels"] == ["25,0%", "25,0%", "50,0%"]


def test_an_index_that_nothing_was_scored_on_leaves_no_sum_and_no_class(wave):
    (row,) = load(wave, HEAD + rows("2,2,2,2,2,2,2,2,,")).rows
    assert (row.indices[8], row.total, row.band) == (None, None, "")
    assert desk_sheets.cells(row, "vi")["total"] == "–"


def test_every_fault_is_named_with_row_and_column_and_nothing_is_loaded(wave):
    content = HEAD + "99999,A,1,,,,,,,,,\n10888,B,3,x,,,,,,,,7\n10888,B,1,,,,,,,,,\n"
    with pytest.raises(InvalidInput) as refused:
        load(wave, content)
    said = [str(problem) for problem in refused.value.problems]
    assert said == [
        "Dòng 2: không có đơn vị “99999”.",
        "Dòng 3, cột i1: “3” không phải 0, 1 hay 2.",
        "Dòng 3, cột i2: “x” không phải 0, 1 hay 2.",
        "Dòng 3, cột satisfaction: “7” không phải 1, 2 hay 3.",
        "Dòng 4: hồ sơ “B” đã có ở trên.",
    ]
    with wave.database.read() as session:
        assert desk_sheets.of_wave(session, wave.slug) == []
    with pytest.raises(InvalidInput) as refused:
        load(wave, "unit_code;i1\n10888;1\n")
    assert "dossier_code" in str(refused.value.problems[0])
    with pytest.raises(InvalidInput, match="Quý"):
        load(wave, HEAD + rows("1,1,1,1,1,1,1,1,1,"), quarter=5)


def test_a_quarter_loaded_again_takes_the_place_of_the_first(wave):
    load(wave, HEAD + rows("1,1,1,1,1,1,1,1,1,"))
    load(wave, HEAD + rows("2,2,2,2,2,2,2,2,2,"))
    load(wave, HEAD + rows("0,0,0,0,0,0,0,0,0,"), quarter=2)
    with wave.database.read() as session:
        found = desk_sheets.of_wave(session, wave.slug)
    assert [(s.quarter, s.rows[0].total) for s in found] == [(2, 0.0), (1, 18.0)]


def test_from_the_office_s_upload_to_the_workbook(app, wave, tmp_path):
    manager = logged_in(app, wave.database, Role.MANAGER)
    place = f"/van-phong/dot/{wave.slug}/tt01"
    good = (HEAD + rows("2,2,2,2,2,2,2,2,2,3")).encode()
    bad = send(manager, place, year="2023", quarter="1", file=(io.BytesIO(b"x,y\n"), "q.csv"))
    assert bad.status_code == 422
    assert "thiếu cột" in bad.text
    sent = send(manager, place, year="2023", quarter="1", file=(io.BytesIO(good), "q.csv"))
    assert sent.status_code == 303
    page = manager.get(place).text
    assert "Xuất sắc" in page
    assert "18,0" in page
    book = openpyxl.load_workbook(io.BytesIO(manager.get(f"{place}/2023-1.xlsx").data))
    cells = [cell.value for row in book.active.iter_rows() for cell in row]
    assert 18.0 in cells
    assert any(str(value).startswith("Nguồn: tệp q.csv") for value in cells)
    assert manager.get(f"{place}/2023-4.xlsx").status_code == 404
    file = tmp_path / "q.csv"
    file.write_bytes(good)
    done = app.test_cli_runner().invoke(
        args=["tt01", "import", str(file), "--year", "2023", "--quarter", "3"]
    )
    assert done.exit_code == 0, done.output + done.stderr
