"""The caterpillar plot, read back as XML."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from survey.render.caterpillar import svg
from tests.survey.render.result_tables import FEW, TABLE, A, B, C

NS = "{http://www.w3.org/2000/svg}"
BOTH_FORMS = pytest.mark.parametrize("narrow", [False, True])


def plot(table=TABLE, language: str = "vi", *, narrow: bool = False) -> ElementTree.Element:
    return ElementTree.fromstring(svg(table, language, narrow=narrow))


def of_class(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [found for found in root.iter() if name in found.get("class", "").split()]


def words(root: ElementTree.Element) -> str:
    return " ".join("".join(t.itertext()) for t in root.iter(NS + "text"))


def rows(root: ElementTree.Element) -> list[ElementTree.Element]:
    return of_class(root, "plot-row")


def scale(root: ElementTree.Element):
    """x of a share, from two tick labels of the drawn axis."""
    ticks = [t for t in of_class(root, "plot-tick") if re.fullmatch(r"\d+%", t.text)]
    shares = {int(t.text.rstrip("%")) / 100: float(t.get("x")) for t in ticks}
    (a, xa), (b, xb) = sorted(shares.items())[1:3]
    return lambda share: xa + (share - a) / (b - a) * (xb - xa)


def test_every_mark_stands_where_its_figure_is():
    root = plot()
    x = scale(root)
    for drawn, row in zip(rows(root), (C, A, B), strict=True):
        (disc,) = of_class(drawn, "plot-estimate")
        (line,) = of_class(drawn, "plot-interval")
        (hollow,) = of_class(drawn, "plot-unweighted")
        assert float(disc.get("cx")) == pytest.approx(x(row.satisfaction), abs=0.2)
        assert float(line.get("x1")) == pytest.approx(x(row.satisfaction_low), abs=0.2)
        assert float(line.get("x2")) == pytest.approx(x(row.satisfaction_high), abs=0.2)
        assert float(hollow.get("d")[1:].split()[0]) == pytest.approx(x(row.unweighted), abs=0.2)
        (reference,) = of_class(drawn, "plot-reference")
        assert float(reference.get("x1")) == pytest.approx(x(0.86591), abs=0.2)


@BOTH_FORMS
def test_units_stand_from_high_to_low_with_share_and_n(narrow):
    names = [words(row) for row in rows(plot(narrow=narrow))]
    assert [name.split()[1] for name in names] == ["Định", "trấn", "Ngọc"]
    for text, share, n in zip(names, ("94,5%", "87,5%", "69,8%"), ("91", "96", "86"), strict=True):
        assert share in text
        assert n in text


@BOTH_FORMS
def test_units_that_stand_apart_are_told_by_class_weight_and_thickness(narrow):
    drawn = rows(plot(narrow=narrow))
    assert [row.get("class") for row in drawn] == [
        "plot-row plot-row--above",
        "plot-row",
        "plot-row plot-row--below",
    ]
    assert [of_class(r, "plot-interval")[0].get("stroke-width") for r in drawn] == ["5", "2", "5"]
    assert [of_class(r, "plot-name")[0].get("font-weight") for r in drawn] == ["bold", None, "bold"]


@BOTH_FORMS
def test_title_and_description_serve_who_cannot_see_it(narrow):
    root = plot(narrow=narrow)
    by_id = {e.get("id"): "".join(e.itertext()) for e in root if e.get("id")}
    assert root.get("role") == "img"
    assert by_id[root.get("aria-labelledby")] == (
        "1 đơn vị cao hơn rõ, 1 đơn vị thấp hơn rõ mức chung 86,6%"
    )
    description = by_id[root.get("aria-describedby")]
    assert "Cao nhất: Xã Định Sơn: 94,5%, khoảng 95% từ 90,0% đến 99,0%" in description
    assert "Thấp nhất: Xã Ngọc Liên: 69,8%" in description


def test_the_two_forms_can_stand_on_one_page():
    ids = [e.get("id") for narrow in (True, False) for e in plot(narrow=narrow) if e.get("id")]
    assert len(ids) == len(set(ids)) == 4


@BOTH_FORMS
def test_nothing_that_a_strict_content_policy_forbids(narrow):
    root = plot(narrow=narrow)
    assert {e.tag.removeprefix(NS) for e in root.iter()} == {
        "svg", "title", "desc", "g", "text", "line", "circle", "path", "rect",
    }  # fmt: skip
    for e in root.iter():
        assert not [name for name in e.attrib if name == "style" or name.startswith("on")]
    colours = {e.get(name) for e in root.iter() for name in ("fill", "stroke")}
    assert colours == {None, "none", "currentColor"}


@BOTH_FORMS
def test_a_suppressed_unit_is_listed_with_its_reason_and_not_drawn(narrow):
    root = plot(narrow=narrow)
    assert len(of_class(root, "plot-interval")) == 3 + 1  # the key has one
    assert "Xã Cẩm Đoài (quá ít phiếu, n\u00a0=\u00a04)" in words(root)


def test_a_wave_without_any_figure_says_so():
    root = plot(replace(TABLE, rows=(FEW,)))
    assert "Chưa đơn vị nào đủ phiếu để công bố" in words(root)
    assert rows(root) == []


@BOTH_FORMS
@pytest.mark.parametrize("language", ["vi", "en"])
def test_generated_data_says_so_inside_the_picture(narrow, language):
    assert "SYNTHETIC" in words(plot(TABLE, language, narrow=narrow)).upper()
    real = replace(TABLE, synthetic=False)
    assert "SYNTHETIC" not in words(plot(real, language, narrow=narrow)).upper()


def test_a_name_cannot_become_markup_or_break_the_xml():
    hostile = '<script>&"\x00\x0b\uffff</script>'
    root = plot(replace(TABLE, rows=(replace(A, name=hostile),)))
    assert root.find(f".//{NS}script") is None
    assert '<script>&"</script>' in words(root)


def test_a_row_without_interval_or_overall_share_is_still_drawn():
    bare = replace(A, satisfaction_low=None, satisfaction_high=None, unweighted=None)
    none = replace(TABLE.whole, satisfaction=None, satisfaction_low=None, satisfaction_high=None)
    (row,) = rows(plot(replace(TABLE, rows=(bare,), whole=none)))
    assert [
        e.tag.removeprefix(NS) for e in row.iter() if e.tag in (NS + "circle", NS + "path")
    ] == ["circle"]
    assert "–" in words(row)
