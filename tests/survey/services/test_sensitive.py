"""Sensitive shares of a wave: from stored answers, weights and the frozen designs."""

from __future__ import annotations

import csv
import io
import random
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import select

from forms.model import Choice, Kind, Question
from forms.questionnaires import load
from survey import jobs
from survey.services import definitions, sensitive
from survey.store.models import Response
from tests.support import released

SAME = tuple(Choice(name, {"vi": name}) for name in ("giong", "khac")) + (
    Choice("98", {"vi": "Không muốn trả lời"}, missing="tu_choi"),
)
CROSSWISE = Question(
    name="cheo",
    kind=Kind.SELECT_ONE,
    choices=SAME,
    item="Bồi dưỡng",
    concept="boi_duong",
    parameters={"rr": "crosswise", "p": "1/4", "counts": "giong"},
)
LISTS = [
    Question(
        name=f"ds_{side}",
        kind=Kind.INTEGER,
        item="Quen biết",
        concept="quen_biet",
        parameters={"list": side, "items": "4"},
    )
    for side in ("control", "treatment")
]


def extended():
    q = load("c1-citizen")
    *others, last = q.sections
    return replace(
        q, sections=(*others, replace(last, questions=(*last.questions, CROSSWISE, *LISTS)))
    )


@pytest.fixture
def wave(app, monkeypatch):
    found = released.answered(app, scale=0.05)
    chance = random.Random(7)
    with found.database.write() as session:
        for each in session.scalars(select(Response).order_by(Response.id)):
            trait, innocent = chance.random() < 0.3, chance.random() < 0.25
            said = "giong" if trait == innocent else "khac"
            said = "98" if chance.random() < 0.05 else said
            count, longer = sum(chance.random() < 0.5 for _ in range(4)), chance.random() < 0.5
            each.answers = each.answers | {
                "cheo": "98"
                if chance.random() < 0.05
                else "giong"
                if trait == innocent
                else "khac",
                f"ds_{'treatment' if longer else 'control'}": count + (longer and trait),
            }
    definition = extended()
    monkeypatch.setattr(definitions, "of", lambda stored: definition)
    return found


def test_shares_are_weighted_and_carry_their_price(wave):
    with wave.database.read() as session:
        crosswise, by_list = sensitive.estimate(session, wave.slug)
        rows = session.scalars(select(Response.answers)).all()
    assert (crosswise.item, crosswise.technique) == ("Bồi dưỡng", "crosswise")
    assert 0 < crosswise.n <= sum(row.get("cheo") in ("giong", "khac") for row in rows)
    plain = np.mean([row["cheo"] == "giong" for row in rows if row["cheo"] != "98"])
    # Weights move the share a little; the veil multiplies whatever they move by two.
    assert crosswise.share == pytest.approx((plain + 0.25 - 1) / -0.5, abs=0.12)
    assert crosswise.se > 1.5 * np.sqrt(0.3 * 0.7 / crosswise.n) * 0.8
    assert 0 <= crosswise.low < crosswise.high <= 1 and crosswise.p_value is None
    assert by_list.technique == "list" and abs(by_list.share - 0.3) < 4 * by_list.se
    assert 0 <= by_list.p_value <= 1


def test_too_few_answers_show_no_share(wave, monkeypatch):
    with wave.database.write() as session:
        for each in session.scalars(select(Response)):
            each.answers = {k: v for k, v in each.answers.items() if k != "cheo"}
    with wave.database.read() as session:
        crosswise, _ = sensitive.estimate(session, wave.slug)
    assert (crosswise.share, crosswise.missing, crosswise.n) == (None, "small_n", 0)


def test_the_command_prints_them(app, wave):
    result = app.test_cli_runner().invoke(args=["index", "sensitive", "--wave", wave.slug])
    assert result.exit_code == 0, result.output
    assert "Bồi dưỡng" in result.output and "crosswise" in result.output


def test_the_package_tells_the_shares_and_how_options_stood(app, wave, tmp_path):
    with wave.database.write() as session:
        for number, each in enumerate(session.scalars(select(Response).order_by(Response.id)), 1):
            each.paradata = {**each.paradata, "orders": {"j1": ["it_giay_to", f"x{number}"]}}
    order = {"formats": ["csv"], "language": "vi"}
    jobs.run_here(
        *(app, "microdata.file", released.silent),
        wave=wave.slug,
        path=tmp_path / "m.zip",
        by="test",
        order=order,
    )

    def rows(name: str) -> list[dict[str, str]]:
        with zipfile.ZipFile(tmp_path / "m.zip") as package:
            text = package.read(name).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text)))

    with wave.database.read() as session:
        expected = sensitive.estimate(session, wave.slug)
    assert [float(row["share"]) for row in rows("sensitive.csv")] == [x.share for x in expected]
    data, stood = rows(f"{wave.slug}.csv"), rows("option-orders.csv")
    assert [row["psu"] for row in stood] == [row["psu"] for row in data]
    assert [row["order"] for row in stood] == [f"it_giay_to x{row['psu']}" for row in data]
    order["public"] = 1
    jobs.run_here(
        *(app, "microdata.file", released.silent),
        wave=wave.slug,
        path=tmp_path / "p.zip",
        by="test",
        order=order,
    )
    with zipfile.ZipFile(tmp_path / "p.zip") as package:
        assert not {"sensitive.csv", "option-orders.csv"} & set(package.namelist())


def test_a_questionnaire_without_such_questions_has_none(app):
    found = released.answered(app, scale=0.03)
    with found.database.read() as session:
        assert sensitive.estimate(session, found.slug) == []
