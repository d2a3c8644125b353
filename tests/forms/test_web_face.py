"""A page as a form: nothing preselected, texts filled, one truth about what is right."""

import re
import warnings

import pytest
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import Form

from forms import canonical, dialect
from forms.faces import web
from forms.faces.web import form_class

ELIGIBLE = {"a1": "co", "a2": "co", "a3": "tu", "a4": "khong"}


@pytest.fixture
def page(c1, context):
    def shown(section, sent=None, *, answers=None, language="vi", **more):
        formdata = None if sent is None else MultiDict(sent)
        make = form_class(c1, section, language, Form)
        return make(formdata, answers={**ELIGIBLE, **(answers or {})}, context={**context, **more})

    return shown


def html(form):
    return "".join(str(field()) for field in form)


def test_nothing_is_preselected_on_any_page_in_any_language(c1, context):
    everything = {**ELIGIBLE, "h3": "co", "g0": "co"}
    for section in c1.sections:
        for language in c1.languages:
            form = form_class(c1, section.name, language, Form)(
                answers={k: v for k, v in everything.items() if k not in _names(section)},
                context=context,
            )
            assert not re.search(r"\b(checked|selected)\b", html(form)), section.name


def test_a_stored_answer_is_shown_again(page):
    form = page("tiep_can", answers={"c1": "4"})
    assert re.findall(r'checked[^>]*value="(\d+)"', str(form["c1"]())) == ["4"]
    form = page("mong_doi", answers={"j1": ["thai_do", "minh_bach"], "j2": "Cảm ơn <b>"})
    assert set(re.findall(r'checked[^>]*value="(\w+)"', str(form["j1"]()))) == {
        "thai_do",
        "minh_bach",
    }
    assert "Cảm ơn &lt;b&gt;" in str(form["j2"]())


def test_texts_are_in_the_language_with_names_filled(page):
    vietnamese, english = page("chung"), page("chung", language="en")
    assert "Xã Cao An" in vietnamese["i1"].label.text and "${" not in vietnamese["i1"].label.text
    assert english["i1"].label.text.startswith("Overall")
    assert [option.label.text for option in english["i1"]][:2] == [
        "Very dissatisfied",
        "Dissatisfied",
    ]
    assert (vietnamese.title, english.title) == ("Đánh giá chung", "Overall")
    assert page("mong_doi")["j1"].description == "Chọn nhiều nhất 3 điều."


def test_a_question_that_does_not_apply_is_not_on_the_page(page):
    assert "b1" in page("ho_so")
    form = page("ho_so", case_field="dat_dai")
    assert "b1" not in form and "b2" in form


def test_what_is_sent_is_parsed(page):
    form = page("tiep_can", [("c1", "5"), ("c2", "98"), ("submit", "x")])
    assert form.validate()
    assert form.parsed.values == {"c1": "5", "c2": "98", "c3": None, "c4": None}


def test_a_problem_stands_at_its_question_in_the_language(page):
    sent = [("j1", name) for name in ("nhanh_hon", "thai_do", "minh_bach", "co_so")]
    form = page("mong_doi", sent, language="en")
    assert not form.validate()
    assert form.errors == {"j1": ["Please choose at most 3."]}
    assert form["j1"].data == [name for _, name in sent]  # nothing of it is lost


def test_required_comes_from_the_rules_alone(page, c1, context):
    form = form_class(c1, "sang_loc", "vi", Form)(MultiDict(), answers={}, context=context)
    assert not form.validate()
    assert set(form.errors) == {"a1", "a2", "a3", "a4"}
    assert page("tiep_can", []).validate()


def test_an_unknown_choice_is_refused(page):
    form = page("tiep_can", [("c1", "6")])
    assert not form.validate() and set(form.errors) == {"c1"}


def test_the_class_is_made_once_per_content(c1):
    again = canonical.from_json(canonical.to_json(c1))
    assert form_class(again, "tiep_can", "vi", Form) is form_class(c1, "tiep_can", "vi", Form)
    assert form_class(c1, "tiep_can", "en", Form) is not form_class(c1, "tiep_can", "vi", Form)
    with pytest.raises(KeyError):
        form_class(c1, "zz", "vi", Form)


def test_no_deprecated_use_of_wtforms(c1, context):
    web.form_class.cache_clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for section in c1.sections:
            make = form_class(c1, section.name, "vi", Form)
            form = make(MultiDict([("c1", "5")]), answers=ELIGIBLE, context=context)
            form.validate()
            html(form)


def test_the_order_of_options_is_the_respondents_own_and_stays(page):
    def order(seed):
        return [option.choice.value for option in page("mong_doi", order_seed=seed)["j1"]]

    assert order("a") == order("a")
    assert sorted(order("a")) == sorted(order(""))
    assert len({tuple(order(str(n))) for n in range(20)}) > 10
    assert order("")[0] == "nhanh_hon"


def test_a_menu_starts_blank_and_other_kinds_have_their_field(make):
    q = make(
        """
        type          | name | label | appearance
        begin group   | g    | G     |
        select_one yn | a    | A?    | minimal
        integer       | i    | I?    |
        decimal       | d    | D?    |
        date          | n    | N?    |
        text          | t    | T?    |
        text          | u    | U?    | multiline
        note          | o    | <Đọc> |
        end group     |      |       |
        """
    )
    form = form_class(q, "g", "vi", Form)(answers={"d": 2.5, "i": 3, "n": "2023-09-05"}, context={})
    assert [option.choice.value for option in form["a"]] == ["", "co", "khong"]
    assert 'inputmode="numeric"' in form["i"]() and 'value="3"' in form["i"]()
    assert 'inputmode="decimal"' in form["d"]() and 'value="2,5"' in form["d"]()
    assert 'type="date"' in form["n"]() and 'value="2023-09-05"' in form["n"]()
    assert "<textarea" in form["u"]() and "<textarea" not in form["t"]()
    assert form["o"]() == "<p>&lt;Đọc&gt;</p>"
    english = form_class(q, "g", "en", Form)(answers={"d": 2.5}, context={})
    assert 'value="2.5"' in english["d"]()
    sent = MultiDict([("a", ""), ("d", "2,5"), ("n", "5/9/2023")])
    form = form_class(q, "g", "vi", Form)(sent, answers={}, context={})
    assert form.validate()
    assert form.parsed.values == {
        "a": None,
        "i": None,
        "d": 2.5,
        "n": "2023-09-05",
        "t": None,
        "u": None,
    }


def test_a_typed_answer_in_a_later_label_is_escaped(make):
    q = make("type|name|label\ntext|a|A?\ntext|b|Vì sao ${a}?")
    form = form_class(q, "b", "vi", Form)(answers={"a": "<script>"}, context={})
    assert "<script>" not in str(form["b"].label) and "&lt;script&gt;" in str(form["b"].label)


def test_the_name_of_no_question_can_hide_an_attribute_of_the_form(c1, context):
    form = form_class(c1, "chung", "vi", Form)(answers=ELIGIBLE, context=context)
    taken = {n for n in (*dir(form), *dir(FlaskForm)) if not n.startswith("_")}
    assert taken - _names(c1.section("chung")) <= dialect.RESERVED


def _names(section):
    return {each.name for each in section.questions}
