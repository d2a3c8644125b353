"""What every questionnaire that ships promises."""

from __future__ import annotations

import re
import statistics
import tomllib
from pathlib import Path

import pytest

import survey
from forms import duration, questionnaires, routing, xlsform
from forms.faces import xform
from forms.model import Kind
from forms.questionnaires import load, names

NAMES = names()
#: A name, or the first and last of a row of names: c1–c4, d1_1–d1_8.
SPAN = re.compile(r"([a-z]+\d*_?)(\d+)–([a-z]+\d*_?)(\d+)")
COLUMNS = ["item", "asks", "concept", "index criterion", "source", "why it is there"]
LONGEST = re.compile(
    r"syllables, the longest \((\w+)\) (\d+)\.|longest question \((\w+)\) has (\d+)"
)


def notes_of(name: str) -> str:
    return (questionnaires._FOLDER / name / "NOTES.md").read_text("utf-8")


def purposes(notes: str) -> list[dict[str, str]]:
    """The rows of the table that tells what each item is for."""
    part = notes.split("## What each item is for")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert rows[0] == COLUMNS
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows[2:]]


def items(cell: str) -> list[str]:
    found: list[str] = []
    for part in cell.split(", "):
        span = SPAN.fullmatch(part)
        numbers = range(int(span[2]), int(span[4]) + 1) if span else ()
        found += [f"{span[1]}{n}" for n in numbers] if span else [part]
    return found


def syllables(text: str) -> int:
    """Words as they stand; a name that is put in counts as one."""
    return len(re.sub(r"\$\{\w+\}", "x", text).split())


def test_four_ship():
    assert NAMES == ("c1-citizen", "c2-enterprise", "c3-inside", "tt01-dossier")


@pytest.mark.parametrize("name", NAMES)
def test_neither_fault_nor_warning_and_a_form_for_field_clients(name):
    q, faults = xlsform.check(questionnaires._FOLDER / name)
    assert faults == [] and q == load(name) and q.form_id == name
    assert f'id="{name}"'.encode() in xform.build(q).xml


@pytest.mark.parametrize("name", NAMES)
def test_every_text_is_in_both_languages(name):
    q = load(name)
    assert q.languages == ("vi", "en")
    for each in (*q, *q.sections):
        for texts in (each.labels, getattr(each, "hints", {})):
            assert not texts or set(texts) == {"vi", "en"}, each.name
        for choice in getattr(each, "choices", ()):
            assert set(choice.labels) == {"vi", "en"}, (each.name, choice.name)


@pytest.mark.parametrize("name", NAMES)
def test_the_notes_tell_purpose_criterion_and_source_of_every_question(name):
    rows, q = purposes(notes_of(name)), load(name)
    told = [item for row in rows for item in items(row["item"])]
    assert sorted(told) == sorted(each.name for each in q if each.is_asked)
    for row in rows:
        assert all(row.values()), row
        named = items(row["item"])
        concepts = row["concept"].split(", ") * (1 if ", " in row["concept"] else len(named))
        assert concepts == [q.question(item).concept for item in named]


def test_the_criteria_of_the_citizens_form_are_the_leaves_that_take_its_concepts():
    scheme = Path(survey.__file__).parent / "data/schemes/mau-2023.toml"
    areas = tomllib.loads(scheme.read_text("utf-8"))["area"]
    leaves = [leaf for area in areas for each in area["criterion"] for leaf in each["leaf"]]
    takes = {leaf["concept"]: leaf["id"] for leaf in leaves if leaf["source"] == "survey"}
    for row in purposes(notes_of("c1-citizen")):
        assert row["index criterion"] == takes.get(row["concept"], "–"), row["item"]


@pytest.mark.parametrize("name", NAMES)
def test_the_notes_tell_order_reading_level_and_minutes_as_they_are(name):
    notes, q = notes_of(name), load(name)
    for heading in ("Order effects considered", "Reading level and time", "Version"):
        assert f"## {heading}" in notes
    notes = " ".join(notes.split())
    asked = [each for each in q if each.is_asked]
    item, length = (part for part in LONGEST.search(notes).groups() if part)
    lengths = {each.name: syllables(each.labels["vi"]) for each in asked}
    assert int(length) == max(lengths.values()) == lengths[item]
    if median := re.search(r"median question has (\d+) syllables", notes):
        assert int(median[1]) == statistics.median(lengths.values())
    assert f"{len(asked)} questions" in notes
    low, high = re.search(r"\*\*about (\d+)(?:–(\d+))? minutes", notes).groups()
    assert int(low) <= duration.minutes(q, "vi") <= int(high or low)


@pytest.mark.parametrize("name", NAMES)
def test_one_mark_is_asked_on_one_thing(name):
    """No "and" in what citizens and enterprises rate; fixed pairs of office language excepted."""
    pairs = ("góp ý, phản ánh", "phí, lệ phí", "người già, người khuyết tật")
    for each in load(name) if name in ("c1-citizen", "c2-enterprise") else ():
        text = each.labels["vi"].lower()
        for pair in pairs if each.is_rating and each.name != "i1" else ():
            text = text.replace(pair, "")
        if each.is_rating and each.name != "i1":
            assert not re.search(r" và | hoặc |,", text), (each.name, text)


@pytest.mark.parametrize("name", NAMES)
def test_scales_run_from_the_worst_to_the_best_with_the_missing_reason_apart(name):
    for each in load(name):
        steps = [choice.name for choice in each.choices if not choice.missing]
        if each.list_name == "so_sanh":
            assert steps == ["kem_hon", "nhu_cu", "tot_hon"]
        if each.is_rating or (each.concept or "").startswith("tt01_"):
            assert steps == sorted(steps, key=int) and steps[0] in "01"
            assert [c.missing != "" for c in each.choices] == [False] * len(steps) + [True]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_asks_where_or_who_somebody_is(name):
    kinds = {each.kind for each in load(name)}
    assert kinds <= {Kind.SELECT_ONE, Kind.SELECT_MULTIPLE, Kind.TEXT, Kind.NOTE, Kind.INTEGER}
    for each in load(name):
        if each.kind is Kind.TEXT:
            assert "số điện thoại" in each.hints["vi"]


@pytest.mark.parametrize("name", NAMES)
def test_sensitive_questions_can_be_skipped_and_declined(name):
    for each in load(name):
        if each.sensitive:
            assert not each.required
            assert "tu_choi" in {choice.missing for choice in each.choices}


@pytest.mark.parametrize("name", NAMES)
def test_a_full_walk_ends_and_its_progress_never_falls(name):
    q = load(name)
    context = {"unit_name": "xã Cẩm Hoàng", **{f"dv_{k}": f"đơn vị {k}" for k in range(1, 9)}}
    answers, done, section = {}, 0.0, None
    while section := routing.next_section(q, answers, context, after=section):
        step, steps = routing.progress(q, answers, context, section)
        assert done < step / steps <= 1
        done = step / steps
        asked = {e.name for _, part in routing.path(q, answers, context) for e in part}
        for each in q.section(section).questions:
            if each.choices and each.name in asked:
                first = each.choices[0].name
                answers[each.name] = [first] if each.kind is Kind.SELECT_MULTIPLE else first
    assert done == 1
    assert routing.prune(q, answers, context) == answers


def test_a_business_without_a_result_is_thanked_and_asked_nothing_more():
    q, answers = load("c2-enterprise"), {"a1": "chu", "a2": "khong"}
    context = {"unit_name": "xã Cẩm Hoàng"}
    shown = {e.name for _, questions in routing.path(q, answers, context) for e in questions}
    assert shown == {"a1", "a2", "a4", "a5", "ket_thuc_loi"}
    assert not routing.is_eligible(q, answers, context)


def test_only_who_went_online_rates_it():
    q, context = load("c2-enterprise"), {"unit_name": "xã Cẩm Hoàng"}
    for given, seen in (("co", True), ("khong", False), ("khong_nho", False)):
        answers = {"a2": "co", "g0": given}
        shown = {e.name for _, questions in routing.path(q, answers, context) for e in questions}
        assert ({"g1", "g2", "g3", "g4"} <= shown) is seen


def test_repeated_inspections_are_asked_after_two():
    q, context = load("c2-enterprise"), {"unit_name": "xã Cẩm Hoàng"}
    for given, seen in (("lan_0", False), ("lan_1", False), ("lan_2", True), ("lan_3", True)):
        answers = {"a2": "co", "h5": given}
        shown = {e.name for _, questions in routing.path(q, answers, context) for e in questions}
        assert ("h6" in shown) is seen and "e6" in shown


def test_nobody_rates_the_own_unit_even_if_it_came_into_the_list():
    q = load("c3-inside")
    context = {"unit_name": "xã Cẩm Hoàng", "dv_1": "xã Cẩm Vũ", "dv_2": "xã Cẩm Hoàng"}
    shown = {e.name for _, questions in routing.path(q, {}, context) for e in questions}
    assert {f"d{aspect}_1" for aspect in range(1, 9)} <= shown
    assert not {f"d{a}_{line}" for a in range(1, 9) for line in range(2, 9)} & shown


def test_the_nine_indices_are_the_columns_of_the_quarterly_sheet():
    q = load("tt01-dossier")
    for n in range(1, 10):
        choices = q.question(f"i{n}").choices
        assert [c.name for c in choices] == ["0", "1", "2", "98"] and choices[-1].missing
    assert [c.name for c in q.question("satisfaction").choices] == ["1", "2", "3", "98"]
