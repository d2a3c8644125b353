"""Two releases side by side do not tell what very few people said."""

from __future__ import annotations

import pytest

from survey.errors import InvalidInput
from survey.services.release import differencing
from survey.store import waves
from survey.store.models import DecisionAnswer, Response, ScreeningDecision
from tests.support import released
from tests.support.databases import ON_SQLITE

HEAD = "unit,stratum,probability,outcome,excluded,a1,a2"
CONCEPTS = {"access": ["a1"], "result": ["a2"]}
NAMES = {f"{code}@2020-01-01": f"Xã {code}" for code in "ABC"}


def table(shown: str, *, whole: bool = True, with_excluded: str | None = None) -> dict:
    made = {
        "rows": [
            {"unit_code": code, "valid_from": "2020-01-01",
             "satisfaction": 0.8 if code in shown else None}
            for code in "ABC"
        ],
        "whole": {"satisfaction": 0.8 if whole else None},
    }  # fmt: skip
    return made if with_excluded is None else made | {"with_excluded": table(with_excluded)}


def answers(*groups: tuple[str, int, str, int]) -> bytes:
    """``(unit, how many, "a1,a2", excluded)``."""
    lines = [HEAD]
    for code, n, said, excluded in groups:
        lines += [f"{code}@2020-01-01,s,0.5,1.1,{excluded},{said}"] * n
    return ("\n".join(lines) + "\n").encode()


def tables(number: int, shown: str, *groups, **more) -> list[differencing.Published]:
    return differencing.published(number, table(shown, **more), answers(*groups))


def said(now, before) -> str:
    with pytest.raises(InvalidInput) as refused:
        differencing.refuse(now, before, people=3, concepts=CONCEPTS, names=NAMES)
    assert refused.value.code == "release.differencing"
    return "\n".join(map(str, refused.value.problems))


def passes(now, before) -> None:
    differencing.refuse(now, before, people=3, concepts=CONCEPTS, names=NAMES)


FULL = (("A", 40, "5,5", 0), ("B", 40, "4,4", 0), ("C", 40, "3,", 0))
BEFORE = tables(1, "ABC", *FULL)


def test_the_same_answers_or_none_before_pass():
    passes(tables(0, "ABC", *FULL), BEFORE)
    passes(tables(0, "ABC", *FULL), [])


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_unit_that_loses_fewer_than_three_answers_is_named(n):
    fewer = tables(0, "ABC", ("A", 40 - n, "5,5", 0), ("A", n, "5,5", 1), *FULL[1:])
    if n == 3:
        passes(fewer, BEFORE)
        return
    words = said(fewer, BEFORE)
    assert f"Xã A: khác bản 1 chỉ ở câu trả lời của {n} người, ít hơn 3." in words
    assert f"Toàn đợt: khác bản 1 chỉ ở câu trả lời của {n} người" in words
    assert "Xã B" not in words


def test_a_question_that_one_of_many_answered_is_named():
    fewer = tables(0, "ABC", *FULL[:2], ("C", 35, "3,", 0))
    passes(fewer, BEFORE)
    one = (("C", 36, "3,", 0), ("C", 3, "3,", 1), ("C", 1, "3,2", 1))
    before = tables(1, "ABC", *FULL[:2], ("C", 39, "3,", 0), ("C", 1, "3,2", 0))
    assert "Xã C: khác bản 1 chỉ ở câu trả lời của 1 người" in said(
        tables(0, "ABC", *FULL[:2], *one), before
    )


def test_the_table_with_excluded_answers_counts_as_published():
    """First five were out, now one: the old second table less the new first one tells of it."""
    before = tables(1, "ABC", ("A", 35, "5,5", 0), ("A", 5, "1,1", 1), *FULL[1:],
                    with_excluded="ABC")  # fmt: skip
    now = tables(2, "ABC", ("A", 35, "5,5", 0), ("A", 4, "1,1", 0), ("A", 1, "1,1", 1), *FULL[1:])
    assert "của 1 người" in said(now, before)
    alone = [each for each in before if each.answers["A@2020-01-01"].total() == 35]
    passes(now, alone)


def test_withheld_units_differ_through_the_whole():
    before = tables(1, "A", *FULL)
    now = tables(0, "A", FULL[0], ("B", 39, "4,4", 0), FULL[2])
    assert "Các đơn vị không có số liệu: khác bản 1 chỉ ở câu trả lời của 1 người" in said(
        now, before
    )
    passes(tables(0, "A", FULL[0], ("B", 39, "4,4", 0), FULL[2], whole=False), before)


def test_what_is_withheld_by_turns_is_withheld_nowhere():
    assert "Xã B" in said(tables(0, "A", *FULL), tables(1, "AC", *FULL))
    passes(tables(0, "A", *FULL), tables(1, "A", *FULL))


def leave_out(session, slug: str, unit: int, n: int) -> None:
    wave = waves.get(session, slug)
    decision = ScreeningDecision(
        wave_id=wave.id, key=f"burst {n}", evidence={}, verdict="exclude", reason="Trùng.",
        by="lan", at=wave.created_at,
    )  # fmt: skip
    session.add(decision)
    session.flush()
    known = session.query(Response).filter_by(wave_id=wave.id, unit_id=unit, outcome="1.1")
    for answer in known.order_by(Response.id).limit(n):
        session.add(DecisionAnswer(decision_id=decision.id, response_id=answer.id))


@ON_SQLITE
def test_a_correction_that_leaves_out_one_answer_is_refused_and_one_of_six_is_released(app):
    wave = released.answered(app)
    wave.release()
    with wave.database.write() as session:
        unit = session.query(Response).filter_by(outcome="1.1").first().unit_id
        leave_out(session, wave.slug, unit, 1)
    wave.compute()
    with pytest.raises(InvalidInput) as refused:
        wave.release("Loại một phiếu trùng.")
    assert refused.value.code == "release.differencing"
    assert any("của 1 người" in str(problem) for problem in refused.value.problems)
    with wave.database.write() as session:
        leave_out(session, wave.slug, unit, 6)
    wave.compute()
    stored, made = wave.release("Loại sáu phiếu trùng.")
    assert stored.number == 2
    assert made.changes["cells"]
