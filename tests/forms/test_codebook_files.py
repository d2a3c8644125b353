"""The codebook as CSV, DDI and label commands."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from datetime import date
from xml.etree import ElementTree as ET

import pyreadstat
import pytest

from forms import questionnaires
from forms.faces import codebook, codebook_csv, ddi, described, labels
from forms.faces.codebook import Code, Storage
from forms.faces.described import Entry
from survey.render.microdata import spss
from survey.render.microdata.columns import Column, Type
from tests.forms.test_types import EVERY
from tests.support import ddi as standard

C1 = questionnaires.load("c1-citizen")
STUDY = ddi.Study(
    id="thu",
    titles={"vi": "Đợt thử", "en": "A trial"},
    producer="Phòng Nội vụ",
    made_on=date(2024, 3, 1),
    fieldwork=(date(2024, 1, 1), date(2024, 2, 1)),
    files=[("thu.sav", "application/x-spss-sav")],
    n_rows=10,
)


def entries() -> list[Entry]:
    columns = codebook.variables(C1)
    counts = [dict.fromkeys([code.value for code in column.codes], 2) for column in columns]
    weight = Entry("w_final", {"vi": "Quyền số", "en": "Weight"}, Storage.NUMBER, is_weight=True)
    return [weight, *described.entries(C1, columns, counts)]


def test_ddi_keeps_to_the_standard():
    for document in (
        ddi.write(STUDY, entries(), C1.languages),
        ddi.write(ddi.Study("x", {}, "y", date(2024, 1, 1)), entries()[1:], ["en"]),
    ):
        assert standard.faults(document) == []


def test_a_fault_against_the_standard_would_be_seen():
    good = ddi.write(STUDY, entries(), C1.languages)
    for old, new in (
        (b'version="2.5"', b'version="3"'),
        (b"<catValu>1</catValu>", b"<labl>x</labl><catValu>1</catValu>"),
        (b'wgt-var="V1"', b'wgt-var="V999"'),
        (b"<fileType>", b"<tep/><fileType>"),
    ):
        assert old in good and standard.faults(good.replace(old, new, 1)) != []


@pytest.mark.parametrize("name", questionnaires.names())
def test_ddi_of_what_ships_is_valid_against_the_schema_where_it_is_at_hand(name):
    q = questionnaires.load(name)
    found = described.entries(q, codebook.variables(q))
    document = ddi.write(STUDY, found, q.languages)
    assert standard.faults(document) == []
    if not standard.SCHEMA.is_file():
        pytest.skip("set DDI_SCHEMA to the codebook.xsd of DDI-Codebook 2.5 (ddialliance.org)")
    pytest.importorskip("lxml.etree", reason="lxml is not installed")
    assert standard.by_schema(document) == []
    spoilt = document.replace(b"<labl", b"<lable", 1).replace(b"</labl>", b"</lable>", 1)
    assert standard.by_schema(spoilt) != []


def test_every_type_of_question_has_a_codebook(make):
    q = make(EVERY)
    found = described.entries(q, codebook.variables(q))
    assert standard.faults(ddi.write(STUDY, found, q.languages)) == []
    rows = list(csv.DictReader(io.StringIO(codebook_csv.write(found, ["vi"]).decode("utf-8-sig"))))
    named = {row["name"] for row in rows}
    assert named >= {"gio", "luc", "diem", "doc", "hang_co", "noi_latitude", "ma", "khac"}
    for commands in (labels.spss(found, "vi"), labels.stata(found, "vi")):
        assert b"hang_khong" in commands and "Xếp thứ 2" in commands.decode()


def test_ddi_says_each_question_in_both_languages_and_who_was_asked():
    root = ET.fromstring(ddi.write(STUDY, entries(), C1.languages))
    space = {"d": "ddi:codebook:2_5"}
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    found = root.find(".//d:var[@name='f3']", space)
    asked = {each.get(lang): each.text for each in found.findall("d:qstn/d:qstnLit", space)}
    assert asked == dict(C1.question("f3").labels)
    universe = {each.get(lang): each.text for each in found.findall("d:universe", space)}
    assert universe["vi"].endswith("h3 là “Có”") and universe["en"].endswith("h3 is “Yes”")
    missing = found.findall("d:catgry[@missing='Y']/d:catValu", space)
    assert [each.text for each in missing] == ["-99", "-98", "-97", "-96"]
    assert found.find("d:catgry/d:catStat", space).text == "2"
    assert found.get("wgt-var") == root.find(".//d:var[@wgt='wgt']", space).get("ID")
    assert len(root.findall(".//d:var", space)) == len(entries())


def test_ddi_leaves_out_what_xml_cannot_hold():
    odd = Entry("x", {"vi": "a\x0bb\ud83d & <c>"}, Storage.TEXT)
    root = ET.fromstring(ddi.write(STUDY, [odd], ["vi"]))
    assert root.find(".//{*}var/{*}labl").text == "ab & <c>"


def test_the_csv_has_a_line_a_code_and_no_formula():
    odd = Entry(
        "x", {"vi": "=1"}, Storage.CODE, codes=(Code(1, {"vi": "+có"}, "a"),), counts={1: 3}
    )
    lines = list(csv.DictReader(io.StringIO(codebook_csv.write([odd], ["vi"]).decode("utf-8-sig"))))
    assert [line["label_vi"] for line in lines] == ["'=1", ""]
    assert (lines[1]["code"], lines[1]["meaning_vi"], lines[1]["n"]) == ("1", "'+có", "3")
    whole = codebook_csv.write(entries(), C1.languages)
    assert whole.startswith(b"\xef\xbb\xbfname,type,")
    rows = list(csv.DictReader(io.StringIO(whole.decode("utf-8-sig"))))
    reason = next(row for row in rows if (row["name"], row["code"]) == ("c1", "-96"))
    assert (reason["meaning_en"], reason["missing"], reason["stata"], reason["option"]) == (
        "No opinion", "1", ".d", "98"
    )  # fmt: skip


ODD = [
    Entry(
        "a",
        {"vi": "Ông nói: 'được' " + "rất dài ửỡẫ " * 40},
        Storage.CODE,
        codes=(Code(1, {"vi": "Có, 'thật'"}), Code(2, {"vi": "Không " * 40})),
        missing=(Code(-99, {"vi": "Không hỏi"}), Code(-98, {"vi": "Nhảy"})),
    ),
    Entry(
        "n",
        {"vi": "Số"},
        Storage.NUMBER,
        missing=(Code(codebook.FAR - 99, {"vi": "Không hỏi"}),),
        is_scale=True,
    ),
]


def test_pspp_takes_the_label_commands(tmp_path):
    if shutil.which("pspp") is None:
        pytest.skip("pspp is not installed (apt: pspp)")
    bare = [Column("a", "", Type.CODE), Column("n", "", Type.NUMBER)]
    rows = [[1, 2.5], [2, codebook.FAR - 99], [-98, 7]]
    spss.write(tmp_path / "bare.sav", bare, rows, title="", on=date(2024, 1, 1))
    (tmp_path / "labels.sps").write_bytes(labels.spss(ODD, "vi"))
    (tmp_path / "run.sps").write_text(
        "GET FILE='bare.sav'.\nINCLUDE 'labels.sps'.\nSAVE OUTFILE='labelled.sav'.\n"
    )
    done = subprocess.run(
        ["pspp", "run.sps"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    _, meta = pyreadstat.read_sav(tmp_path / "labelled.sav", user_missing=True)
    assert meta.column_names_to_labels["a"].startswith("Ông nói: 'được' rất dài ửỡẫ rất dài")
    assert len(meta.column_names_to_labels["a"].encode()) <= 255
    assert meta.variable_value_labels["a"][1.0] == "Có, 'thật'"
    assert meta.variable_value_labels["a"][-98.0] == "Nhảy"
    ends = {
        name: {key: part[0][key] for key in ("lo", "hi")}
        for name, part in meta.missing_ranges.items()
    }
    assert ends["a"] == {"lo": -99.0, "hi": -74.0}
    assert ends["n"] == {"lo": codebook.FAR - 99.0, "hi": codebook.FAR - 74.0}
    assert meta.variable_measure["n"] == "scale"


def test_stata_commands_quote_what_stata_would_fill_in():
    text = labels.stata(
        [
            Entry(
                "a",
                {"vi": 'Nói "có" `x\' $y'},
                Storage.CODE,
                codes=ODD[0].codes,
                missing=ODD[0].missing,
            )
        ],
        "vi",
    ).decode()
    assert "label variable a `\"Nói ”có” ˋx' ＄y\"'" in text
    assert "mvdecode a, mv(-99=.a \\ -98=.b)" in text
    assert 'label define a_l .b `"Nhảy"\', add' in text
    assert text.rstrip().endswith("label values a a_l")
