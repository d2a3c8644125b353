"""Pictures, sounds and films beside questions: read, looked at, frozen, on every face."""

from __future__ import annotations

import csv
import io
from datetime import date
from hashlib import sha256

import pytest

from forms import apart, canonical, xlsform
from forms.comparison import Verdict, compare
from forms.faces import codebook, codebook_csv, ddi, described, xform
from forms.faces.paper import paper
from survey.render.paper_form import preview_pdf
from tests.support import ddi as standard
from tests.support import files, odk, shown_form
from tests.support.shown_form import MEDIA


@pytest.fixture
def beside(tmp_path):
    def write(changes=None, media=MEDIA):
        for name, content in {**shown_form.sheets(changes or {}), **media}.items():
            (tmp_path / name).write_bytes(content)
        return tmp_path

    return write


@pytest.fixture
def told(beside):
    def found(*args, **kwargs):
        _, faults = xlsform.check(beside(*args, **kwargs))
        return {(each.cell.address, each.code) for each in faults}

    return found


def test_what_a_row_shows_is_read_in_each_language_and_frozen_by_its_content(beside):
    q = xlsform.read(beside())
    kept = {name: f"{sha256(content).hexdigest()}." for name, content in MEDIA.items()}
    assert {name: q.files[name][:65] for name in q.files} == kept
    assert q.files["so_do.jpg"].endswith(".jpg") and q.files["phim.mp4"].endswith(".mp4")
    noi, y, n = q.question("noi"), q.question("y"), q.question("n")
    assert noi.media["image"] == {"vi": "so_do.jpg", "en": "so_do_en.jpg"}
    assert q.shown(noi.media, "en") == {
        "image": q.files["so_do_en.jpg"],
        "audio": q.files["doc.m4a"],
    }
    assert q.shown(n.media, "en") == {
        "image": q.files["ban_do.png"],  # no file of its own: the default language's
        "big-image": q.files["ban_do_to.png"],
    }
    assert set(y.media) == {"video"}
    assert noi.choices[0].media == {"image": {"vi": "san.webp"}}
    assert noi.choices[0].columns == {} and noi.choices[1].media == {}
    assert canonical.from_json(canonical.to_json(q)) == q


def test_another_picture_of_the_same_name_is_another_version_that_somebody_judges(beside):
    before = xlsform.read(beside())
    after = xlsform.read(beside(media={**MEDIA, "so_do.jpg": files.photo((301, 220))}))
    assert canonical.sha256(before) != canonical.sha256(after)
    found = {item.name: item for item in compare(before, after).items if item.changes}
    assert found.keys() == {"noi", "anh"}
    assert {item.verdict for item in found.values()} == {Verdict.JUDGE}
    (change,) = found["noi"].changes
    assert (change.aspect, change.detail) == ("media", "image vi")
    options = xlsform.read(beside(media={**MEDIA, "san.webp": files.photo(kind="WEBP")}))
    assert "option_media" in {c.aspect for x in compare(before, options).items for c in x.changes}


def test_a_questionnaire_that_shows_nothing_keeps_its_digest(make):
    text = canonical.to_json(make("type|name|label\ntext|a|A?"))
    assert "media" not in text and "files" not in text


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("so_do.jpg", None, "media.missing"),
        ("so_do.jpg", b"", "media.content"),
        ("so_do.jpg", MEDIA["ban_do.png"], "media.content"),
        ("so_do.jpg", files.SVG, "media.content"),
        ("so_do.jpg", files.HTML, "media.content"),
        ("so_do.jpg", MEDIA["so_do.jpg"][:1500], "media.broken"),
        ("so_do.jpg", b"\xff\xd8\xff" + files.HTML, "media.broken"),
        ("so_do.jpg", MEDIA["so_do.jpg"] + bytes(2 << 20), "media.too_large"),
        ("ban_do.png", files.png_head(40_000, 40_000), "media.broken"),
        ("doc.m4a", MEDIA["phim.mp4"], "media.broken"),
        ("doc.m4a", files.HTML, "media.broken"),
        ("phim.mp4", MEDIA["doc.m4a"], "media.content"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_a_fault_of_its_cells(told, name, content, code):
    media = {k: v for k, v in MEDIA.items() if k != name} | (
        {name: content} if content is not None else {}
    )
    cells = {
        "so_do.jpg": {"survey!E7", "survey!E9"},
        "ban_do.png": {"survey!E6"},
        "doc.m4a": {"survey!G7"},
        "phim.mp4": {"survey!H10"},
    }
    assert told(media=media) == {(cell, code) for cell in cells[name]}


def test_names_columns_and_files_that_do_not_fit_are_faults(told):
    assert ("survey!E6", "media.name") in told({"ban_do.png": "../ban_do.png"})
    assert ("survey!E6", "media.name") in told({"|ban_do.png|": "|bản đồ.png|"})
    assert ("survey!E6", "media.ending") in told({"|ban_do.png|": "|doc.m4a|"})
    assert ("survey!E6", "media.ending") in told({"|ban_do.png|": "|hinh.svg|"})
    found = told({"|ban_do.png|": "||"}, media={**MEDIA, "la.gif": b"GIF89a"})
    assert found == {("ban_do.png!A1", "media.unused"), ("la.gif!A1", "media.unused")}
    assert ("survey!G4", "row.not_applicable") in told(
        {"hidden|case_channel||||||||": "hidden|case_channel|||||doc.m4a|||"}
    )
    assert ("survey!J7", "media.menu") in told({"doc.m4a||||": "doc.m4a|||minimal"})


def test_faults_of_files_are_found_in_a_process_of_its_own(beside):
    q, faults = apart.check(beside())
    assert q is not None and faults == [] and q.files.keys() == MEDIA.keys()
    q, faults = apart.check(beside(media={"so_do.jpg": files.png_head(40_000, 40_000)}))
    assert q is None and {each.code for each in faults} == {"media.broken"}


def test_a_field_client_is_told_of_the_files(beside, tmp_path):
    made = xform.build(xlsform.read(beside()))
    assert set(made.media) == MEDIA.keys()
    text = made.xml.decode()
    for form, place in (
        ("image", "jr://images/so_do_en.jpg"),
        ("audio", "jr://audio/doc.m4a"),
        ("video", "jr://video/phim.mp4"),
        ("big-image", "jr://images/ban_do_to.png"),
        ("image", "jr://images/san.webp"),
    ):
        assert f'<value form="{form}">{place}</value>' in text
    odk.validate(made.xml, tmp_path)


def test_paper_prints_pictures_where_the_page_shows_them(beside):
    q = xlsform.read(beside())
    items = {item.name: item for part in paper(q, "en").parts for item in part.items}
    assert items["noi"].picture == q.files["so_do_en.jpg"]
    assert items["n"].picture == q.files["ban_do.png"]
    assert [each.picture for each in items["noi"].options] == [q.files["san.webp"], ""]
    kept = {q.files[name]: content for name, content in MEDIA.items()}
    with_pictures, framed = preview_pdf(q, "vi", kept), preview_pdf(q, "vi")
    assert with_pictures.count(b"/Subtype/Image") > framed.count(b"/Subtype/Image") == 0


def test_codebook_and_ddi_name_the_files(beside):
    q = xlsform.read(beside())
    entries = described.entries(q, codebook.variables(q))
    (noi,) = [each for each in entries if each.name == "noi"]
    assert noi.media["en"] == "image: so_do_en.jpg; audio: doc.m4a; san/image: san.webp"
    rows = list(
        csv.DictReader(io.StringIO(codebook_csv.write(entries, ["vi"]).decode("utf-8-sig")))
    )
    assert next(row for row in rows if row["name"] == "y")["media_vi"] == "video: phim.mp4"
    study = ddi.Study("x", {}, "y", date(2024, 1, 1))
    document = ddi.write(study, entries, q.languages)
    assert standard.faults(document) == []
    assert 'type="media"' in document.decode() and "image: so_do.jpg" in document.decode()
    if standard.SCHEMA.is_file():
        pytest.importorskip("lxml.etree")
        assert standard.by_schema(document) == []
