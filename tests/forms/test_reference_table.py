"""XLSForm's own reference table, walked: every word of it is read or is a fault at its cell.

Source: https://xlsform.org/en/ref-table/ and https://docs.getodk.org/form-question-types/.
"""

from __future__ import annotations

import pytest

from forms import dialect, xlsform
from forms.model import Kind


def words(text: str) -> list[str]:
    return text.split()


TYPES = words(
    "integer decimal range text note geopoint geotrace geoshape start-geopoint date time dateTime "
    "image audio background-audio video file barcode calculate acknowledge hidden xml-external "
    "csv-external start end today deviceid username phonenumber email audit simserial "
    "subscriberid begin_loop"
)
LISTS = ["select_one", "select_multiple", "rank"]
COLUMNS = {
    "survey": words(
        "type name label hint guidance_hint required required_message relevant constraint "
        "constraint_message default appearance parameters calculation trigger readonly "
        "choice_filter repeat_count image audio video big-image media::image media::audio "
        "media::video media::big-image autoplay note disabled rows query intent save_to "
        "bind::odk:length body::accuracyThreshold instance::x"
    ),
    "choices": words("list_name name label image audio video media::image media::audio geometry"),
    "settings": words(
        "form_id form_title version default_language style instance_name public_key "
        "submission_url auto_send auto_delete allow_choice_duplicates namespaces name "
        "clean_text_values compact_prefix client_editable"
    ),
}
APPEARANCES = words(
    "numbers multiline url ex:org.app thousands-sep bearing vertical no-ticks picker rating new "
    "new-front draw annotate signature no-calendar month-year year ethiopian coptic islamic "
    "bikram-sambat myanmar persian placement-map maps hide-input minimal search autocomplete quick "
    "columns-pack columns columns-1 columns-4 no-buttons image-map likert map field-list label "
    "list-nolabel list table-list hidden-answer printer masked counter horizontal compact w1 w4"
)
SHEETS = ["columns", "entities", "osm", "types"]


@pytest.fixture
def told(sheets):
    """Errors of small sheets: (address, code)."""

    def found(survey: str, **others: str) -> set[tuple[str, str]]:
        _, faults = xlsform.check(sheets(survey, **others))
        return {(each.cell.address, each.code) for each in faults if each.is_error}

    return found


def is_read(kind: str) -> bool:
    return kind in {str(each) for each in Kind}


@pytest.mark.parametrize("kind", TYPES)
def test_a_type_is_read_or_named(told, kind):
    calculation = "1" if kind == "calculate" else ""
    name = "audit" if kind == "audit" else "a"
    faults = told(f"type|name|label|calculation\n{kind}|{name}|A?|{calculation}\ntext|b|B?|")
    assert faults == (set() if is_read(kind) else {("survey!A2", "row.type_unknown")})


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_is_read(told, kind):
    assert told(f"type|name|label\n{kind} yn|a|A?") == set()


@pytest.mark.parametrize("column", COLUMNS["survey"])
def test_a_column_of_the_survey_is_read_or_named(told, column):
    needed = [each for each in ("type", "name", "label") if each != column]
    head, row = [*needed, column], {"type": "text", "name": "a", "label": "A?"}
    faults = told("|".join(head) + "\n" + "|".join(row.get(each, "") for each in head))
    is_known = column.removeprefix("media::") in dialect.SUPPORTED["survey"]
    assert faults == (set() if is_known else {("survey!D1", "column.unknown")})


@pytest.mark.parametrize("column", COLUMNS["choices"])
def test_a_column_of_the_choices_is_read_or_named(told, column):
    needed = [each for each in ("list_name", "name", "label") if each != column]
    row = {"list_name": "yn", "name": "co", "label": "Có"}
    is_media = column.removeprefix("media::") in dialect.MEDIA
    cells = [row.get(each, "" if is_media else "x") for each in (*needed, column)]
    choices = "|".join([*needed, column]) + "\n" + "|".join(cells)
    faults = told("type|name|label\nselect_one yn|a|A?", choices=choices)
    is_known = is_media or column in dialect.SUPPORTED["choices"]
    assert faults == (set() if is_known else {("choices!D1", "column.unknown")})


@pytest.mark.parametrize("column", COLUMNS["settings"])
def test_a_setting_is_read_or_named(told, column):
    row = {"form_id": "thu", "version": "1", "default_language": "vi"}
    needed = [each for each in row if each != column]
    cells = [row.get(each, "x") for each in (*needed, column)]
    settings = "|".join([*needed, column]) + "\n" + "|".join(cells)
    faults = told("type|name|label\ntext|a|A?", settings=settings)
    is_known = column in dialect.SUPPORTED["settings"]
    assert faults == (set() if is_known else {("settings!D1", "column.unknown")})


@pytest.mark.parametrize("word", APPEARANCES)
def test_an_appearance_is_read_or_named(told, word):
    is_known = word in dialect.APPEARANCES | dialect.LOOKS
    faults = told(f"type|name|label|appearance\nselect_one yn|a|A?|{word}")
    assert faults == (set() if is_known else {("survey!D2", "row.appearance_unknown")})


@pytest.mark.parametrize("name", SHEETS)
def test_another_sheet_is_named(sheets, name):
    folder = sheets("type|name|label\ntext|a|A?")
    (folder / f"{name}.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    _, faults = xlsform.check(folder)
    assert [(each.code, each.is_error) for each in faults if "csv" in each.cell.address] == [
        ("sheet.unknown", True)
    ]
