"""A scheme as a file: what is written is read back the same, and every fault has its cell."""

from __future__ import annotations

import io
from pathlib import Path
from unicodedata import normalize

import openpyxl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analysis.index.scheme import Scheme
from survey.domain import scheme_sheets
from survey.errors import InvalidInput
from survey.services.schemes import reading, writing
from survey.services.schemes.register import SHIPPED

SAMPLES = {path.stem: path.read_text(encoding="utf-8") for path in SHIPPED.glob("*.toml")}

_texts = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=20
).map(lambda text: normalize("NFC", text).strip())
_text = _texts.filter(lambda s: s and s.isprintable())
_title = st.fixed_dictionaries({"vi": _text, "en": _text})
_number = st.one_of(
    st.integers(1, 100), st.decimals("0.01", 100, places=3).map(float), st.floats(0.01, 99)
)
_share = st.floats(0, 1)


@st.composite
def _rules(draw, source: str, most: float) -> dict:
    if source in ("verified", "bonus", "penalty"):
        return {}
    kind = draw(st.sampled_from(["share", "options", "tiers", "tt01", "formula"]))
    rule: dict = {"kind": kind}
    if kind == "options":
        keys = "12345" if source == "survey" else "ABCD"
        rule["weights"] = {key: draw(_share) for key in keys}
    if kind == "tiers":
        cuts = sorted(draw(st.sets(st.floats(0, 100), min_size=1, max_size=4)))
        points = sorted(draw(st.floats(0, most)) for _ in cuts)
        rule["tiers"] = [{"from": c, "points": p} for c, p in zip(cuts, points, strict=True)]
    if kind == "tt01" and source == "survey":
        rule["scores"] = {key: draw(st.integers(0, 2)) for key in "12345"}
    if kind == "formula":
        name = "share" if source == "survey" else "a_1.b"
        rule["formula"] = f"if({name} >= 0.5, max_points, 0)"
    if kind == "share" and draw(st.booleans()):
        rule["of"] = draw(_number)
    return rule


@st.composite
def schemes(draw) -> dict:
    ids = iter(range(1_000))
    sources = st.sampled_from(["verified", "survey", "statistic", "bonus", "penalty"])

    def leaf() -> dict:
        source, most = draw(sources), draw(_number)
        number = next(ids)
        made = {
            "id": f"l{number}",
            "title": draw(_title),
            "max": most,
            "source": source,
            "rule": draw(_rules(source, most)),
            "not_applicable": draw(st.sampled_from(["leave", "full", "refuse"])),
        }
        if source == "survey":
            made |= {"concept": f"c{number}", "group": draw(st.sampled_from(["citizen", "deputy"]))}
        return made

    def part(inner: dict) -> dict:
        made = {"id": f"p{next(ids)}", "title": draw(_title), **inner}
        below = draw(st.none() | st.floats(0.01, 1))
        return made if below is None else made | {"alert_below": below}

    cuts = sorted(draw(st.sets(st.floats(0.5, 100), max_size=3)))
    return {
        "name": "thử",
        "title": draw(_title),
        "valid_from": draw(st.dates()),
        "legal_source": draw(_text),
        "sample": draw(st.booleans()),
        "decimals": draw(st.integers(0, 6)),
        "rounding": draw(st.sampled_from(["half_up", "half_even", "truncate"])),
        "no_survey": draw(st.sampled_from(["rescale", "refuse"])),
        "area": [
            part({"criterion": [part({"leaf": [leaf() for _ in range(draw(st.integers(1, 2)))]})]})
            for _ in range(draw(st.integers(1, 3)))
        ],
        "band": [
            {"id": f"b{i}", "title": draw(_title), "min_index": cut, "area_floor": cut and 50.5}
            for i, cut in enumerate([0, *cuts])
        ],
    }


@pytest.mark.parametrize("kind", writing.KINDS)
@pytest.mark.parametrize("name", SAMPLES)
def test_a_shipped_scheme_is_read_back_the_same(name, kind):
    scheme = Scheme.from_toml(SAMPLES[name])
    again = reading.read(writing.written(scheme, kind))
    assert again == scheme
    assert again.sha256 == scheme.sha256
    assert writing.written(again, kind) == writing.written(scheme, kind)


@given(schemes())
@settings(max_examples=25, phases=[Phase.generate])
def test_any_scheme_is_read_back_the_same(data):
    scheme = Scheme.from_dict(data)
    for kind in writing.KINDS:
        again = reading.read(writing.written(scheme, kind))
        assert again == scheme, kind
        assert again.sha256 == scheme.sha256


def changed(*cells: tuple[str, str, object], name: str = "mau-2023") -> bytes:
    """The workbook of a shipped scheme, saved by another program with some cells changed."""
    content = writing.written(Scheme.from_toml(SAMPLES[name]), "xlsx")
    book = openpyxl.load_workbook(io.BytesIO(content))
    for sheet, cell, value in cells:
        book[sheet][cell] = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_saved_by_another_program_is_the_same_scheme():
    assert reading.read(changed()) == Scheme.from_toml(SAMPLES["mau-2023"])


TREE, BANDS, HEAD = scheme_sheets.TREE, scheme_sheets.BANDS, scheme_sheets.HEAD


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "told"),
    [
        (TREE, "E4", "năm", "Tiêu chí!E4: phải là số lớn hơn 0."),
        (TREE, "E4", None, "Tiêu chí!E4: phải là số lớn hơn 0."),
        (TREE, "E4", 6, "Tiêu chí!E2: ghi 10 điểm, các phần cộng lại được 11."),
        (TREE, "B4", "tthc", "Tiêu chí!B12: mã “tthc” dùng 2 lần."),
        (TREE, "C4", None, "Tiêu chí!C4: cần tên tiếng Việt và tên tiếng Anh."),
        (TREE, "F4", "đoán", "Tiêu chí!F4: phải là một trong: verified"),
        (TREE, "A4", "Mục", "Tiêu chí!A4: cấp phải là một trong: Lĩnh vực"),
        (TREE, "A2", "Tiêu chí", "Tiêu chí!A2: dòng này chưa nằm trong"),
        (TREE, "I4", "bậc", "Tiêu chí!I4: phải là một trong: points."),
        (TREE, "L2", 75, "Tiêu chí!L2: phải là số lớn hơn 0, không quá 1 (0,75 là 75%)."),
        (TREE, "F1", "Nguồn", "Tiêu chí!F1: không có cột “Nguồn”"),
        (BANDS, "D2", 900, "Xếp loại!D2: phải là số từ 0 đến 100."),
        (BANDS, "D3", 90, "Xếp loại!D3: đã có mức xếp loại khác bắt đầu từ 90."),
        (BANDS, "D5", 1, "Xếp loại!A5: mức thấp nhất phải nhận mọi đơn vị"),
        (HEAD, "B5", "hôm nay", "Bộ chỉ số!B5: phải là ngày"),
        (HEAD, "B9", "up", "Bộ chỉ số!B9: phải là một trong: half_up"),
        (HEAD, "A9", "roundin", "Bộ chỉ số!A9: không có mục “roundin”."),
        (HEAD, "B7", "mẫu", "Bộ chỉ số!B7: phải là có hoặc không."),
    ],
)
def test_a_fault_is_told_with_sheet_and_cell(sheet, cell, value, told):
    checked = reading.check(changed((sheet, cell, value)))
    assert checked.scheme is None
    assert any(str(problem).startswith(told) for problem in checked.problems), [
        str(problem) for problem in checked.problems
    ]


def test_all_faults_come_at_once():
    found = reading.check(changed((TREE, "E4", "x"), (BANDS, "D2", "x"), (HEAD, "B5", "x")))
    assert [str(p).partition(":")[0] for p in found.problems] == [
        "Bộ chỉ số!B5",
        "Tiêu chí!E4",
        "Xếp loại!D2",
    ]


def test_numbers_may_have_a_decimal_comma_and_words_may_be_codes():
    same = changed((TREE, "E4", "5,0"), (TREE, "F4", "verified"), (TREE, "A4", "leaf"))
    assert reading.read(same) == Scheme.from_toml(SAMPLES["mau-2023"])


def test_rules_are_read_from_their_cell():
    content = changed(
        (TREE, "F4", "số liệu"), (TREE, "I4", "bậc"), (TREE, "J4", "90=5; 70,5=2,5; input=tiến_độ")
    )
    leaf = next(reading.read(content).leaves)
    assert leaf.rule == {
        "kind": "tiers",
        "input": "tiến_độ",
        "tiers": [{"from": 90, "points": 5}, {"from": 70.5, "points": 2.5}],
    }
    faulty = changed((TREE, "F4", "số liệu"), (TREE, "I4", "công thức"), (TREE, "J4", "a + )"))
    assert [str(p) for p in reading.check(faulty).problems] == [
        "Tiêu chí!J4: công thức sai từ ký tự thứ 5."
    ]


def test_a_toml_fault_names_its_key():
    text = (
        SAMPLES["mau-2023"]
        .replace("max = 5\n", "max = -5\n", 1)
        .replace("min_index = 90", "min_index = 900", 1)
    )
    assert [str(p).partition(":")[0] for p in reading.check(text.encode()).problems] == [
        "area[1].criterion[1].leaf[1].max",
        "band[1].min_index",
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a = [", "Không đọc được dạng TOML"),
        (b"\xff\xfe", "Dòng 1: không phải UTF-8."),
        (b"PK\x03\x04 no archive", "Tệp không phải XLSX đọc được"),
        (b"x" * (reading.LARGEST + 1), "Tệp lớn hơn 2 MiB"),
        (b"[[[" * 5000, "Không đọc được dạng TOML"),
    ],
)
def test_what_is_no_scheme_is_refused_in_words(content, told):
    with pytest.raises(InvalidInput) as refused:
        reading.read(content)
    assert str(refused.value.problems[0]).startswith(told)


def test_a_workbook_without_a_sheet_says_which_one():
    book = openpyxl.Workbook()
    out = io.BytesIO()
    book.save(out)
    (problem,) = reading.check(out.getvalue()).problems
    assert "Bộ chỉ số" in str(problem)


def test_the_shipped_samples_say_that_they_are_samples():
    for text in SAMPLES.values():
        scheme = Scheme.from_toml(text)
        assert scheme.sample
        assert "mẫu" in scheme.title["vi"].casefold()
        assert "mẫu" in scheme.legal_source.casefold()
    assert {len(Scheme.from_toml(text).areas) for text in SAMPLES.values()} == {8, 9}
    assert Path(SHIPPED).is_dir()


def _first_rule(text: str, rule: str) -> bytes:
    changed = text.replace('rule = { kind = "share" }', f"rule = {rule}", 1)
    assert changed != text
    return changed.encode()


def _first_maximum(text: str, number: str) -> bytes:
    before, _, rest = text.partition("max = ")
    return f"{before}max = {number}{rest[rest.index(chr(10)) :]}".encode()


@pytest.mark.parametrize("digits", [400, 5_000])
def test_a_number_that_no_computer_holds_is_a_fault_and_not_a_crash(digits):
    with pytest.raises(InvalidInput) as refused:
        reading.read(_first_maximum(SAMPLES["mau-2023"], "9" * digits))
    assert refused.value.problems


@pytest.mark.parametrize(
    ("formula", "percent"),
    [("1 / 0", 0), ("max_points / share", 0), ("max_points * 2 * share", 51), ("share - 0.5", 0)],
)
def test_a_formula_that_gives_no_points_at_some_share_is_a_fault(formula, percent):
    content = _first_rule(SAMPLES["mau-2023"], f'{{ kind = "formula", formula = "{formula}" }}')
    with pytest.raises(InvalidInput) as refused:
        reading.read(content)
    assert [(p.code, p.facts["percent"]) for p in refused.value.problems] == [
        ("scheme.off_scale", percent)
    ]
    good = _first_rule(SAMPLES["mau-2023"], '{ kind = "formula", formula = "max_points * share" }')
    assert reading.read(good)
