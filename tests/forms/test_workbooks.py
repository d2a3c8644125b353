"""Workbooks that are damaged, hostile or odd: one plain reason, bounded time and memory."""

from __future__ import annotations

import io
import os
import random
import resource
import time
import zipfile
from collections import Counter
from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import PatternFill
from wtforms import Form

from forms import workbook, xlsform
from forms.faces import codebook, web, xform
from tests.support import markdown_forms
from tests.support.workbooks import library, xlsx

SOUND = xlsx(library())
CONTEXT = {"today": "2026-11-23", "now": "2026-11-23T08:00", "order_seed": "x"}
SHEET = "xl/worksheets/sheet1.xml"
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEAD = f'<worksheet xmlns="{NAMESPACE}"><sheetData>'
TAIL = "</sheetData></worksheet>"


def repacked(changes: dict[str, str | bytes], data: bytes = SOUND) -> bytes:
    """The workbook with parts replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given:
        parts = {name: given.read(name) for name in given.namelist()} | changes
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


def edited(change) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(SOUND))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def check(tmp_path: Path, content: bytes):
    path = tmp_path / "phieu.xlsx"
    path.write_bytes(content)
    return xlsform.check(path)


def codes(tmp_path: Path, content: bytes) -> list[str]:
    q, faults = check(tmp_path, content)
    assert q is None or any(fault.is_error for fault in faults)
    return [fault.code for fault in faults]


def cell_row(n: int) -> str:
    return "<row>" + "<c><v>1</v></c>" * n + "</row>"


ENTITIES = "".join(f'<!ENTITY e{i + 1} "{f"&e{i};" * 10}">' for i in range(9))
HOSTILE = {
    "cut in the middle": (SOUND[: len(SOUND) // 2], "file.damaged"),
    "no zip at all": (b"%PDF-1.7\n" + os.urandom(2000), "file.damaged"),
    "empty": (b"", "file.damaged"),
    "old or with a password": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096), "file.locked"),
    "another kind of zip": (repacked({}, SOUND).replace(b"xl/workbook", b"xx/workbook"),
                            "file.damaged"),
    "blanks that unpack to 200 MB": (repacked({SHEET: HEAD + " " * 200_000_000 + TAIL}),
                                     "file.too_large"),
    "400,000 rows": (repacked({SHEET: HEAD + cell_row(3) * 400_000 + TAIL}), "file.too_large"),
    "16,000 columns": (repacked({SHEET: HEAD + cell_row(16_000) * 260 + TAIL}), "file.too_large"),
    "3.5 million strings": (
        repacked({"xl/sharedStrings.xml": f'<sst xmlns="{NAMESPACE}">'
                  + "<si><t>a</t></si>" * 3_500_000 + "</sst>"}),
        "file.too_large",
    ),
    "entities in entities": (
        repacked({SHEET: f'<!DOCTYPE x [<!ENTITY e0 "aaaaaaaaaa">{ENTITIES}]>{HEAD}'
                  f'<row><c t="inlineStr"><is><t>&e9;</t></is></c></row>{TAIL}'}),
        "file.damaged",
    ),
    "a file from outside": (
        repacked({SHEET: f'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>{HEAD}'
                  f'<row><c t="inlineStr"><is><t>&f;</t></is></c></row>{TAIL}'}),
        "file.damaged",
    ),
    "2,000 parts": (repacked({f"xl/media/{i}.xml": "<a/>" for i in range(2000)}),
                    "file.too_large"),
    "macros": (repacked({"xl/vbaProject.bin": b"\0" * 99}), "file.macros"),
    "links to another file": (
        repacked({"xl/externalLinks/externalLink1.xml": "<externalLink/>"}), "file.links"
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_questionnaire_is_refused_for_one_plain_reason(tmp_path, kind):
    content, code = HOSTILE[kind]
    assert codes(tmp_path, content) == [code]


def test_refusing_takes_little_time_and_memory(tmp_path):
    def used() -> float:
        spent = resource.getrusage(resource.RUSAGE_SELF)
        return spent.ru_utime + spent.ru_stime

    check(tmp_path, SOUND)
    heavy = [content for content, code in HOSTILE.values() if code == "file.too_large"]
    before, memory = used(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for content in heavy:
        check(tmp_path, content)
    # Nothing is unpacked: what a sound workbook takes is more.
    assert used() - before < 5 * len(heavy)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 64 * 1024


def test_as_many_rows_as_may_be_are_read_and_one_more_is_refused(tmp_path):
    def rows(n: int) -> bytes:
        def change(book) -> None:
            for number in range(n):
                book["survey"].append(["text", f"q{number}", "Hỏi?", "Ask?"])

        return edited(change)

    assert codes(tmp_path, rows(5_100))[-1] == "file.too_big"
    q, faults = check(tmp_path, rows(2_000))
    assert faults == [] and len(list(q)) > 2_000


def test_a_hundred_thousand_rows_are_refused_without_reading_them_all(tmp_path):
    text = '<row><c t="inlineStr"><is><t>text</t></is></c></row>' * 100_000
    assert "file.too_big" in codes(tmp_path, repacked({SHEET: HEAD + text + TAIL}))


def test_formulas_are_named_with_their_cells(tmp_path):
    def change(book) -> None:
        book["survey"]["C3"] = '=CONCATENATE("Ông/bà ", "có đến không?")'
        book["choices"]["C2"] = "=A1"

    _, faults = check(tmp_path, edited(change))
    found = {fault.cell.address for fault in faults if fault.code == "file.formula"}
    assert found == {"survey!C3", "choices!C2"}


def test_merged_cells_are_named(tmp_path):
    def change(book) -> None:
        book["survey"].merge_cells("C4:D5")
        book["choices"].merge_cells("A2:A3")

    _, faults = check(tmp_path, edited(change))
    merged = [fault.cell.address for fault in faults if fault.code == "file.merged"]
    assert merged == ["survey!C4", "choices!A2"]


def test_a_title_above_the_headings_and_other_sheets_hide_no_other_fault(tmp_path):
    def change(book) -> None:
        book["survey"].insert_rows(1)
        book["survey"]["A1"] = "PHIẾU HỎI"
        book["survey"].merge_cells("A1:D1")
        book["survey"]["E6"] = "${da_denn} = 'co'"
        book.create_sheet("Ghi chú")["A1"] = "Của văn phòng"
        book["Ghi chú"].merge_cells("A1:B1")

    _, faults = check(tmp_path, edited(change))
    assert [(fault.cell.address, fault.code) for fault in faults] == [
        ("Ghi chú!A1", "sheet.unknown"),
        ("survey!A1", "file.merged"),
        ("survey!A1", "sheet.title"),
        ("survey!E6", "expression.unknown_name"),
    ]
    assert faults[2].facts == {"row": 2}


def test_round_quotation_marks_of_a_word_processor_are_straight_in_rules(tmp_path):
    def change(book) -> None:
        book["survey"]["C3"] = "Ông/bà có đến “thư viện” không?"
        book["survey"]["E5"] = "${da_den} = ‘co’"

    q, faults = check(tmp_path, edited(change))
    assert faults == []
    assert q.section("danh_gia").relevant == "${da_den} = 'co'"
    assert "“thư viện”" in q.question("da_den").labels["vi"]


def test_a_sheet_formatted_to_its_last_column_is_read_in_little_time(tmp_path):
    """As Excel saves it when whole columns were coloured: every cell is there, and blank."""

    def widen(book) -> None:
        for number in (1, 2, 600):
            book["survey"].cell(number, 16384).fill = PatternFill("solid", start_color="FFFF00")
        for number in range(3, 600):
            book["survey"].cell(number, 1000).fill = PatternFill("solid", start_color="FFFF00")

    wide = edited(widen)
    start = time.process_time()
    q, faults = check(tmp_path, wide)
    assert q is not None and faults == []
    # 0.3 s of processor time here; cell by cell it was more than 3 s.
    assert time.process_time() - start < 2


def test_what_stands_far_out_is_not_dropped_in_silence(tmp_path):
    def write(book) -> None:
        book["survey"].cell(3, 900).value = "lạc"

    _, faults = check(tmp_path, edited(write))
    assert "file.too_big" in [fault.code for fault in faults]


def test_a_missing_file_is_named_by_its_reason(tmp_path):
    (fault,) = workbook.faults(tmp_path / "none.xlsx")
    assert fault.code == "file.unreadable" and str(tmp_path) not in fault.message


@pytest.mark.parametrize("seed", range(150))
def test_damage_anywhere_is_a_reason_or_no_harm(tmp_path, seed):
    """Bytes changed, dropped or doubled at random: never a crash, never a fault without a cell."""
    chance = random.Random(seed)
    data = bytearray(SOUND)
    for _ in range(chance.choice((1, 3, 30, 300))):
        place = chance.randrange(len(data))
        kind = chance.randrange(3)
        if kind == 0:
            data[place] = chance.randrange(256)
        elif kind == 1:
            del data[place : place + chance.randrange(1, 50)]
        else:
            data[place:place] = data[place : place + chance.randrange(1, 50)]
    q, faults = check(tmp_path, bytes(data))
    assert q is not None or faults
    for fault in faults:
        assert fault.cell.row >= 1 and fault.message and str(tmp_path) not in fault.message


@pytest.mark.parametrize("seed", range(60))
def test_any_text_in_any_cell_is_read_or_refused_with_its_cell(tmp_path, seed):
    chance = random.Random(1000 + seed)
    odd = [
        *("", " ", "=1+1", "${", "${khong_co}", "begin group", "end group", "select_one", "'\""),
        *("\u202e", "\x0b", "1e309", "-0", "TRUE", "1/0", "yes", "𝔘", "e\u0323\u0302", "text\n"),
        *("a" * 9000, "((((" * 99),
    ]

    def change(book) -> None:
        for _ in range(chance.randrange(1, 6)):
            sheet = book[chance.choice(("survey", "choices", "settings"))]
            place = sheet.cell(chance.randrange(1, sheet.max_row + 2), chance.randrange(1, 9))
            text = chance.choice(odd)
            place.value = "".join(c for c in text if c == "\n" or ord(c) >= 32)

    q, faults = check(tmp_path, edited(change))
    assert q is not None or any(fault.is_error for fault in faults)
    assert all(fault.message for fault in faults)


@pytest.mark.long
def test_every_form_of_a_collection_loads_or_fails_for_a_named_reason(tmp_path):
    """Set XLSFORM_COLLECTION to a folder of workbooks (pyxform's own tests/, for example)."""
    folder = os.environ.get("XLSFORM_COLLECTION")
    if not folder:
        pytest.skip("set XLSFORM_COLLECTION to a folder of .xlsx files, such as pyxform's tests")
    drawn = dict(markdown_forms.found(Path(folder)))
    places = {str(path): path for path in sorted(Path(folder).rglob("*.xlsx"))}
    assert places, f"no .xlsx under {folder}"
    loaded: Counter[bool] = Counter()
    refused: Counter[str] = Counter()
    for name in (*places, *drawn):
        path = places.get(name) or markdown_forms.workbook(drawn[name], tmp_path / "form.xlsx")
        q, faults = xlsform.check(path)
        errors = [each for each in faults if each.is_error]
        loaded[name in places] += not errors
        refused.update({each.code for each in errors})
        assert q is not None or errors, name
        for fault in faults:
            assert fault.message and fault.cell.row >= 1, name
        if q is not None and not errors:
            assert xform.build(q).xml and codebook.variables(q) is not None, name
            for section in q.sections:
                made = web.form_class(q, section.name, q.default_language, Form)
                assert all(str(field()) for field in made(answers={}, context=CONTEXT)), name
    told = f"{loaded[True]} workbooks, {loaded[False]} tables; refused: {refused.most_common()}"
    assert loaded[True] >= 7 and loaded[False] >= 160, told
