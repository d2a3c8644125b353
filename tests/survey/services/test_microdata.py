"""An analyst's package: what is in it, what is not, and that R computes the table from it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import shutil
import subprocess
import zipfile
from datetime import UTC, date, datetime
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from sqlalchemy import select, update

from analysis.design import SurveyDesign
from forms import canonical, model
from forms.faces import codebook
from forms.faces.codebook import NOT_ASKED
from survey import jobs
from survey.errors import Conflict
from survey.services import exports
from survey.services.microdata import dictionary
from survey.services.microdata.public import Public
from survey.store import waves as wave_store
from survey.store.models import AuditEvent, Case, IndexRun, Questionnaire, Response
from tests.support import ddi, released
from tests.support.released import silent

ORDER = {
    "formats": ["csv"],
    "language": "vi",
    "replicates": "",
    "n_replicates": 20,
    "seed": 1,
    "script": False,
    "with_excluded": False,
    "texts": True,
}


@pytest.fixture
def wave(app):
    return released.answered(app)


def make(wave, tmp_path, name="m.zip", **order):
    """The files of a package by name."""
    path = tmp_path / name
    jobs.run_here(
        wave.app, "microdata.file", silent,
        wave=wave.slug, path=path, by="lan", order={**ORDER, **order},
    )  # fmt: skip
    if path.suffix != ".zip":
        return path.read_bytes()
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def table(content: bytes) -> pd.DataFrame:
    return pd.read_csv(
        io.BytesIO(content),
        encoding="utf-8-sig",
        dtype={"unit": str, "outcome": str, "form_version": str},
    )


def test_every_answer_is_a_row_with_its_design_and_every_weight_of_the_run(wave, tmp_path):
    rows = table(make(wave, tmp_path, "m.csv"))
    with wave.database.read() as session:
        stored = session.scalars(
            select(Response).where(Response.stream == "probability").order_by(Response.id)
        ).all()
        assert len(stored) == len(rows) > 100
    assert list(rows["psu"]) == list(range(1, len(rows) + 1))
    weighed = rows[rows["cell"].notna()]
    np.testing.assert_allclose(
        weighed.groupby("cell")["w_final"].sum(), weighed.groupby("cell")["fpc"].first()
    )
    assert (weighed["w_nonresponse"] >= weighed["w_base"] - 1e-9).all()
    assert set(rows["outcome"]) == {"1.1", "4.0"}
    assert (rows["respondent"] == (rows["outcome"] == "1.1")).all()
    assert set(rows["excluded"]) == {0}
    answers = [answer.answers for answer in stored]
    given = [int(a["c1"]) if "c1" in a else None for a in answers]
    found = [value if value > 0 else None for value in rows["c1"]]
    assert given == found


def test_the_direction_of_the_scales_goes_with_each_answer(wave, tmp_path):
    with wave.database.write() as session:
        drawn = select(Response).where(Response.stream == "probability").order_by(Response.id)
        # The third came from a field client or on paper, which say nothing of it.
        for answer, way in zip(
            session.scalars(drawn), ({"scales": "turned"}, {"scales": "sheet"}, {}), strict=False
        ):
            answer.paradata = way
    files = make(wave, tmp_path)
    (name,) = (name for name in files if name.endswith(".csv") and name.startswith(wave.slug))
    scales = table(files[name])["scales"]
    assert scales.tolist()[:2] == [2, 1]
    assert np.isnan(scales.tolist()[2])
    book = table_of_codes(files["codebook.csv"], "scales")
    assert book == {1: "như trong bảng tính", 2: "ngược lại"}


def table_of_codes(content: bytes, name: str) -> dict[int, str]:
    book = pd.read_csv(io.BytesIO(content), encoding="utf-8-sig")
    own = book[(book["name"] == name) & book["code"].notna()]
    return {int(row.code): row.meaning_vi for row in own.itertuples()}


def test_nothing_leads_back_to_a_case_a_code_or_a_moment(wave, tmp_path):
    files = make(wave, tmp_path, formats=["csv", "sav"], script=True)
    with wave.database.read() as session:
        known = {answer.id for answer in session.scalars(select(Response))}
        dossiers = {case.dossier.code for case in session.scalars(select(Case))}
    text = files[f"{wave.slug}.csv"].decode("utf-8-sig")
    assert not any(secret in text for secret in known | dossiers)
    heading = text.splitlines()[0].split(",")
    assert not {"id", "case", "case_id", "submitted_at", "started_at", "receipt"} & set(heading)
    frame, _ = pyreadstat.read_sav(io.BytesIO(files[f"{wave.slug}.sav"]))
    assert {type(day) for day in frame["submitted_on"]} == {date}


def test_the_package_says_what_it_holds(wave, tmp_path):
    files = make(wave, tmp_path, formats=["csv", "zsav", "dta", "parquet", "xlsx"], script=True)
    sums = dict(reversed(line.split("  ")) for line in files["SHA256SUMS"].decode().splitlines())
    assert set(sums) == set(files) - {"SHA256SUMS"}
    assert all(hashlib.sha256(files[name]).hexdigest() == digest for name, digest in sums.items())
    again = make(wave, tmp_path, "n.zip", formats=["csv", "zsav", "dta"], script=True)
    for name in ("analyse.R", f"{wave.slug}.csv", f"{wave.slug}.zsav", f"{wave.slug}.dta"):
        assert files[name] == again[name], "the same answers make the same bytes"
    with wave.database.read() as session:
        events = session.scalars(
            select(AuditEvent).where(AuditEvent.action == "microdata.exported")
        ).all()
    assert [event.by for event in events] == ["lan", "lan"]
    assert events[0].facts["n"] > 100


def test_the_codebook_counts_what_the_file_holds(wave, tmp_path):
    files = make(wave, tmp_path, formats=["csv"], replicates="bootstrap", n_replicates=3)
    assert ddi.faults(files["codebook.xml"]) == []
    rows = table(files[f"{wave.slug}.csv"])
    listed = list(csv.DictReader(io.StringIO(files["codebook.csv"].decode("utf-8-sig"))))
    assert [row["name"] for row in listed if not row["code"]] == list(rows.columns)
    for row in listed:
        if row["code"] and row["n"]:
            assert int(row["n"]) == (rows[row["name"]] == int(row["code"])).sum()
    assert sum(int(row["n"]) for row in listed if row["name"] == "c1" and row["n"]) == len(rows)
    weights = [row["name"] for row in listed if row["weight"] == "1"]
    assert weights == ["w_base", "w_nonresponse", "w_final", "rw_1", "rw_2", "rw_3"]


def test_excluded_answers_stay_in_the_file_with_their_flag_and_without_weight(wave, tmp_path):
    with wave.database.write() as session:
        released.exclude(session, wave.slug, n=7)
    wave.compute()
    rows = table(make(wave, tmp_path, "m.csv"))
    out = rows[rows["excluded"] == 1]
    assert len(out) == 7 and out["w_final"].isna().all()
    everybody = table(make(wave, tmp_path, "n.csv", with_excluded=True))
    assert everybody["excluded"].sum() == 7
    assert everybody.loc[everybody["excluded"] == 1, "w_final"].notna().all()


def test_answers_in_words_can_be_left_out(wave, tmp_path):
    with wave.database.write() as session:
        one = session.scalars(select(Response.id).order_by(Response.id)).first()
        answers = session.get(Response, one).answers | {"j2": "=HYPERLINK(“x”)", "j1": ["thai_do"]}
        session.execute(update(Response).where(Response.id == one).values(answers=answers))
    rows = table(make(wave, tmp_path, "m.csv"))
    assert list(rows["j2"].dropna()) == ["'=HYPERLINK(“x”)"]
    first = rows[rows["j2"].notna()].iloc[0]
    assert (first["j1_thai_do"], first["j1_co_so"]) == (1, 0)
    assert table(make(wave, tmp_path, "n.csv", texts=False))["j2"].isna().all()


def test_answers_to_an_older_version_have_the_code_of_not_asked(wave, tmp_path):
    with wave.database.write() as session:
        stored = wave_store.get(session, wave.slug).questionnaire
        text = json.loads(stored.definition)
        text["version"] = "2022.1"
        for section in text["sections"]:
            section["questions"] = [q for q in section["questions"] if q["name"] != "c2"]
        older = canonical.from_json(json.dumps(text))
        row = Questionnaire(
            form_id=stored.form_id,
            version=older.version,
            sha256=canonical.sha256(older),
            definition=canonical.to_json(older),
        )
        session.add(row)
        session.flush()
        chosen = session.scalars(select(Response.id).order_by(Response.id).limit(5)).all()
        session.execute(
            update(Response).where(Response.id.in_(chosen)).values(questionnaire_id=row.id)
        )
        for one in session.scalars(select(Response).where(Response.id.in_(chosen))):
            one.answers = {key: value for key, value in one.answers.items() if key != "c2"}
    rows = table(make(wave, tmp_path, "m.csv"))
    old = rows[rows["form_version"] == "2022.1"]
    assert len(old) == 5 and set(old["c2"]) == {NOT_ASKED}
    assert not (rows.loc[rows["form_version"] != "2022.1", "c2"] == NOT_ASKED).any()


@pytest.mark.parametrize("method", ["jackknife", "bootstrap"])
def test_replicate_weights_give_the_variances_of_the_design(wave, tmp_path, method):
    files = make(wave, tmp_path, replicates=method, n_replicates=400)
    rows = table(files[f"{wave.slug}.csv"])
    rows = rows[rows["cell"].notna()].reset_index(drop=True)
    made = list(csv.DictReader(io.StringIO(files["replicates.csv"].decode("utf-8-sig"))))
    replicates = rows[[row["replicate"] for row in made]].to_numpy()
    y = rows["c1"].where(rows["c1"] > 0, 0).rename("y")
    rows = pd.concat([rows, y], axis=1)
    totals = rows.groupby("cell")["fpc"].first().to_dict()
    linear = SurveyDesign(rows, weights="w_nonresponse", strata="cell", fpc="fpc").poststratify(
        "cell", totals
    )
    given = linear.given_replicates(
        replicates,
        scale=float(made[0]["scale"]),
        rscales=[float(row["rscale"]) for row in made],
    )
    ours = linear.replicates("JKn") if method == "jackknife" else linear
    rtol = 1e-9 if method == "jackknife" else 0.25
    np.testing.assert_allclose(np.diag(given.mean("y").cov), np.diag(ours.mean("y").cov), rtol=rtol)
    np.testing.assert_allclose(
        replicates.sum(axis=0), rows["w_final"].sum(), err_msg="each stands for the frame"
    )


@pytest.mark.parametrize("with_excluded", [False, pytest.param(True, marks=pytest.mark.long)])
def test_r_computes_the_published_table_again(wave, tmp_path, with_excluded):
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed (apt: r-base-core r-cran-survey)")
    with wave.database.write() as session:
        released.exclude(session, wave.slug, n=9)
    wave.compute()
    order = {"script": True, "with_excluded": with_excluded}
    order |= {"replicates": "bootstrap", "n_replicates": 400}
    make(wave, tmp_path, **order)
    with zipfile.ZipFile(tmp_path / "m.zip") as package:
        package.extractall(tmp_path / "out")
    done = subprocess.run(
        ["Rscript", "--no-init-file", tmp_path / "out" / "analyse.R", tmp_path / "out"],
        capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    if "there is no package called" in done.stderr:
        pytest.skip("R lacks survey (apt: r-cran-survey)")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The table is reproduced." in done.stdout
    told = re.search(r"all satisfaction: (\S+) by linearisation, (\S+) by", done.stdout)
    assert float(told[1]) > 0 and float(told[2]) == pytest.approx(float(told[1]), rel=0.2)
    with wave.database.read() as session:
        newest = session.scalars(select(IndexRun).order_by(IndexRun.id.desc())).first().table
    published = newest["with_excluded"] if with_excluded else newest
    with (tmp_path / "out" / "computed.csv").open(encoding="utf-8") as file:
        computed = {row["unit"]: row for row in csv.DictReader(file)}
    compared = 0
    for row in [*published["rows"], published["whole"]]:
        found = computed[row["unit_code"]]
        for name in ("satisfaction", "satisfaction_se", "satisfaction_low", "satisfaction_high",
                     "unweighted", "n_effective", "total", "total_se", "total_low", "total_high",
                     "index_percent", "survey_points"):  # fmt: skip
            if row[name] is not None:
                assert float(found[name]) == pytest.approx(row[name], rel=1e-8, abs=1e-10), name
                compared += 1
        for score in row["concepts"]:
            if score["points"] is not None:
                assert float(found[f"points.{score['id']}"]) == pytest.approx(score["points"])
                compared += 1
    assert compared > 200
    changed = (tmp_path / "out" / "published.csv").read_text(encoding="utf-8-sig")
    first = next(row for row in published["rows"] if row["satisfaction"] is not None)
    forged = changed.replace(repr(first["satisfaction"]), "0.5")
    (tmp_path / "out" / "published.csv").write_text(forged, encoding="utf-8-sig")
    refused = subprocess.run(
        ["Rscript", "--no-init-file", tmp_path / "out" / "analyse.R", tmp_path / "out"],
        capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert (refused.returncode, "DIFFERENT" in refused.stdout) == (1, True)


def test_refusals_name_what_is_wrong(app, wave, tmp_path, monkeypatch):
    from survey.services.microdata import spool

    with pytest.raises(Conflict) as refused:
        make(wave, tmp_path, formats=["por"])
    assert refused.value.code == "microdata.format"
    with pytest.raises(Conflict) as refused:
        make(wave, tmp_path, language="fr")
    assert refused.value.code == "microdata.language"
    monkeypatch.setattr(spool, "MOST_REPLICATES", 10)
    with pytest.raises(Conflict) as refused:
        make(wave, tmp_path, replicates="jackknife")
    assert refused.value.code == "microdata.too_many_replicates"
    with wave.database.write() as session:
        one = session.scalars(select(Response).order_by(Response.id)).first()
        one.answers = one.answers | {"c1": "khong_co"}
    with pytest.raises(Conflict) as refused:
        make(wave, tmp_path)
    assert refused.value.code == "microdata.coding.unknown_option"
    assert list(tmp_path.glob("*.zip")) == [] and list(tmp_path.glob(".m*")) == []


def test_packages_go_after_a_week(app, tmp_path):
    folder = exports.folder(tmp_path)
    folder.mkdir()
    (folder / "x.zip").write_bytes(b"x")
    assert exports.purge(tmp_path, now=datetime.now(UTC)) == 0
    assert exports.purge(tmp_path, now=datetime.now(UTC) + exports.KEPT) == 1
    assert list(folder.iterdir()) == []


def with_characteristics(wave, rare: int = 1) -> None:
    """Half the answers of each unit say they are women, ``rare`` in all say they are "khac"."""
    with wave.database.write() as session:
        seen: dict[int, int] = {}
        for one in session.scalars(select(Response).order_by(Response.id)):
            n = seen[one.unit_id] = seen.get(one.unit_id, -1) + 1
            one.stratum = "ho_tich"  # no field of a unit has a single answer
            one.answers = one.answers | {"k1": ["nu", "nam"][n % 2], "j2": "Tôi tên là Lan"}
        for one in session.scalars(select(Response).order_by(Response.id).limit(rare)):
            one.answers = one.answers | {"k1": "khac"}


def test_a_file_for_everybody_is_refused_while_somebody_stands_out(wave, tmp_path):
    with_characteristics(wave)
    with pytest.raises(Conflict) as refused:
        make(wave, tmp_path, "m.csv", public=2)
    assert refused.value.code == "microdata.exposed"
    assert refused.value.facts["gone"] == "k1" and refused.value.facts["n"] >= 1
    assert list(tmp_path.glob("*.csv")) == []
    rows = table(make(wave, tmp_path, "m.csv", public=2, leave_out=["k1"]))
    for name in ("k1", "j2", "submitted_on", "minutes", "language", "mode", "scales"):
        assert rows[name].isna().all(), name
    assert rows["c1"].notna().all() and rows["w_final"].notna().any()
    with wave.database.read() as session:
        facts = session.scalars(
            select(AuditEvent).where(AuditEvent.action == "microdata.exported")
        ).one()
    assert facts.facts["public"] == 2


def test_a_file_for_everybody_keeps_what_enough_people_share(wave, tmp_path):
    with_characteristics(wave, rare=0)
    rows = table(make(wave, tmp_path, "m.csv", public=2))
    assert rows["k1"].nunique() == 2
    groups = rows.groupby(["unit", "stratum", "k1"]).size()
    assert groups.min() >= 2 and rows["j2"].isna().all()


def test_what_cannot_be_published_at_all_says_so(wave, tmp_path):
    with pytest.raises(Conflict) as refused:
        make(wave, tmp_path, "m.csv", public=100)
    assert refused.value.code == "microdata.exposed" and "gone" not in refused.value.facts
    with pytest.raises(Conflict) as refused:
        make(wave, tmp_path, "m.csv", public=2, leave_out=["khong_co"])
    assert refused.value.code == "microdata.leave_out"


def test_a_file_for_everybody_has_no_calculations():
    """They may look at a question that is left out."""
    asked = model.Question("n", model.Kind.INTEGER, {"vi": "N?"})
    twice = model.Question("twice", model.Kind.CALCULATE, calculation="${n} * 2")
    pages = (model.Section("s", questions=(asked,)),)
    q = model.Questionnaire("thu", "1", {"vi": "Thử"}, ("vi",), "vi", pages, (twice,))
    variables = codebook.variables(q)
    assert [each.name for each in variables] == ["n", "twice"]
    cells = [*("x" for _ in dictionary.DESIGN), 4, 8]
    Public(SimpleNamespace(variables=variables, areas={}), 2, ()).cover(cells)
    assert cells[-2:] == [4, None]
