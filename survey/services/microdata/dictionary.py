"""The columns of an export, worded in one language: those of the design, then the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forms.faces import codebook
from forms.faces.codebook import Storage, Variable
from forms.model import Kind
from survey.render.microdata.columns import Column, Measure, Type
from survey.services.microdata.source import Source

Text = Mapping[str, str]

#: Name, type, decimals and label of the columns that every export has.
DESIGN: tuple[tuple[str, Type, int, Text], ...] = (
    ("unit", Type.TEXT, 0, {"vi": "Mã đơn vị", "en": "Unit code"}),
    ("unit_from", Type.DAY, 0, {"vi": "Mã có hiệu lực từ", "en": "Code valid from"}),
    ("unit_name", Type.TEXT, 0, {"vi": "Tên đơn vị", "en": "Unit name"}),
    ("stratum", Type.TEXT, 0, {"vi": "Tầng khi lưu phiếu (lĩnh vực)", "en": "Stratum (field)"}),
    (
        "probability",
        Type.NUMBER,
        10,
        {"vi": "Xác suất được rút vào mẫu", "en": "Inclusion probability of the draw"},
    ),
    (
        "cell",
        Type.CODE,
        0,
        {
            "vi": "Ô: lớp không trả lời, tầng phương sai, hậu tầng",
            "en": "Cell: response class, variance stratum, post-stratum",
        },
    ),
    (
        "psu",
        Type.CODE,
        0,
        {"vi": "Đơn vị mẫu (mỗi phiếu một)", "en": "Sampling unit (each answer one)"},
    ),
    (
        "fpc",
        Type.NUMBER,
        6,
        {"vi": "Số hồ sơ của ô trong danh sách", "en": "Dossiers of the cell in the frame"},
    ),
    ("w_base", Type.NUMBER, 10, {"vi": "Quyền số cơ sở (1/π)", "en": "Base weight (1/π)"}),
    (
        "w_nonresponse",
        Type.NUMBER,
        10,
        {"vi": "Quyền số sau hiệu chỉnh không trả lời", "en": "Weight after non-response"},
    ),
    (
        "w_final",
        Type.NUMBER,
        10,
        {
            "vi": "Quyền số cuối (sau hậu phân tầng)",
            "en": "Final weight (calibrated: post-stratified)",
        },
    ),
    ("outcome", Type.TEXT, 0, {"vi": "Kết cục (mã AAPOR)", "en": "Outcome (AAPOR code)"}),
    (
        "respondent",
        Type.CODE,
        0,
        {"vi": "Được tính là người trả lời", "en": "Counts as a respondent"},
    ),
    (
        "excluded",
        Type.CODE,
        0,
        {"vi": "Bị loại theo quyết định rà soát", "en": "Excluded by a reviewer's decision"},
    ),
    ("language", Type.TEXT, 0, {"vi": "Ngôn ngữ trả lời", "en": "Language of the answer"}),
    (
        "mode",
        Type.TEXT,
        0,
        {
            "vi": "Cách trả lời: web, enumerator (điều tra viên), paper (giấy)",
            "en": "Mode of the answer: web, enumerator, paper",
        },
    ),
    ("form_version", Type.TEXT, 0, {"vi": "Phiên bản phiếu", "en": "Version of the form"}),
    ("submitted_on", Type.DAY, 0, {"vi": "Ngày gửi", "en": "Day of submission"}),
    ("minutes", Type.CODE, 0, {"vi": "Số phút trả lời", "en": "Minutes taken"}),
    (
        "scales",
        Type.CODE,
        0,
        {
            "vi": "Chiều của các thang trên trang của người trả lời",
            "en": "Direction of the scales on the respondent's page",
        },
    ),
)
#: What a household round says instead of, and beside, the columns of a sample of dossiers.
_INSTEAD: Mapping[str, tuple[tuple[str, Type, int, Text], ...]] = {
    "stratum": (
        ("stratum", Type.TEXT, 0, {"vi": "Tầng của khu vực", "en": "Stratum of the area"}),
    ),
    "probability": (
        (
            "probability",
            Type.NUMBER,
            10,
            {
                "vi": "Xác suất của người được hỏi (khu vực × hộ × người lớn)",
                "en": "Inclusion probability of the adult (area × household × adult)",
            },
        ),
        ("p_area", Type.NUMBER, 10, {"vi": "Xác suất của khu vực", "en": "Probability: area"}),
        (
            "p_household",
            Type.NUMBER,
            10,
            {"vi": "Xác suất của hộ trong khu vực", "en": "Probability: household in its area"},
        ),
        (
            "p_adult",
            Type.NUMBER,
            10,
            {"vi": "Xác suất của người lớn trong hộ", "en": "Probability: adult in the household"},
        ),
    ),
    "cell": (
        (
            "cell",
            Type.CODE,
            0,
            {
                "vi": "Ô: lớp không trả lời, tầng phương sai",
                "en": "Cell: response class, variance stratum",
            },
        ),
    ),
    "psu": (
        ("psu", Type.CODE, 0, {"vi": "Khu vực (đơn vị mẫu cấp một)", "en": "Area (PSU)"}),
        (
            "household",
            Type.CODE,
            0,
            {"vi": "Hộ (mỗi hộ một người trả lời)", "en": "Household (one adult of each)"},
        ),
    ),
    "fpc": (),
    "w_base": (
        (
            "w_base",
            Type.NUMBER,
            10,
            {
                "vi": "Quyền số cơ sở 1/(π khu vực × π hộ × π người lớn)",
                "en": "Base weight 1/(π area × π household × π adult)",
            },
        ),
    ),
    "w_final": (
        (
            "w_final",
            Type.NUMBER,
            10,
            {"vi": "Quyền số cuối (không hậu phân tầng)", "en": "Final weight (no margin known)"},
        ),
    ),
}


def design(source: Source) -> tuple[tuple[str, Type, int, Text], ...]:
    """The columns of the design of this wave, in their order."""
    if not source.areas:
        return DESIGN
    return tuple(each for column in DESIGN for each in _INSTEAD.get(column[0], (column,)))


def names(source: Source) -> tuple[str, ...]:
    return tuple(name for name, *_ in design(source))


#: How scales ran (paradata) -> its code; a form without scales, paper and field clients have none.
DIRECTIONS: Mapping[str | None, int] = {"sheet": 1, "turned": 2}
_DIRECTIONS: Mapping[int, Text] = {
    1: {"vi": "như trong bảng tính", "en": "as in the sheet"},
    2: {"vi": "ngược lại", "en": "the other way round"},
}
_FLAGS = ("respondent", "excluded")
_YES_NO: Mapping[int, Text] = {0: {"vi": "Không", "en": "No"}, 1: {"vi": "Có", "en": "Yes"}}
REPLICATE: Text = {"vi": "Quyền số lặp %d", "en": "Replicate weight %d"}
_SCALE = {
    "probability",
    "p_area",
    "p_household",
    "p_adult",
    "fpc",
    "w_base",
    "w_nonresponse",
    "w_final",
    "minutes",
}


def columns(
    source: Source, language: str, widths: Sequence[int], *, n_replicates: int = 0
) -> list[Column]:
    """All columns; ``widths``: most bytes of the texts of the design's and the answers' columns."""
    own = [
        Column(
            name,
            label[language],
            type_,
            values=_design_values(source, name, language),
            measure=Measure.SCALE if name in _SCALE else Measure.NOMINAL,
            decimals=decimals,
            width=max(width, 1),
        )
        for (name, type_, decimals, label), width in zip(design(source), widths, strict=False)
    ]
    answers = [
        _answers(source, variable, language, width)
        for variable, width in zip(source.variables, widths[len(own) :], strict=True)
    ]
    replicates = [
        Column(f"rw_{r}", REPLICATE[language] % r, Type.NUMBER, measure=Measure.SCALE, decimals=10)
        for r in range(1, n_replicates + 1)
    ]
    return own + answers + replicates


def _answers(source: Source, variable: Variable, language: str, width: int) -> Column:
    def text(texts: Text) -> str:
        return source.definition.text(texts, language)

    missing = {}
    for code in variable.missing:
        missing.setdefault(code.value, text(code.labels))
    ends = tuple(variable.missing_code(end) for end in codebook.MISSING_RANGE)
    return Column(
        variable.name,
        text(variable.labels),
        _TYPES[variable.storage],
        values={code.value: text(code.labels) for code in variable.codes},
        missing=missing,
        missing_range=ends if missing else None,
        letters={code: codebook.stata_letter(code) for code in missing},
        measure=_measure(variable),
        decimals=variable.decimals,
        width=max(width, 1),
    )


_TYPES = {
    Storage.CODE: Type.CODE,
    Storage.NUMBER: Type.NUMBER,
    Storage.TEXT: Type.TEXT,
    Storage.DAY: Type.DAY,
}


def _measure(variable: Variable) -> Measure:
    if variable.storage is Storage.NUMBER or variable.storage is Storage.DAY:
        return Measure.SCALE
    ordered = variable.question.is_rating or variable.question.kind is Kind.RANK
    return Measure.ORDINAL if ordered else Measure.NOMINAL


def _design_values(source: Source, name: str, language: str) -> dict[int, str]:
    if name in _FLAGS:
        return {code: texts[language] for code, texts in _YES_NO.items()}
    if name == "scales":
        return {code: texts[language] for code, texts in _DIRECTIONS.items()}
    if name == "cell":
        names = {source.unit_key(id_): unit.name for id_, unit in source.units.items()}
        return {place: _cell_name(cell, names) for place, cell in enumerate(source.cells, 1)}
    if name == "psu":
        return {area.number: code for code, area in source.areas.items()}
    return {}


def _cell_name(cell: str, names: Mapping[str, str]) -> str:
    unit, _, fields = cell.partition("/")
    return f"{names.get(unit, unit)} / {fields}"
