"""Designs of sensitive questions: read from parameters, refused with their cell."""

from __future__ import annotations

import csv

import pytest

from forms import technique, xlsform
from forms.faces import xform

SURVEY = """
type|name|label|relevant|calculation|parameters|concept|sensitive
calculate|nua|||once(random() < 0.5)|||
begin group|mot|Trang một|||||
select_one giong|cheo|Giống nhau hay khác nhau?|||rr=crosswise p=1/4 counts=giong|boi_duong|yes
select_one co_khong|xuc_xac|Theo xúc xắc?|||rr=forced yes=1/6 no=1/6 counts=co|phong_bi|yes
integer|ds_0|Mấy việc đúng?|${nua} = 'true'||list=control items=4|lo_lot|
integer|ds_1|Mấy việc đúng?|${nua} != 'true'||list=treatment items=4|lo_lot|yes
end group||||||
"""
CHOICES = """
list_name|name|label
giong|giong|Giống nhau
giong|khac|Khác nhau
co_khong|co|Có
co_khong|khong|Không
"""
SETTINGS = "form_id|form_title|version|default_language\nthu|Phiếu thử|1|vi"


def check(folder, *changes):
    survey = SURVEY
    for before, after in changes:
        assert before in survey
        survey = survey.replace(before, after)
    for name, text in {"survey": survey, "choices": CHOICES, "settings": SETTINGS}.items():
        rows = [line.split("|") for line in text.strip().splitlines()]
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    return xlsform.check(folder)


def test_designs_are_read_and_no_field_client_sees_their_parameters(tmp_path):
    q, faults = check(tmp_path)
    assert faults == []
    crosswise, forced = technique.randomised_responses(q)
    assert (crosswise.design, crosswise.counts) == ("crosswise", "giong")
    assert crosswise.probabilities == {"p": 0.25}
    assert forced.probabilities == pytest.approx({"yes": 1 / 6, "no": 1 / 6})
    (experiment,) = technique.list_experiments(q)
    assert (experiment.concept, experiment.items) == ("lo_lot", 4)
    assert (experiment.control.name, experiment.treatment.name) == ("ds_0", "ds_1")
    assert b"crosswise" not in xform.build(q).xml


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("rr=crosswise p=1/4 counts=giong", "rr=crosswise counts=giong", "technique.needs"),
        ("rr=crosswise p=1/4 counts=giong", "p=1/4 counts=giong", "technique.needs"),
        ("rr=crosswise p=1/4 counts=giong", "rr=crosswise p=1/4 counts=co", "technique.counts"),
        ("p=1/4", "p=1/2", "technique.chances"),
        ("p=1/4", "p=4/4", "technique.chances"),
        ("p=1/4", "p=1/0", "technique.chances"),
        ("p=1/4", "p=viec", "row.parameter_unknown"),
        ("yes=1/6 no=1/6", "yes=1/2 no=1/2", "technique.chances"),
        ("yes=1/6 no=1/6", "yes=1/6 q=1/6", "technique.needs"),
        ("list=treatment items=4", "list=treatment items=5", "technique.items"),
        ("list=treatment items=4", "list=control items=4", "technique.pair"),
        ("list=treatment items=4", "list=treatment", "technique.needs"),
        ("list=treatment items=4|lo_lot", "list=treatment items=4|", "technique.pair"),
    ],
)
def test_a_design_that_cannot_be_estimated_is_a_fault_with_its_cell(tmp_path, before, after, code):
    _, faults = check(tmp_path, (before, after))
    found = next(fault for fault in faults if fault.code == code)
    assert found.cell.address.startswith("survey!F")
