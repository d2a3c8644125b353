"""Published figures that anybody can add up by hand, through the code that would meet them."""

from __future__ import annotations

from importlib.resources import files

import pytest

from analysis.index import bands
from analysis.index.rounding import rounded
from analysis.index.scheme import Scheme
from analysis.sampling.allocation import allocate
from survey.domain.appraisal import excess


@pytest.fixture(scope="module")
def sample():
    text = files("survey").joinpath("data/schemes/mau-2023.toml").read_text(encoding="utf-8")
    return Scheme.from_toml(text)


@pytest.mark.parametrize(("good", "weak"), [(14, 3), (7, 10)])
def test_seventeen_units_fall_into_two_bands_by_their_weakest_area(sample, good, weak):
    # Cẩm Giàng 2023 and 2022: every total lies between 80 and 90, so only a floor divides them.
    totals = [89.769, 89.644, *(81.514 + i / 2 for i in range(15))]
    assert all(80 <= total < 90 for total in totals)
    found = []
    for place, total in enumerate(totals):
        ratios = {area.id: total / 100 for area in sample.areas}
        if place >= good:
            ratios[sample.areas[3].id] = 0.699
        found.append(bands.band_of(sample, total, ratios).id)
    assert (found.count("tot"), found.count("hoan_thanh"), len(found)) == (good, weak, 17)


def test_first_and_second_are_an_eighth_of_a_point_apart_at_three_decimals():
    first, second = (rounded(x, 3, "half_up") for x in (89.769, 89.644))
    assert rounded(first - second, 3, "half_up") == 0.125


def test_dossiers_that_are_in_no_class_are_told():
    # Huế: 124,907 early, 102,770 on time and 19,852 late make 247,529 of 257,141.
    classes = (124_907, 102_770, 19_852)
    assert sum(classes) == 247_529
    assert excess(classes, 257_141, 0) == -9_612
    assert excess((*classes, 9_612), 257_141, 0) == 0
    shares = [rounded(100 * n / 257_141, 1, "half_up") for n in classes]
    assert shares == [48.6, 40.0, 7.7]


def test_a_provinces_allocation_by_district():
    # Vĩnh Phúc: 5,008 over nine districts, none below 500; 272 areas, two teams of 136.
    published = [504, 500, 600, 520, 504, 520, 510, 840, 510]
    assert sum(published) == 5_008
    sizes = [100 * n for n in published]
    assert allocate(5_008, sizes, floor=500).tolist() == published
    # A district a tenth as large keeps the floor, and nothing of the whole is lost.
    sizes[1] = 5_000
    found = allocate(5_008, sizes, floor=500)
    assert found[1] == 500
    assert found.sum() == 5_008
    assert found.min() >= 500
