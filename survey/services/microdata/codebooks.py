"""The codebook of an export, and of a questionnaire that has no answers yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from forms.faces import codebook, codebook_csv, ddi, described, labels
from forms.faces.codebook import Code, Storage
from forms.faces.described import Entry
from forms.model import Questionnaire
from survey.render.microdata.columns import Type
from survey.services.microdata import dictionary

if TYPE_CHECKING:
    from survey.services.microdata.files import Export

_KINDS = {
    "csv": "text/csv; charset=UTF-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "sav": "application/x-spss-sav",
    "zsav": "application/x-spss-sav",
    "dta": "application/x-stata",
    "parquet": "application/vnd.apache.parquet",
}
_STORAGE = {
    Type.CODE: Storage.CODE,
    Type.NUMBER: Storage.NUMBER,
    Type.TEXT: Storage.TEXT,
    Type.DAY: Storage.DAY,
}
_UNIVERSE = {
    "vi": "Người nộp các hồ sơ của danh sách, trong đợt “%s”",
    "en": "Applicants of the dossiers of the frame, in the wave “%s”",
}
_SAMPLING = {
    "vi": "Mẫu ngẫu nhiên phân tầng theo đơn vị × lĩnh vực; chỉ có phiếu của mẫu xác suất. "
    "Tầng phương sai là “cell”, mỗi phiếu là một đơn vị mẫu (“psu”), “fpc” là số hồ sơ của ô.",
    "en": "Stratified random sample by unit × field; answers of the probability sample only. "
    "Variance strata are “cell”, each answer is a sampling unit (“psu”), “fpc” counts dossiers.",
}
_WEIGHTING = {
    "vi": "w_base = 1/xác suất; w_nonresponse hiệu chỉnh không trả lời theo ô; w_final hậu phân "
    "tầng theo số hồ sơ của ô. Quyền số không bị cắt.",
    "en": "w_base = 1/probability; w_nonresponse adjusts for silence by cell; w_final is "
    "post-stratified to the dossiers of the cell. Weights are not trimmed.",
}
_AT_HOME = (
    {
        "vi": "Người lớn trong các hộ của địa bàn, trong đợt “%s”",
        "en": "Adults of the households of the communes, in the wave “%s”",
    },
    {
        "vi": "Mẫu ba cấp: khu vực (“psu”) theo quy mô trong từng tầng, hộ theo danh sách, một "
        "người lớn mỗi hộ. Tầng phương sai là “cell”; khu vực là chùm cuối, không có hệ số hữu "
        "hạn.",
        "en": "Three stages: areas (“psu”) by size within strata, households from a listing, one "
        "adult of each. Variance strata are “cell”; areas are ultimate clusters without an fpc.",
    },
    {
        "vi": "w_base = 1/(p_area × p_household × p_adult); w_nonresponse bù khu vực chưa chốt "
        "danh sách và hộ không trả lời theo ô; w_final bằng w_nonresponse vì không biết tổng số "
        "người lớn của ô. Quyền số không bị cắt.",
        "en": "w_base = 1/(p_area × p_household × p_adult); w_nonresponse makes up for unlisted "
        "areas and silent households by cell; w_final is the same, as nobody counted the adults "
        "of a cell. Weights are not trimmed.",
    },
)
_SYNTHETIC = {"vi": "SỐ LIỆU GIẢ LẬP", "en": "SYNTHETIC DATA"}


def of_export(export: Export) -> Iterator[tuple[str, bytes]]:
    """Name and content of each codebook file of a package."""
    facts, languages = export.facts, export.facts.languages
    found = _design(export) + described.entries(
        facts.definition, facts.variables, export.rows.counts
    )
    found += _replicates(export, languages)
    asked, drawn, weighed = _AT_HOME if facts.areas else (_UNIVERSE, _SAMPLING, _WEIGHTING)
    study = ddi.Study(
        id=facts.slug,
        titles=facts.titles,
        producer=facts.organisation,
        made_on=export.on,
        version=f"{facts.definition.form_id} {facts.definition.version}",
        fieldwork=facts.fieldwork,
        universe={x: text % facts.titles.get(x, facts.slug) for x, text in asked.items()},
        sampling=drawn,
        weighting=weighed,
        notes=_SYNTHETIC if facts.synthetic else {},
        files=[(f"{facts.slug}.{kind}", _KINDS[kind]) for kind in export.formats],
        n_rows=export.rows.n,
    )
    yield from _files(study, found, languages)


def of_questionnaire(q: Questionnaire, *, on: date, producer: str) -> Iterator[tuple[str, bytes]]:
    """Name and content of the codebook files of a questionnaire without answers."""
    study = ddi.Study(
        id=q.form_id, titles=q.titles, producer=producer, made_on=on, version=q.version
    )
    yield from _files(study, described.entries(q, codebook.variables(q)), q.languages)


def _files(
    study: ddi.Study, found: Sequence[Entry], languages: Sequence[str]
) -> Iterator[tuple[str, bytes]]:
    yield "codebook.csv", codebook_csv.write(found, languages)
    yield "codebook.xml", ddi.write(study, found, languages)
    for language in languages:
        yield f"labels-{language}.sps", labels.spss(found, language)
        yield f"labels-{language}.do", labels.stata(found, language)


def _design(export: Export) -> list[Entry]:
    worded = {
        language: {column.name: column for column in export.columns(language)}
        for language in export.facts.languages
    }
    return [
        Entry(
            name=name,
            labels=label,
            storage=_STORAGE[type_],
            codes=tuple(
                Code(value, {x: worded[x][name].values[value] for x in worded})
                for value in next(iter(worded.values()))[name].values
            ),
            is_weight=name.startswith("w_"),
            is_scale=type_ in (Type.NUMBER, Type.DAY),
            decimals=decimals,
        )
        for name, type_, decimals, label in dictionary.design(export.facts)
    ]


def _replicates(export: Export, languages: Sequence[str]) -> list[Entry]:
    return [
        Entry(
            name=f"rw_{r}",
            labels={x: dictionary.REPLICATE[x] % r for x in languages},
            storage=Storage.NUMBER,
            is_weight=True,
            is_scale=True,
            decimals=10,
        )
        for r in range(1, export.n_replicates + 1)
    ]
