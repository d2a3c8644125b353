"""What stands on too few people is not released, and the refusal names every such cell."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from analysis.index.unit_sums import silent
from survey.errors import InvalidInput
from survey.services.release import disclosure
from survey.store import waves
from survey.store.models import Response
from tests.support import released
from tests.support.databases import ON_SQLITE


def row(code: str, n: int, share: float | None = 0.8) -> dict:
    return {
        "unit_code": code, "valid_from": "2020-01-01", "name": f"Xã {code}", "n_respondents": n,
        "satisfaction": share,
    }  # fmt: skip


def heard(code: str, *people: int):
    made = silent(f"{code}@2020-01-01", ("access", "result", ""))
    made.heard[:] = np.array(people)
    return made


TABLE = {
    "rows": [row("A", 60), row("B", 4, None), row("C", 30, None)],
    "whole": {"satisfaction": 0.8},
}


def said(table, sums=(), **limits) -> str:
    with pytest.raises(InvalidInput) as refused:
        disclosure.refuse(table, sums, **({"minimum": 10, "people": 3} | limits))
    return "\n".join(map(str, refused.value.problems))


def test_a_table_of_enough_people_passes():
    disclosure.refuse(TABLE, [heard("A", 60, 3, 60), heard("B", 4, 3, 4)], minimum=10, people=3)


def test_a_unit_with_too_few_answers_is_named():
    table = copy.deepcopy(TABLE)
    table["rows"][0]["n_respondents"] = 9
    assert said(table) == "Xã A: chỉ 9 phiếu, ít hơn 10."


def test_what_the_whole_gives_away_is_named():
    table = copy.deepcopy(TABLE)
    table["rows"][2] = row("C", 30)
    assert "Xã B, chỉ 4 phiếu" in said(table)
    table["whole"]["satisfaction"] = None
    disclosure.refuse(table, [], minimum=10, people=3)


def test_a_figure_of_two_people_within_a_large_unit_is_named():
    words = said(TABLE, [heard("A", 60, 2, 60)])
    assert words == "Xã A, nội dung “result”: chỉ 2 người trả lời, ít hơn 3."
    disclosure.refuse(TABLE, [heard("A", 60, 0, 60)], minimum=10, people=3)


def test_a_subject_that_two_of_the_withheld_answered_is_named():
    some = [heard("A", 60, 60, 60), heard("B", 3, 1, 4), heard("C", 20, 1, 30)]
    assert said(TABLE, some) == (
        "Số chung trừ các đơn vị có số liệu, nội dung “result”: chỉ 2 người trả lời, ít hơn 3."
    )
    some[2] = heard("C", 20, 2, 30)
    disclosure.refuse(TABLE, some, minimum=10, people=3)


@ON_SQLITE
def test_the_release_refuses(app):
    wave = released.answered(app)
    with wave.database.write() as session:
        unit = None
        feedback = ("g1", "g2", "g3")
        for answer in session.query(Response).order_by(Response.id):
            unit = unit or answer.unit_id
            if answer.unit_id == unit:
                kept = {k: v for k, v in answer.answers.items() if k not in feedback}
                answer.answers = kept | ({"g1": "4"} if answer.id < "1" else {})
    wave.compute()
    with wave.database.read() as session:
        settings = waves.get(session, wave.slug).settings
    assert "min_people" not in settings
    with pytest.raises(InvalidInput) as refused:
        wave.release()
    assert refused.value.code == "release.disclosure"
    assert "người trả lời" in str(refused.value.problems[0])
