"""The sentences that stand under a table: method, notes, sources.  In both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Text = Mapping[str, str]

METHOD: tuple[Text, ...] = (
    {
        "vi": "Mẫu ngẫu nhiên phân tầng theo đơn vị × lĩnh vực, rút từ danh sách hồ sơ bằng hạt "
        "giống công khai; chỉ phiếu một lần của hồ sơ trong mẫu được tính.",
        "en": "Stratified random sample by unit and service field, drawn from the dossier list "
        "with a public seed; only one-time forms of drawn dossiers count.",
    },
    {
        "vi": "Mức hài lòng là tỷ lệ câu trả lời “Hài lòng” và “Rất hài lòng” trên các câu trả "
        "lời có ý kiến; “Không có ý kiến” không nằm trong mẫu số.",
        "en": "Satisfaction is the share of “satisfied” and “very satisfied” among answers with an "
        "opinion; “no opinion” is not in the denominator.",
    },
    {
        "vi": "Quyền số: nghịch đảo xác suất chọn, hiệu chỉnh không trả lời theo lớp, hậu phân "
        "tầng theo số hồ sơ. Sai số chuẩn theo tầng, có hiệu chỉnh tổng thể hữu hạn; khoảng tin "
        "cậy 95% kiểu Wilson với cỡ mẫu hiệu dụng.",
        "en": "Weights: inverse selection probability, weighting-class non-response adjustment, "
        "post-stratification to dossier counts. Standard errors by stratum with finite population "
        "correction; 95% Wilson intervals with the effective sample size.",
    },
    {
        "vi": "Khoảng của tổng điểm chỉ gồm sai số chọn mẫu của phần khảo sát; điểm thẩm định coi "
        "như đã biết.",
        "en": "The interval of the total covers the survey's sampling error only; verified points "
        "are taken as known.",
    },
)

#: The method of a table that nobody was asked for.
WITHOUT_SURVEY: tuple[Text, ...] = (
    {
        "vi": "Năm không khảo sát: chỉ số là điểm thẩm định trên tổng điểm tối đa áp dụng của các "
        "tiêu chí không cần khảo sát, quy đổi về 100 như bộ chỉ số quy định.",
        "en": "A year without a survey: the index is verified points over the applicable maximum "
        "of the criteria that need none, rescaled to 100 as the scheme says.",
    },
    {
        "vi": "Điểm thẩm định coi như đã biết, nên tổng điểm không có sai số chọn mẫu.",
        "en": "Verified points are taken as known, so the total has no sampling error.",
    },
)

SOURCES: tuple[Text, ...] = (
    {
        "vi": "Chỉ thị của Chủ tịch UBND huyện Cẩm Giàng năm 2023, điểm 1(e): điều tra xã hội học "
        "hằng năm phải khách quan, khoa học, phản ánh đúng thực tế.",
        "en": "Directive of the chair of Cẩm Giàng district (2023), point 1(e): the yearly "
        "sociological survey is to be objective, scientific and true to reality.",
    },
)


def sources(legal_source: str) -> tuple[Text, ...]:
    return (*SOURCES, *(({"vi": legal_source, "en": legal_source},) if legal_source else ()))


def excluded(n: int) -> tuple[Text, ...]:
    """How many answers a reviewer left out, and where the figures with them stand."""
    if n == 0:
        return ()
    return (
        {
            "vi": f"{n} phiếu bị loại khỏi bảng này theo quyết định có lý do của người rà soát; "
            "không phiếu nào bị xoá, và mọi số liệu đều được tính lại với cả các phiếu đó.",
            "en": f"{n} answers are left out of this table by a reviewer's reasoned decision; none "
            "was deleted, and every figure was computed again with them.",
        },
    )


def notes(steps: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> tuple[Text, ...]:
    """What was done on the way: released reserves, merged cells, units without a figure."""
    found: list[Text] = []
    for step in steps:
        if step["name"] == "reserves" and step["n_released"]:
            found.append(_released(step))
        if step["name"] != "cells":
            continue
        merges = step["merges"]
        if merges:
            units = len({merge["unit"] for merge in merges})
            found.append(
                {
                    "vi": f"{len(merges)} ô đơn vị × lĩnh vực có quá ít phiếu đã được gộp với ô "
                    f"bên cạnh của cùng đơn vị ({units} đơn vị).",
                    "en": f"{len(merges)} cells of unit × field with too few forms were joined "
                    f"with a neighbour in their unit ({units} units).",
                }
            )
        for unit in step["excluded_units"]:
            name = names.get(unit, unit)
            found.append(
                {
                    "vi": f"{name}: dưới hai phiếu, không ước lượng và không nằm trong số chung.",
                    "en": f"{name}: fewer than two forms, not estimated and not in the whole.",
                }
            )
    return tuple(found)


GROUPS: Mapping[str, Text] = {
    "citizen": {"vi": "người dân", "en": "citizens"},
    "enterprise": {"vi": "doanh nghiệp", "en": "businesses"},
    "deputy": {"vi": "đại biểu Hội đồng nhân dân", "en": "deputies"},
    "front": {"vi": "Mặt trận, đoàn thể", "en": "the Front and mass organisations"},
    "leader": {"vi": "lãnh đạo", "en": "leaders"},
    "official": {"vi": "công chức", "en": "officials"},
}


def groups(asked: Mapping[str, tuple[str, int]], wanted: Iterable[str]) -> tuple[Text, ...]:
    """Which other groups' answers are in the table, and which the scheme wants and nobody asked.

    ``asked``: group -> (wave, answers).
    """
    found: list[Text] = [
        {
            "vi": f"Nhóm {GROUPS[group]['vi']}: đợt {slug}, {n} lượt đánh giá.",
            "en": f"Group {GROUPS[group]['en']}: wave {slug}, {n} assessments.",
        }
        for group, (slug, n) in asked.items()
    ]
    found += [
        {
            "vi": f"Bộ chỉ số còn hỏi nhóm {GROUPS[group]['vi']}, chưa có đợt nào: không có tổng "
            "điểm.",
            "en": f"The scheme also asks {GROUPS[group]['en']}; no wave has: there is no total.",
        }
        for group in sorted(set(wanted) - set(asked))
    ]
    return tuple(found)


def _released(step: Mapping[str, Any]) -> Text:
    n, main, strata = step["n_released"], step["n_main"], len(step["strata"])
    return {
        "vi": f"{n} hồ sơ dự phòng đã được đưa vào khảo sát ở {strata} tầng, theo thứ tự đã rút, "
        f"thêm vào {main} hồ sơ chính. Hồ sơ được thay vẫn nằm trong mẫu và trong mẫu số của tỷ lệ "
        "trả lời; xác suất chọn tính trên toàn bộ hồ sơ đã đưa ra.",
        "en": f"{n} reserve cases went into the field in {strata} strata, in the drawn order, "
        f"besides {main} main cases. Replaced cases stay in the sample and in the denominator of "
        "the response rate; selection probabilities count all issued cases.",
    }


def band_alert(title: Text) -> Text:
    return {
        "vi": f"Xếp loại “{title['vi']}”: phải có phương án khắc phục.",
        "en": f"Band “{title['en']}”: a remedy plan is due.",
    }


def area_alert(title: Text, ratio: float, limit: float) -> Text:
    share = f"{100 * ratio:.1f}"
    return {
        "vi": f"{title['vi']}: {share.replace('.', ',')}% điểm tối đa, dưới {100 * limit:.0f}%.",
        "en": f"{title['en']}: {share}% of the maximum, below {100 * limit:.0f}%.",
    }


def index_alert(ratio: float, limit: float) -> Text:
    share = f"{100 * ratio:.1f}"
    return {
        "vi": f"Chỉ số {share.replace('.', ',')}%, dưới {100 * limit:.0f}%.",
        "en": f"Index {share}%, below {100 * limit:.0f}%.",
    }
