"""Files for analysts of a household round: areas as sampling units."""

from __future__ import annotations

import io
import json
import random
import shutil
import subprocess
import zipfile

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import select

from analysis.design import SurveyDesign
from survey import jobs
from survey.errors import Conflict
from survey.services import definitions
from survey.store.models import HouseholdArea, IndexRun, Response, Wave
from tests.support import field, households
from tests.support.released import silent

ORDER = {
    "formats": ["csv"], "language": "vi", "replicates": "", "n_replicates": 20, "seed": 1,
    "script": True, "with_excluded": False, "texts": True,
}  # fmt: skip
SLUG = households.SLUG


@pytest.fixture
def answered(app, database):
    """A weighed round: three households an area, one of them silent, of one to three adults."""
    device = households.make(app)
    desk, chance = field.Desk(app, database, SLUG), random.Random(7)
    for number, area in enumerate(device.areas()):
        device.send_listing(area, households.listing())
        for place in range(2 if number == 0 else 3):
            made = device.selection(area, households.listing(), place, 1 + (place + number) % 3)
            id_ = device.interview(area, place, made, part={"officer": "no"})
            assert desk.judged(id_) == ("stored", "")
    with database.write() as session:
        asked = definitions.of(session.scalars(select(Wave)).one().questionnaire)
        names = {question.name for question in asked if question.is_rating}
        for answer in session.scalars(select(Response)):
            given = answer.answers
            rated = [n for n in sorted(given) if n in names and given[n] in tuple("12345")]
            answer.answers = given | {n: chance.choice("12345") for n in rated}
    jobs.run_here(app, "recompute", silent, wave=SLUG)
    return app


def package(app, tmp_path, **order):
    path = tmp_path / "m.zip"
    jobs.run_here(
        app, "microdata.file", silent, wave=SLUG, path=path, by="lan", order={**ORDER, **order}
    )
    with zipfile.ZipFile(path) as made:
        made.extractall(tmp_path / "out")
        return {name: made.read(name) for name in made.namelist()}


def rows_of(files) -> pd.DataFrame:
    content = io.BytesIO(files[f"{SLUG}.csv"])
    return pd.read_csv(content, encoding="utf-8-sig", dtype={"unit": str})


def published(database) -> dict:
    with database.read() as session:
        return session.scalars(select(IndexRun).order_by(IndexRun.id.desc())).first().table


def test_share_and_standard_error_of_the_file_are_the_published_ones(answered, database, tmp_path):
    files = package(answered, tmp_path)
    rows = rows_of(files)
    assert "fpc" not in rows and rows["household"].is_unique
    np.testing.assert_allclose(1 / rows["w_base"], rows["probability"])
    stages = rows["p_area"] * rows["p_household"] * rows["p_adult"]
    np.testing.assert_allclose(stages, rows["probability"])
    adults = (1 / rows["p_adult"]).round(9)
    assert set(adults) == {1, 2, 3}
    items = pd.read_csv(io.BytesIO(files["index-items.csv"]), encoding="utf-8-sig")["variable"]
    given = rows[items].where(rows[items] > 0)
    rows["valid"], rows["score"] = given.notna().sum(axis=1), (given >= 4).sum(axis=1)
    design = SurveyDesign(rows, weights="w_final", strata="cell", psu="psu")
    table, compared = published(database), 0
    for row in [*table["rows"], table["whole"]]:
        own = rows["unit"] == row["unit_code"]
        member = np.ones(len(rows), bool) if row is table["whole"] else own.to_numpy()
        made = design.where(member).ratio(["score"], ["valid"])
        assert made.table["estimate"].iloc[0] == pytest.approx(row["satisfaction"], rel=1e-10)
        assert np.sqrt(made.cov[0, 0]) == pytest.approx(row["satisfaction_se"], rel=1e-8)
        compared += row["satisfaction_se"] > 0
    assert compared == 3


def test_areas_are_named_and_the_weights_tell_their_history(answered, database, tmp_path):
    files = package(answered, tmp_path)
    rows, history = rows_of(files), json.loads(files["weights.json"])
    with database.read() as session:
        drawn = session.scalars(
            select(HouseholdArea).where(HouseholdArea.probability.is_not(None))
        ).all()
    book = pd.read_csv(io.BytesIO(files["codebook.csv"]), encoding="utf-8-sig")
    areas = book[(book["name"] == "psu") & book["code"].notna()]
    named = dict(zip(areas["code"].astype(int), areas["meaning_vi"], strict=True))
    assert set(named.values()) == {area.code for area in drawn}
    chances = {area.code: area.probability for area in drawn}
    np.testing.assert_allclose(rows["p_area"], rows["psu"].map(named).map(chances))
    assert [step["name"] for step in history["steps"]] == ["areas", "base", "cells", "nonresponse"]
    factors = {c["cell"]: c["factor"] for c in history["steps"][3]["classes"]}
    of_row = rows["cell"].map({n: factors[cell] for cell, n in history["cells"].items()})
    np.testing.assert_allclose(rows["w_nonresponse"] / rows["w_base"], of_row)
    assert max(factors.values()) > 1, "a silent household is made up for"
    text = b"\n".join(files.values()).decode("utf-8", "ignore")
    with database.read() as session:
        assert not any(id_ in text for id_ in session.scalars(select(Response.id)))
    assert "ngõ " not in text and "latitude" not in text


def test_a_village_counts_among_what_everybody_knows(answered, tmp_path):
    with pytest.raises(Conflict, match="psu, probability") as told:
        package(answered, tmp_path, public=2, script=False)
    assert told.value.code == "microdata.exposed"
    with pytest.raises(Conflict) as told:
        package(answered, tmp_path, replicates="jackknife")
    assert told.value.code == "microdata.household_replicates"


def test_r_computes_the_table_of_a_household_round_again(answered, tmp_path):
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed (apt: r-base-core r-cran-survey)")
    package(answered, tmp_path)
    done = subprocess.run(
        ["Rscript", "--no-init-file", tmp_path / "out" / "analyse.R", tmp_path / "out"],
        capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    if "there is no package called" in done.stderr:
        pytest.skip("R lacks survey (apt: r-cran-survey)")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "satisfaction_se                    3 figures" in done.stdout
    assert "satisfaction_low                   3 figures" in done.stdout
