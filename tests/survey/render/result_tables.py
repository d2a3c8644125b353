"""A small result table with every case a reader can meet; its golden figures are checked by hand.

Units A, B and C are the worked example of a stratified sample: N 2,400, 600 and 1,000; n 96, 86
and 91; 84, 60 and 86 satisfied; weighted share 86.591 %, standard error 2.187 points of percent.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from survey.render.table import (
    Alert,
    Area,
    AreaScore,
    Concept,
    ConceptScore,
    ResultRow,
    ResultTable,
)


def row(code: str, name: str, **figures) -> ResultRow:
    blank = {
        "unit_code": code,
        "valid_from": date(2019, 12, 1),
        "name": name,
        "n_population": 0,
        "n_issued": 0,
        "n_respondents": 0,
        "response_rate": None,
        "n_effective": None,
        "satisfaction": None,
        "satisfaction_se": None,
        "satisfaction_low": None,
        "satisfaction_high": None,
        "unweighted": None,
    }
    return ResultRow(**(blank | figures))


A = row(
    "10888",
    "Thị trấn Cẩm Giang",
    n_population=2400,
    n_issued=120,
    n_respondents=96,
    response_rate=0.8,
    n_effective=96.0,
    satisfaction=0.875,
    satisfaction_se=0.033255,
    satisfaction_low=0.809822,
    satisfaction_high=0.940178,
    unweighted=0.875,
    concepts=(
        ConceptScore(id="access", satisfaction=0.9, points=5.4),
        ConceptScore(id="officer", satisfaction=0.85, points=5.1),
    ),
    verified_points=60.5,
    survey_points=10.5,
    total=71.0,
    total_se=0.4,
    total_low=70.216,
    total_high=71.784,
    denominator=88.0,
    index_percent=80.68181818,
    band={"vi": "Hoàn thành tốt nhiệm vụ", "en": "Completed well"},
    areas=(AreaScore(id="procedures", points=10.68, max_points=15.0),),
)
B = row(
    "10903",
    "Xã Ngọc Liên",
    n_population=600,
    n_issued=86,
    n_respondents=86,
    response_rate=1.0,
    n_effective=86.0,
    satisfaction=60 / 86,
    satisfaction_se=0.046,
    satisfaction_low=0.607,
    satisfaction_high=0.788,
    unweighted=0.72,
    concepts=(ConceptScore(id="access", satisfaction=None, points=None),),
    band={"vi": "Hoàn thành nhiệm vụ", "en": "Completed"},
    alerts=(
        Alert(
            code="area_below_floor",
            text={
                "vi": "Cải cách thủ tục hành chính đạt 71,2% điểm tối đa (dưới 75%)",
                "en": "Procedure reform has 71.2% of its maximum (below 75%)",
            },
        ),
        Alert(code="band", text={"vi": "Xếp loại phải giải trình", "en": "Band to be explained"}),
    ),
)
C = row(
    "10918",
    "Xã Định Sơn",
    n_population=1000,
    n_issued=91,
    n_respondents=91,
    response_rate=1.0,
    n_effective=91.0,
    satisfaction=86 / 91,
    satisfaction_se=0.0228,
    satisfaction_low=0.9004,
    satisfaction_high=0.9897,
    unweighted=86 / 91,
)
FEW = row("10942", "Xã Cẩm Đoài", n_population=40, n_issued=9, n_respondents=4, response_rate=4 / 9)
FEW = replace(FEW, suppressed="small_n", verified_points=61.0)

WHOLE = row(
    "",
    "Toàn huyện",
    valid_from=None,
    n_population=4040,
    n_issued=306,
    n_respondents=277,
    response_rate=277 / 306,
    n_effective=212.84,
    satisfaction=0.86591,
    satisfaction_se=0.02187,
    satisfaction_low=0.82304,
    satisfaction_high=0.90879,
    unweighted=0.84249,
)

TABLE = ResultTable(
    wave_slug="cam-giang-2023",
    wave_title={"vi": "Điều tra hài lòng 2023", "en": "Satisfaction survey 2023"},
    organisation="Phòng Nội vụ",
    synthetic=True,
    rows=(A, B, C, FEW),
    whole=WHOLE,
    concepts=(
        Concept(id="access", title={"vi": "Tiếp cận dịch vụ", "en": "Access"}, max_points=6.0),
        Concept(id="officer", title={"vi": "Công chức", "en": "Officer"}, max_points=6.0),
    ),
    areas=(Area(id="procedures", title={"vi": "Cải cách thủ tục", "en": "Procedures"}),),
    level=0.95,
    min_respondents=10,
    run_id="run-7",
    scheme_title={"vi": "Bộ tiêu chí mẫu", "en": "Sample scheme"},
    scheme_sha256="ab" * 32,
    sample_seed="xo-so-2023-11-20",
    computed_on=date(2023, 12, 20),
    fieldwork_from=date(2023, 11, 1),
    fieldwork_to=date(2023, 12, 5),
    method=({"vi": "Tỷ lệ F1 có gia quyền.", "en": "Weighted share F1."},),
    notes=({"vi": "Không gộp ô nào.", "en": "No cells were collapsed."},),
    sources=({"vi": "Quyết định 876/QĐ-BNV.", "en": "Decision 876/QD-BNV."},),
)
