"""The synthetic dossiers and what their owners think: the truth that the survey has to find.

Volumes follow the press figures for Hải Dương communes (150–200 dossiers a month in 2023) and
the mix is as skewed as in the wards that published theirs (most dossiers are certification).
No person is made up: a dossier has a number, a field and three dates.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from survey.services.demo.chance import choose, uniform

FIELD_MIX = {
    "chung_thuc": 0.72,
    "ho_tich": 0.12,
    "dat_dai": 0.07,
    "bao_tro_xa_hoi": 0.05,
    "nguoi_co_cong": 0.02,
    "khac": 0.02,
}
CHANNEL_MIX = {"truc_tiep": 0.78, "truc_tuyen": 0.20, "buu_chinh": 0.02}
#: Working days promised, by field.
DAYS = {
    "chung_thuc": 1,
    "ho_tich": 3,
    "dat_dai": 20,
    "bao_tro_xa_hoi": 12,
    "nguoi_co_cong": 12,
    "khac": 7,
}
#: How much less than a certification client the others are satisfied …
FIELD_EFFECT = {
    "chung_thuc": 0.05,
    "ho_tich": 0.0,
    "dat_dai": -0.22,
    "bao_tro_xa_hoi": -0.08,
    "nguoi_co_cong": -0.02,
    "khac": -0.06,
}
#: … and how much less often they answer: an unweighted mean is too friendly.
RESPONSE_RATE = {
    "chung_thuc": 0.74,
    "ho_tich": 0.68,
    "dat_dai": 0.46,
    "bao_tro_xa_hoi": 0.58,
    "nguoi_co_cong": 0.66,
    "khac": 0.60,
}
CONCEPT_EFFECT = {
    "access": -0.03,
    "procedure": 0.01,
    "officer": 0.03,
    "result": 0.0,
    "feedback": -0.09,
    "overall": 0.02,
}
NO_OPINION = 0.04
INELIGIBLE = 0.015
REFUSAL = 0.25
COLUMNS = (
    "dossier_code",
    "unit_code",
    "field",
    "channel",
    "received_on",
    "due_on",
    "returned_on",
    "applicant",
)


@dataclass(frozen=True, slots=True)
class Dossier:
    code: str
    unit_code: str
    field: str


def frame_csv(unit_codes: list[str], window: tuple[date, date], *, scale: float = 1.0) -> bytes:
    """The dossier list as a one-stop system would export it; ``scale`` shrinks it for tests."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for unit in unit_codes:
        for number in range(1, round(scale * _volume(unit)) + 1):
            writer.writerow(_line(unit, number, window))
    return out.getvalue().encode()


def responds(dossier: Dossier) -> bool:
    return uniform(dossier.code, "responds") < RESPONSE_RATE[dossier.field]


def refuses(dossier: Dossier) -> bool:
    """Of those who do not respond, some say so; the others stay silent."""
    return not responds(dossier) and uniform(dossier.code, "refuses") < REFUSAL


def answer(dossier: Dossier, question: str, concept: str) -> str:
    """What the owner of a dossier thinks: "1" … "5", or "98" without an opinion."""
    u = uniform(dossier.code, question)
    if u < NO_OPINION:
        return "98"
    u = (u - NO_OPINION) / (1 - NO_OPINION)
    satisfied = _satisfied(dossier, concept)
    if u < satisfied:
        return "5" if u < 0.45 * satisfied else "4"
    rest = (u - satisfied) / (1 - satisfied)
    return "3" if rest < 0.6 else "2" if rest < 0.88 else "1"


def fact(dossier: Dossier, question: str, weights: Mapping[str, float]) -> str:
    return choose(dict(weights), dossier.code, question)


def is_ineligible(dossier: Dossier) -> bool:
    return uniform(dossier.code, "ineligible") < INELIGIBLE


def _satisfied(dossier: Dossier, concept: str) -> float:
    unit = 0.70 + 0.20 * uniform(dossier.unit_code, "level")
    # Some people are content with everything, others with little: answers of one form agree.
    person = 0.30 * (uniform(dossier.code, "person") - 0.5)
    share = unit + FIELD_EFFECT[dossier.field] + CONCEPT_EFFECT.get(concept, 0.0) + person
    return min(max(share, 0.02), 0.98)


def _volume(unit: str) -> int:
    return 1800 + int(600 * uniform(unit, "volume"))


def _line(unit: str, number: int, window: tuple[date, date]) -> Iterator[object]:
    code = f"GL-{unit}-{number:05d}"
    field = choose(FIELD_MIX, code, "field")
    span = (window[1] - window[0]).days
    returned = window[0] + timedelta(days=int(uniform(code, "day") * (span + 1)))
    late = uniform(code, "late") < 0.05
    received = returned - timedelta(days=DAYS[field] + (4 if late else 0))
    due = received + timedelta(days=DAYS[field])
    applicant = "organisation" if uniform(code, "applicant") < 0.04 else "person"
    channel = choose(CHANNEL_MIX, code, "channel")
    return iter((code, unit, field, channel, received, due, returned, applicant))
