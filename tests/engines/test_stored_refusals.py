"""What has no right answer is refused with the code of the design in memory, or one of its own."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.design import SurveyDesign
from analysis.engines.stored import StoredDesign
from analysis.errors import AnalysisError
from tests.engines.designs import CLUSTERED, people, write


@pytest.fixture(scope="module")
def frame():
    made = people(600)
    hollow = made["q1"].astype(float).where(made["commune"] != "A")
    return made.assign(hollow=np.nan, hollow_in_a=hollow)


@pytest.fixture(scope="module", params=["memory", "duckdb"])
def design(request, frame, tmp_path_factory):
    rows = frame if request.param == "memory" else write(frame, tmp_path_factory.mktemp("rows"))
    with StoredDesign(rows, engine=request.param, **CLUSTERED) as made:
        yield made


def refusal(ask, design) -> AnalysisError:
    with pytest.raises(AnalysisError) as refused:
        ask(design)
    return refused.value


BOTH = {
    "no items": lambda d: d.mean([]),
    "no such item": lambda d: d.mean("absent"),
    "no such domain": lambda d: d.mean("q1", by="absent"),
    "words": lambda d: d.total("answer"),
    "missing values": lambda d: d.mean(["q1", "q2"]),
    "missing category": lambda d: d.proportion("said"),
    "missing domain": lambda d: d.mean("q1", by="said"),
    "na": lambda d: d.mean("q1", na="maybe"),
    "level": lambda d: d.mean("q1", level=95),
    "deff": lambda d: d.mean("q1", deff="none"),
    "pairs": lambda d: d.ratio(["q1", "income"], "q1"),
    "nothing to divide by": lambda d: d.ratio("q1", "nothing"),
    "no value at all": lambda d: d.quantile("hollow", 0.5, na="drop"),
    "a domain without a value": lambda d: d.quantile("hollow_in_a", 0.5, by="commune", na="drop"),
    "interval": lambda d: d.proportion("answer", method="exact"),
    "probabilities": lambda d: d.quantile("q1", 2),
    "rule": lambda d: d.quantile("q1", 0.5, rule="hf10"),
    "statistic": lambda d: d.chisq("answer", "sex", "G"),
    "one category": lambda d: d.chisq("answer", "all_of_one"),
    "unknown category": lambda d: d.poststratify("answer", {"có": 1.0, "không": 2.0}),
    "empty category": lambda d: d.poststratify("sex", {0: 1.0, 1: 2.0, 2: 3.0}),
    "margins of two populations": lambda d: d.rake(
        {"sex": {0: 1.0, 1: 1.0}, "service": {"đất đai": 1.0, "hộ tịch": 2.0}}
    ),
    "no margins": lambda d: d.rake({}),
    "bounds too narrow": lambda d: d.calibrate(
        {"sex": {0: 30000.0, 1: 10.0}}, distance="logit", bounds=(0.9, 1.1)
    ),
    "missing auxiliary": lambda d: d.calibrate({"q2": 1.0}),
    "trim": lambda d: d.trim(lower=3, upper=2),
    "replicates": lambda d: d.replicates("JK1"),
    "no seed": lambda d: d.replicates("bootstrap", n=10),
    "calibrated replicates": lambda d: d.replicates("JKn").rake({"sex": {0: 1.0, 1: 1.0}}),
}


@pytest.mark.parametrize("name", BOTH)
def test_a_refusal_has_the_code_of_the_design_in_memory(design, frame, name):
    asked = frame.assign(nothing=0.0)
    if name == "nothing to divide by":
        with StoredDesign(asked, engine="memory", **CLUSTERED) as made:
            found = refusal(BOTH[name], made)
    else:
        found = refusal(BOTH[name], design)
    wanted = refusal(BOTH[name], SurveyDesign(asked, **CLUSTERED))
    assert (found.code, type(found)) == (wanted.code, type(wanted))
    assert "row" not in found.facts


OWN = {
    "engine.row_weights": lambda d: d.weights,
    "engine.given_replicates": lambda d: d.given_replicates(np.ones((600, 2)), scale=1.0),
    "engine.quantile_rule": lambda d: d.quantile("q1", 0.5, rule="hf7"),
    "domain.empty": lambda d: d.where(("sex", 9)).mean("q1"),
    "domain.mask": lambda d: d.where(("said", "có")).mean("q1"),
    "domain.mask ": lambda d: d.where("answer").mean("q1"),
    "estimate.no_column": lambda d: d.where("absent"),
}


@pytest.mark.parametrize("code", OWN)
def test_what_files_cannot_give_is_a_named_refusal(design, code):
    found = refusal(OWN[code], design)
    assert found.code == code.strip()
    assert found.hint or code == "estimate.no_column"


BAD = {
    "zero weight": ({"w": 0.0}, {}),
    "negative weight": ({"w": -1.0}, {}),
    "weight that is no number": ({"w": np.nan}, {}),
    "infinite weight": ({"w": np.inf}, {}),
    "PSU in two strata": ({}, {"nest": False}),
    "too few villages": ({"villages": 2}, {}),
    "no villages": ({"villages": 0}, {}),
    "villages that vary": ({"villages": "vary"}, {}),
    "no stratum": ({"commune": None}, {}),
    "no such weights": ({}, {"weights": "absent"}),
    "no such stratum": ({}, {"strata": "absent"}),
    "no such rule": ({}, {"lonely": "hope"}),
    "weights unknown": ({}, {"weights": None, "fpc": None}),
    "stages without counts": ({}, {"psu": ["village", "household"]}),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("engine", ["memory", "duckdb"])
def test_a_bad_design_is_refused_when_it_is_made(frame, tmp_path, engine, name):
    change, said = BAD[name]
    bad = frame.copy()
    for column, value in change.items():
        bad[column] = bad[column].astype(object) if value is None else bad[column]
        if value == "vary":
            bad[column] += np.arange(len(bad)) % 2
        else:
            bad.loc[5, column] = value
    if name == "too few villages":
        bad["villages"] = 2
    bad["commune"] = bad["commune"].astype("str" if name != "no stratum" else object)
    arguments = {**CLUSTERED, **said}
    rows = bad if engine == "memory" else write(bad, tmp_path)
    found = refusal(lambda x: StoredDesign(x, engine=engine, **arguments), rows)
    wanted = refusal(lambda x: SurveyDesign(x, **arguments), bad)
    assert found.code == wanted.code
    assert "row" not in found.facts


def test_an_engine_is_one_of_those_that_are_there(frame):
    for engine, code in (("polars", "engine.unknown"), ("duckdb", "engine.frame")):
        found = refusal(lambda x, e=engine: StoredDesign(x, engine=e, **CLUSTERED), frame)
        assert found.code == code


def test_duckdb_says_what_it_lacks(frame, tmp_path):
    files = write(frame, tmp_path)
    asked = (
        (files, 1 << 10, "engine.memory"),
        (tmp_path / "absent.parquet", 1 << 30, "engine.files"),
    )
    for rows, memory, code in asked:
        found = refusal(lambda x, m=memory: StoredDesign(x, memory=m, **CLUSTERED), rows)
        assert found.code == code
        assert found.hint


def test_one_cluster_in_a_stratum_is_refused(frame):
    lone = frame[(frame["commune"] != "A") | (frame["village"] == 1)]
    for psu in ("village", None):
        if psu is None:
            lone = frame.drop(frame.index[frame["commune"] == "A"][1:])
        arguments = {**CLUSTERED, "psu": psu, "fpc": None}
        with StoredDesign(lone, engine="memory", **arguments) as made:
            found = refusal(lambda d: d.mean("q1"), made)
        assert found.code == "design.lonely_psu"
        assert found.facts["stratum"] == "A"


@pytest.mark.parametrize("lonely", ["adjust", "average", "certainty", "remove"])
@pytest.mark.parametrize("domains", [False, True])
@pytest.mark.parametrize("psu", ["village", None])
def test_lonely_clusters_are_treated_alike(frame, psu, domains, lonely):
    if psu:
        lone = frame[(frame["commune"] != "A") | (frame["village"] == 1)]
    else:
        lone = frame.drop(frame.index[frame["commune"] == "A"][1:])
    lone = lone.reset_index(drop=True)
    said = {**CLUSTERED, "psu": psu, "fpc": None, "lonely": lonely, "lonely_domains": domains}
    with StoredDesign(lone, engine="memory", **said) as made:
        for ask in (
            lambda d: d.mean(["q1", "q3"], by="age", na="drop"),
            lambda d: d.total("income", by="answer"),
        ):
            try:
                wanted = ask(SurveyDesign(lone, **said))
            except AnalysisError as refused:
                assert refusal(ask, made).code == refused.code
                continue
            found = ask(made)
            floor = 1e-12 * np.abs(wanted.table["estimate"]).max()
            for name in ("estimate", "se", "df", "deff"):
                np.testing.assert_allclose(
                    found.table[name], wanted.table[name], rtol=1e-9, atol=floor, err_msg=name
                )
            scale = max(1e-12 * np.abs(wanted.cov).max(), floor**2)
            np.testing.assert_allclose(found.cov, wanted.cov, rtol=1e-9, atol=scale)
