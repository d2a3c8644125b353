"""Answers as variables and codes: names, options, reasons, the universe in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forms import inwords, questionnaires
from forms.faces import codebook, coding
from forms.faces.codebook import BLANK, NOT_ASKED, SKIPPED, Storage
from forms.model import Choice, Kind, Question, Questionnaire, Section


def text(words: str) -> dict[str, str]:
    return {"vi": words, "en": words}


def form(*questions: Question, version: str = "1") -> Questionnaire:
    section = Section("phan", questions=questions)
    return Questionnaire("thu", version, text("Thử"), ("vi", "en"), "vi", (section,))


YES_NO = (Choice("co", text("Có")), Choice("khong", text("Không")))
SEVERAL = (
    Choice("a", text("Nhanh")),
    Choice("b", text("Rẻ")),
    Choice("kb", text("Không biết"), missing="khong_biet"),
)


def coded(q, answers, **context):
    columns = codebook.variables(q)
    cells = coding.coder(q, columns)(answers, context)
    return dict(zip([column.name for column in columns], cells, strict=True))


def test_the_reasons_of_a_missing_answer_are_told_apart():
    q = form(
        Question("h", Kind.SELECT_ONE, text("Hỏi?"), choices=YES_NO),
        Question("m", Kind.SELECT_MULTIPLE, text("Gì?"), choices=SEVERAL, relevant="${h} = 'co'"),
        Question("n", Kind.INTEGER, text("Mấy?"), relevant="${h} = 'co'"),
        Question("t", Kind.TEXT, text("Lời?")),
        Question("d", Kind.DATE, text("Ngày?")),
    )
    skipped = coded(q, {"h": "khong"})
    assert skipped == {
        "h": 2, "m_a": SKIPPED, "m_b": SKIPPED, "n": SKIPPED + codebook.FAR, "t": None, "d": None
    }  # fmt: skip
    blank = coded(q, {"h": "co"})
    assert (blank["m_a"], blank["n"]) == (BLANK, BLANK + codebook.FAR)
    assert coded(q, {"h": "co", "m": ["b"], "n": -97})["m_a"] == 0
    assert coded(q, {"h": "co", "m": ["b"], "n": -97})["n"] == -97, "a number people may type"
    unknown = coded(q, {"h": "co", "m": ["kb"]})
    assert unknown["m_a"] == unknown["m_b"] == codebook.REASONS["khong_biet"]
    given = coded(q, {"t": "Được", "d": "2024-02-29"})
    assert (given["t"], given["d"].isoformat()) == ("Được", "2024-02-29")
    assert given["h"] == BLANK


def test_versions_share_their_columns_and_say_what_was_not_asked():
    old = form(
        Question("h", Kind.SELECT_ONE, text("Hỏi?"), choices=(*YES_NO, Choice("xua", text("Cũ")))),
        Question("cu", Kind.SELECT_ONE, text("Cũ?"), choices=YES_NO),
    )
    new = form(
        Question("h", Kind.SELECT_ONE, text("Hỏi?"), choices=(Choice("moi", text("Mới")), *YES_NO)),
        version="2",
    )
    columns = codebook.variables(new, old)
    assert [column.name for column in columns] == ["h", "cu"]
    assert {c.option: c.value for c in columns[0].codes} == {
        "moi": 1, "co": 2, "khong": 3, "xua": 4
    }  # fmt: skip
    assert coding.coder(new, columns)({"h": "co"}, {}) == [2, NOT_ASKED]
    assert coding.coder(old, columns)({"h": "xua", "cu": "co"}, {}) == [4, 1]


def test_names_fit_every_program_and_never_meet():
    long = "x" * 40
    q = form(
        Question("weight", Kind.INTEGER, text("Nặng?")),
        Question("Unit", Kind.INTEGER, text("Đơn vị?")),
        Question("str5", Kind.INTEGER, text("Chuỗi?")),
        Question("with", Kind.INTEGER, text("Với?")),
        Question(f"{long}1", Kind.INTEGER, text("Dài 1")),
        Question(f"{long}2", Kind.INTEGER, text("Dài 2")),
        Question("m", Kind.SELECT_MULTIPLE, text("?"), choices=(Choice("A", {}), Choice("a", {}))),
    )
    names = [column.name for column in codebook.variables(q)]
    assert names[:4] == ["weight", "q_Unit", "q_str5", "q_with"]
    assert len({name.lower() for name in names}) == len(names) == 8
    assert max(map(len, names)) <= 32


def test_options_that_are_plain_numbers_keep_them_and_others_are_counted():
    c1 = questionnaires.load("c1-citizen")
    by_name = {column.name: column for column in codebook.variables(c1)}
    assert [code.value for code in by_name["c1"].codes] == [1, 2, 3, 4, 5]
    assert [code.value for code in by_name["k2"].codes] == [1, 2, 3, 4, 5]
    assert codebook.option_codes([Choice("01", {}), Choice("2", {})]) == {"01": 1, "2": 2}
    reasons = {code.option: code.value for code in by_name["c1"].missing if code.option}
    assert reasons == {"98": -96}


def test_a_number_among_the_codes_of_reasons_is_refused_by_name():
    q = form(Question("n", Kind.INTEGER, text("Mấy?")))
    with pytest.raises(coding.CodingError) as refused:
        coded(q, {"n": codebook.FAR + BLANK})
    assert (refused.value.code, refused.value.facts["question"]) == ("coding.reserved_number", "n")
    chosen = form(Question("h", Kind.SELECT_ONE, text("Hỏi?"), choices=YES_NO))
    with pytest.raises(coding.CodingError):
        coded(chosen, {"h": "la"})


def test_letters_of_stata_follow_the_codes():
    assert [codebook.stata_letter(code) for code in (-99, -98, -97, -96, -74)] == list("abcdz")
    assert codebook.stata_letter(codebook.FAR - 99) == "a"


@pytest.mark.parametrize(
    ("rule", "vi", "en"),
    [
        ("", "", ""),
        ("${h} = 'co'", "h là “Có”", "h is “Có”"),
        (
            "(${h} != 'co') or ${n} >= 1.5",
            "h khác “Có” hoặc n từ 1,5",
            "h is not “Có” or n is at least 1.5",
        ),
        ("selected(${m}, 'a')", "m có chọn “Nhanh”", "m includes “Nhanh”"),
        ("not(selected(${m}, 'b'))", "m không chọn “Rẻ”", "m does not include “Rẻ”"),
        ("selected(${h}, 'co')", "h là “Có”", "h is “Có”"),
        ("${n} = ''", "n để trống", "n is blank"),
        (
            "count-selected(${m}) > 1",
            "số phương án đã chọn ở m lớn hơn 1",
            "the number of options chosen in m is above 1",
        ),
        (
            "${h}='co' and (${n}<2 or ${n}>5)",
            "h là “Có” và (n nhỏ hơn 2 hoặc n lớn hơn 5)",
            "h is “Có” and (n is below 2 or n is above 5)",
        ),
        (
            "regex(${t}, '[a-z]+')",
            "thoả điều kiện “regex(${t}, '[a-z]+')”",
            "the condition “regex(${t}, '[a-z]+')” holds",
        ),
        ("not(${h} = 'co')", "không phải: (h là “Có”)", "not: (h is “Có”)"),
    ],
)
def test_a_rule_is_said_in_words(rule, vi, en):
    q = form(
        Question("h", Kind.SELECT_ONE, text("Hỏi?"), choices=YES_NO),
        Question("m", Kind.SELECT_MULTIPLE, text("Gì?"), choices=SEVERAL),
        Question("n", Kind.DECIMAL, text("Mấy?")),
        Question("t", Kind.TEXT, text("Lời?")),
    )
    for language, words in (("vi", vi), ("en", en)):
        assert inwords.said(q, rule, language, lambda question, _: question.name) == words


def test_the_universe_joins_the_section_with_the_question():
    q = form(
        Question("h", Kind.SELECT_ONE, text("Hỏi?"), choices=YES_NO),
        Question("n", Kind.INTEGER, text("Mấy?"), relevant="${h} = 'co'"),
    )
    q = replace(q, sections=(replace(q.sections[0], relevant="${h} = ''"),))
    column = codebook.variables(q)[1]
    assert column.storage is Storage.NUMBER
    assert column.universe == {"vi": "h để trống và h là “Có”", "en": "h is blank and h is “Có”"}


def test_a_ranking_has_a_column_an_option_and_a_place_one_a_number():
    q = form(
        Question("h", Kind.SELECT_ONE, text("Hỏi?"), choices=YES_NO),
        Question("r", Kind.RANK, text("Xếp"), choices=SEVERAL[:2], relevant="${h} = 'co'"),
        Question("g", Kind.GEOPOINT, text("Đâu?"), relevant="${h} = 'co'"),
        Question("k", Kind.ACKNOWLEDGE, text("Đọc"), choices=(Choice("OK", text("Tôi xác nhận")),)),
        Question(
            "s", Kind.RANGE, text("Mấy?"), parameters={"start": "0", "end": "1", "step": ".25"}
        ),
        Question("v", Kind.TIME, text("Mấy giờ?")),
        Question("l", Kind.DATETIME, text("Lúc nào?")),
    )
    given = {"h": "co", "r": ["b", "a"], "g": "20.94 106.21", "k": "OK", "s": 0.25, "v": "07:05"}
    found = coded(q, given | {"l": "2026-03-01T14:30"})
    far = codebook.FAR
    assert found == {
        "h": 1, "r_a": 2, "r_b": 1, "g_latitude": 20.94, "g_longitude": 106.21,
        "g_altitude": BLANK + far, "g_accuracy": BLANK + far, "k": 1, "s": 0.25, "v": "07:05",
        "l": "2026-03-01T14:30",
    }  # fmt: skip
    skipped = coded(q, {"h": "khong"})
    assert (skipped["r_a"], skipped["g_latitude"]) == (SKIPPED, SKIPPED + far)
    columns = {column.name: column for column in codebook.variables(q)}
    assert [code.labels["en"] for code in columns["r_a"].codes] == ["Ranked 1", "Ranked 2"]
    assert columns["r_b"].labels["vi"] == "Xếp: Rẻ"
    assert [name for name, column in columns.items() if column.may_identify] == [
        "g_latitude", "g_longitude", "g_altitude", "g_accuracy", "v", "l"
    ]  # fmt: skip
    assert (columns["g_latitude"].decimals, columns["s"].decimals, columns["r_a"].decimals) == (
        6, 2, 0
    )  # fmt: skip


def test_an_option_that_an_older_ranking_did_not_have_was_not_asked():
    newer = form(Question("r", Kind.RANK, text("Xếp"), choices=SEVERAL[:2]), version="2")
    older = form(Question("r", Kind.RANK, text("Xếp"), choices=SEVERAL[:1]), version="1")
    columns = codebook.variables(newer, older)
    cells = coding.coder(older, columns)({"r": ["a"]}, {})
    assert cells == [1, NOT_ASKED]


def test_rules_of_chance_and_of_the_moment_do_not_stop_an_export(make):
    q = make(
        """
        type           | name | label | relevant         | calculation
        calculate      | lan  |       |                  | once(random())
        calculate      | luc  |       |                  | format-date-time(now(), '%H')
        select_one yn  | a    | A?    | ${lan} < 0.5     |
        select_one yn  | b    | B?    | ${lan} >= 0.5    |
        integer        | c    | C?    | ${luc} > 12      |
        select_one yn  | d    | D?    |                  |
        select_one yn  | e    | E?    | ${a} = 'co'      |
        select_one yn  | f    | F?    | now() > '2020-01-01T00:00' |
        """
    )
    columns = codebook.variables(q)
    code = coding.coder(q, columns)
    names = [column.question.name for column in columns]
    cells = dict(zip(names, code({"a": "co", "c": 3}, {}), strict=True))
    blank, skipped = (
        {each.name: each.missing_code(reason) for each in columns}
        for reason in (codebook.BLANK, codebook.SKIPPED)
    )
    assert (cells["a"], cells["c"]) == (1, 3)
    # What was asked and left blank is told from what chance or the moment may have passed over.
    assert (cells["d"], cells["e"]) == (blank["d"], blank["e"])
    assert (cells["b"], cells["f"]) == (skipped["b"], skipped["f"])


WORKED_OUT = """
type           | name | label | relevant | calculation               | trigger | item
calculate      | xa   |       |          | concat(${unit}, 1)        |         |
hidden         | unit |       |          |                           |         |
today          | hom  |       |          |                           |         |
integer        | n    | N?    |          |                           |         |
decimal        | t    | T?    |          |                           |         |
date           | d    | D?    |          |                           |         |
text           | w    | W?    |          |                           |         |
calculate      | each |       |          | round(${t} div ${n}, 2)   |         | Bình quân
calculate      | big  |       | ${n} > 1 | ${each} > 10              |         |
calculate      | born |       |          | date(${d})                |         |
calculate      | age  |       |          | int((today() - ${d}) div 365.25) |  |
calculate      | word |       |          | string-length(${w})       |         |
calculate      | luck |       |          | once(random())            |         |
calculate      | more |       |          | ${luck} + ${n}            |         |
calculate      | when |       |          | ${n} + 1                  | ${n}    |
"""


def test_what_answers_decide_is_worked_out_again_and_nothing_else(make):
    q = make(WORKED_OUT)
    columns = {x.name: x for x in codebook.variables(q) if x.is_worked_out}
    assert list(columns) == ["each", "big", "born", "age", "word"]
    assert [x.storage for x in columns.values()] == [
        *(Storage.NUMBER, Storage.NUMBER, Storage.DAY, Storage.NUMBER, Storage.NUMBER)
    ]
    assert [name for name, x in columns.items() if x.may_identify] == ["word"]
    assert columns["each"].labels["vi"] == "Bình quân"
    assert columns["word"].labels["vi"] == "word = string-length(${w})"
    answers = {"n": 3, "t": 40.0, "d": "2000-02-29", "w": "Năm"}
    given = coded(q, answers, today="2024-02-28")
    assert (given["each"], given["big"], given["age"], given["word"]) == (13.33, 1, 23, 3)
    assert given["born"].isoformat() == "2000-02-29"
    none = coded(q, {"n": 0, "t": 1.0}, today="2024-02-28")
    assert none["each"] == none["age"] == BLANK + codebook.FAR, "no number is a blank"
    assert none["born"] is None


def test_rounds_and_lines_that_say_which_other_have_labels_of_their_own(make):
    q = make("""
        type                   | name | label | parameters
        select_one yn or_other | a    | A?    |
        begin repeat           | r    | Người | max=2
        integer                | y    | Tuổi  |
        end repeat             |      |       |
    """)
    labels = {x.name: x.labels["vi"] for x in codebook.variables(q)}
    assert labels["a_other"].startswith("A?: ")
    assert (labels["y_1"], labels["y_2"]) == ("Người – 1: Tuổi", "Người – 2: Tuổi")
    assert labels["a"] == "A?"
